"""What the helpers' tests share: one running sandbox, and an empty home for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox import running
from sandbox.running import Json

from livechat_helpers import places
from livechat_helpers.applications import Application, create_application
from livechat_helpers.client import account_client, application_client
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk


@pytest.fixture(scope="session")
def sandbox_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the helpers' sandbox."""
    return tmp_path_factory.mktemp("helpers-sandbox")


@pytest.fixture(scope="session")
def ready(sandbox_dir: Path) -> Iterator[Json]:
    """The sandbox's ready line."""
    program = running.sandbox(sandbox_dir)
    yield program.ready()
    assert program.stop() == 0
    assert program.errors() == ""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and an environment without settings."""
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "no_proxy"):
        # Set first, so that whatever the helpers write is undone afterwards.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def env_file(home: Path) -> Path:
    """The path of ``.env``."""
    return places.env_file()


@pytest.fixture
def application(ready: Json, sandbox_dir: Path, home: Path) -> Application:
    """A new application, whose key is in the home."""
    client = account_client(Settings.load(), sandbox_dir)
    url = "http://127.0.0.1:9/webhooks/event"
    return create_application(client, "A test", url, home / ".data" / "test.key")


@pytest.fixture
def desk(application: Application, sandbox_dir: Path) -> SupportDesk:
    """The support desk of that application."""
    minter = application.minter()
    client = application_client(Settings.load(), minter, sandbox_dir)
    return SupportDesk(client, minter)
