"""For teaching and testing: the trace, faults on purpose, and the state."""
