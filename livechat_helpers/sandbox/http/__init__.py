"""On the way to a call: who may come in, which call is meant, what was asked."""
