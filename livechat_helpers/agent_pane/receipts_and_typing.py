"""Receipts and typing indicators, sent in the background; losing one is harmless.

Only the owner of a chat sends them.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk

from .background import Background
from .chat import Chat, Line, Mark
from .rest_threads import TROUBLE, Calls

_PAUSE = 0.1  # seconds, so that a message is shown before it's confirmed
_MOST = 50  # receipts at a time, for a chat's newest messages


class ReceiptsAndTyping:
    """Everything the visitors get besides messages, sent one by one.

    calls: sends them.
    background: counts what's in progress.
    """

    def __init__(self, calls: Calls, background: Background) -> None:
        self._calls = calls
        self._background = background
        self._queue: asyncio.Queue[tuple[Chat, Json]] = asyncio.Queue()
        self._read_until: dict[str, float] = {}

    async def run(self) -> None:
        """Send whatever is waiting, as long as the pane runs."""
        while True:
            chat, event = await self._queue.get()
            await asyncio.sleep(_PAUSE if self._queue.empty() else 0)
            if chat.is_mine and chat.owner:
                with suppress(*TROUBLE):
                    await self._calls(_sending(chat, chat.owner.member, event))
            self._background.done()

    def _add(self, chat: Chat, kind: str, body: Json) -> None:
        self._background.doing += 1
        self._queue.put_nowait((chat, {"type": kind, "body": body}))

    def type(self, chat: Chat, is_typing: bool) -> None:
        """Show the visitor whether the agent is typing."""
        if chat.is_mine and not chat.ended:
            self._add(chat, "ephemeral", {"typing": is_typing})

    def confirm(self, chat: Chat, lines: list[Line]) -> None:
        """Confirm that messages have arrived, or are read if the chat is being read."""
        if self._is_read(chat):
            self.see(chat)
        elif chat.is_mine:
            self._mark(chat, lines, "delivered")

    def see(self, chat: Chat) -> None:
        """Confirm that the agent has seen all messages."""
        if chat.is_mine:
            self._mark(chat, chat.to_confirm("seen"), "seen")
            chat.see(chat.last_id)

    def _mark(self, chat: Chat, lines: list[Line], mark: Mark) -> None:
        for line in lines:
            line.mark = mark
        for line in lines[-_MOST:]:
            self._add(chat, f"message:{mark}", {"event_id": line.id})

    def keep_reading(self, chat: Chat, seconds: float) -> None:
        """Treat new messages in a chat as seen immediately, for some seconds."""
        self._read_until[chat.id] = self._background.loop.time() + seconds

    def _is_read(self, chat: Chat) -> bool:
        return self._read_until.get(chat.id, 0) > self._background.loop.time()


def _sending(chat: Chat, member: str, event: Json) -> Callable[[SupportDesk], object]:
    event = {**event, "from": member}
    return lambda desk: desk.conversations.send_event(chat.id, event)
