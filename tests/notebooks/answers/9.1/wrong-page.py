findings = {
    "A": "never ends",
    "B": "speaks for all",
    "C": "allows all",
    "D": "everybody's chat",
    "E": "no answer",
    "F": "no answer",
}
