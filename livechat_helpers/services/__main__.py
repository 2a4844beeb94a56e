"""Keep a folder's services running: ``python -m livechat_helpers.services FOLDER``."""

import sys

from .keeper import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
