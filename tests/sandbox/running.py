"""The kit's real programs, started for a test and stopped with it."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from livechat_helpers import places

Json = dict[str, Any]


class Program:
    """A process of the kit.

    arguments: what follows ``python``. variables: additional environment variables.
    before: called in the process before the program starts.
    """

    def __init__(
        self,
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments, "--exit-with-parent"],
            cwd=places.ROOT,
            env={**os.environ, **(variables or {})},
            stdin=subprocess.PIPE,  # it ends when this pipe closes
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # not a file, because tests fill the disk
            preexec_fn=before,
        )
        self._said = b""
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self._said += line

    def ready(self) -> Json:
        """Wait until it is ready and return what its ready line says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"it ended with {self.process.wait()}: {self.errors()}"
        return json.loads(line)

    def errors(self) -> str:
        """Return its stderr so far, or all of it once it has ended."""
        if self.process.poll() is not None:
            self._listening.join(timeout=60)
        return self._said.decode()

    def exit_code(self) -> int:
        """Wait until it ends on its own."""
        return self.process.wait(timeout=200)  # a start can take minutes under load

    def stop(self) -> int:
        """End it as the launcher does, and return its exit code."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self._ended()

    def _ended(self) -> int:
        code = self.exit_code()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        return code


_HELD: list[socket.socket] = []


def unused_port() -> int:
    """Return a port for a server of this test; nobody else gets it until the end."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    return held.getsockname()[1]


def sandbox(
    folder: Path,
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Program:
    """Start a sandbox on a folder; it may not be ready yet."""
    return Program(
        *("-m", "livechat_helpers.sandbox.server"),
        *("--data-dir", str(folder), *arguments),
        variables=variables,
        before=before,
    )
