findings = {
    "A": "never ends",
    "B": "speaks for all",
    "C": "allows all",
    "D": "no answer",
    "E": "everybody's chat",
    "F": "runs scripts",
}
