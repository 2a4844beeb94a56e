"""A wheel of the kit in a separate environment, away from the clone."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from livechat_helpers import places


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the wheel, and an empty folder to work in.

    environment: the virtual environment. folder: where its programs are run.
    """

    environment: Path
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of its programs, without any of the clone's."""
        ours = {n: v for n, v in os.environ.items() if n.startswith(("PATH", "UV_"))}
        return {**ours, "HOME": str(self.folder), "NO_PROXY": "*"}

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.environment / "bin" / name)

    def run(self, *command: str, variables: Mapping[str, str] | None = None) -> str:
        """Run a program in the environment, and return what it printed.

        variables: additional environment variables.
        """
        done = subprocess.run(
            [self.program(command[0]), *command[1:]],
            cwd=self.folder,
            env={**self.variables, **(variables or {})},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=places.ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def install(environment: Path, *what: str) -> None:
    """Install packages with the available tool, as the set-up does."""
    python = environment / "bin" / "python"
    if uv := shutil.which("uv"):
        _run(uv, "pip", "install", "--python", python, *what)
    else:
        _run(python, "-m", "pip", "install", "--disable-pip-version-check", *what)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made as pip makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    if uv := shutil.which("uv"):
        _run(uv, "build", "--wheel", "--out-dir", folder, places.ROOT)
    else:
        _run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, ".")
    [made] = folder.glob("*.whl")
    return made


def _environment(folder: Path) -> Path:
    """Make a virtual environment with pip in it, as ``python -m venv`` does."""
    _run(sys.executable, "-m", "venv", folder)
    return folder


@pytest.fixture(scope="session")
def installed(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The wheel with the newest packages that it accepts, including pip."""
    folder = tmp_path_factory.mktemp("installed")
    environment = _environment(folder / "venv")
    install(environment, str(wheel))
    (folder / "work").mkdir()
    yield Installation(environment, folder / "work")


@pytest.fixture(scope="session")
def lowest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel with the lowest versions that pyproject.toml names."""
    from livechat_helpers.launch import environment as set_up

    folder = tmp_path_factory.mktemp("lowest")
    environment = _environment(folder / "venv")
    pinned = [line.replace(">=", "==") for line in set_up.requirements()]
    install(environment, str(wheel), *pinned)
    (folder / "work").mkdir()
    return Installation(environment, folder / "work")


def unpack(wheel: Path, folder: Path) -> None:
    """Install the wheel into a folder, without its dependencies."""
    if uv := shutil.which("uv"):
        _run(uv, "pip", "install", "--no-deps", "--target", folder, wheel)
    else:
        pip = [sys.executable, "-m", "pip", "install", "--no-deps"]
        _run(*pip, "--target", folder, wheel)
