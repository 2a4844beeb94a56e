"""Run every check of the kit: linters, types, tests."""

import contextlib
import os
import signal
import subprocess
import sys

import psutil

from livechat_helpers import places
from livechat_helpers.processes.child import importable
from livechat_helpers.processes.terminal import say

from . import chromium, firefox, nginx

# All tests run side by side: most of them wait for a browser, a kernel, a disk. Two
# workers more than there are processors keep those busy; tests/side_by_side.py says
# which worker runs what.
SIDE_BY_SIDE = ("-n", str((os.cpu_count() or 1) + 2), "--dist", "loadscope")

# Its command is a function, not a module that Python can run.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"

STEPS = {
    "Format": ("-m", "ruff", "format", "--check", "."),
    "Lint": ("-m", "ruff", "check", "."),
    "Types": ("-m", "pyright", "--pythonpath", sys.executable),
    "Imports": ("-c", _LINT_IMPORTS, "--no-cache"),
}


def main(pytest_arguments: list[str]) -> int:
    """Run all of it, pytest last, and return the exit code: 0 if nothing failed.

    pytest_arguments: handed on to pytest; without any, all tests run side by side.

    Raises:
        SetupError: a browser or nginx is missing.
    """
    variables = {
        **os.environ,
        **importable(),
        chromium.VARIABLE: str(chromium.ensure()),
        firefox.VARIABLE: str(firefox.ensure()),
        **({nginx.VARIABLE: str(proxy)} if (proxy := nginx.ensure()) else {}),
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",  # or it looks for updates
        # The tests start hundreds of processes: each would compile the kit again.
        "PYTHONDONTWRITEBYTECODE": "",
    }
    passed = [_step(name, variables) for name in STEPS]
    tests = _pytest(pytest_arguments or [*SIDE_BY_SIDE], variables)
    return tests or (0 if all(passed) else 1)


def _step(name: str, variables: dict[str, str]) -> bool:
    done = subprocess.run(
        [sys.executable, *STEPS[name]],
        cwd=places.ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode == 0:
        say(f"OK    {name}")
        return True
    say(done.stdout.rstrip())
    say(f"FAIL  {name}: see above.")
    return False


def _pytest(arguments: list[str], variables: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    # Ctrl-C reaches pytest as well: it ends by itself, and we wait for its exit code.
    signal.signal(signal.SIGINT, lambda *_: None)
    with subprocess.Popen(command, cwd=places.ROOT, env=variables) as running:
        try:
            return running.wait()
        except SystemExit:  # a signal for us alone
            _interrupt(running)
            raise


def _interrupt(running: "subprocess.Popen[bytes]") -> None:
    """End pytest and its workers the way they clean up, as Ctrl-C does.

    pytest alone would give its workers ten seconds, and half of them to notice.
    """
    if sys.platform != "win32":
        pytest = psutil.Process(running.pid)
        for process in (pytest, *pytest.children()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(timeout=20)
    running.kill()
