"""For teaching and testing: the trace, deliberate faults, and the state."""
