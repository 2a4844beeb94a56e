"""The cells for the cloud, with a second sandbox instead of it.

They only know the cloud by its settings, so different settings give them a different
cloud.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livechat_helpers import services
from livechat_helpers.sandbox.remote import RemoteSandbox, connect

from .conftest import Stand
from .course import NOTEBOOKS, code_cells, name, tags
from .play import said_by

WITH_CLOUD_CELLS = [
    path for path in NOTEBOOKS if any("cloud" in tags(one) for one in code_cells(path))
]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteSandbox]:
    """A sandbox that the notebooks don't know about."""
    folder = tmp_path_factory.mktemp("cloud")
    service = services.sandbox(folder)
    services.start(folder, service)
    yield connect(folder)
    service.stop()


@pytest.fixture
def keys(stand: Stand, cloud: RemoteSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account in the cloud, in .env."""
    account = {
        "VONAGE_API_HOST": cloud.info.tls.removeprefix("https://"),
        "VONAGE_API_KEY": cloud.info.api_key,
        "VONAGE_API_SECRET": cloud.info.api_secret.get_secret_value(),
        "REQUESTS_CA_BUNDLE": str(cloud.info.ca),
    }
    for variable, value in account.items():
        monkeypatch.setenv(variable, value)


def requests_of(cloud: RemoteSandbox, method: str) -> list[str]:
    """Return the paths of the requests about applications so far."""
    return [
        one["path"]
        for one in cloud.trace(last=1000)
        if one["kind"] == "request"
        and one["method"] == method
        and one["path"].startswith("/v2/applications")
    ]


def test_there_are_cells_for_the_cloud() -> None:
    assert WITH_CLOUD_CELLS


@pytest.mark.parametrize("path", WITH_CLOUD_CELLS, ids=name)
def test_cells_for_the_cloud_do_nothing_without_keys(
    stand: Stand, cloud: RemoteSandbox, path: Path
) -> None:
    stand.empty()  # or a pane would read all the chats of other notebooks
    before = cloud.trace.mark()
    assert said_by(path, "cloud").startswith("Skipped")
    assert cloud.trace.mark() == before


@pytest.mark.parametrize("path", WITH_CLOUD_CELLS, ids=name)
def test_with_keys_cells_for_the_cloud_go_there_and_leave_nothing_behind(
    stand: Stand, cloud: RemoteSandbox, keys: None, path: Path
) -> None:
    stand.empty()
    assert "Skipped" not in said_by(path, "cloud")
    made, deleted = (requests_of(cloud, method) for method in ("POST", "DELETE"))
    assert len(made) == len(deleted) == 1
