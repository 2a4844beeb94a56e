"""Deliberate faults: a sandbox that is slow, rejects, loses or duplicates.

No fault is active unless somebody asked for it. Each one ends when it has happened as
often as requested, when its time is over, or when somebody undoes it. Faults are only
kept in memory, so a restarted sandbox has none. They don't affect the paths under
``/_sandbox``; otherwise, nobody could undo them.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, Protocol
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from ..http.auth import Caller, Tokens
from ..http.validation import Json
from ..rules.events import Event
from ..rules.users import User
from . import faulty_answers as fault_requests
from .fault_kinds import Order, refuse


class Session(Protocol):
    """A connected session."""

    user: User

    def send(self, frame: str) -> None:
        """Send the frame of an event."""


_MOST = 100  # faults at the same time
_REMEMBERED = 1000  # ended faults to remember
_WEBHOOK_FATES: dict[str, Literal["hold", "twice", "later"]] = {
    "stop_webhooks": "hold",
    "duplicate_webhooks": "twice",
    "reorder_webhooks": "later",
}


@dataclass(eq=False)
class Fault:
    """One fault.

    order: what it does, and to whom.
    undo: what to undo when it ends.
    met: how often it has happened.
    skipped: how many requests it has left alone so far.
    held: the frames that it holds back, by connection.
    stopped: the conversations whose webhooks it holds back.
    """

    order: Order
    id: str = field(default_factory=lambda: uuid4().hex)
    undo: ExitStack = field(default_factory=ExitStack)
    met: int = 0
    skipped: int = 0
    held: dict[Session, list[str]] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    _holding: int = 0
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def shape(self) -> Json:
        """Return the fault as JSON."""
        return {
            "id": self.id,
            "met": self.met,
            "active": not self._ended.is_set(),
            "order": self.order.shape(),
        }

    @property
    def is_used_up(self) -> bool:
        """Whether it has happened as often as requested."""
        return self.order.times is not None and self.met >= self.order.times

    def skips(self) -> bool:
        """Return whether the fault skips one more request; if so, count it."""
        if self.skipped == (self.order.skip or 0):
            return False
        self.skipped += 1
        return True

    def meet(self) -> None:
        """Count an occurrence, and end the fault if that was the last one."""
        self.met += 1
        self._end_if_over()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold back an answer; the fault doesn't end before that is over."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            self._end_if_over()

    def _end_if_over(self) -> None:
        if self.is_used_up and not self._holding:
            self.end()

    async def wait(self, seconds: float | None) -> None:
        """Wait for the fault to end, at most for some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def end(self) -> None:
        """End the fault and undo its effects; calling this again does nothing."""
        self._ended.set()
        self.undo.close()

    def concerns(self, user_name: str | None, application_id: str | None) -> bool:
        """Return whether the fault applies to a user and application.

        None if unknown.
        """
        return _names(self.order.user, user_name) and _names(
            self.order.application, application_id
        )

    def concerns_user(self, user: User) -> bool:
        """Return whether the fault applies to a user's websockets."""
        return self.concerns(user.name, user.application_id)

    def concerns_caller(self, caller: Caller) -> bool:
        """Return whether the fault applies to a token's holder."""
        return self.concerns(caller.user_name, caller.application_id)

    def concerns_event(self, conversation_id: str, name: str) -> bool:
        """Return whether the fault applies to an event in a conversation."""
        return _names(self.order.conversation, conversation_id) and _names(
            self.order.event, name
        )


def _names(wanted: str | None, found: str | None) -> bool:
    return wanted is None or wanted == found


Start = Callable[[Fault], Callable[[], object] | None]
"""Carries out what a fault does immediately, and returns a function to undo it."""


