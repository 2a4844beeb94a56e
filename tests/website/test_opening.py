"""A chat opens completely or not at all, no matter which step fails."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from sandbox.running import Json

from livechat_helpers.client import application_client
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.website import chat_opening
from livechat_helpers.website.visitors import Visitor

from .conftest import MakeSite, Site


@pytest.fixture(scope="module")
def own(make_site: MakeSite) -> Site:
    """A site only for these tests, with a chat that was opened before."""
    site = make_site()
    with site.visitor() as visitor:
        visitor.post("/api/new").raise_for_status()
    return site


@pytest.fixture
def sandbox(own: Site) -> Iterator[RemoteSandbox]:
    remote = connect(own.sandbox_dir)
    yield remote
    remote.faults.clear()
    remote.close()


def everything(site: Site) -> list[Json]:
    """Return all users and all conversations."""
    with site.application() as application:
        return [
            application.get(f"/v0.3/{kind}", params={"page_size": 100}).json()[
                "_embedded"
            ]
            for kind in ("users", "conversations")
        ]


STEPS = [
    "/v1/users",
    "/v0.3/conversations",
    "/v0.3/conversations/*/members",
]


@pytest.mark.parametrize("path", STEPS)
@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_a_refused_step_leaves_nothing_behind_and_says_when_to_retry(
    own: Site, sandbox: RemoteSandbox, path: str, status: int
) -> None:
    before = everything(own)
    with own.visitor() as visitor:
        with sandbox.faults.refuse(status, path=path, method="POST", times=1) as fault:
            answer = visitor.post("/api/new")
            assert fault.met == 1
        assert answer.status_code == 503
        hint = answer.json()["retry_after_seconds"]
        assert answer.json() == {
            "error": 503,
            "detail": "The chat is not available right now.",
            "retry_after_seconds": hint,
        }
        assert answer.headers["retry-after"] == str(hint)
        assert everything(own) == before
        assert visitor.post("/api/new").status_code == 200


def test_the_agents_step_is_undone_too(own: Site, sandbox: RemoteSandbox) -> None:
    with own.application() as application:
        assert application.delete("/v0.3/users/agent").status_code == 204
    before = everything(own)
    with own.visitor() as visitor:
        with sandbox.faults.refuse(500, path="/v1/users", method="GET") as fault:
            assert visitor.post("/api/new").status_code == 503
            assert fault.met, "it looks the agent up again"
        assert everything(own) == before
        assert visitor.post("/api/new").status_code == 200


@pytest.fixture
def desk(own: Site, monkeypatch: pytest.MonkeyPatch) -> SupportDesk:
    """The desk of the website's own application."""
    monkeypatch.setenv("LIVECHAT_HOME", own.home["LIVECHAT_HOME"])
    minter = own.minter()
    client = application_client(Settings.load(), minter, own.sandbox_dir)
    return SupportDesk(client, minter)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_killed_servers_leftovers_are_replaced(
    own: Site, desk: SupportDesk, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(chat_opening, "PATIENCE", 0.2)
    visitor = Visitor(f"left-over-{steps}")
    user = desk.create_visitor(visitor.chat_name)
    if steps > 1:
        conversation = desk.create_conversation(user, visitor.chat_name)
        if steps > 2:
            desk.join(conversation, user)
    before = [len(found) for each in everything(own) for found in each.values()]
    _, chat = chat_opening.open_next(desk, visitor)
    assert chat["user"]["id"] != user["id"]
    assert chat_opening.is_open(desk, chat)
    after = [len(found) for each in everything(own) for found in each.values()]
    assert after == [before[0], before[1] + (steps == 1)]


def test_a_conversation_whose_user_is_gone_isnt_waited_for(
    own: Site, desk: SupportDesk
) -> None:
    visitor = Visitor("half-undone")
    desk.conversations.create(visitor.chat_name)
    _, chat = chat_opening.open_next(desk, visitor)
    assert chat_opening.is_open(desk, chat)


def test_a_waiting_call_proceeds_when_the_other_one_fails(
    own: Site, sandbox: RemoteSandbox
) -> None:
    with own.visitor() as browser:
        browser.get("/")
        cookies = dict(browser.cookies)

    async def at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            base_url=own.url, cookies=cookies, trust_env=False, timeout=30
        ) as one:
            return await asyncio.gather(*(one.post("/api/new") for _ in range(4)))

    members = "/v0.3/conversations/*/members"
    with sandbox.faults.refuse(500, path=members, method="POST", times=1):
        answers = asyncio.run(at_once())
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, 200, 200, 503]
    chats = {a.json()["conversation"]["id"] for a in answers if a.status_code == 200}
    assert len(chats) == 1
