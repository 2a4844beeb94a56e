"""End with the parent: a child process notices that its parent is gone."""

import os
import select
import sys
import threading
import time
from collections.abc import Callable


def watch(on_gone: Callable[[], None]) -> None:
    """Call a function once, when the pipe that is this process's stdin closes.

    The parent holds the other end. It closes when the parent ends, however that
    happens, even when it is killed.

    on_gone: what to call; it runs in a thread of its own.
    """

    def wait() -> None:
        _wait_for_end_of_stdin()
        on_gone()

    threading.Thread(target=wait, daemon=True, name="lifeline").start()


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def _wait_for_end_of_stdin() -> None:
        # A read that waits would block whoever asks Windows about this handle
        # meanwhile, and every C library that is loaded later does.
        pipe = msvcrt.get_osfhandle(0)
        while True:
            try:
                _winapi.PeekNamedPipe(pipe, 0)
            except OSError:
                return
            time.sleep(0.3)

else:

    def _wait_for_end_of_stdin() -> None:
        # Not through sys.stdin: Python aborts when it ends while a thread waits there.
        while True:
            try:
                select.select([0], [], [])
                if not os.read(0, 4096):
                    return
            except BlockingIOError:
                # Node, which JupyterLab starts, shares this pipe, and a pipe does not
                # block for anybody while it does not for one.
                continue
            except OSError:
                return
