"""Outgoing replies, each sent once, and those of a chat in order.

If Vonage's answer is lost or is a server error, the reply may have arrived anyway. So
before it's sent again, the chat's log is read, and if the reply is there, it's done.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from vonage_http_client.errors import HttpRequestError

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk

from .chat import Chat, Line
from .rest_threads import TROUBLE, Calls, in_words

GIVE_UP = 30.0
"""Seconds after which an unsent reply fails and waits for the agent's decision."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 5.0  # seconds between two tries
_TOO_MANY = 429


@dataclass
class Reply:
    """A message that the agent wrote, until the chat has it.

    key: identifies it.
    chat: the id of its conversation.
    text: what it says.
    may_take: whether it can take the chat from a colleague.
    state: ``sending``, ``failed`` or ``sent``.
    reason: why it's still sending or has failed.
    tried_after: the last known event id when it was first sent.
    event: the id of its event, once known.
    """

    key: str
    chat: str
    text: str
    may_take: bool = False
    state: Literal["sending", "failed", "sent"] = "sending"
    reason: str = ""
    tried_after: int | None = None
    event: int | None = None


class Follower(Protocol):
    """What the outbox needs from the code that follows the chats."""

    def hear_event(self, chat: Chat, event: Json) -> None:
        """Receive an event that was the answer to a call."""

    async def read_on(self, chat: Chat) -> None:
        """Read new events in a conversation's log."""


class Outbox:
    """The replies of one agent.

    calls: sends them.
    follower: receives the resulting events.
    tell: called when a chat's unsent replies have changed.
    done: called with the key of a reply that was sent or discarded.
    """

    def __init__(
        self,
        calls: Calls,
        follower: Follower,
        tell: Callable[[Chat], None],
        done: Callable[[str], None],
    ) -> None:
        self._calls = calls
        self._follower = follower
        self._tell = tell
        self._done = done
        self._replies: dict[str, Reply] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def replies(self) -> list[Reply]:
        """Return the replies that aren't in their chat yet, in order of writing."""
        return list(self._replies.values())

    def of(self, chat: Chat) -> list[Reply]:
        """Return one chat's replies that aren't in it yet."""
        return [reply for reply in self._replies.values() if reply.chat == chat.id]

    def find(self, key: str) -> Reply | None:
        """Return the reply with a key, unless it has been sent or discarded."""
        return self._replies.get(key)

    def discard(self, reply: Reply, chat: Chat) -> None:
        """Drop a reply that couldn't be sent."""
        if reply.state == "failed":
            self._forget(reply, chat)

    def match(self, chat: Chat, line: Line) -> str | None:
        """Return the key of the reply that became this new message, if any."""
        for reply in self.of(chat):
            by_text = (
                reply.event is None
                and reply.tried_after is not None
                and reply.text == line.text
            )
            if reply.event == line.id or by_text:
                reply.event, reply.state = line.id, "sent"
                self._forget(reply, chat)
                return reply.key
        return None

    def _forget(self, reply: Reply, chat: Chat) -> None:
        self._replies.pop(reply.key, None)
        self._done(reply.key)
        self._tell(chat)

    async def send(self, reply: Reply, chat: Chat) -> None:
        """Send a reply, after earlier ones in its chat.

        It returns when the chat has the reply, or when the reply has failed.
        """
        reply.state, reply.reason = "sending", ""
        self._replies[reply.key] = reply
        self._tell(chat)
        async with self._turns.setdefault(chat.id, asyncio.Lock()):
            await self._send_in_turn(reply, chat)

    async def _send_in_turn(self, reply: Reply, chat: Chat) -> None:
        until, pause = time.monotonic() + GIVE_UP, _FIRST_PAUSE
        while reply.event is None:
            try:
                why, wait = await self._try_once(reply, chat), None
            except TROUBLE as error:
                why, wait = in_words(error), _seconds_to_wait(error)
                if wait is None:
                    why = await self._refused(chat) or why
            if reply.event is not None:
                return
            reply.reason = why
            if wait is None or time.monotonic() > until:
                reply.state = "failed"
                self._tell(chat)
                return
            self._tell(chat)
            await asyncio.sleep(max(wait, pause))
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _try_once(self, reply: Reply, chat: Chat) -> str:
        """Try to send a reply; if it mustn't be sent at all, return why."""
        if reply.tried_after is not None:
            await self._follower.read_on(chat)  # If it's there, `match` finds it.
            if reply.event is not None:
                return ""
        if why := await self._make_ours(reply, chat):
            return why
        if reply.tried_after is None:
            reply.tried_after = chat.last_id
        event = await self._calls(_posting(chat, reply))
        reply.event = event["id"]
        self._follower.hear_event(chat, event)
        return ""

    async def _make_ours(self, reply: Reply, chat: Chat) -> str:
        """Take a chat that isn't ours; if that's not possible, return why."""
        if chat.ended:
            return "The chat has ended."
        if chat.is_mine:
            return ""
        if not (chat.is_queued or reply.may_take):
            return _has_it(chat)
        await self._calls(lambda desk: desk.take(chat.id))
        await self._follower.read_on(chat)
        return "" if chat.is_mine else _has_it(chat)

    async def _refused(self, chat: Chat) -> str:
        """After a rejection, return who owns the chat if it isn't ours any more."""
        with suppress(*TROUBLE):
            await self._follower.read_on(chat)
        return "" if chat.is_mine else _has_it(chat)


def _posting(chat: Chat, reply: Reply) -> Callable[[SupportDesk], Json]:
    owner = chat.owner
    member = owner.member if owner else None
    return lambda desk: desk.conversations.send_text(
        chat.id, reply.text, member=member, key=reply.key
    )


def _has_it(chat: Chat) -> str:
    holder = chat.owner.name if chat.owner else "Nobody"
    return f"{holder} has this chat now. Take it to answer."


def _seconds_to_wait(error: Exception) -> float | None:
    """Return the seconds to wait before another try; None if that's pointless."""
    if not isinstance(error, HttpRequestError):
        return 0.0
    status = error.response.status_code
    if status < 500 and status != _TOO_MANY:
        return None
    asked = error.response.headers.get("retry-after", "")
    return float(asked) if asked.isdigit() else 0.0
