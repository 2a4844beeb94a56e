"""A running JupyterHub, as an admin, a learner and a learner's program see it."""

import json
import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
from playwright.sync_api import Browser, BrowserContext
from waiting import eventually
from websockets.sync.client import connect

LEARNERS = {"ada": 60600, "ben": 60601, "mia": 60602}
"""The accounts; they need no line in /etc/passwd."""

CROWD = {f"learner{number:02}": 60700 + number for number in range(30)}
"""More accounts, which only exist to start at the same time."""

ACCOUNTS = {**LEARNERS, **CROWD}


class Failed(Exception):
    """A cell has failed; the text is its traceback."""


@dataclass(frozen=True)
class Hub:
    """A running hub.

    url: its address. folder: has ``environment``, where the learners' programs are, and
    ``homes``. token: its admin's.
    """

    url: str
    folder: Path
    token: str = field(default_factory=secrets.token_hex)

    def home(self, name: str) -> Path:
        """Return a learner's home."""
        return self.folder / "homes" / name

    def program(self, name: str) -> str:
        """Return the path of a program of the learners' environment."""
        return str(self.folder / "environment" / "bin" / name)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the admin's requests."""
        return {"Authorization": f"token {self.token}"}

    def ask(self, method: str, path: str) -> httpx.Response:
        """Send a request below ``/hub/api/`` or ``/user/``, as the admin."""
        return httpx.request(
            method, f"{self.url}/{path}", headers=self.headers, timeout=300
        )

    def start_server(self, name: str) -> None:
        """Start a learner's server, and wait until it answers."""
        self.ask("POST", f"hub/api/users/{name}")
        self.ask("POST", f"hub/api/users/{name}/server")
        eventually(lambda: self._server(name).get("ready"), seconds=300)

    def end_server(self, name: str) -> None:
        """Stop a learner's server, and wait until nothing is left of it."""
        self.ask("DELETE", f"hub/api/users/{name}/server")
        self.wait_until_gone(name)

    def wait_until_gone(self, name: str) -> None:
        """Wait until a learner has no server and no processes any more."""
        eventually(lambda: not self._server(name), seconds=60)
        eventually(lambda: not self.processes(name), seconds=20)

    def _server(self, name: str) -> dict[str, object]:
        return self.ask("GET", f"hub/api/users/{name}").json()["servers"].get("", {})

    def run_cell(self, name: str, code: str) -> str:
        """Run a cell in a new kernel of a learner's server; return what it printed.

        Raises:
            Failed: it fails.
        """
        where = f"user/{name}/api/kernels"
        kernel = self.ask("POST", where).json()["id"]
        header = {"msg_id": uuid4().hex, "msg_type": "execute_request", "version": "5"}
        request = {
            "header": {**header, "username": name, "session": uuid4().hex},
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False},
            "channel": "shell",
        }
        address = f"{self.url.replace('http', 'ws', 1)}/{where}/{kernel}/channels"
        printed = ""
        with connect(
            address,
            additional_headers=self.headers,
            max_size=None,
            open_timeout=120,
            ping_timeout=None,  # A browser doesn't end a connection that's slow either.
        ) as channels:
            channels.send(json.dumps(request))
            while True:
                said = json.loads(channels.recv(timeout=300))
                if said["msg_type"] == "stream":
                    printed += said["content"]["text"]
                if said["msg_type"] == "error":
                    raise Failed("\n".join(said["content"]["traceback"]))
                if said["msg_type"] == "execute_reply":
                    return printed

    def run_as(self, name: str, *command: str) -> "subprocess.CompletedProcess[str]":
        """Run a program of the environment as a learner, at home."""
        home, account = self.home(name), ACCOUNTS[name]
        return subprocess.run(
            [self.program(command[0]), *command[1:]],
            cwd=home,
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            user=account,
            group=account,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=120,
        )

    def processes(self, name: str) -> dict[str, float]:
        """Return a learner's processes: the command and the MB of each.

        Memory that several programs share is divided between them (PSS).
        """
        found: dict[str, float] = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if process.stat().st_uid != ACCOUNTS[name]:
                    continue
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                lines = (process / "smaps_rollup").read_text().splitlines()
            except OSError:
                continue  # it has just ended
            [kilobytes] = [line.split()[1] for line in lines if line[:4] == "Pss:"]
            found[f"{process.name} {command.decode()}"] = int(kilobytes) / 1000
        return found

    def signed_in(self, browser: Browser, name: str) -> BrowserContext:
        """Return a learner's browser, signed in; the learner's server has started."""
        context = browser.new_context(viewport={"width": 1600, "height": 900})
        context.set_default_timeout(120_000)
        page = context.new_page()
        page.goto(f"{self.url}/hub/login")
        page.locator("#username_input").fill(name)
        page.locator("#password_input").fill("anything")
        page.locator("#login_submit").click()
        page.wait_for_url(f"**/user/{name}/**")
        page.close()
        return context
