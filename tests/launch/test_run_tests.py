"""``python -m livechat_helpers test``: Chromium, linters, types, pytest."""

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from livechat_helpers import places
from livechat_helpers.launch import chromium, firefox, long_steps, nginx
from livechat_helpers.launch.checks import CHECKS
from livechat_helpers.launch.long_steps import StepError
from livechat_helpers.launch.setup_errors import SetupError

from .conftest import AddProgram

RUN = (
    "import sys\n"
    "from pathlib import Path\n"
    "from livechat_helpers import places\n"
    "from livechat_helpers.launch import commands, environment, run_tests\n"
    "places.ROOT = Path(sys.argv[1])\n"
    "commands._leave_quietly_when_told()\n"
    "sys.exit(run_tests.main(sys.argv[2:]))"
)
ONLY_PYTEST = RUN.replace("2:]", "2:], ()")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project without errors."""
    for each in (chromium, firefox, nginx):
        monkeypatch.setenv(each.VARIABLE, sys.executable)  # any program that exists
    # Otherwise, each pytest would load what only the kit's tests need.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ruff.lint]\nselect = ['F']\n"
        "[tool.importlinter]\nroot_package = 'rooms'\n"
        "[[tool.importlinter.contracts]]\nname = 'No circles'\n"
        "type = 'acyclic_siblings'\nancestors = ['rooms']\n"
    )
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms" / "__init__.py").write_text("")
    (tmp_path / "rooms" / "one.py").write_text(
        "from . import imports_flaw as imports_flaw\n"
    )
    (tmp_path / "rooms" / "imports_flaw.py").write_text("")
    (tmp_path / "test_it.py").write_text(
        "import os\n\n\n"
        "def test_it() -> None:\n"
        f'    assert os.environ["{chromium.VARIABLE}"]\n'
        f'    assert os.environ["{firefox.VARIABLE}"]\n'
    )
    return tmp_path


def run(project: Path, *arguments: str, code: str = RUN) -> "subprocess.Popen[str]":
    """Start the test command on a project."""
    return subprocess.Popen(
        [sys.executable, "-c", code, str(project), *arguments],
        cwd=places.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_when_all_is_well_pytest_speaks_last(project: Path) -> None:
    process = run(project, "-q")
    said, _ = process.communicate()
    assert process.returncode == 0, said
    [*_, last] = lines = said.splitlines()
    assert [one for one in lines if "OK" in one] == [f"OK    {it}" for it in CHECKS]
    assert last.startswith("1 passed")


def test_linters_findings_fail_the_run_but_pytest_still_runs(project: Path) -> None:
    flaws = {
        "Format": "x  =  1\n",
        "Lint": "import os\n",
        "Types": 'number: int = "no"\n',
        "Imports": "from . import one as one\n",
    }
    assert [*flaws] == [*CHECKS]
    for name, source in flaws.items():
        (project / "rooms" / f"{name.lower()}_flaw.py").write_text(source)
    process = run(project, "-q")
    said, _ = process.communicate()
    assert process.returncode == 1
    for name in flaws:
        found, _, said = said.partition(f"FAIL  {name}: see above.")
        assert f"{name.lower()}_flaw" in found
    assert said.splitlines()[-1].startswith("1 passed")


def test_without_arguments_the_tests_run_side_by_side(project: Path) -> None:
    process = run(project, code=ONLY_PYTEST)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "workers" in said
    assert "1 passed" in said.splitlines()[-1]


def test_a_failed_test_fails_the_run_and_arguments_reach_pytest(project: Path) -> None:
    (project / "test_more.py").write_text(
        "def test_more() -> None:\n    assert False\n"
    )
    process = run(project, "-q", "-k", "more", code=ONLY_PYTEST)
    said, _ = process.communicate()
    assert process.returncode == 1
    assert "1 failed, 1 deselected" in said.splitlines()[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_when_stopped_it_lets_the_tests_clean_up(project: Path, number: int) -> None:
    (project / "test_it.py").write_text(
        "import time\n"
        "from pathlib import Path\n\n\n"
        "def test_it() -> None:\n"
        "    try:\n"
        '        Path("began").touch()\n'
        "        time.sleep(60)\n"
        "    finally:\n"
        '        Path("cleaned").touch()\n'
    )
    process = subprocess.Popen(
        [sys.executable, "-c", ONLY_PYTEST, str(project), "-n", "1"],
        cwd=places.ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not (project / "began").exists():
        assert process.poll() is None
        time.sleep(0.05)
    # Ctrl-C reaches the whole foreground group, SIGTERM the command alone.
    group = number == signal.SIGINT
    (os.killpg if group else os.kill)(process.pid, number)
    # 2 is pytest's exit code for an interrupted run.
    assert process.wait(timeout=60) == (2 if group else 128 + number)
    assert (project / "cleaned").exists()


@pytest.fixture
def no_browser(add_program: AddProgram, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Simulate a machine without a browser; return the commands run to get one."""
    steps: list[str] = []

    def fail(step: str, command: list[str], **_: object) -> None:
        steps.append(" ".join(command))
        raise StepError(step, "it did not work")

    add_program("apt-get", "")
    for each in (chromium, firefox, nginx):
        monkeypatch.delenv(each.VARIABLE, raising=False)
    monkeypatch.setattr(nginx, "_PATH", "")
    monkeypatch.setattr(chromium, "_playwrights_own", lambda: None)
    monkeypatch.setattr(chromium, "_MAC", ())
    monkeypatch.setattr(firefox, "_MAC", "/nowhere")
    monkeypatch.setattr(long_steps, "run", fail)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"ID": "debian"})
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return steps


