"""Faults on purpose: a sandbox that is slow, refuses, drops or doubles.

None is active unless somebody asked for it. Each ends by itself: when it has happened
as often as was asked, when its time is over, when it is undone. All are in memory
only, so a sandbox that starts has none. No fault touches the paths under
``/_sandbox``, or nobody could undo it.
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
    """A session that is connected."""

    user: User

    def send(self, frame: str) -> None:
        """Send an event's frame."""


_MOST = 100  # faults at a time
_REMEMBERED = 1000  # faults that are over
_WEBHOOK_FATES: dict[str, Literal["hold", "twice", "later"]] = {
    "stop_webhooks": "hold",
    "duplicate_webhooks": "twice",
    "reorder_webhooks": "later",
}


@dataclass(eq=False)
class Fault:
    """One fault.

    undo: what takes it back when it ends. met: how often it has happened.
    held: the frames it holds back of connections.
    stopped: the conversations of the webhooks it holds back.
    skipped: how many requests it has left alone so far.
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
        """Return what is told about it."""
        return {
            "id": self.id,
            "met": self.met,
            "active": not self._ended.is_set(),
            "order": self.order.shape(),
        }

    @property
    def is_used_up(self) -> bool:
        """Whether it has happened as often as it was to happen."""
        return self.order.times is not None and self.met >= self.order.times

    def skips(self) -> bool:
        """Return whether it leaves one more request alone, and count that."""
        if self.skipped == (self.order.skip or 0):
            return False
        self.skipped += 1
        return True

    def meet(self) -> None:
        """Count that it happens; it may be over then."""
        self.met += 1
        self._end_if_over()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold an answer back: until that is done, the fault is not over."""
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
        """Wait until it ends, or for some seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def end(self) -> None:
        """Undo it; a second time nothing happens."""
        self._ended.set()
        self.undo.close()

    def concerns(self, user_name: str | None, application_id: str | None) -> bool:
        """Return whether it is meant for somebody; None is nobody known."""
        return _names(self.order.user, user_name) and _names(
            self.order.application, application_id
        )

    def concerns_user(self, user: User) -> bool:
        """Return whether it is meant for a user's sockets."""
        return self.concerns(user.name, user.application_id)

    def concerns_caller(self, caller: Caller) -> bool:
        """Return whether it is meant for whoever holds a token."""
        return self.concerns(caller.user_name, caller.application_id)

    def concerns_event(self, conversation_id: str, name: str) -> bool:
        """Return whether it is meant for an event of a conversation."""
        return _names(self.order.conversation, conversation_id) and _names(
            self.order.event, name
        )


def _names(wanted: str | None, found: str | None) -> bool:
    return wanted is None or wanted == found


Start = Callable[[Fault], Callable[[], object] | None]
"""Does at once what a fault does, and returns what undoes it."""


class Faults:
    """The faults that are active.

    tokens: those that one kind of fault lets expire.
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
        """Return the faults that are active, the oldest first."""
        return list(self._faults.values())

    def find(self, fault_id: str) -> Fault | None:
        """Return a fault that is active, or ended lately."""
        known = (fault for fault in (*self.all(), *self._over) if fault.id == fault_id)
        return next(known, None)

    def begin(self, order: Order) -> Fault:
        """Let a fault happen from now on.

        Raises:
            GatewayError: there are too many already.
        """
        if len(self._faults) >= _MOST:
            refuse(f"There are {_MOST} faults already: clear some.")
        fault = Fault(order)
        self._faults[fault.id] = fault
        self.active = True
        self._start(fault)
        timer = asyncio.get_running_loop().call_later(order.lasting, fault.end)
        fault.undo.callback(timer.cancel)
        fault.undo.callback(self._leave, fault)  # the first that is done
        if order.kind == "drop_sockets":
            fault.end()  # it does not last
        return fault

    def _leave(self, fault: Fault) -> None:
        del self._faults[fault.id]
        self._over.append(fault)
        self.active = bool(self._faults)

    def when(self, kind: str, start: Start) -> None:
        """Say what else happens at once when a fault of a kind begins.

        start: called with the fault; it returns what undoes it, or None.
        """
        self._starts[kind].append(start)

    def _start(self, fault: Fault) -> None:
        """Do what a fault does at once, and note how it is undone."""
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
        """Let an app answer a request, with the faults that are meant for it."""
        for fault in self.all():
            if fault_requests.is_for(fault, scope) and not fault.skips():
                app = fault_requests.around(fault, app)  # the newest is the outermost
        await app(scope, receive, send)

    def frames(self, connection: Session, event: Event, frame: str) -> list[str]:
        """Return the frames a session gets where it should get one event's."""
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
        """Return what happens to a webhook that is due.

        ``hold`` leaves it where it is, ``later`` lets the next one of the same
        conversation go first. The oldest fault that is meant for it decides.
        """
        for fault in self._of(*_WEBHOOK_FATES):
            if not fault.concerns(None, application_id):
                continue
            if not fault.concerns_event(conversation_id, name):
                continue
            if fault.order.kind != "stop_webhooks":
                fault.meet()
            else:  # it is asked again and again about the same webhook
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
    """An app to which faults happen.

    app: what answers otherwise.
    """

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._faults.active:
            await self._faults.answer(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)
