"""Keep a folder's services running; ``processes.standby`` runs this in its turn."""

import sys

from .keeper import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
