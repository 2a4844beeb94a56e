"""The course from a wheel: put into a folder, run there and reset, without git.

Its dependencies are the tests' packages, but the kit comes from the wheel.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from livechat_helpers import places

from .conftest import unpack

LESSON = """
import httpx
from livechat_helpers import places
from livechat_helpers.lessons import start
assert not places.is_clone()
lesson = start(1)
for path in ("/", "/web/chat-widget.js", "/sdk/vonageClientSDK.min.mjs"):
    answer = httpx.get(lesson.website.url + path, trust_env=False)
    assert answer.status_code == 200, (path, answer.text)
"""


@dataclass(frozen=True)
class Learner:
    """A learner who has only the wheel.

    kit: the folder it's installed in. home: the learner's own.
    """

    kit: Path
    home: Path

    def run(self, *command: str, folder: Path | None = None, status: int = 0) -> str:
        """Run Python in a folder, by default the home; return what it printed."""
        ours = {
            name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ
        }
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder or self.home,
            env={**ours, "HOME": str(self.home), "PYTHONPATH": str(self.kit)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def livechat(self, *arguments: str, status: int = 0) -> str:
        """Run the kit's command."""
        return self.run("-m", "livechat_helpers", *arguments, status=status)


@pytest.fixture
def learner(wheel: Path, tmp_path: Path) -> Learner:
    kit, home = tmp_path / "kit", tmp_path / "home"
    unpack(wheel, kit)
    home.mkdir()
    # It's already downloaded for another environment of this account.
    cache = home / ".cache/livechat/browser-sdk"
    shutil.copytree(places.ROOT / "web/node_modules", cache / "node_modules")
    return Learner(kit, home)


def test_the_browser_sdk_is_in_no_wheel(learner: Learner) -> None:
    assert not [*learner.kit.rglob("node_modules")]
    assert not [*learner.kit.rglob("vonageClientSDK*")]


def test_a_course_copied_into_a_folder_runs_there_and_can_be_reset(
    learner: Learner,
) -> None:
    assert "livechat init FOLDER" in learner.livechat(status=1)
    all_of_them = len(places.notebooks())
    assert f"new: {all_of_them} of {all_of_them} notebooks" in learner.livechat(
        "init", "mine"
    )
    mine = learner.home / "mine"
    notebook = mine / "01_application_and_key.ipynb"
    original = (places.ROOT / "notebooks" / notebook.name).read_bytes()
    assert notebook.read_bytes() == original
    assert "OK    Browser SDK" in learner.livechat("doctor"), "it isn't fetched again"
    learner.run("-c", LESSON, folder=mine)
    notebook.write_bytes(original.replace(b"objectives", b"wishes", 1) + b" ")
    notebook.write_text(notebook.read_text("utf-8").replace("# ", "# My ", 1), "utf-8")
    assert f"new: 0 of {all_of_them} notebooks" in learner.livechat("init", "mine"), (
        "mine stay"
    )
    said = learner.livechat("reset", "01")
    assert f"OK    {notebook.name} is back to the original; yours is now" in said
    assert notebook.read_bytes() == original
    assert (learner.home / ".local/share/livechat/.data").exists()
    assert not [*learner.kit.rglob(".data")], (
        "nothing is written into the shared folder"
    )


def test_without_write_access_to_the_clone_data_goes_to_the_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LIVECHAT_HOME")
    assert places.home() == places.ROOT
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(os, "access", lambda *_: False)
    for folder in (places.home(), places.sandbox_dir(), places.my_chat_dir()):
        assert folder.is_relative_to(tmp_path)
