"""The sandbox alone: installed from a wheel, and run with one command."""

import json
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import Installation, install

MOST_PACKAGES = 25
MOST_MEGABYTES = 60

THEIR_TEST = """
import httpx

def test_mine(vonage_sandbox):
    assert httpx.get(vonage_sandbox.url + "/_sandbox/health").status_code == 200
"""


@contextmanager
def running(
    installation: Installation, *command: str, variables: Mapping[str, str] = {}
) -> Iterator[dict[str, Any]]:
    """Run a command until the block ends, and yield its ready line."""
    with subprocess.Popen(
        [installation.program(command[0]), *command[1:], "--exit-with-parent"],
        cwd=installation.folder,
        env={**installation.variables, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert line, process.stderr.read()
        yield json.loads(line)
        process.terminate()
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == ""


def size(folder: Path) -> float:
    """Return the megabytes of a folder's files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 1_000_000


def test_the_sandbox_alone_is_small(installed: Installation) -> None:
    listed = json.loads(installed.run("python", "-m", "pip", "list", "--format=json"))
    assert len(listed) <= MOST_PACKAGES, [one["name"] for one in listed]
    assert size(installed.environment) <= MOST_MEGABYTES


@pytest.mark.parametrize(
    "command",
    [("vonage-sandbox",), ("python", "-m", "livechat_helpers", "sandbox")],
    ids=["its own command", "the module"],
)
def test_one_command_runs_it_outside_a_clone(
    installed: Installation, command: tuple[str, ...]
) -> None:
    with running(installed, *command) as ready:
        health = httpx.get(f"{ready['http']}/_sandbox/health", trust_env=False)
        assert health.json()["status"] == "ok"
        folder = installed.folder / ".local" / "share" / "vonage-sandbox"
        assert Path(ready["ca"]).parent == folder, "the user's data folder"
        found = installed.run(
            "python",
            "-c",
            "from livechat_helpers.sandbox.remote import connect; print(connect().url)",
        )
        assert found.strip() == ready["http"], "a program finds it on its own"


def test_without_its_packages_the_course_says_what_to_install(
    installed: Installation,
) -> None:
    done = subprocess.run(
        [installed.program("python"), "-m", "livechat_helpers", "doctor"],
        cwd=installed.folder,
        env=installed.variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "pip install '.[course]'" in done.stderr
    assert "clone the repository" in done.stderr
    assert "vonage-sandbox" in done.stderr


@pytest.mark.weekly
def test_it_runs_with_the_lowest_versions_it_asks_for(lowest: Installation) -> None:
    with running(lowest, "vonage-sandbox", "--rate-limit", "1000") as ready:
        trusted = ssl.create_default_context(cafile=ready["ca"])
        with httpx.Client(trust_env=False, verify=trusted) as client:
            for url in (ready["http"], ready["tls"]):
                account = (ready["api_key"], ready["api_secret"])
                made = client.post(
                    f"{url}/v2/applications",
                    json={"name": "first"},
                    auth=account,
                )
                assert made.status_code == 201
                page = client.get(f"{url}/_sandbox/", auth=account)
                assert page.status_code == 200


@pytest.mark.parametrize(
    "of", ["installed", pytest.param("lowest", marks=pytest.mark.weekly)]
)
def test_the_fixture_is_found_where_the_wheel_is_installed(
    request: pytest.FixtureRequest, of: str
) -> None:
    installation: Installation = request.getfixturevalue(of)
    install(installation.environment, "pytest")
    (installation.folder / "test_theirs.py").write_text(THEIR_TEST)
    assert "1 passed" in installation.run("python", "-m", "pytest", "-q")
