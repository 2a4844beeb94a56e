"""The services: how to start each one on a folder, and how to find it."""

import hashlib
import http.client
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..matrix import ready_file as matrix_file
from ..matrix.ready_file import MatrixInfo
from ..sandbox.machine import ready_file
from ..sandbox.machine.ready_file import NotRunning, SandboxInfo
from .links import Link, link
from .service import Service

HEALTH_SECONDS = 5.0
"""How many seconds a service can take to report its health."""


_LONGEST_SOCKET = 100  # bytes; macOS allows 103, Linux 107


@dataclass(frozen=True)
class WebsiteInfo:
    """The running website.

    url: its address, without a final slash.
    """

    url: str

    @property
    def page(self) -> Link:
        """The customer's page, for a browser that shows JupyterLab.

        On one machine, it has JupyterLab's host name. Under a hub, it's a path below
        JupyterLab's own (see ``website.jupyter_proxy``).
        """
        return link(urlsplit(self.url).port or 80, "livechat/")

    @property
    def agent_page(self) -> Link:
        """The agent's page."""
        return self.page.to("agent")


def sandbox(data_dir: Path) -> Service[SandboxInfo]:
    """Return the sandbox on a folder, whether it's running or not."""
    # Port 0 means the same port as last time, so open pages find it again.
    ports = ["--http-port", "0", "--tls-port", "0", "--data-dir", str(data_dir)]
    return Service(
        "The sandbox",
        lambda: find_sandbox(data_dir),
        ["sandbox", *ports],
        SandboxInfo.read,
        "sandbox.log",
    )


def matrix(data_dir: Path) -> Service[MatrixInfo]:
    """Return the Synapse on a folder, whether it's running or not."""
    return Service(
        "Synapse",
        lambda: find_matrix(data_dir),
        ["matrix", "--data-dir", str(data_dir)],
        # Its ready line doesn't contain the secrets.
        lambda _: matrix_file.running_matrix(data_dir),
        "matrix.log",
    )


def website(data_dir: Path) -> Service[WebsiteInfo]:
    """Return the website of a sandbox's folder, whether it's running or not."""
    return Service(
        "The website",
        lambda: find_website(data_dir),
        [
            *("website", "--port", "0", "--sandbox-dir", str(data_dir)),
            "--own-account-only",
        ],
        lambda ready: WebsiteInfo(ready["url"]),
        "website.log",
    )


KNOWN: dict[str, Callable[[Path], Service[Any]]] = {
    "sandbox": sandbox,
    "matrix": matrix,
    "website": website,
}
"""Functions that create each service on a folder, in order of dependency."""


def find_sandbox(data_dir: Path) -> SandboxInfo | None:
    """Return the running sandbox's details, or None if none is running."""
    try:
        info = ready_file.running_sandbox(data_dir)
    except NotRunning:
        return None
    return info if _well(f"{info.http}/_sandbox/health") else None


def find_matrix(data_dir: Path) -> MatrixInfo | None:
    """Return the running Synapse's details, or None if none is running."""
    try:
        info = matrix_file.running_matrix(data_dir)
    except matrix_file.NotRunning:
        return None
    return info if _well(f"{info.url}/_matrix/client/versions", says=None) else None


def find_website(data_dir: Path) -> WebsiteInfo | None:
    """Return the running website's details, or None if none is running."""
    try:
        info = WebsiteInfo(json.loads((data_dir / "website.json").read_bytes())["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return info if _well(f"{info.url}/health") else None


def website_socket(data_dir: Path) -> Path:
    """Return the path of the socket on which a folder's website listens for Jupyter.

    It isn't in the folder, because a socket's path must be short, and some home
    directories are on file systems without sockets. TMPDIR may be long, too.
    """
    user = os.getuid() if hasattr(os, "getuid") else ""
    name = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"livechat-{user}" / f"{name}.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    return Path("/tmp", *path.parts[-2:])  # noqa: S108 -- only we can enter its folder


def _well(url: str, says: str | None = "ok") -> bool:
    """Ask a service on this machine for its health, bypassing any proxy.

    says: the expected ``status`` in the answer; None if any answer will do.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        return answer.status == 200 and said.get("status") == says
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        return False
    finally:
        connection.close()
