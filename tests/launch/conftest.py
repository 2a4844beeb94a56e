"""What the launcher's tests share: an empty home, a clone, and stub programs."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from livechat_helpers import places

AddProgram = Callable[[str, str], Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder with nothing in it, for this process and its children."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("LIVECHAT_HOME", str(folder))
    return folder


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone where nothing is set up, whose packages no environment has."""
    folder = tmp_path / "clone"
    for inside in ("web", "tests/clients", "tests/words"):
        (folder / inside).mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(places.ROOT / inside / name, folder / inside / name)
    (folder / "constraints.txt").touch()
    (folder / "pyproject.toml").write_text(
        '[project]\ndependencies = ["there-is-no-such-package>=1"]\n'
        "[project.optional-dependencies]\n"
        "course = []\n"
        'test = ["nor-one-like-this>=2"]\n'
    )
    monkeypatch.setattr(places, "ROOT", folder)
    return folder


@pytest.fixture
def add_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AddProgram:
    """Empty PATH, and return a function that puts a Python script there."""
    if sys.platform == "win32":
        pytest.skip("stub programs are scripts with a shebang")
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(name: str, source: str) -> Path:
        path = folder / name
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{source}")
        path.chmod(0o755)
        return path

    return add


UV = """
from pathlib import Path
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
if sys.argv[1] == "venv":
    programs = Path(sys.argv[-1]) / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "python").symlink_to({python!r})
    (programs / "tool").write_text(f"#!{{programs.absolute() / 'python'}}")
if sys.argv[1] == os.environ.get("UV_HANGS_AT"):
    Path({log!r} + ".hangs").touch()
    time.sleep(60)
"""


@pytest.fixture
def uv(add_program: AddProgram, tmp_path: Path) -> Callable[[], list[str]]:
    """Put a stub uv on PATH; return a function that returns its calls so far."""
    log = tmp_path / "uv.log"
    add_program("uv", UV.format(log=str(log), python=os.path.realpath(sys.executable)))
    return lambda: log.read_text().splitlines() if log.exists() else []
