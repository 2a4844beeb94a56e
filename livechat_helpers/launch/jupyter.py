"""JupyterLab as a child process of the launcher.

This module contains both ends. The launcher calls ``start``, which must stay light. The
child runs ``_serve``, which imports JupyterLab.
"""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from livechat_helpers import places
from livechat_helpers.processes.child import Child
from livechat_helpers.sandbox.machine import lifeline

NAME = "JupyterLab"
_SETTINGS = Path(__file__).parent / "jupyter_config"
"""Our defaults for JupyterLab.

It doesn't ask about news or the kernel, and doesn't look for updates, because there may
be no network. Nor does every page start Node to find out whether to build extensions.
The user's own settings override them.
"""

GRACE = 6.0
"""How many seconds JupyterLab can take to end its kernels and itself."""


def start(port: int | None, *, open_browser: bool) -> Child:
    """Start JupyterLab; its ready line contains ``url`` and ``token``.

    port: its port; None for 8888 or the next free one.
    open_browser: whether to open it in the browser.
    """
    options = {
        # Use this name in the links, because the chat page is on localhost too. A page
        # in a frame only gets the visitor's cookie if both are from the same site.
        "ServerApp.ip": "localhost",
        "ServerApp.root_dir": _root(),
        "ServerApp.open_browser": open_browser,
        "ServerApp.allow_root": hasattr(os, "geteuid") and os.geteuid() == 0,
        "LabApp.default_url": f"/lab/tree/{_first_notebook()}",
    }
    if port is not None:
        options |= {"ServerApp.port": port, "ServerApp.port_retries": 0}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return Child(NAME, ["-m", __name__, *flags], "jupyter.log")


def link(ready: dict[str, str]) -> str:
    """Return the address of the first notebook.

    ready: the content of JupyterLab's ready line.
    """
    token = f"?token={ready['token']}" if ready["token"] else ""
    return f"{ready['url']}lab/tree/{_first_notebook()}{token}"


def _root() -> Path:
    """Return the folder that JupyterLab shows."""
    folder = places.notebooks_dir()
    return places.ROOT if folder.parent == places.ROOT else folder


def _first_notebook() -> str:
    [first, *_] = places.notebooks()
    return (places.notebooks_dir() / first.name).relative_to(_root()).as_posix()


def _serve(argv: list[str]) -> None:
    """Run JupyterLab until it's told to stop, or until the parent has ended."""
    leave: Callable[[], None] = _leave_at_once
    lifeline.watch(lambda: leave())
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(
        filter(None, (str(_SETTINGS), known))
    )

    from jupyterlab.labapp import LabApp

    server = LabApp.initialize_server(argv)

    def leave_in_order() -> None:
        threading.Timer(GRACE, _leave_at_once).start()
        server.io_loop.add_callback(server.stop)

    def announce() -> None:
        ready = {
            "ready": True,
            "url": server.connection_url,
            "token": server.identity_provider.token,
        }
        print(json.dumps(ready), flush=True)

    leave = leave_in_order
    server.io_loop.add_callback(announce)
    server.start()
    # JupyterLab has ended, so don't wait for the threads of extensions.
    sys.stderr.flush()
    _leave_at_once(0)


def _leave_at_once(code: int = 1) -> None:
    os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1:])
