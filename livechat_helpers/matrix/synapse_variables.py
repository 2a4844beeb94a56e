"""Environment variables that Synapse's process gets from the program that starts it."""

ENDS_WITH_STDIN = "LIVECHAT_MATRIX_ENDS_WITH_STDIN"
"""Makes Synapse end when the pipe that is its stdin closes."""
