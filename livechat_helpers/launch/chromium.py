"""A Chromium for the browser tests: the system's, or a downloaded one."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from livechat_helpers import places

from . import debian, long_steps
from .programs import found_or_fetched

WHAT = "Browser"
VARIABLE = "LIVECHAT_BROWSER"
"""The variable with the browser's path, for the tests; you can set it yourself."""

_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
_WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")


def ensure() -> Path:
    """Return a browser's path, after installing one if necessary.

    Raises:
        SetupError: there is no browser, and it can't be installed.
    """
    return found_or_fetched(
        find,
        lambda: debian.install("Chromium", "chromium"),
        _from_playwright,
        what=WHAT,
        names="Chromium or Chrome",
        advice="Install Chromium, Chrome or Edge, or name its program in the variable "
        f"{VARIABLE}",
    )


def find() -> Path | None:
    """Return a browser's path, or None if there isn't one."""
    return next((path for path in _places() if path.is_file()), None)


def _places() -> Iterator[Path]:
    if named := os.environ.get(VARIABLE):
        yield Path(named)
    for command in _COMMANDS:
        if path := shutil.which(command):
            yield Path(path)
    if sys.platform == "darwin":
        for path in _MAC:
            yield from (Path(path), Path.home() / path[1:])
    if sys.platform == "win32":
        for root in filter(None, map(os.environ.get, _WINDOWS_ROOTS)):
            for path in _WINDOWS:
                yield Path(root) / path
    if path := _playwrights_own():
        yield path


def _playwrights_own() -> Path | None:
    """Return the browser that Playwright has downloaded, if it runs."""
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as playwright:\n"
        "    print(playwright.chromium.executable_path)"
    )
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True)
    path = Path(said.stdout.strip() or os.devnull)
    if not path.is_file():
        return None
    if sys.platform == "linux":  # System libraries can be missing there.
        tried = subprocess.run([path, "--version"], capture_output=True)
        if tried.returncode != 0:
            return None
    return path


def _from_playwright() -> None:
    fetch = [sys.executable, "-m", "playwright", "install"]
    if sys.platform == "linux" and os.geteuid() == 0:
        fetch.append("--with-deps")
    long_steps.run("Fetching Chromium", [*fetch, "chromium"], cwd=places.ROOT)
