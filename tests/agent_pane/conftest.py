"""A sandbox and a website only for these tests, which can kill them."""

from collections.abc import Iterator

import pytest

from livechat_helpers import places
from livechat_helpers.agent_pane import AgentPane

from .stand import Stand


@pytest.fixture(scope="package")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A fresh home and its stand: no settings, and no application yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(tmp_path_factory.mktemp("home")))
        places.sandbox_dir().mkdir(parents=True)
        stand = Stand()
        yield stand
        stand.stop()


@pytest.fixture
def pane(stand: Stand) -> Iterator[AgentPane]:
    """The front desk's pane, without a browser."""
    pane = AgentPane()
    yield pane
    pane.close()
