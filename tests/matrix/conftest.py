"""One Synapse and one website on it, for all tests of this folder."""

from collections.abc import Iterator

import httpx
import pytest
from sandbox.running import Json

from livechat_helpers import places, services
from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.matrix import platforms
from livechat_helpers.matrix.ready_file import MatrixInfo
from livechat_helpers.support_desk import SupportDesk

from .stand import MatrixClient, MatrixStand


def pytest_ignore_collect() -> bool | None:
    """Skip this folder if Synapse can't run here; the set-up says why."""
    return True if platforms.obstacle() else None


@pytest.fixture(scope="package")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MatrixStand]:
    """A fresh home and its stand, set to Matrix."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("matrix-home")
        patch.setenv("LIVECHAT_HOME", str(home))
        (home / ".env").write_text("VONAGE_MODE=matrix\nAGENT_PASSWORD=open\n")
        with services.running_on(places.matrix_dir()) as both:
            assert isinstance(both.sandbox, MatrixInfo)
            yield MatrixStand(both.sandbox.url, both.website.url)


@pytest.fixture
def desk(stand: MatrixStand) -> SupportDesk:
    """The front desk."""
    return SupportDesk.open()


@pytest.fixture
def visitor(stand: MatrixStand) -> Iterator[httpx.Client]:
    """A new visitor."""
    with stand.visitor() as visitor:
        yield visitor


@pytest.fixture
def chat(visitor: httpx.Client) -> Json:
    """The chat of that visitor."""
    answer = visitor.post("/api/new", json={"page": "/prices"})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def page(stand: MatrixStand, chat: Json) -> MatrixClient:
    """That visitor's page."""
    return stand.client(chat["jwt"])


@pytest.fixture(scope="module")
def pane(stand: MatrixStand) -> Iterator[AgentPane]:
    """The front desk's pane."""
    pane = AgentPane()
    yield pane
    pane.close()
