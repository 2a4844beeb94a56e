"""A lesson only for these tests, and fresh homes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livechat_helpers import places, services


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home."""
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(home))
        with services.running_on(places.sandbox_dir()):
            patch.undo()
            yield home


@pytest.fixture
def running_home(_running: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a running sandbox and website, shared by the tests of a module."""
    monkeypatch.setenv("LIVECHAT_HOME", str(_running))
    return _running
