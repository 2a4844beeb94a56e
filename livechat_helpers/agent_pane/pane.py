"""The agent's pane: a widget, and everything you can do with it from Python."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import anywidget
import traitlets
from ipywidgets import ValueWidget

from livechat_helpers.support_desk import SupportDesk

from . import bundle, checks, still
from .background import Ended
from .callbacks import Callback
from .cell import CellRun
from .chat import Chat, Line
from .chats import AgentChats
from .lifetime import register_weakly, weakly
from .outbox import Reply
from .shared_chats import join, leave, made_earlier
from .traits import Observed, ReadTrait, by_urgency, count_unread, records
from .transcript import Record, Transcript, transcript
from .views import Views

Result = TypeVar("Result")

CANNED = {
    "hello": "Hello {visitor}! How can I help you?",
    "wait": "Let me look that up for you.",
    "more": "Is there anything else I can do for you?",
    "bye": "Thank you for writing to us. Goodbye!",
}
"""The replies to choose from, each with its name, unless you give others."""

_LOGIN = 5.0  # seconds to wait for; after that the pane keeps trying on its own


class ReplyFailed(RuntimeError):
    """A reply was not sent; the text says why and what to do."""


class PaneClosed(RuntimeError):
    """The pane is closed; the text says what to do."""


class AgentPane(anywidget.AnyWidget, ValueWidget):
    """A support agent's pane: the waiting visitors, their chats, and your answers.

    It is a widget: ``layout`` sizes it, boxes and tabs take it, and ``observe`` tells
    you of changes of ``state``, ``selected``, ``unread`` and ``conversations``. It
    lives while something refers to it or a browser shows it, or until ``close``.
    Whatever you can do in it by hand, you can do from Python, and both show it. Where a
    method takes a chat, you give the id of its conversation or its visitor's name;
    without it, it is the chat in which somebody wrote last.

    desk: the desk of the agent who works here; the front desk's unless given.
    page: an address to show beside the pane, such as the customer page.
    canned: replies to choose from: texts, or a dictionary of names and texts. You write
    ``/name`` for one; ``{visitor}`` and ``{agent}`` in it become names.
    wait_limit: minutes after which a visitor has waited too long.
    sandbox_dir: the folder of the sandbox; the kit's own unless given.

    Raises:
        SettingsError: the sandbox is not running, or there is no application.
        TypeError, ValueError: an argument is wrong; the text says which.
    """

    _esm = bundle.joined()
    # A text and not the file: of a file anywidget keeps every widget for its news.
    _css = bundle.styles()

    page = traitlets.Unicode().tag(sync=True)
    agent = traitlets.Unicode().tag(sync=True)
    home = traitlets.Unicode(help="What the browser keeps this desk's drafts under")
    home.tag(sync=True)
    canned = traitlets.List(traitlets.Dict()).tag(sync=True)
    wait_limit = traitlets.Float().tag(sync=True)

    state = ReadTrait(
        lambda pane: pane._session.chats.state if pane._session else "ended",
        "``connecting``, ``online``, ``reconnecting``, ``offline`` or ``ended``",
    )
    unread = ReadTrait(
        lambda pane: pane._do(lambda: count_unread(pane._chats)),
        "How many messages of visitors nobody has seen",
    )
    conversations = ReadTrait(
        lambda pane: pane._do(lambda: records(pane._chats)),
        """A dictionary for each chat; who waits longest for an answer comes first.

        Keys: ``id``, ``visitor``, ``state`` (``yours``, ``queue``, ``colleague`` or
        ``ended``), ``owner``, ``last`` (message), ``unread``, ``waiting_since`` (ISO
        8601, or empty), ``typing`` and ``page`` (the path of the visitor's page, or
        empty).
        """,
    )
    selected = traitlets.Unicode(help="The id of the chat that is open in the pane")

    def __init__(
        self,
        desk: SupportDesk | None = None,
        *,
        page: str = "",
        canned: Mapping[str, str] | Sequence[str] = CANNED,
        wait_limit: float = 5,
        sandbox_dir: Path | None = None,
    ) -> None:
        self.made_by: CellRun | None = None
        self._session = None  # nothing to close, if what follows fails
        checks.desk(desk)
        replies = checks.canned(canned)
        self._session = join(desk or SupportDesk.open(sandbox_dir), sandbox_dir)
        chats = self._session.chats
        super().__init__(
            page=checks.text("page", page),
            agent=chats.agent.get("display_name") or chats.agent["name"],
            home=f"{chats.application} {chats.agent['id']}",
            canned=replies,
            wait_limit=checks.number("wait_limit", wait_limit),
        )
        self._own_layout = self.layout
        self._callbacks: list[Callback] = []
        self._is_in_view = False  # while a view says which chat is open
        self._views = Views(chats, weakly(super().send), weakly(self._opened))
        self._observed = Observed(chats, weakly(self.notify_change))
        self._still = still.Still(chats, weakly(self._html_now), self._views)
        self.on_msg(AgentPane._hear)
        register_weakly(self)
        chats.background.call(lambda: chats.listen(self._observed))
        # What is said from the next line of a notebook on is then new to the pane.
        self._until(lambda: chats.state == "online", _LOGIN)
        self._known = len(chats.arrived)
        if chats.selected:
            self._opened(chats.selected)
        for earlier in made_earlier(self):
            self._replace(earlier)

    def _hear(self, content: dict[str, Any], _: object) -> None:
        """Hear what a view asks for; a pane that somebody looks at stays."""
        self._views.hold(self)
        self._views.hear(content)

    def _replace(self, earlier: "AgentPane") -> None:
        """Close a pane that an earlier run of this cell made; its callbacks stay."""
        if earlier._session is self._session:
            self._callbacks += earlier._callbacks
            earlier._callbacks = []
        earlier.close()

    # What is there

    @property
    def problems(self) -> list[str]:
        """What has failed in callbacks, the newest last."""
        return list(self._chats.problems)

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
        checks.text("text", text)
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

    # A widget's own `send` is what the views get; nobody needs it but this class.
    def send(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, text: str, chat: str | None = None, *, seconds: float = 10
    ) -> str:
        """Send a message; the chat is yours then, if it was not.

        Returns:
            The line as the transcript shows it.

        Raises:
            LookupError: there is no such chat, or nobody has written yet.
            ReplyFailed: Vonage refuses it; the pane shows it too.
            TimeoutError: Vonage hasn't accepted it after so many seconds; the pane goes
                on trying.
        """
        checks.text("text", text, needed=True)
        seconds = checks.number("seconds", seconds)
        reply = Reply(str(uuid4()), self._chat(chat).id, text, may_take=True)
        self._do(lambda: self._chats.send(reply))
        self._until(lambda: reply.state != "sending", seconds)
        if reply.state == "sending":
            raise TimeoutError(
                f"Vonage hasn't accepted {text!r} in {seconds} s: {reply.reason}\n"
                "The pane keeps trying; pane.unsent shows its state."
            )
        if reply.state == "failed":
            raise ReplyFailed(
                f"{text!r} was not sent: {reply.reason}\n"
                "pane.retry() tries again, pane.discard() forgets it."
            )
        return f"agent: {text}"

    def retry(self, key: str | None = None) -> None:
        """Send failed replies again; without a key, all of them.

        Raises:
            LookupError: no reply with this key has failed.
        """
        for reply in self._failed(key):
            self._do(lambda reply=reply: self._chats.send(reply))

    def discard(self, key: str | None = None) -> None:
        """Forget failed replies; without a key, all of them.

        Raises:
            LookupError: no reply with this key has failed.
        """
        for reply in self._failed(key):
            self._do(lambda reply=reply: self._chats.discard(reply))

    def note(self, text: str, chat: str | None = None) -> None:
        """Keep a note in a chat for you and your team; it is sent to nobody."""
        checks.text("text", text, needed=True)
        found, key = self._chat(chat), str(uuid4())
        self._do(lambda: self._chats.keep_note(found, text, key))

    def sort(
        self,
        labels: Sequence[str] = (),
        chat: str | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        """Give a chat labels, for the whole team; an urgent one comes first."""
        words = checks.texts("labels", labels)
        found = self._chat(chat)
        self._do(lambda: self._chats.sort(found, words, urgent))

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
        """Let another agent have a chat; ``agent`` is the front desk, and the queue.

        Raises:
            LookupError: there is no such agent, or no such chat.
        """
        checks.text("to", to, needed=True)
        self._ask(self._chats.hand_over(self._chat(chat), to))

    def close_chat(self, reason: str = "", chat: str | None = None) -> None:
        """End a chat.

        reason: what the visitor is told, at most 200 characters.
        """
        checks.text("reason", reason, most=200)
        self._ask(self._chats.close_chat(self._chat(chat), reason))

    def reopen(self, chat: str | None = None) -> None:
        """Let an ended chat go on: the visitor can write in it again.

        Raises:
            LookupError: there is no such chat, or its visitor has left it.
        """
        self._ask(self._chats.reopen(self._chat(chat)))

    def close(self) -> None:
        """Close the pane; with an agent's last pane the agent logs out."""
        self._close(wait=True)

    def __del__(self) -> None:
        """Close a pane that nobody refers to and no browser shows."""
        # Python runs this on any thread, in the middle of anything: it must not wait.
        self._close(wait=False)

    def _close(self, wait: bool) -> None:
        session = getattr(self, "_session", None)
        if session is not None:
            for callback in list(self._callbacks):
                self._end(callback)
            self._views.end()
            self._still.end()
            chats, observed = session.chats, self._observed
            chats.background.call(lambda: chats.unlisten(observed))
            self._session = None
            leave(session, wait)
            self._own_layout.close()
        super().close()

    def __enter__(self) -> "AgentPane":
        """Return the pane, which the end of the block closes."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pane."""
        self.close()

    # Which chat is open

    @traitlets.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> str:
        wanted = proposal["value"]
        return self._chat(wanted).id if wanted else ""

    # For `interact`, which looks at a widget's value. `traitlets.link` would make a
    # circle of references, which Python frees late.
    value = traitlets.Unicode(help="The same as selected")

    @traitlets.observe("value")
    def _value_changed(self, change: dict[str, Any]) -> None:
        self.selected = change["new"]
        self.value = self.selected

    @traitlets.observe("selected")
    def _selected_changed(self, change: dict[str, Any]) -> None:
        self.value = self.selected
        if self._session is not None and change["new"]:
            chats, id = self._chats, change["new"]
            chats.selected = id
            if not self._is_in_view:
                self._do(lambda: self._views.select(chats.chats[id]))

    def _opened(self, id: str) -> None:
        """Note which chat a view has opened."""
        self._is_in_view = True
        try:
            self.selected = id
        except (LookupError, PaneClosed):  # it has just gone
            return
        finally:
            self._is_in_view = False

    # What you wait for

    def wait_for(self, text: str, *, seconds: float = 10) -> str:
        """Return the first new message that contains a text, as soon as it is there.

        New is what comes after the pane was made.

        Raises:
            TimeoutError: there isn't one after so many seconds.
        """

        checks.text("text", text)
        seconds = checks.number("seconds", seconds)

        def find() -> Line | None:
            arrived = self._chats.arrived[self._known :]
            return next((line for _, line in arrived if text in line.text), None)

        self._until(lambda: find() is not None, seconds)
        found = self._do(find)
        if found is None:
            raise TimeoutError(
                f"No message with {text!r} arrived within {seconds} s.\n"
                f"The agent is {self._chats.state}. {self._chats.detail}".rstrip()
            )
        return str(found)

    async def settle(self, seconds: float = 30) -> None:
        """Wait until nothing is under way: all is sent, all has come, all is told.

        Raises:
            TimeoutError: something still is after so many seconds.
        """
        seconds = checks.number("seconds", seconds)
        chats = self._chats
        try:
            async with asyncio.timeout(seconds):
                await asyncio.wrap_future(chats.background.ask(chats.settle()))
        except TimeoutError:
            raise TimeoutError(
                f"After {seconds} s {chats.under_way()}\n"
                "Is the sandbox running? python -m livechat_helpers doctor"
            ) from None
        except (Ended, asyncio.CancelledError):
            if chats.background.is_running:
                raise  # the cell was interrupted
            raise _ended(chats) from None

    def on_message(self, function: Callable[[Record], Any]) -> Callable[[], None]:
        """Call a function, or a coroutine, with every message a visitor writes.

        It gets the message as ``transcript`` has it, and runs on the notebook's own
        loop: when no cell is busy. If it fails, the pane says so. When the cell is run
        again, the function takes the place of its earlier self.

        Returns:
            A function that ends it.
        """
        checks.callback(function)
        _ = self._chats  # it is open
        assert self._session is not None
        callback = self._session.callbacks.add(function)
        self._callbacks.append(callback)
        return lambda: self._end(callback)

    def _end(self, callback: Callback) -> None:
        if callback in self._callbacks:
            self._callbacks.remove(callback)
            if self._session is not None:
                self._session.callbacks.remove(callback)

    # What is seen of it

    def __repr__(self) -> str:
        """Return what a pane looks like where there's neither a widget nor HTML.

        It stays the same from run to run.
        """
        return "AgentPane: run this cell to see the visitors' chats here"

    def _html_now(self) -> str:
        chats = sorted(self._chats.known(), key=by_urgency)
        return still.html(chats, self.agent, repr(self))

    def _still_html(self) -> str:
        if self._session is None:
            return still.html([], self.agent, repr(self))
        return self._do(self._html_now)

    def _shown(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the widget's own bundle; from now on there may be a view of it."""
        if self._session is not None:
            self._views.hold(self)
        return super()._repr_mimebundle_(**kwargs) or ({}, {})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = self._shown(**kwargs)
        return {**data, "text/html": self._still_html()}, metadata

    def _ipython_display_(self) -> None:
        """Display the widget, and below it what is left when it is not alive."""
        from IPython.display import display

        data, metadata = self._shown()
        display(data, metadata=metadata, raw=True)
        self._still.show(self._still_html())

    # The chats live on a loop of their own, and are asked there.

    @property
    def _chats(self) -> AgentChats:
        if self._session is None:
            raise PaneClosed("This pane is closed.\nMake a new one: AgentPane()")
        if not self._session.chats.background.is_running:
            raise _ended(self._session.chats)
        return self._session.chats

    def _ask(self, job: Coroutine[Any, Any, Result]) -> Result:
        chats = self._chats
        try:
            future = chats.background.ask(job)
            try:
                return future.result()
            finally:  # the cell may have been interrupted
                future.cancel()
        except (Ended, CancelledError):
            raise _ended(chats) from None

    def _do(self, job: Callable[[], Result]) -> Result:
        _ = self._chats  # it is open

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
        chosen = [reply for reply in failed if key in (None, reply.key)]
        if key is not None and not chosen:
            raise LookupError(f"No failed reply has the key {key!r}: see pane.unsent.")
        return chosen


def _ended(chats: AgentChats) -> PaneClosed:
    return PaneClosed(chats.detail or "This pane has ended.")


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
