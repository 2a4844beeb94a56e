"""The website under JupyterLab's own address, by means of jupyter-server-proxy.

If a browser can only reach this machine through JupyterLab, as on a JupyterHub or
through a forwarded port, the page is at ``livechat/`` below JupyterLab's path. The
first visit starts the website and the sandbox, which then run as long as the Jupyter
server. If they don't start, the page says why.

Source: https://jupyter-server-proxy.readthedocs.io/en/latest/server-process.html
"""

import os
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from .. import places, services
from ..sandbox.machine.serving import Ports
from ..services.known import website_socket
from ..services.users import began
from ..settings import Settings, SettingsError
from .own_account import prepared

_TELLING = 3.0  # seconds before the start is tried again


def describe() -> dict[str, Any]:
    """Return what jupyter-server-proxy should start, and how to reach it."""
    about = {
        "command": [sys.executable, "-m", __name__],
        "timeout": 250,
        "launcher_entry": {"title": "Live chat"},
    }
    folder = _folder()
    if sys.platform == "win32":  # Windows doesn't have unix sockets.
        return {**about, "port": _port(folder)}
    return {**about, "unix_socket": str(website_socket(folder))}


def _folder() -> Path:
    try:
        return Settings.load().engine_dir()
    except SettingsError:
        return places.sandbox_dir()  # The page will say what's wrong.


def _port(folder: Path) -> int:
    """Return the port of the website, whether it's already running or not."""
    if (running := services.find_website(folder)) is not None:
        return int(running.url.rpartition(":")[2])
    ports = Ports(folder / "website-port.json")
    with ports.bind("http", 0, "--port") as bound:
        ports.remember({"http": bound})
        return bound.getsockname()[1]


def main() -> int:
    """Keep the website running, and return once it's there."""
    server = os.getppid()  # the Jupyter server's process id
    threading.Thread(target=_end_with, args=(server,), daemon=True).start()
    while True:
        try:
            services.ensure_running(needed_by=server)
            return 0
        except (services.ServiceError, SettingsError) as error:
            _tell(str(error))


def _end_with(server: int) -> None:
    """End this process when Jupyter's has ended, for whatever reason."""
    while began(server):
        time.sleep(1)
    os._exit(0)


def _tell(why: str) -> None:
    """Answer for the website for a while, and say why it doesn't start."""
    path = prepared(website_socket(_folder()))
    if sys.platform == "win32" or path is None:
        time.sleep(_TELLING)
        return
    with _Server(str(path), _handler(why)) as stand_in:
        stand_in.timeout = _TELLING / 10
        end = time.monotonic() + _TELLING
        while time.monotonic() < end:
            stand_in.handle_request()
    path.unlink(missing_ok=True)


if sys.platform != "win32":

    class _Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True


def _handler(why: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = why.encode()
            self.send_response(503)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


if __name__ == "__main__":
    sys.exit(main())
