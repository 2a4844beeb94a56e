"""Run Synapse: start it, wait until it answers, end it."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from ..plain_errors import PlainError
from ..processes.child import importable
from ..sandbox.machine.serving import Ports
from . import configuration
from .people import localpart
from .ready_file import APPLICATION, MatrixInfo
from .synapse_variables import ENDS_WITH_STDIN

PATIENCE = 110.0
"""Seconds after which a Synapse that doesn't answer is considered to have failed."""

_LOOK = 0.05  # seconds between checks
_GRACE = 10.0  # seconds that it can take to end


class HomeserverError(PlainError):
    """Synapse doesn't start; the text says why."""


class Homeserver:
    """A Synapse that never outlives this process.

    folder: the folder for its state.
    port: the port; 0 for the same as last time.
    website: the address that receives every event; defaults to the website on this
        machine.

    Raises:
        HomeserverError: it doesn't start.
        StartError: the port is taken.
        OSError: the folder isn't writable.
    """

    def __init__(self, folder: Path, port: int, website: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ports = Ports(folder / "ports.json")
        with ports.bind("http", port, "--port") as bound:
            ports.remember({"http": bound})
            port = bound.getsockname()[1]
        website = website or f"http://127.0.0.1:{_website_port(folder)}"
        configuration.write(folder, port, website)
        self.url = f"http://127.0.0.1:{port}"
        # Only we hold the other end of its stdin, so it ends when we do.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "synapse.app.homeserver", *_settings(folder)],
            cwd=folder,
            env={**os.environ, **importable(), ENDS_WITH_STDIN: "1"},
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            start_new_session=True,  # Ctrl-C is for us, and then we stop Synapse.
        )
        try:
            self._wait()
            self._introduce(folder)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether its process is running."""
        return self._process.poll() is None

    def ready(self, folder: Path) -> dict[str, Any]:
        """Return its address and secrets, for its callers.

        folder: the folder with its state.
        """
        tokens = {
            name.replace("-", "_"): (folder / name).read_text()
            for name in ("as-token", "hs-token")
        }
        return {"ready": True, "url": self.url, "pid": self.pid, **tokens}

    def stop(self) -> None:
        """End it: first ask, then wait, then kill."""
        self._process.terminate()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_well(self.url):
            if not self.is_running:
                raise HomeserverError(
                    "Synapse stopped at once. Its output is above.\n"
                    "Fix the problem it names, and start it again."
                )
            if time.monotonic() > deadline:
                raise HomeserverError(
                    f"Synapse doesn't answer after {PATIENCE:.0f} s.\n"
                    "Start it again; on a busy machine, stop other programs first."
                )
            time.sleep(_LOOK)

    def _introduce(self, folder: Path) -> None:
        """Create the application's own user, unless it exists."""
        info = MatrixInfo.read(self.ready(folder))
        with httpx.Client(
            base_url=f"{self.url}/_matrix/client/v3",
            headers={"Authorization": f"Bearer {info.as_token.get_secret_value()}"},
            trust_env=False,
            timeout=PATIENCE,
        ) as client:
            name = localpart(APPLICATION)
            user = {"type": "m.login.application_service", "username": name}
            made = client.post("/register", json={**user, "inhibit_login": True})
            if made.status_code == 200:
                shown = {"displayname": "Live chat"}
                client.put(f"/profile/{APPLICATION}/displayname", json=shown)
            elif made.json().get("errcode") != "M_USER_IN_USE":
                raise HomeserverError(f"Synapse refused our application: {made.text}")


def is_well(url: str) -> bool:
    """Return whether Synapse answers at an address."""
    try:
        answer = httpx.get(
            f"{url}/health",
            trust_env=False,
            # It's plain HTTP, on this machine. Reading all certificate authorities
            # for each check would take Synapse's time to start.
            verify=False,  # noqa: S501
            timeout=1,
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == 200


def _settings(folder: Path) -> list[str]:
    """Return the options that name Synapse's settings files, the owner's last."""
    files = (configuration.CONFIGURATION, configuration.OWN)
    return [part for file in files if (folder / file).exists() for part in ("-c", file)]


def _website_port(folder: Path) -> int:
    """Return the port that the website will have; Synapse starts first and needs it."""
    ports = Ports(folder / "website-port.json")
    known = ports.last("http")
    if known:
        return known
    with ports.bind("http", 0, "--port") as bound:
        ports.remember({"http": bound})
        return bound.getsockname()[1]
