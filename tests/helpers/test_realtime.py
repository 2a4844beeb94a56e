"""A Client SDK session in Python, against a real sandbox."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sandbox.running import Json
from waiting import eventually
from websockets.asyncio.server import ServerConnection, serve

from livechat_helpers.realtime import RealtimeSession
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import Minter, agent_acl, inspect


@pytest.fixture
def sandbox(ready: Json, sandbox_dir: Path) -> RemoteSandbox:
    """The helpers' sandbox, for its faults."""
    return connect(sandbox_dir)


class Talk:
    """A session and what it has reported."""

    def __init__(self, desk: SupportDesk, url: str) -> None:
        self.tokens: list[str] = []
        self.events: list[Json] = []
        self.logins = 0
        self.drops: list[str] = []
        self.seconds = 900
        self._desk = desk
        self._agent = desk.agent()
        self.session = RealtimeSession(
            url,
            self._mint,
            on_event=self.events.append,
            on_login=self._log_in,
            on_drop=self.drops.append,
        )

    def _mint(self) -> str:
        minter = self._desk._minter
        assert isinstance(minter, Minter)
        token = minter.mint(
            self._agent["name"], agent_acl(self._agent["id"]), seconds=self.seconds
        )
        self.tokens.append(token)
        return token

    def _log_in(self) -> None:
        self.logins += 1

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait until a condition holds."""
        async with asyncio.timeout(60):
            while not holds():  # noqa: ASYNC110 -- it may be about anything
                await asyncio.sleep(0.01)


@asynccontextmanager
async def talking(desk: SupportDesk, sandbox: RemoteSandbox) -> AsyncIterator[Talk]:
    """A session that's logged in, and ended after the test."""
    talk = Talk(desk, sandbox.url)
    task = asyncio.create_task(talk.session.run())
    await talk.until(lambda: talk.logins == 1)
    yield talk
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def open_sessions(sandbox: RemoteSandbox) -> int:
    return sandbox.call("GET", "/health")["sessions"]


def test_events_have_their_name(desk: SupportDesk, sandbox: RemoteSandbox) -> None:
    async def scene() -> None:
        async with talking(desk, sandbox) as talk:
            chat = desk.open_chat()["conversation"]["id"]
            desk.conversations.send_text(chat, "Hello")
            await talk.until(lambda: "message" in [e["type"] for e in talk.events])
            said = talk.events[-1]
            assert (said["cid"], said["body"]["text"]) == (chat, "Hello")
            joined = [e["id"] for e in talk.events if e["type"] == "member:joined"]
            assert joined == [2]  # its own join; the visitor joined earlier

    asyncio.run(scene())


def test_it_logs_out_when_it_is_cancelled(
    desk: SupportDesk, sandbox: RemoteSandbox
) -> None:
    before = sandbox.trace.mark()

    async def scene() -> None:
        async with talking(desk, sandbox) as talk:
            await talk.until(lambda: open_sessions(sandbox) == 1)

    asyncio.run(scene())
    eventually(lambda: open_sessions(sandbox) == 0)
    assert "session:logout" in str(sandbox.trace(after=before))


def test_after_a_lost_connection_it_comes_back_with_its_session(
    desk: SupportDesk, sandbox: RemoteSandbox
) -> None:
    async def scene() -> None:
        async with talking(desk, sandbox) as talk:
            first = talk.session._session_id
            await talk.until(lambda: open_sessions(sandbox) == 1)
            assert sandbox.faults.drop_sockets() == 1
            await talk.until(lambda: talk.logins == 2)
            assert talk.session._session_id == first
            assert len(talk.drops) == 1

    asyncio.run(scene())


def test_an_ended_session_is_replaced_by_a_new_one(
    desk: SupportDesk, sandbox: RemoteSandbox
) -> None:
    async def scene() -> None:
        async with talking(desk, sandbox) as talk:
            first = talk.session._session_id
            with sandbox.faults.expire_tokens(user="agent"):
                await talk.until(lambda: talk.logins == 2)
            assert talk.session._session_id != first
            assert len(talk.tokens) >= 2

    asyncio.run(scene())


def test_a_new_token_arrives_before_the_old_one_expires(
    desk: SupportDesk, sandbox: RemoteSandbox
) -> None:
    async def scene() -> None:
        talk = Talk(desk, sandbox.url)
        talk.seconds = 6
        task = asyncio.create_task(talk.session.run())
        await talk.until(lambda: talk.logins == 2)
        first, second = (inspect(token)["exp"] for token in talk.tokens[:2])
        assert second > first
        await talk.until(lambda: time.time() > first)
        chat = desk.open_chat()["conversation"]["id"]
        desk.conversations.send_text(chat, "after the first token ended")
        await talk.until(lambda: "message" in [e["type"] for e in talk.events])
        assert talk.drops == []  # nobody needs a report
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scene())


def test_a_refused_login_says_why_and_is_retried(
    desk: SupportDesk, sandbox: RemoteSandbox
) -> None:
    async def scene() -> None:
        talk = Talk(desk, sandbox.url)
        talk._agent = {"name": "nobody", "id": "nobody"}
        task = asyncio.create_task(talk.session.run())
        await talk.until(lambda: talk.drops)
        assert talk.drops[0].startswith("the login was refused:")
        talk._agent = desk.agent()
        await talk.until(lambda: talk.logins == 1)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scene())


def test_silence_counts_as_a_lost_connection(desk: SupportDesk) -> None:
    async def say_little(socket: ServerConnection) -> None:
        """Open as Vonage does, but promise a ping that never comes."""
        await socket.send('0{"sid":"1","pingInterval":100,"pingTimeout":100}')
        await socket.wait_closed()

    async def scene() -> None:
        async with serve(say_little, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            talk = Talk(desk, f"http://127.0.0.1:{port}")
            task = asyncio.create_task(talk.session.run())
            await talk.until(lambda: len(talk.drops) == 2)
            assert talk.drops[0].startswith("silence for")
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(scene())


def test_an_unreachable_server_is_retried(desk: SupportDesk) -> None:
    async def scene() -> None:
        talk = Talk(desk, "http://127.0.0.1:9")
        task = asyncio.create_task(talk.session.run())
        await talk.until(lambda: len(talk.drops) == 3)
        assert talk.logins == 0
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(scene())
