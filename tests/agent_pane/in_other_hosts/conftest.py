"""Environments with other programs that show widgets, kept in pytest's cache."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import headless
import pytest
from playwright.sync_api import Browser

from livechat_helpers import places

Environment = Callable[..., Path]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with headless.chromium() as launched:
        yield launched


@pytest.fixture(scope="package")
def environment(pytestconfig: pytest.Config) -> Environment:
    """Return a function that makes an environment with the kit and other packages.

    It returns the environment's Python.
    """
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("hosts")

    def make(*packages: str) -> Path:
        folder = cache / "-".join(packages)
        python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        done = folder / "done"  # A clone that was moved or copied makes its own.
        if not done.exists() or done.read_text() != str(places.ROOT):
            kit = ["-e", f"{places.ROOT}[course]"]
            if uv := shutil.which("uv"):
                run(
                    uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder
                )
                run(
                    uv, "pip", "install", "--quiet", "--python", python, *kit, *packages
                )
            else:
                run(sys.executable, "-m", "venv", "--clear", folder)
                run(python, "-m", "pip", "install", "--quiet", *kit, *packages)
            done.write_text(str(places.ROOT))
        return python

    return make


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, timeout=600)
