"""The checks that run beside pytest, as a plugin that can make the run fail.

``python -m livechat_helpers.launch.checks NAME... -- pytest arguments``
"""

import subprocess
import sys
from collections.abc import Iterable

import pytest

# The command is only available as a function, not as a module that Python can run.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"

CHECKS = {
    "Format": ("-m", "ruff", "format", "--check", "."),
    "Lint": ("-m", "ruff", "check", "."),
    "Types": ("-m", "pyright", "--pythonpath", sys.executable),
    "Imports": ("-c", _LINT_IMPORTS, "--no-cache"),
}


class Checks:
    """Runs checks beside the tests, and prints the results before pytest's summary.

    names: the checks to run, as in ``CHECKS``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._running: dict[str, subprocess.Popen[str]] = {}

    def pytest_sessionstart(self) -> None:
        """Start all of the checks."""
        for name in self._names:
            self._running[name] = subprocess.Popen(
                [sys.executable, *CHECKS[name]],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
            )

    def pytest_keyboard_interrupt(self) -> None:
        """Forget the checks: whatever interrupted pytest has interrupted them too."""
        self._running.clear()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Wait for the checks, and make the run fail if one of them has failed."""
        print()  # This ends pytest's line of dots.
        passed = [_passed(*each) for each in self._running.items()]
        if not all(passed) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _passed(name: str, check: "subprocess.Popen[str]") -> bool:
    """Wait for a check, print its result, and return whether it passed."""
    said, _ = check.communicate()
    if check.returncode == 0:
        print(f"OK    {name}", flush=True)
        return True
    print(f"{said.rstrip()}\nFAIL  {name}: see above.", flush=True)
    return False


def main(arguments: list[str]) -> int:
    """Run checks and pytest, and return the exit code: 0 if nothing failed.

    arguments: the names of the checks, ``--``, and pytest's own arguments.
    """
    end = arguments.index("--")
    return pytest.main(arguments[end + 1 :], plugins=[Checks(arguments[:end])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
