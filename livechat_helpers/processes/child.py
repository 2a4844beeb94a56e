"""A child process that ends when this one does, even if this one is killed.

Its stdin is a pipe whose other end only we hold: see ``lifeline``. It prints one JSON
line on stdout when it's ready; its stderr goes to a file.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from io import BufferedWriter
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from livechat_helpers import places
from livechat_helpers.plain_errors import PlainError

READY_SECONDS = 120.0
"""How long a process can take: usually a second, more if a whole class starts."""
LARGEST_LOG = 1_000_000


class ChildError(PlainError):
    """A process didn't start; the text says why and where to read more."""


class Child:
    """One of our running processes.

    name: its name, as used at the start of a sentence.
    arguments: the arguments after ``python``.
    log: the name of its file in ``.data/logs``.
    """

    def __init__(self, name: str, arguments: Sequence[str], log: str) -> None:
        self.name = name
        self.log = log_dir() / log
        self._lines: Queue[str] = Queue()
        with open_log(log) as stderr:
            self._log_start = stderr.tell()
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=places.ROOT,
                env={**os.environ, **importable()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                # Ctrl-C is for us, and then we stop our children in order.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line.decode(errors="replace"))
        self._lines.put("")

    def ready(self, seconds: float = READY_SECONDS) -> dict[str, Any]:
        """Wait until the process is ready and return the content of its ready line.

        seconds: how long to wait at most.

        Raises:
            ChildError: it has ended, or wasn't ready in that time.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except Empty:
                raise self._error(f"was not ready after {seconds:.0f} s") from None
            if not line:
                self._process.wait()
                raise self._error("ended at once")
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                if isinstance(said, dict) and said.get("ready"):
                    return said

    def _error(self, what: str) -> ChildError:
        said = self.last_words()
        return ChildError(
            f"{self.name} {what}{f': {said}' if said else '.'}\n"
            f"Its output is in {self.log}."
        )

    def last_words(self) -> str:
        """Return the last lines that this process wrote to its log."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            said = log.read().decode(errors="replace").strip()
        return "\n".join(said.splitlines()[-6:])

    @property
    def alive(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it's running."""
        return self._process.poll()

    def stop(self, seconds: float) -> None:
        """End the process: first ask, then wait, then kill.

        seconds: how long it can take to exit after being asked.
        """
        if sys.platform == "win32":  # On Windows, terminate() kills right away.
            self._let_go()
        else:
            self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()


def log_dir() -> Path:
    """Return the folder with our processes' logs."""
    return places.data_dir() / "logs"


def open_log(name: str) -> BufferedWriter:
    """Open a process's log for appending.

    name: the name of the file in ``.data/logs``.

    Raises:
        OSError: it can't be written.
    """
    path = log_dir() / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    with contextlib.suppress(OSError):
        if path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".old"))
    # JupyterLab's log contains the token that lets people in.
    log = os.fdopen(os.open(path, flags, 0o600), "ab")
    log.seek(0, os.SEEK_END)
    return log


def importable() -> dict[str, str]:
    """Return the environment variable that lets a child process import this package."""
    others = os.environ.get("PYTHONPATH", "")
    parts = [part for part in others.split(os.pathsep) if part]
    if str(places.ROOT) not in parts:
        parts.insert(0, str(places.ROOT))
    return {"PYTHONPATH": os.pathsep.join(parts)}
