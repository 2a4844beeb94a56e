"""How long the course's notebooks run, and how long a reset takes."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from livechat_helpers import places, services
from livechat_helpers.notebook_outputs import execute
from tests.notebooks.course import NOTEBOOKS, code_cells, read

from .report import Figure, say, single

_ALL, _CELL, _RESET = 240, 10, 5
"""The most seconds that the whole course, one cell and a reset should take."""


def measure(quick: bool) -> list[Figure]:
    """Return the seconds of all notebooks, of the slowest cell, and of a reset.

    quick: makes no difference here; each notebook runs once.
    """
    say(f"course: {len(NOTEBOOKS)} notebooks, each in a kernel of its own")
    seconds, slowest = 0.0, 0.0
    with _home():
        for path in NOTEBOOKS:
            started = time.monotonic()
            cells = execute(read(path))["cells"]
            seconds += time.monotonic() - started
            slowest = max(slowest, *map(_duration, cells))
    return [
        single("course: all notebooks, one after the other", "s", seconds, _ALL),
        single("course: the slowest cell", "s", slowest, _CELL),
        single(
            "course: reset of notebook 04, begun, nothing running",
            "s",
            _reset(),
            _RESET,
        ),
    ]


def _duration(cell: dict[str, Any]) -> float:
    times = cell["metadata"].get("execution", {})
    began, ended = times.get("iopub.execute_input"), times.get("shell.execute_reply")
    if began is None or ended is None:
        return 0.0
    return (_moment(ended) - _moment(began)).total_seconds()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@contextmanager
def _home() -> Iterator[None]:
    before = os.environ.get("LIVECHAT_HOME")
    with tempfile.TemporaryDirectory(prefix="livechat-home-") as home:
        os.environ["LIVECHAT_HOME"] = home
        try:
            with services.running_on(places.sandbox_dir()):
                yield
        finally:
            del os.environ["LIVECHAT_HOME"]
            if before is not None:
                os.environ["LIVECHAT_HOME"] = before


def _reset() -> float:
    """Return the seconds that a learner's reset command takes in a clone."""
    with tempfile.TemporaryDirectory(prefix="livechat-clone-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(
            ["git", "clone", "--quiet", "--local", places.ROOT, clone], check=True
        )
        notebook = next(clone.glob("notebooks/04_*.ipynb"))
        notebook.write_text("my own\n")
        variables = {**os.environ, "LIVECHAT_HOME": folder, "PYTHONPATH": str(clone)}
        python = [
            sys.executable,
            "-c",
            "from livechat_helpers.lessons import start; start(4)",
        ]
        subprocess.run(python, cwd=clone, env=variables, check=True)
        command = [sys.executable, "-m", "livechat_helpers", "reset", "04"]
        started = time.monotonic()
        subprocess.run(command, cwd=clone, env=variables, check=True)
        taken = time.monotonic() - started
        assert len(code_cells(notebook)) > 10
        return taken
