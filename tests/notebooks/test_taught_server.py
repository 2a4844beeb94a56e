"""The server that learners write in notebook 06 answers like the kit's."""

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from livechat_helpers import places
from livechat_helpers.lessons import start
from livechat_helpers.lessons.browser import Browser
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.support_desk import SupportDesk

from .conftest import Stand

Json = dict[str, Any]


@pytest.fixture(scope="module")
def servers(_home: Any) -> Iterator[Json]:
    """The running taught server, and the address of the kit's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(_home))
        # Other tests' answers may be pieces of it, but here all pieces are the kit's.
        shutil.rmtree(places.my_chat_dir(), ignore_errors=True)
        lesson = start(6, {})
        server = lesson.serve()
        yield {"taught": server.url, "kit": lesson.website.url}
        server.close()


def told(answer: httpx.Response) -> tuple[int, list[str]]:
    """Return the status and the JSON keys; only the kit has ``sdk`` and ``agent``."""
    return answer.status_code, sorted({*answer.json()} - {"sdk", "agent"})


CALLS = {
    "open a chat": ("POST", "/api/new"),
    "a token without a chat": ("POST", "/api/token"),
    "an agent's token without a chat": ("POST", "/api/token?user=agent"),
    "the wrong method": ("GET", "/api/new"),
    "no such call": ("POST", "/api/nothing"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_both_servers_answer_a_stranger_alike(
    stand: Stand, servers: Json, call: tuple[str, str]
) -> None:
    taught, kit = (told(Browser(one).request(*call)) for one in servers.values())
    assert taught == kit


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_both_servers_answer_a_visitor_alike(
    stand: Stand, servers: Json, call: tuple[str, str]
) -> None:
    browsers = [Browser(one) for one in servers.values()]
    for browser in browsers:
        browser.post("/api/new").raise_for_status()
    taught, kit = (told(browser.request(*call)) for browser in browsers)
    assert taught == kit


@pytest.mark.parametrize("which", ["taught", "kit"])
def test_both_servers_keep_a_visitor_in_one_chat_until_it_ends(
    stand: Stand, servers: Json, which: str
) -> None:
    kim, lea = (Browser(servers[which]) for _ in "kl")
    first, again, other = (one.post("/api/new").json() for one in (kim, kim, lea))
    assert first["conversation"]["id"] == again["conversation"]["id"]
    assert first["conversation"]["id"] != other["conversation"]["id"]
    desk = SupportDesk.open()
    desk.conversations.leave(first["conversation"]["id"], first["member"]["id"])
    later = kim.post("/api/new").json()
    assert later["conversation"]["id"] != first["conversation"]["id"]


def test_both_servers_answer_the_same_when_vonage_refuses(
    stand: Stand, servers: Json
) -> None:
    sandbox = connect()
    answers = []
    for server in servers.values():
        with sandbox.faults.refuse(500, path="/v1/users", method="POST", times=1):
            answers.append(Browser(server).post("/api/new"))
    taught, kit = answers
    assert taught.status_code == kit.status_code == 503
    assert taught.json() == kit.json()
