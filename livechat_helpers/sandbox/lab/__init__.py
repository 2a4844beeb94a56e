"""For teaching and testing: what happened, what goes wrong on purpose, the state."""
