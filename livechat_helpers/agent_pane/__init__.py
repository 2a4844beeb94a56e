"""The agent's chat pane: a support desk inside the notebook.

``AgentPane`` is what a notebook uses. Behind it, ``chats`` follows the conversations
(each is a ``chat``), ``outbox`` sends what the agent writes, ``notes`` keeps what the
agent notes, and ``view`` carries it all to the browser, where ``pane.js`` draws it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from html import escape
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import FRONT_DESK, SupportDesk

from .callbacks import Callback
from .chat import Chat, Line
from .chats import AgentChats
from .outbox import Reply
from .transcript import Record, Transcript, chat_record, transcript
from .view import PaneView

Result = TypeVar("Result")

CANNED = (
    "Hello! How can I help you?",
    "Let me look that up for you.",
    "Is there anything else I can do for you?",
    "Thank you for writing to us. Goodbye!",
)
"""The replies to choose from, unless you give others."""

_LOGIN = 5.0  # seconds to wait for; after that the pane goes on trying by itself

_running: dict[tuple[str, str], tuple[AgentChats, int]] = {}
"""The chats of every agent in this kernel, and how many panes show them."""


class ReplyFailed(RuntimeError):
    """A reply was not sent; the text says why and what to do."""


class AgentPane:
    """A support agent's pane: the waiting visitors, their chats, and your answers.

    Whatever you can do in it by hand, you can do from Python, and both show it. Where a
    method takes a chat, you give the id of its conversation or its visitor's name;
    without it, it is the chat in which somebody wrote last.

    desk: the desk of the agent who works here; the front desk's unless given.
    page: an address to show beside the pane, such as the customer page.
    canned: replies to choose from.
    sandbox_dir: the folder of the sandbox; the kit's own unless given.

    Raises:
        SettingsError: the sandbox is not running, or there is no application.
    """

    def __init__(
        self,
        desk: SupportDesk | None = None,
        *,
        page: str = "",
        canned: tuple[str, ...] | list[str] = CANNED,
        sandbox_dir: Path | None = None,
    ) -> None:
        desk = desk or SupportDesk.open(sandbox_dir)
        agent = desk.agent()
        self._key = (desk.realtime_url, agent["id"])
        # A cell that is run again finds the session that its first run opened.
        self._chats, panes = _running.get(self._key) or (AgentChats(desk, agent), 0)
        _running[self._key] = (self._chats, panes + 1)
        if not panes:
            self._chats.start()
        team = [FRONT_DESK, *Settings.load().colleagues()]
        others = [name for name in team if name != desk.agent_name]
        self.widget = PaneView(self._chats, page, others, list(canned))
        """The widget, to put into a layout of ipywidgets."""
        self._callbacks: list[Callback] = []
        self._is_closed = False
        # What is said from the next line of a notebook on is then new to the pane.
        self._until(lambda: self._chats.state == "online", _LOGIN)
        self._known = len(self._chats.arrived)

    # What is there

    @property
    def state(self) -> str:
        """``connecting``, ``online``, ``reconnecting``, ``offline`` or ``ended``."""
        return self._chats.state

    @property
    def problems(self) -> list[str]:
        """What has failed in callbacks, the newest last."""
        return list(self._chats.problems)

    @property
    def conversations(self) -> list[Record]:
        """A dictionary for each chat; who waits longest for an answer comes first.

        Keys: ``id``, ``visitor``, ``state`` (``yours``, ``queue``, ``colleague`` or
        ``ended``), ``owner``, ``last`` (message), ``unread``, ``waiting_since`` (ISO
        8601, or empty) and ``typing``.
        """
        return self._do(
            lambda: [
                chat_record(chat) for chat in sorted(self._chats.known(), key=_urgency)
            ]
        )

    def transcript(self, chat: str | None = None, *, notes: bool = False) -> Transcript:
        """Return the messages of a chat: a list of dictionaries, one for each.

        ``pandas.DataFrame`` makes a table of it; its methods ``text()`` and ``html()``
        make something to read or to print.

        notes: whether your notes to self are among them.

        Raises:
            LookupError: there is no such chat.
        """
        if chat is None and not self._chats.arrived:
            return Transcript()
        kinds = ("message", "note") if notes else ("message",)
        found = self._chat(chat)
        return self._do(
            lambda: transcript((found, one) for one in found.lines if one.kind in kinds)
        )

    def search(self, text: str, chat: str | None = None) -> Transcript:
        """Return the lines that contain a text, small or capital.

        chat: where to look; in every chat unless given.
        """
        chats = [self._chat(chat)] if chat else self._do(self._chats.known)
        return self._do(
            lambda: transcript(
                (one, one.lines[index]) for one in chats for index in one.search(text)
            )
        )

    @property
    def unsent(self) -> list[Record]:
        """The replies that no chat holds yet: ``key``, ``chat``, ``text``, ``reason``.

        ``state`` is ``sending`` or ``failed``.
        """
        names = ("key", "chat", "text", "state", "reason")
        return self._do(
            lambda: [
                {name: getattr(reply, name) for name in names}
                for reply in self._chats.outbox.replies()
            ]
        )

    # What you do

    def send(self, text: str, chat: str | None = None, *, seconds: float = 10) -> str:
        """Send a message as if typed into the pane; takes the chat if it is not yours.

        Returns:
            The line as the transcript shows it.

        Raises:
            LookupError: there is no such chat, or nobody has written yet.
            ReplyFailed: Vonage refuses it; the pane shows it too.
            TimeoutError: Vonage has not taken it after so many seconds; the pane goes
                on trying.
        """
        reply = Reply(str(uuid4()), self._chat(chat).id, text, takes=True)
        self._do(lambda: self._chats.send(reply))
        self._until(lambda: reply.state != "sending", seconds)
        if reply.state == "sending":
            raise TimeoutError(
                f"Vonage has not taken {text!r} in {seconds} s: {reply.reason}\n"
                "The pane goes on trying; pane.unsent tells what has become of it."
            )
        if reply.state == "failed":
            raise ReplyFailed(
                f"{text!r} was not sent: {reply.reason}\n"
                "pane.retry() tries again, pane.discard() forgets it."
            )
        return f"agent: {text}"

    def retry(self, key: str | None = None) -> None:
        """Send failed replies again; without a key, all of them."""
        for reply in self._failed(key):
            self._do(lambda reply=reply: self._chats.send(reply))

    def discard(self, key: str | None = None) -> None:
        """Forget failed replies; without a key, all of them."""
        for reply in self._failed(key):
            self._do(lambda reply=reply: self._chats.discard(reply))

    def note(self, text: str, chat: str | None = None) -> None:
        """Keep a note to self in a chat; it is sent to nobody."""
        found = self._chat(chat)
        self._do(lambda: self._chats.keep_note(found, text))

    def typing(self, is_typing: bool = True, chat: str | None = None) -> None:
        """Let the visitor see that you write, or have stopped."""
        found = self._chat(chat)
        self._do(lambda: self._chats.type(found, is_typing))

    def read(self, chat: str | None = None) -> None:
        """Take a chat's messages for read; the visitor sees that."""
        found = self._chat(chat)
        self._do(lambda: self._chats.read(found))

    def take(self, chat: str | None = None) -> None:
        """Take a chat, from the queue or from a colleague."""
        self._ask(self._chats.take(self._chat(chat)))

    def hand_over(self, to: str, chat: str | None = None) -> None:
        """Let another agent have a chat; ``agent`` is the front desk, and the queue."""
        self._ask(self._chats.hand_over(self._chat(chat), to))

    def close_chat(self, reason: str = "", chat: str | None = None) -> None:
        """End a chat.

        reason: what the visitor is told, at most 200 characters.
        """
        self._ask(self._chats.close_chat(self._chat(chat), reason))

    def close(self) -> None:
        """Close the pane; with an agent's last pane the agent logs out."""
        if self._is_closed:
            return
        self._is_closed = True
        for callback in list(self._callbacks):
            self._end(callback)
        self.widget.close()
        chats, panes = _running[self._key]
        _running[self._key] = (chats, panes - 1)
        if panes == 1:
            del _running[self._key]
            chats.close()

    # What you wait for

    def wait_for(self, text: str, *, seconds: float = 10) -> str:
        """Return the first new message that contains a text, as soon as it is there.

        New is what comes after the pane was made.

        Raises:
            TimeoutError: there is none after so many seconds.
        """

        def find() -> Line | None:
            arrived = self._chats.arrived[self._known :]
            return next((line for _, line in arrived if text in line.text), None)

        self._until(lambda: find() is not None, seconds)
        found = self._do(find)
        if found is None:
            raise TimeoutError(
                f"No message with {text!r} has come in {seconds} s.\n"
                f"The agent is {self._chats.state}. {self._chats.detail}".rstrip()
            )
        return str(found)

    async def settle(self, seconds: float = 30) -> None:
        """Wait until nothing is under way: all is sent, all has come, all is told.

        Raises:
            TimeoutError: something still is after so many seconds.
        """
        settled = self._chats.background.ask(self._chats.settle())
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wrap_future(settled)
        except TimeoutError:
            raise TimeoutError(
                f"After {seconds} s {self._chats.under_way()}\n"
                "Is the sandbox running? python -m livechat_helpers doctor"
            ) from None

    def on_message(self, function: Callable[[Record], Any]) -> Callable[[], None]:
        """Call a function, or a coroutine, with every message a visitor writes.

        It gets the message as ``transcript`` has it, and runs on the notebook's own
        loop: when no cell is busy. If it fails, the pane says so.

        Returns:
            A function that ends it.
        """
        callback = Callback(self._chats, function)
        self._callbacks.append(callback)
        self._do(lambda: self._chats.listen(callback))
        return lambda: self._end(callback)

    def _end(self, callback: Callback) -> None:
        if callback in self._callbacks:
            self._callbacks.remove(callback)
            self._chats.background.call(lambda: self._chats.unlisten(callback))

    def __repr__(self) -> str:
        """Return all that is seen of a pane on a web page, or before a notebook is run.

        It stays the same from run to run.
        """
        return "AgentPane: run this cell to see the visitors' chats here"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        view = {
            "version_major": 2,
            "version_minor": 0,
            "model_id": self.widget.model_id,
        }
        return {
            "text/plain": repr(self),
            "text/html": f"<p>{escape(repr(self))}</p>",
            "application/vnd.jupyter.widget-view+json": view,
        }

    # The chats live on a loop of their own, and are asked there.

    def _ask(self, job: Coroutine[Any, Any, Result]) -> Result:
        future = self._chats.background.ask(job)
        try:
            return future.result()
        except BaseException:  # a cell was interrupted
            future.cancel()
            raise

    def _do(self, job: Callable[[], Result]) -> Result:
        async def do() -> Result:
            return job()

        return self._ask(do())

    def _until(self, holds: Callable[[], bool], seconds: float) -> bool:
        return self._ask(self._chats.background.until(holds, seconds))

    def _chat(self, wanted: str | None) -> Chat:
        return self._do(lambda: _find(self._chats.known(), wanted))

    def _failed(self, key: str | None) -> list[Reply]:
        replies = self._do(self._chats.outbox.replies)
        failed = [reply for reply in replies if reply.state == "failed"]
        return [reply for reply in failed if key in (None, reply.key)]


def _find(chats: list[Chat], wanted: str | None) -> Chat:
    if wanted is None:
        written = [(line.at, chat) for chat in chats if (line := chat.last_line())]
        if not written:
            raise LookupError(
                "There is nobody to answer: no visitor has written yet.\n"
                "Open the customer page and say something."
            )
        return max(written, key=lambda one: one[0])[1]
    for chat in reversed(chats):
        if wanted in (chat.id, chat.visitor):
            return chat
    raise LookupError(
        f"There is no chat {wanted!r}.\n"
        "pane.conversations lists them, each with its id and its visitor."
    )


def _urgency(chat: Chat) -> tuple[bool, str]:
    return (not chat.waiting_since, chat.waiting_since)
