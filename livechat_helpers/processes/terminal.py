"""A line on stderr."""

import contextlib
import sys


def say(text: str) -> None:
    """Print a line on stderr; a terminal that is gone is no reason to fail."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
