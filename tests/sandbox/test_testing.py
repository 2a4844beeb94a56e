"""The pytest fixture that anyone can use."""

import asyncio
import gc
import os
import subprocess
import sys
import warnings
from pathlib import Path

import httpx
import pytest
from vonage import Auth, HttpClientOptions, Vonage
from vonage_application import ApplicationConfig

from livechat_helpers.sandbox.machine.serving import StartError
from livechat_helpers.sandbox.remote import RemoteSandbox, SandboxError
from livechat_helpers.sandbox.testing import in_process, running

_SOMEBODYS_TESTS = """
import httpx

def test_one(vonage_sandbox):
    assert httpx.get(vonage_sandbox.url + "/_sandbox/health").status_code == 200

def test_two(vonage_sandbox):
    assert vonage_sandbox.clock.now()
"""


def test_pytest_finds_the_fixture_on_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(_SOMEBODYS_TESTS)
    # Other plugins that pytest finds on its own take a long time to load.
    others = ("cacheprovider", "schemathesis", "nbval", "playwright")
    without = [f"-pno:{name}" for name in others]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *without, tmp_path],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr


def client(sandbox: RemoteSandbox) -> Vonage:
    """Return PyPI ``vonage`` on a sandbox, without any manual settings."""
    info = sandbox.info
    auth = Auth(info.api_key, info.api_secret.get_secret_value())
    host = info.tls.removeprefix("https://")
    return Vonage(auth, HttpClientOptions(api_host=host, max_retries=0))


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_gets_the_sandbox_empty_and_trusted(
    vonage_sandbox: RemoteSandbox, number: int
) -> None:
    applications = client(vonage_sandbox).application
    assert applications.list_applications()[0] == []
    applications.create_application(ApplicationConfig(name=f"of test {number}"))


def test_two_sandboxes_cannot_share_a_folder(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        with pytest.raises(StartError, match="Another sandbox"), running(tmp_path):
            pass
        assert httpx.get(f"{first.url}/_sandbox/health").status_code == 200
    with running(tmp_path):
        pass  # the first one has ended, and released the folder


def test_a_missing_folder_is_created_private(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with running(folder) as sandbox:
        assert sandbox.clock.now()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_is_left_open(tmp_path: Path) -> None:
    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with running(tmp_path) as sandbox:
            assert sandbox.clock.now()
        del sandbox
        gc.collect()
    assert [str(one.message) for one in told] == []


@pytest.mark.parametrize("name", ["a?b", "a#b", "a/b", "a%20b"])
def test_a_snapshots_name_is_used_unchanged(
    vonage_sandbox: RemoteSandbox, name: str
) -> None:
    for use in (vonage_sandbox.snapshot, vonage_sandbox.restore):
        with pytest.raises(SandboxError):
            use(name)


async def _health(folder: Path) -> int:
    async with in_process(folder) as http:
        return (await http.get("/_sandbox/health")).status_code


def test_a_sandbox_can_run_without_a_socket(tmp_path: Path) -> None:
    assert asyncio.run(_health(tmp_path)) == 200
