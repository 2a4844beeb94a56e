"""What ``python -m livechat_helpers`` prints before it does anything."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from livechat_helpers import places
from livechat_helpers.launch import commands, course_folder, npm_packages, run_tests

PACKAGE = places.ROOT / "livechat_helpers"
SUBCOMMANDS = [name for name in commands._COMMANDS if name]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as a learner does."""
    command = [sys.executable, "-m", "livechat_helpers", *arguments]
    return subprocess.run(command, cwd=places.ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["__main__.py", "__init__.py"])
def test_an_old_python_can_parse_the_entry_point(name: str) -> None:
    ast.parse((PACKAGE / name).read_text("utf-8"), feature_version=(3, 6))


def test_a_python_that_is_too_old_gets_one_clear_line() -> None:
    pretend = (
        "import runpy, sys\n"
        "sys.version_info = (3, 8, 18, 'final', 0)\n"
        "runpy.run_module('livechat_helpers', run_name='__main__', alter_sys=True)"
    )
    said = subprocess.run(
        [sys.executable, "-c", pretend],
        cwd=places.ROOT,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert said.stdout == ""
    assert len(said.stderr.splitlines()) == 1
    assert "needs Python 3.11 or newer, but this is 3.8" in said.stderr


def test_an_unknown_subcommand_gets_one_line_with_the_known_ones() -> None:
    said = run("sandbx")
    assert said.returncode == 2
    assert len(said.stderr.splitlines()) == 1
    assert "'sandbx'" in said.stderr
    assert all(name in said.stderr for name in SUBCOMMANDS)


def test_help_lists_every_subcommand() -> None:
    said = run("--help")
    assert said.returncode == 0
    assert [name for name in SUBCOMMANDS if f"\n  {name} " not in said.stdout] == []


def test_the_readme_names_every_subcommand() -> None:
    readme = (PACKAGE / "README.md").read_text("utf-8")
    table = readme.partition("\n## Commands\n")[2].partition("\n## ")[0]
    named = re.findall(r"`(?:python3 -m livechat_helpers )?(\w+)", table)
    assert {*SUBCOMMANDS} <= {*named}


@pytest.mark.parametrize("name", ["doctor", "test", "sandbox", "website"])
def test_every_subcommand_has_help(name: str) -> None:
    said = run(name, "--help")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[0].startswith("usage: ")
    assert name in said.stdout.splitlines()[0]


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_an_invalid_port_is_refused(port: str) -> None:
    assert run("--port", port).returncode == 2


def test_a_full_disk_is_reported_in_one_line_along_with_the_fix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        Path("/dev/full").write_text("x")

    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    monkeypatch.setattr(commands.environment, "ensure", full)
    assert commands.main(["doctor"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "FAIL  Disk: the disk is full."
    assert "Free some space" in said[1]


def test_a_relative_home_is_the_same_folder_for_every_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIVECHAT_HOME", "mine")
    commands.main(["no-such-subcommand"])
    assert os.environ["LIVECHAT_HOME"] == str(tmp_path / "mine")


def test_a_home_can_be_below_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LIVECHAT_HOME", "~/mine")
    assert places.home() == tmp_path / "mine"
    assert places.sandbox_dir() == tmp_path / "mine" / ".data" / "sandbox"


def test_init_completes_a_partial_copy(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my course"
    course_folder.fill(folder)
    picture = next((folder / "images").iterdir())
    [german, *_] = (folder / "de").glob("00_*.ipynb")
    for gone in (picture, german):
        gone.unlink()
    mine = folder / places.notebooks()[0].name
    mine.write_text("mine")
    assert course_folder.fill(folder) == 0
    assert picture.exists()
    assert german.exists()
    assert mine.read_text() == "mine"


def test_the_launcher_imports_none_of_the_heavy_packages() -> None:
    heavy = {"vonage", "fastapi", "starlette", "uvicorn", "jupyterlab", "IPython"}
    code = (
        "import sys\n"
        "from livechat_helpers.launch import commands, start, doctor\n"
        "from livechat_helpers.launch import npm_packages\n"
        f"print(*({heavy!r} & {{*sys.modules}}))"
    )
    said = subprocess.check_output(
        [sys.executable, "-c", code], cwd=places.ROOT, text=True
    )
    assert said.split() == []


def test_the_test_command_first_gets_the_browser_sdk_and_the_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    python = Path(sys.executable)
    monkeypatch.setattr(commands.environment, "ensure", lambda extras: python)
    for name in ("browser_sdk", "test_clients", "prose_linter"):
        packages = getattr(npm_packages, name)
        monkeypatch.setattr(packages, "ensure", lambda name=name: done.append(name))
    monkeypatch.setattr(run_tests, "main", lambda rest: len(done))
    assert commands.main(["test"]) == 3
    assert done == ["browser_sdk", "test_clients", "prose_linter"]
