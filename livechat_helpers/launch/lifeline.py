"""End with the parent: a child process notices that its parent is gone."""

import sys
import threading
from collections.abc import Callable


def watch(on_gone: Callable[[], object]) -> None:
    """Call a function once, when the pipe that is this process's stdin closes.

    The parent holds the other end. It closes when the parent ends, however that
    happens, also when it is killed.
    """

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        on_gone()

    threading.Thread(target=wait, daemon=True, name="lifeline").start()
