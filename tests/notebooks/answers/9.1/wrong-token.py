findings = {
    "A": "speaks for all",
    "B": "never ends",
    "C": "allows all",
    "D": "everybody's chat",
    "E": "no answer",
    "F": "runs scripts",
}
