"""Lets a child process notice that its parent has ended, so that it can end too."""

import os
import select
import sys
import threading
import time
from collections.abc import Callable


def watch(on_gone: Callable[[], None]) -> None:
    """Call a function once, when the pipe that is this process's stdin closes.

    The parent holds the other end, which closes whenever the parent ends, even if it's
    killed.

    on_gone: the function to call; it runs in a thread.
    """

    def wait() -> None:
        _wait_for_end_of_stdin()
        on_gone()

    threading.Thread(target=wait, daemon=True, name="lifeline").start()


if sys.platform == "win32":
    import _winapi
    import msvcrt

    def _wait_for_end_of_stdin() -> None:
        # A blocking read would block everybody who asks Windows about this handle in
        # the meantime, and every C library that is loaded later does ask.
        pipe = msvcrt.get_osfhandle(0)
        while True:
            try:
                _winapi.PeekNamedPipe(pipe, 0)
            except OSError:
                return
            time.sleep(0.3)

else:

    def _wait_for_end_of_stdin() -> None:
        # Don't read sys.stdin: Python aborts if it ends while a thread waits there.
        while True:
            try:
                select.select([0], [], [])
                if not os.read(0, 4096):
                    return
            except BlockingIOError:
                # Node, which JupyterLab starts, shares this pipe. If one process makes
                # a pipe non-blocking, it's non-blocking for all.
                continue
            except OSError:
                return
