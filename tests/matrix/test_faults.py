"""Synapse and the website die and come back: nothing is lost or duplicated."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from waiting import eventually

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.support_desk import SupportDesk

from .stand import KillableStand, MatrixClient


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableStand]:
    """A stand that a test can kill."""
    with pytest.MonkeyPatch.context() as patch:
        home: Path = tmp_path_factory.mktemp("matrix-own")
        patch.setenv("LIVECHAT_HOME", str(home))
        (home / ".env").write_text("VONAGE_MODE=matrix\n")
        stand = KillableStand()
        yield stand
        stand.stop()


def insist(page: MatrixClient, room: str, number: int) -> None:
    """Send a message until there's an answer, with one key, as the page does."""

    def is_sent() -> bool:
        try:
            return page.say(room, f"line {number}", f"key-{number}").is_success
        except httpx.HTTPError:
            return False

    eventually(is_sent, 120)  # A call that was under way may take 20 s to fail.


def test_synapse_and_the_website_are_killed_while_visitor_and_agent_write(
    own: KillableStand,
) -> None:
    pane = AgentPane()
    with own.visitor() as visitor:
        chat = visitor.post("/api/new", json={}).json()
    room, page = chat["conversation"]["id"], own.client(chat["jwt"])
    writing = threading.Thread(
        target=lambda: [insist(page, room, number) for number in range(30)]
    )
    writing.start()
    eventually(lambda: len(pane.transcript(room)) > 5)
    own.synapse.kill()
    own.website.kill()
    own.synapse = own.start_synapse()
    assert own.synapse.ready()["url"] == own.synapse_url
    own.website = own.start_website()
    assert own.website.ready()["url"] == own.url
    pane.send("I'm here", room, seconds=60)
    writing.join()
    eventually(lambda: len(pane.transcript(room)) == 31)
    said = [f"line {number}" for number in range(30)]
    shown = [line["text"] for line in pane.transcript(room)]
    assert [text for text in shown if text != "I'm here"] == said
    assert [text for text in page.texts(room) if text != "I'm here"] == said
    assert page.texts(room).count("I'm here") == 1
    ids = [event["id"] for event in SupportDesk.open().conversations.events(room)]
    assert ids == list(range(1, len(ids) + 1))
    pane.close()
