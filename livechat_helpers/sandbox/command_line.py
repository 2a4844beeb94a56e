"""The command ``vonage-sandbox``: it runs the sandbox, wherever it's installed."""

import sys
from collections.abc import Sequence

from . import server


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and return the exit code.

    argv: the arguments after the command's name; those of this process unless given.
    """
    return server.main([*(sys.argv[1:] if argv is None else argv)])
