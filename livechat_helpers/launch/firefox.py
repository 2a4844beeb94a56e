"""A Firefox for the browser tests: the system's, or one installed from Debian."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from . import debian
from .programs import found_or_fetched

VARIABLE = "LIVECHAT_FIREFOX"
"""The variable with Firefox's path, for the tests; you can set it yourself."""

_COMMANDS = ("firefox-esr", "firefox")
_MAC = "/Applications/Firefox.app/Contents/MacOS/firefox"
_WINDOWS = "Mozilla Firefox/firefox.exe"
_WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)")


def ensure() -> Path:
    """Return Firefox's path, after installing it if necessary.

    Raises:
        SetupError: there is no Firefox, and it can't be installed.
    """
    return found_or_fetched(
        find,
        lambda: debian.install("Firefox", "firefox-esr"),
        what="Firefox",
        names="Firefox",
        advice="Install Firefox (on Debian: apt-get install firefox-esr), or name its "
        f"program in the variable {VARIABLE}",
    )


def find() -> Path | None:
    """Return Firefox's path, or None if there isn't one."""
    return next((path for path in _places() if path.is_file()), None)


def _places() -> Iterator[Path]:
    if named := os.environ.get(VARIABLE):
        yield Path(named)
    for command in _COMMANDS:
        if path := shutil.which(command):
            yield Path(path)
    if sys.platform == "darwin":
        yield from (Path(_MAC), Path.home() / _MAC[1:])
    if sys.platform == "win32":
        for root in filter(None, map(os.environ.get, _WINDOWS_ROOTS)):
            yield Path(root) / _WINDOWS