class Faults:
    """The active faults.

    tokens: the tokens that a fault can expire.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._starts: defaultdict[str, list[Start]] = defaultdict(list)
        self.when("expire_tokens", self._expire_tokens)
        self.when("reorder_events", lambda fault: partial(_let_go, fault.held))
        self._faults: dict[str, Fault] = {}
        self._over: deque[Fault] = deque(maxlen=_REMEMBERED)
        self.active = False

    def all(self) -> list[Fault]:
        """Return the active faults, oldest first."""
        return list(self._faults.values())

    def find(self, fault_id: str) -> Fault | None:
        """Return a fault that is active or has ended recently."""
        known = (fault for fault in (*self.all(), *self._over) if fault.id == fault_id)
        return next(known, None)

    def begin(self, order: Order) -> Fault:
        """Start a fault.

        order: what it does, and to whom.

        Raises:
            GatewayError: there are too many faults already.
        """
        if len(self._faults) >= _MOST:
            refuse(f"There are {_MOST} faults already: clear some.")
        fault = Fault(order)
        self._faults[fault.id] = fault
        self.active = True
        self._start(fault)
        timer = asyncio.get_running_loop().call_later(order.lasting, fault.end)
        fault.undo.callback(timer.cancel)
        fault.undo.callback(self._leave, fault)  # The stack runs this one first.
        if order.kind == "drop_sockets":
            fault.end()  # This kind doesn't last.
        return fault

    def _leave(self, fault: Fault) -> None:
        del self._faults[fault.id]
        self._over.append(fault)
        self.active = bool(self._faults)

    def when(self, kind: str, start: Start) -> None:
        """Register what to do immediately when a fault of some kind starts.

        start: called with the fault; it returns a function to undo it, or None.
        """
        self._starts[kind].append(start)

    def _start(self, fault: Fault) -> None:
        """Carry out what a fault does immediately, and remember how to undo it."""
        for start in self._starts[fault.order.kind]:
            undo = start(fault)
            if undo is not None:
                fault.undo.callback(undo)

    def _expire_tokens(self, fault: Fault) -> Callable[[], object]:
        expired = self._tokens.expire(fault.concerns_caller)
        fault.met = len(expired)
        return partial(self._tokens.revive, expired)

    def clear(self) -> None:
        """Undo every fault."""
        for fault in self.all():
            fault.end()

    async def answer(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let an app answer a request, subject to the faults that apply to it."""
        for fault in self.all():
            if fault_requests.is_for(fault, scope) and not fault.skips():
                app = fault_requests.around(fault, app)  # The newest is outermost.
        await app(scope, receive, send)

    def frames(self, connection: Session, event: Event, frame: str) -> list[str]:
        """Return the frames that a session receives instead of an event's own frame."""
        frames = [frame]
        for fault in self._of("duplicate_events", "reorder_events"):
            if not fault.concerns_user(connection.user):
                continue
            if not fault.concerns_event(event.conversation_id, event.type):
                continue
            if fault.order.kind == "duplicate_events":
                frames = frames * 2
            elif connection not in fault.held:
                fault.held[connection] = frames
                return []
            else:
                frames = frames + fault.held.pop(connection)
            fault.meet()
        return frames

    def webhook(
        self, conversation_id: str, name: str, application_id: str
    ) -> Literal["send", "hold", "twice", "later"]:
        """Return what happens to a webhook that's due.

        ``hold`` keeps it in the queue. ``later`` lets the conversation's next webhook
        go first. If several faults apply to it, the oldest one decides.
        """
        for fault in self._of(*_WEBHOOK_FATES):
            if not fault.concerns(None, application_id):
                continue
            if not fault.concerns_event(conversation_id, name):
                continue
            if fault.order.kind != "stop_webhooks":
                fault.meet()
            else:  # This is called repeatedly for the same webhook.
                fault.stopped.add(conversation_id)
                fault.met = len(fault.stopped)
            return _WEBHOOK_FATES[fault.order.kind]
        return "send"

    def _of(self, *kinds: str) -> list[Fault]:
        return [fault for fault in self.all() if fault.order.kind in kinds]


def _let_go(held: dict[Session, list[str]]) -> None:
    """Send the frames that were held back."""
    for connection, frames in held.items():
        for frame in frames:
            connection.send(frame)
    held.clear()


class FaultyApp:
    """An app with faults.

    app: the app that answers otherwise.
    faults: the active faults.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._faults.active:
            await self._faults.answer(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)
