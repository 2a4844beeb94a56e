"""Wait on standby until a lock is free, then become the program that needs it.

``python -m livechat_helpers.processes.standby STANDBY LOCK MODULE ...`` only loads the
module when its turn comes, so that waiting takes little memory.
"""

import os
import runpy
import sys
import time
from pathlib import Path

from . import lock

_BEAT = 0.2  # seconds between two tries


def main(argv: list[str]) -> None:
    """Wait for a lock, and run a module that holds it until it ends.

    argv: the file of the lock of whoever is on standby, the lock's file, the module,
        and the module's arguments.
    """
    standby, place, module, *rest = argv
    waiting = lock.hold(Path(standby))
    if waiting is None:
        return  # Another one is already on standby.
    while lock.hold(Path(place)) is None:
        time.sleep(_BEAT)
    os.close(waiting)
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