@pytest.mark.parametrize("name", ["chromium", "google-chrome", "msedge"])
def test_the_systems_browser_comes_first(
    no_browser: list[str], add_program: AddProgram, name: str
) -> None:
    program = add_program(name, "")
    assert chromium.ensure() == program
    assert no_browser == []


def test_a_browser_that_was_named_comes_first(
    no_browser: list[str], add_program: AddProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_program("chromium", "")
    mine = add_program("my-own", "")
    monkeypatch.setenv(chromium.VARIABLE, str(mine))
    assert chromium.ensure() == mine


def test_without_a_browser_it_says_how_to_get_one(no_browser: list[str]) -> None:
    with pytest.raises(SetupError) as raised:
        chromium.ensure()
    assert "there is no Chromium or Chrome here" in str(raised.value)
    assert "Install Chromium, Chrome or Edge" in str(raised.value)
    assert chromium.VARIABLE in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="Debian")
def test_on_debian_root_uses_apt_before_playwright(
    no_browser: list[str],
) -> None:
    with pytest.raises(SetupError):
        chromium.ensure()
    assert [step.split()[0] for step in no_browser] == ["apt-get", sys.executable]


@pytest.mark.skipif(sys.platform != "linux", reason="Debian")
def test_on_other_systems_playwright_installs_it(
    no_browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SetupError):
        chromium.ensure()
    assert no_browser == [f"{sys.executable} -m playwright install chromium"]


def test_the_systems_firefox_comes_first(
    no_browser: list[str], add_program: AddProgram
) -> None:
    program = add_program("firefox", "")
    assert firefox.ensure() == program
    assert no_browser == []


@pytest.mark.skipif(sys.platform != "linux", reason="Debian")
@pytest.mark.parametrize(
    ("wanted", "package"), [(firefox, "firefox-esr"), (nginx, "nginx")]
)
def test_on_debian_root_installs_it_with_apt(
    no_browser: list[str], wanted: ModuleType, package: str
) -> None:
    with pytest.raises(SetupError) as raised:
        wanted.ensure()
    assert no_browser == ["apt-get update"]
    assert f"apt-get install {package}" in str(raised.value)
    assert wanted.VARIABLE in str(raised.value)
