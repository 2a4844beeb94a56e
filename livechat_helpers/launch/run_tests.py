"""Run all checks: linters, types, tests."""

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

# Run all tests in parallel, because most of them wait for a browser, a kernel or a
# disk. With two workers more than processors, the processors stay busy.
# tests/side_by_side.py says which worker runs what.
SIDE_BY_SIDE = ("-n", str((os.cpu_count() or 1) + 2), "--dist", "loadscope")

# The command is a function, not a module that Python can run.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"

STEPS = {
    "Format": ("-m", "ruff", "format", "--check", "."),
    "Lint": ("-m", "ruff", "check", "."),
    "Types": ("-m", "pyright", "--pythonpath", sys.executable),
    "Imports": ("-c", _LINT_IMPORTS, "--no-cache"),
}


def main(pytest_arguments: list[str]) -> int:
    """Run everything, with pytest last, and return the exit code: 0 if all passed.

    pytest_arguments: passed on to pytest; without any, all tests run in parallel.

    Raises:
        SetupError: a browser or nginx is missing.
    """
    variables = {
        **os.environ,
        **importable(),
        chromium.VARIABLE: str(chromium.ensure()),
        firefox.VARIABLE: str(firefox.ensure()),
        **({nginx.VARIABLE: str(proxy)} if (proxy := nginx.ensure()) else {}),
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",  # Otherwise, it looks for updates.
        # The tests start hundreds of processes, and each would compile the kit again.
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
    # Ctrl-C also reaches pytest, which then ends. Wait for its exit code.
    signal.signal(signal.SIGINT, lambda *_: None)
    with subprocess.Popen(command, cwd=places.ROOT, env=variables) as running:
        try:
            return running.wait()
        except SystemExit:  # The signal only reached this process.
            _interrupt(running)
            raise


def _interrupt(running: "subprocess.Popen[bytes]") -> None:
    """End pytest and its workers with SIGINT, as Ctrl-C would, so that they clean up.

    If only pytest got it, pytest would give its workers ten seconds, and half of them
    wouldn't notice in time.
    """
    if sys.platform != "win32":
        pytest = psutil.Process(running.pid)
        for process in (pytest, *pytest.children()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(timeout=20)
    running.kill()
