"""The virtual environment: made once, completed after a kill, skipped if not needed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from livechat_helpers import places
from livechat_helpers.launch import environment
from livechat_helpers.launch.setup_errors import SetupError

from .conftest import AddProgram

Calls = Callable[[], list[str]]

ENSURE = (
    "import sys\n"
    "from pathlib import Path\n"
    "from livechat_helpers import places\n"
    "places.ROOT = Path(sys.argv[1])\n"
    "from livechat_helpers.launch import environment\n"
    "environment.ensure()"
)


def state(clone: Path) -> object:
    """Return the text of the file in .venv."""
    return json.loads((clone / ".venv" / "livechat.json").read_text())


def killed_while(step: str, clone: Path, tmp_path: Path) -> None:
    """Start the set-up, and kill it and uv when uv reaches a step."""
    setup = subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(clone)],
        cwd=Path(environment.__file__).parents[2],
        env={**os.environ, "UV_HANGS_AT": step},
        start_new_session=True,
    )
    deadline = time.monotonic() + 20
    while not (tmp_path / "uv.log.hangs").exists():
        assert time.monotonic() < deadline and setup.poll() is None
        time.sleep(0.02)
    os.killpg(setup.pid, signal.SIGKILL)
    setup.wait()


def test_every_requirement_can_be_understood() -> None:
    for line in environment.requirements(("course", "test")):
        assert re.fullmatch(r"[\w.-]+(\[[\w,]+\])?>=[\d.]+", line), line


def test_this_environment_satisfies_the_list_and_is_used_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((places.ROOT / name).read_bytes())
    monkeypatch.setattr(places, "ROOT", tmp_path)
    assert environment.ensure(("course", "test")) == Path(sys.executable)
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("least", "met"), [("0", True), ("8.0", True), ("8", True), ("999.1", False)]
)
def test_a_package_must_be_new_enough(clone: Path, least: str, met: bool) -> None:
    (clone / "pyproject.toml").write_text(
        f'[project]\ndependencies = ["pytest>={least}"]\n'
        "[project.optional-dependencies]\n"
    )
    assert environment.missing() == ([] if met else [f"pytest>={least}"])


def test_the_environment_is_created_once(clone: Path, uv: Calls) -> None:
    python = environment.ensure()
    assert python == clone / ".venv" / "bin" / "python"
    assert [call.split()[0] for call in uv()] == ["venv", "pip"]
    assert uv()[1].endswith("-c constraints.txt -e .")
    assert environment.ensure() == python
    assert len(uv()) == 2


def test_the_tests_add_their_packages_and_a_later_start_keeps_them(
    clone: Path, uv: Calls
) -> None:
    environment.ensure()
    environment.ensure(("course", "test"))
    assert uv()[-1].endswith("-e .[course,test]")
    environment.ensure()
    assert len(uv()) == 4
    (clone / "constraints.txt").write_text("# newer\n")
    environment.ensure()
    assert uv()[-1].endswith("-e .[course,test]")
    assert len(uv()) == 6


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_package_list_is_installed_into_a_new_environment(
    clone: Path, uv: Calls, name: str
) -> None:
    python = environment.ensure()
    (clone / ".venv" / "of-before").touch()
    with (clone / name).open("a") as file:
        file.write("# changed\n")
    assert environment.ensure() == python
    assert [call.split()[0] for call in uv()] == ["venv", "pip", "venv", "pip"]
    assert not (clone / ".venv" / "of-before").exists()
    assert [path.name for path in clone.glob(".venv*")] == [".venv"]


def test_a_new_environments_programs_have_the_right_path(
    clone: Path, uv: Calls
) -> None:
    environment.ensure()
    (clone / "constraints.txt").write_text("# newer\n")
    environment.ensure()
    program = (clone / ".venv" / "bin" / "tool").read_text()
    assert program == f"#!{clone / '.venv' / 'bin' / 'python'}"


NO_NETWORK = "sys.exit('error sending request: dns error')"


@pytest.mark.parametrize("can_move", [True, False], ids=["here", "as on Windows"])
def test_without_a_network_the_old_environment_is_kept_and_that_is_reported(
    clone: Path,
    uv: Calls,
    add_program: AddProgram,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    can_move: bool,
) -> None:
    monkeypatch.setattr(environment, "_CAN_MOVE", can_move)
    # The Python that runs the tests lacks packages for this clone, and .venv has them.
    monkeypatch.setattr(environment, "missing", lambda extras: ["one"])
    (clone / "pyproject.toml").write_text(
        "[project]\ndependencies = []\n[project.optional-dependencies]\n"
    )
    python = environment.ensure()
    before = state(clone)
    (clone / "constraints.txt").write_text("pytest==0\n")
    add_program("uv", NO_NETWORK)
    for _ in range(2):
        assert environment.ensure() == python
        assert (
            "WARN  Packages stay as they were: set-up needs" in capfd.readouterr().err
        )
    assert state(clone) == before


def test_an_old_environment_that_lacks_a_package_isnt_used(
    clone: Path, uv: Calls, add_program: AddProgram
) -> None:
    environment.ensure()
    (clone / "constraints.txt").write_text("pytest==0\n")
    add_program("uv", NO_NETWORK)
    with pytest.raises(SetupError, match="needs the network once"):
        environment.ensure()  # a package in this clone's pyproject.toml is missing
    assert state(clone) != "unfinished"


def test_a_swap_that_was_killed_halfway_is_undone_and_repeated(
    clone: Path, uv: Calls
) -> None:
    environment.ensure()
    (clone / ".venv").rename(clone / ".venv-old")
    (clone / ".venv-new").mkdir()
    environment.ensure()
    assert len(uv()) == 2
    assert (clone / ".venv").exists() and not (clone / ".venv-old").exists()


def test_a_clone_that_was_moved_is_reinstalled(
    clone: Path, uv: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.ensure()
    moved = clone.rename(clone.with_name("moved"))
    monkeypatch.setattr(places, "ROOT", moved)
    environment.ensure()
    assert len(uv()) == 4


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_a_killed_setup_is_finished_by_the_next_start(
    clone: Path, uv: Calls, tmp_path: Path, step: str
) -> None:
    killed_while(step, clone, tmp_path)
    assert state(clone) == "unfinished"
    (clone / ".venv" / "half-written").touch()
    environment.ensure()
    assert [call.split()[0] for call in uv()[-2:]] == ["venv", "pip"]
    assert not (clone / ".venv" / "half-written").exists()
    assert state(clone) != "unfinished"


def test_a_killed_update_is_finished_by_the_next_start(
    clone: Path, uv: Calls, tmp_path: Path
) -> None:
    environment.ensure()
    (clone / "constraints.txt").write_text("# newer\n")
    killed_while("pip", clone, tmp_path)
    assert state(clone) != "unfinished"  # the earlier environment was not touched
    environment.ensure()
    assert [call.split()[0] for call in uv()] == ["venv", "pip"] * 3


def test_a_venv_whose_python_doesnt_run_is_recreated(clone: Path, uv: Calls) -> None:
    environment.ensure()
    python = clone / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    environment.ensure()
    assert [call.split()[0] for call in uv()] == ["venv", "pip", "venv", "pip"]


def test_the_learners_own_venv_is_kept_and_filled(clone: Path, uv: Calls) -> None:
    programs = clone / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(os.path.realpath(sys.executable))
    (clone / ".venv" / "the-learners-own").touch()
    environment.ensure()
    assert [call.split()[0] for call in uv()] == ["pip"]
    assert (clone / ".venv" / "the-learners-own").exists()


def test_two_setups_at_the_same_time_do_the_work_once(clone: Path, uv: Calls) -> None:
    setups = [
        subprocess.Popen(
            [sys.executable, "-c", ENSURE, str(clone)],
            cwd=Path(environment.__file__).parents[2],
        )
        for _ in range(3)
    ]
    assert [setup.wait(timeout=120) for setup in setups] == [0, 0, 0]
    assert [call.split()[0] for call in uv()] == ["venv", "pip"]


def test_without_a_network_the_fix_is_shown(
    clone: Path, add_program: AddProgram
) -> None:
    add_program("uv", "sys.exit('error sending request: dns error')")
    with pytest.raises(SetupError) as raised:
        environment.ensure()
    assert "set-up needs the network once" in str(raised.value)
    assert "dns error" in str(raised.value)


def test_a_learners_settings_for_other_installs_change_nothing(
    clone: Path, add_program: AddProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("PIP_USER", "PIP_TARGET", "PIP_DRY_RUN", "PYTHONPATH", "UV_OVERRIDE")
    for name in names:
        monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "true")
    add_program(
        "uv",
        "if 'install' in sys.argv:\n"
        "    names = [n for n in os.environ if n[:3] in ('PIP', 'PYT', 'UV_')]\n"
        "    sys.exit(str([os.environ['UV_SYSTEM_PYTHON']] +"
        " [n for n in names if os.environ[n] == '/elsewhere']))\n"
        "import pathlib; programs = pathlib.Path(sys.argv[-1]) / 'bin'\n"
        "programs.mkdir(parents=True)\n"
        "(programs / 'python').symlink_to(os.path.realpath(sys.executable))\n",
    )
    with pytest.raises(SetupError) as raised:
        environment.ensure()
    assert "['false']" in raised.value.output
