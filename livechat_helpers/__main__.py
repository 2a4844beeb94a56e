"""Run the kit; ``python3 -m livechat_helpers --help`` lists the subcommands.

Every Python version must be able to read this file, so that even an old one can say
what's wrong. Keep it short, and use only the oldest syntax.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "The kit needs Python 3.11 or newer, but this is {}.{}. Install a newer one, "
        "and use that: python3.12 -m livechat_helpers".format(*sys.version_info)
    )

from livechat_helpers.launch.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
