"""A line on stderr."""

import contextlib
import sys


def say(text: str) -> None:
    """Print a line on stderr, and ignore a terminal that is gone."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)
