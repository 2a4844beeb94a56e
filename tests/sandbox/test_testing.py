"""The pytest fixture that anyone can use."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from vonage import Auth, HttpClientOptions, Vonage
from vonage_application import ApplicationConfig

from livechat_helpers.sandbox.remote import RemoteSandbox
from livechat_helpers.sandbox.testing import in_process, running
from livechat_helpers.serving import StartError

_SOMEBODYS_TESTS = """
import httpx

def test_one(vonage_sandbox):
    assert httpx.get(vonage_sandbox.url + "/_sandbox/health").status_code == 200

def test_two(vonage_sandbox):
    assert vonage_sandbox.clock.now()
"""


def test_pytest_finds_the_fixture_by_itself(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(_SOMEBODYS_TESTS)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tmp_path],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr


def client(sandbox: RemoteSandbox) -> Vonage:
    """Return PyPI ``vonage`` on a sandbox, with nothing set by hand."""
    info = sandbox.info
    auth = Auth(info.api_key, info.api_secret.get_secret_value())
    host = info.tls.removeprefix("https://")
    return Vonage(auth, HttpClientOptions(api_host=host, max_retries=0))


@pytest.mark.parametrize("number", [1, 2])
def test_each_test_finds_it_empty_and_trusted(
    vonage_sandbox: RemoteSandbox, number: int
) -> None:
    applications = client(vonage_sandbox).application
    assert applications.list_applications()[0] == []
    applications.create_application(ApplicationConfig(name=f"of test {number}"))


def test_two_of_them_do_not_share_a_folder(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        with pytest.raises(StartError, match="Another sandbox"), running(tmp_path):
            pass
        assert httpx.get(f"{first.url}/_sandbox/health").status_code == 200
    with running(tmp_path):
        pass  # who has ended lets go


async def _health(folder: Path) -> int:
    async with in_process(folder) as http:
        return (await http.get("/_sandbox/health")).status_code


def test_one_can_be_had_without_any_socket(tmp_path: Path) -> None:
    assert asyncio.run(_health(tmp_path)) == 200
