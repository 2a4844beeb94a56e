"""Output on stderr."""

import contextlib
import sys


def say(text: str) -> None:
    """Print a line on stderr; if the terminal is gone, do nothing."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
