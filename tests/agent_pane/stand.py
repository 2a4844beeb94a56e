"""The kit's real servers, started for a test and stopped with it."""

import json
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

from livechat_helpers import places
from livechat_helpers.processes import lock
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor


def name(visitor: Visitor) -> str:
    """Return what agents read as a visitor's name."""
    return visitor.chat["user"]["display_name"]


def start(*arguments: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a part of the kit that ends with us; return it and its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{arguments[0]} ended with {process.wait()}"
    return process, json.loads(line)


class Stand:
    """A running sandbox and website, in the current home."""

    def __init__(self) -> None:
        self._dark = ExitStack()  # nobody else can start these in the meantime
        self._sandbox, self.ready = self._start_sandbox()
        self._website, ready = start("livechat_helpers.website", "--exit-with-parent")
        self.url: str = ready["url"]
        self.page = self.url.replace("127.0.0.1", "localhost") + "/"
        self.sandbox: RemoteSandbox = connect()
        for name in ("agent", "ada", "ben"):
            SupportDesk.open(agent=name).agent()
        self.sandbox.snapshot("empty")

    @staticmethod
    def _start_sandbox() -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        return start("livechat_helpers.sandbox.server", "--exit-with-parent")

    def kill_sandbox(self) -> None:
        """End the sandbox as a power cut would.

        A notebook in this home may have started a keeper, which would start it again.
        """
        self._dark.enter_context(lock.held(places.sandbox_dir() / "start.lock", ""))
        self._sandbox.kill()
        self._sandbox.wait()

    def restart_sandbox(self) -> None:
        """Start it again, on the same ports."""
        with self._dark:
            self._sandbox, ready = self._start_sandbox()
        assert ready == self.ready

    def stop(self) -> None:
        """End both."""
        for process in (self._website, self._sandbox):
            process.terminate()
            process.wait()
