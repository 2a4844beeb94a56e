"""Run all checks: linters, types, tests."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable

import psutil

from livechat_helpers import places
from livechat_helpers.processes.child import importable

from . import chromium, firefox, nginx
from .checks import CHECKS

# Run all tests in parallel, because most of them wait for a browser, a kernel or a
# disk. With two workers more than processors, the processors stay busy.
# tests/side_by_side.py says which worker runs what.
SIDE_BY_SIDE = ("-n", str((os.cpu_count() or 1) + 2), "--dist", "loadscope")


def main(pytest_arguments: list[str], checks: Iterable[str] = CHECKS) -> int:
    """Run everything, and return the exit code: 0 if all passed.

    pytest_arguments: passed on to pytest; without any, all tests run in parallel.
    checks: the names of the checks that run beside pytest; defaults to all of them.

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
    command = ["-m", "livechat_helpers.launch.checks", *checks, "--"]
    return _run([*command, *(pytest_arguments or SIDE_BY_SIDE)], variables)


def _run(arguments: list[str], variables: dict[str, str]) -> int:
    command = [sys.executable, *arguments]
    # Ctrl-C reaches pytest as well: it ends by itself, and we wait for its exit code.
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
