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
"""The default replies to choose from, by name."""

_LOGIN = 5.0  # seconds to wait before the pane keeps trying alone


class ReplyFailed(RuntimeError):
    """A reply wasn't sent; the text says why and what to do."""


class PaneClosed(RuntimeError):
    """The pane is closed; the text says what to do."""


class AgentPane(anywidget.AnyWidget, ValueWidget):
    """A support agent's pane: the waiting visitors, their chats, and your answers.

    It's a widget: ``layout`` sizes it, you can put it in boxes and tabs, and
    ``observe`` reports changes of ``state``, ``selected``, ``unread`` and
    ``conversations``. It exists as long as a variable refers to it or a browser shows
    it, or until ``close``. Everything you can do in it by hand, you can also do from
    Python, and it's visible in both. If a method takes a chat, pass the id of its
    conversation or its visitor's name. The default is the chat with the most recent
    message.

    desk: the desk of the agent who works here; the front desk's by default.
    page: an address to show next to the pane, such as the customer page.
    canned: replies to choose from: a list of texts, or a dictionary of names and texts.
        Type ``/name`` to use one. ``{visitor}`` and ``{agent}`` in it are replaced with
        names.
    wait_limit: the minutes after which a visitor has waited too long.
    sandbox_dir: the sandbox's folder; defaults to the kit's own.

    Raises:
        SettingsError: the sandbox isn't running, or there is no application.
        TypeError, ValueError: an argument is wrong; the text says which.
    """

    _esm = bundle.joined()
    # Pass the text, because anywidget would watch a file, and keep every widget for it.
    _css = bundle.styles()

    page = traitlets.Unicode().tag(sync=True)
    agent = traitlets.Unicode().tag(sync=True)
    home = traitlets.Unicode(
        help="The key under which the browser stores this desk's drafts"
    )
    home.tag(sync=True)
    canned = traitlets.List(traitlets.Dict()).tag(sync=True)
    wait_limit = traitlets.Float().tag(sync=True)

    state = ReadTrait(
        lambda pane: pane._session.chats.state if pane._session else "ended",
        "``connecting``, ``online``, ``reconnecting``, ``offline`` or ``ended``",
    )
    unread = ReadTrait(
        lambda pane: pane._do(lambda: count_unread(pane._chats)),
        "How many of the visitors' messages nobody has seen yet",
    )
    conversations = ReadTrait(
        lambda pane: pane._do(lambda: records(pane._chats)),
        """A dictionary for each chat; the longest wait for an answer comes first.

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
        self._session = None  # so `close` has nothing to do if the rest fails
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
        self._is_in_view = False  # whether a view is reporting its open chat right now
        self._views = Views(chats, weakly(super().send), weakly(self._opened))
        self._observed = Observed(chats, weakly(self.notify_change))
        self._still = still.Still(chats, weakly(self._html_now), self._views)
        self.on_msg(AgentPane._hear)
        register_weakly(self)
        chats.background.call(lambda: chats.listen(self._observed))
        # From the notebook's next line on, messages count as new for the pane.
        self._until(lambda: chats.state == "online", _LOGIN)
        self._known = len(chats.arrived)
        if chats.selected:
            self._opened(chats.selected)
        for earlier in made_earlier(self):
            self._replace(earlier)

    def _hear(self, content: dict[str, Any], _: object) -> None:
        """Receive a view's request; a pane that's shown somewhere stays alive."""
        self._views.hold(self)
        self._views.hear(content)

    def _replace(self, earlier: "AgentPane") -> None:
        """Close a pane that an earlier run of this cell created; keep its callbacks."""
        if earlier._session is self._session:
            self._callbacks += earlier._callbacks
            earlier._callbacks = []
        earlier.close()

    # What the pane shows

    @property
    def problems(self) -> list[str]:
        """Failures in callbacks, newest last."""
        return list(self._chats.problems)

    def transcript(self, chat: str | None = None, *, notes: bool = False) -> Transcript:
        """Return the messages of a chat as a list of dictionaries.

        ``pandas.DataFrame`` turns it into a table. Its methods ``text()`` and
        ``html()`` return it in a form to read or print.

        notes: whether to include your private notes.

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
        """Return the lines that contain a text, in upper or lower case.

        chat: where to search; every chat by default.
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
        """The replies on their way: ``key``, ``chat``, ``text``, ``state``, ``reason``.

        A reply is on its way until its chat has it. ``state`` is ``sending`` or
        ``failed``.
        """
        names = ("key", "chat", "text", "state", "reason")
        return self._do(
            lambda: [
                {name: getattr(reply, name) for name in names}
                for reply in self._chats.outbox.replies()
            ]
        )

    # What you do

    # A widget's own `send` sends to the views; only this class needs that one.
    def send(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, text: str, chat: str | None = None, *, seconds: float = 30
    ) -> str:
        """Send a message; if the chat isn't yours, this takes it.

        seconds: how long to wait for Vonage.

        Returns:
            The line as the transcript shows it.

        Raises:
            LookupError: there is no such chat, or nobody has written yet.
            ReplyFailed: Vonage rejected it; the pane shows that too.
            TimeoutError: Vonage didn't accept it in that time; the pane keeps trying.
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

        key: as in ``unsent``.

        Raises:
            LookupError: no reply with this key has failed.
        """
        for reply in self._failed(key):
            self._do(lambda reply=reply: self._chats.send(reply))

    def discard(self, key: str | None = None) -> None:
        """Drop failed replies; without a key, all of them.

        key: as in ``unsent``.

        Raises:
            LookupError: no reply with this key has failed.
        """
        for reply in self._failed(key):
            self._do(lambda reply=reply: self._chats.discard(reply))

    def note(self, text: str, chat: str | None = None) -> None:
        """Save a note on a chat for you and your team; it isn't sent to anybody."""
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
        """Label a chat, for the whole team; urgent chats come first."""
        words = checks.texts("labels", labels)
        found = self._chat(chat)
        self._do(lambda: self._chats.sort(found, words, urgent))

    def typing(self, is_typing: bool = True, chat: str | None = None) -> None:
        """Show the visitor that you're typing, or have stopped."""
        found = self._chat(chat)
        self._do(lambda: self._chats.type(found, is_typing))

    def read(self, chat: str | None = None) -> None:
        """Mark a chat's messages as read; the visitor can see that."""
        found = self._chat(chat)
        self._do(lambda: self._chats.read(found))

    def take(self, chat: str | None = None) -> None:
        """Take a chat from the queue or from a colleague."""
        self._ask(self._chats.take(self._chat(chat)))

    def hand_over(self, to: str, chat: str | None = None) -> None:
        """Hand a chat over to another agent; ``agent`` is the front desk, so the queue.

        Raises:
            LookupError: there is no such agent or chat.
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
        """Reopen an ended chat, so that the visitor can write in it again.

        Raises:
            LookupError: there is no such chat, or its visitor has left it.
        """
        self._ask(self._chats.reopen(self._chat(chat)))

    def close(self) -> None:
        """Close the pane; closing an agent's last pane logs the agent out."""
        self._close(wait=True)

    def __del__(self) -> None:
        """Close a pane that no variable refers to and no browser shows."""
        # Python can run this in any thread at any moment, so it must not wait.
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
        """Return the pane; the end of the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pane."""
        self.close()

    # Which chat is open

    @traitlets.validate("selected")
    def _check_selected(self, proposal: dict[str, Any]) -> str:
        wanted = proposal["value"]
        return self._chat(wanted).id if wanted else ""

    # `interact` uses a widget's value. `traitlets.link` would create a reference cycle,
    # which Python only frees later.
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
        """Record which chat a view has opened."""
        self._is_in_view = True
        try:
            self.selected = id
        except (LookupError, PaneClosed):  # It has just been closed or deleted.
            return
        finally:
            self._is_in_view = False

    # What you wait for

    def wait_for(self, text: str, *, seconds: float = 30) -> str:
        """Wait for a new message that contains a text, and return it.

        Messages that arrived after the pane was created count as new.

        seconds: how long to wait.

        Raises:
            TimeoutError: no such message arrived in that time.
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
        """Wait until nothing is in progress: everything has been sent and received.

        seconds: how long to wait.

        Raises:
            TimeoutError: something is still in progress after that time.
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
                raise  # The cell was interrupted.
            raise _ended(chats) from None

    def on_message(self, function: Callable[[Record], Any]) -> Callable[[], None]:
        """Call a function or coroutine function with every message from a visitor.

        It receives the message in the same form as in ``transcript``, and runs on the
        notebook's own loop whenever no cell is busy. If it fails, the pane says so.
        When its cell is run again, the new version replaces the old one.

        Returns:
            A function that stops the calls.
        """
        checks.callback(function)
        _ = self._chats  # This raises if the pane is closed.
        assert self._session is not None
        callback = self._session.callbacks.add(function)
        self._callbacks.append(callback)
        return lambda: self._end(callback)

    def _end(self, callback: Callback) -> None:
        if callback in self._callbacks:
            self._callbacks.remove(callback)
            if self._session is not None:
                self._session.callbacks.remove(callback)

    # How the pane is displayed

    def __repr__(self) -> str:
        """Return the text shown where neither widgets nor HTML work.

        It's the same on every run.
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
        """Return the widget's own bundle; from now on, there may be a view of it."""
        if self._session is not None:
            self._views.hold(self)
        return super()._repr_mimebundle_(**kwargs) or ({}, {})

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        data, metadata = self._shown(**kwargs)
        return {**data, "text/html": self._still_html()}, metadata

    def _ipython_display_(self) -> None:
        """Display the widget, and below it the HTML for when the widget is gone."""
        from IPython.display import display

        data, metadata = self._shown()
        display(data, metadata=metadata, raw=True)
        self._still.show(self._still_html())

    # The chats have their own loop, so calls have to go there.

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
            finally:  # The cell may have been interrupted.
                future.cancel()
        except (Ended, CancelledError):
            raise _ended(chats) from None

    def _do(self, job: Callable[[], Result]) -> Result:
        _ = self._chats  # This raises if the pane is closed.

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
