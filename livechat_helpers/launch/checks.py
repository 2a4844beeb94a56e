"""The checks that run beside pytest: a plugin of it, which lets it fail with them.

``python -m livechat_helpers.launch.checks NAME... -- pytest arguments``
"""

import subprocess
import sys
from collections.abc import Iterable

import pytest

# Its command is a function, not a module that Python can run.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as run; run()"

CHECKS = {
    "Format": ("-m", "ruff", "format", "--check", "."),
    "Lint": ("-m", "ruff", "check", "."),
    "Types": ("-m", "pyright", "--pythonpath", sys.executable),
    "Imports": ("-c", _LINT_IMPORTS, "--no-cache"),
}


class Checks:
    """Runs checks beside the tests, and says what came of them before pytest's summary.

    names: of CHECKS.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = names
        self._running: dict[str, subprocess.Popen[str]] = {}

    def pytest_sessionstart(self) -> None:
        """Start them all."""
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
        """Forget them: whoever has interrupted pytest has interrupted them as well."""
        self._running.clear()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Wait for them, and let the run fail if one of them has failed."""
        print()  # pytest's line of dots has no end yet
        passed = [_passed(*each) for each in self._running.items()]
        if not all(passed) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _passed(name: str, check: "subprocess.Popen[str]") -> bool:
    """Wait for a check, say what came of it, and return whether all is well."""
    said, _ = check.communicate()
    if check.returncode == 0:
        print(f"OK    {name}", flush=True)
        return True
    print(f"{said.rstrip()}\nFAIL  {name}: see above.", flush=True)
    return False


def main(arguments: list[str]) -> int:
    """Run checks and pytest, and return the exit code: 0 if nothing failed.

    arguments: names of checks, ``--``, and what pytest gets.
    """
    end = arguments.index("--")
    return pytest.main(arguments[end + 1 :], plugins=[Checks(arguments[:end])])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
