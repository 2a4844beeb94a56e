"""Variables that Synapse's process is given by whoever starts it."""

ENDS_WITH_STDIN = "LIVECHAT_MATRIX_ENDS_WITH_STDIN"
"""Lets Synapse end when the pipe that's its stdin closes."""
