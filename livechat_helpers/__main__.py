"""Run the kit; ``python3 -m livechat_helpers --help`` lists the subcommands.

Any Python, however old, must be able to read this file and say what is wrong with it:
keep it to a few lines of the oldest syntax.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "This needs Python 3.11 or newer, and this one is {}.{}: install a newer one, "
        "and run it as python3.12 -m livechat_helpers, say.".format(*sys.version_info)
    )

from livechat_helpers.launch.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
