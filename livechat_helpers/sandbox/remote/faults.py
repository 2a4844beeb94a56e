"""Cause faults from another process.

with sandbox.faults.refuse(503, path="/v0.3/conversations/**", times=2) as fault:
    ...
fault.met  # how often it happened

A fault begins at once. It ends when its ``with`` block is left, when it has happened
as often as ``times`` says, or after ``lasting`` seconds, whichever comes first; so it
also ends when the notebook that ordered it is killed. A sandbox that is reset or
started again has none.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import httpx

from .sandbox_error import SandboxError

Json = dict[str, Any]


class Users(TypedDict, total=False):
    """Whose sockets or tokens: those of one user, of one application, or all.

    user: a user's name. application: its id.
    """

    user: str
    application: str


class Requests(Users, total=False):
    """Which requests, with how often and how long; all of them if nothing is said.

    path: a pattern as in an ACL: ``*`` is one part of a path, ``**`` any rest.
    method: such as ``POST``. skip: how many of them are left alone first.
    times: how often, at least once.
    lasting: seconds after which the fault ends by itself; 300, and at most 3600.
    """

    path: str
    method: str
    skip: int
    times: int
    lasting: float


class Stopped(TypedDict, total=False):
    """Which webhooks, with how long; all of them if nothing is said.

    application, conversation: an id. event: the name of an event.
    lasting: seconds after which the fault ends by itself; 300, and at most 3600.
    """

    application: str
    conversation: str
    event: str
    lasting: float


class Webhooks(Stopped, total=False):
    """Which webhooks, as of :class:`Stopped`, and how often: ``times``."""

    times: int


class Events(Webhooks, total=False):
    """Which events, as of :class:`Webhooks`, and to which ``user``'s sockets.

    An event to two sockets is two times.
    """

    user: str


class Lasting(Users, total=False):
    """Whose, and for how many seconds: 300, and at most 3600."""

    lasting: float


class Fault:
    """One fault; leaving its ``with`` block undoes it.

    call: sends a request to a path under ``/_sandbox``. state: what the sandbox said.
    """

    def __init__(self, call: Callable[..., Any], state: Json) -> None:
        self._call = call
        self._state = state

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.undo()

    def __repr__(self) -> str:
        asked = {k: v for k, v in self.order.items() if k not in ("kind", "lasting")}
        words = ", ".join(f"{name}={value!r}" for name, value in asked.items())
        return f"<{self.kind}({words}): met {self._state['met']}>"

    @property
    def order(self) -> Json:
        """What was asked for, with ``kind``; without what was left out."""
        return self._state["order"]

    @property
    def kind(self) -> str:
        """What it does, as the method that ordered it is called."""
        return self.order["kind"]

    @property
    def met(self) -> int:
        """How often it has happened so far, or had when it ended.

        Requests, events or webhooks; for ``half_open`` sockets, for ``expire_tokens``
        tokens, for ``stop_webhooks`` conversations. Once it is undone here, the
        sandbox is not asked again.

        Raises:
            SandboxError: the sandbox is not there, or was started again since.
        """
        self._look()
        return self._state["met"]

    @property
    def active(self) -> bool:
        """Whether it can still happen, or still holds something back.

        Raises:
            SandboxError: the sandbox is not there, or was started again since.
        """
        self._look()
        return self._state["active"]

    def undo(self) -> None:
        """End it; what it held back goes on. Ending it twice isn't an error.

        Raises:
            SandboxError: the sandbox runs, and does not answer.
        """
        try:
            state = self._call("DELETE", f"/faults/{self._state['id']}")
        except SandboxError as error:
            if not isinstance(error.__cause__, httpx.ConnectError):
                raise
            state = None  # without a sandbox there's no fault either
        self._state = {**(state or self._state), "active": False}

    def _look(self) -> None:
        if self._state["active"]:
            self._state = self._call("GET", f"/faults/{self._state['id']}")


class Faults:
    """Orders faults of one sandbox.

    Keywords say what a fault is for; those that are left out do not limit it.
    A :class:`SandboxError` says what is wrong with an order.

    call: sends a request to a path under ``/_sandbox``.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def active(self) -> list[Fault]:
        """Return the current faults, the oldest first, whoever ordered them."""
        states = self._call("GET", "/faults")["faults"]
        return [Fault(self._call, state) for state in states]

    def clear(self) -> None:
        """Undo all faults, whoever ordered them."""
        self._call("DELETE", "/faults")

    def delay(self, seconds: float, **which: Unpack[Requests]) -> Fault:
        """Carry requests out at once, and answer them so many seconds later."""
        return self._begin("delay", seconds=seconds, **which)

    def hang(self, **which: Unpack[Requests]) -> Fault:
        """Carry requests out, and answer them only when the fault ends."""
        return self._begin("hang", **which)

    def drop_reply(self, **which: Unpack[Requests]) -> Fault:
        """Carry requests out, then close the connection instead of answering."""
        return self._begin("drop_reply", **which)

    def refuse(
        self,
        status: int,
        *,
        code: str | None = None,
        body: Json | None = None,
        retry_after: int | None = None,
        **which: Unpack[Requests],
    ) -> Fault:
        """Refuse requests, and new websockets, without carrying them out.

        status: from 400 to 599. code: which of Vonage's errors of that status, such
            as ``user:error:not-found``. body: the JSON to answer, instead of
            Vonage's. retry_after: seconds in that header; with 429 it is 1.
        """
        answer = {"status": status, "code": code, "body": body}
        return self._begin("refuse", **answer, retry_after=retry_after, **which)

    def drop_sockets(self, **whose: Unpack[Users]) -> int:
        """Break the open websockets, as a lost network does; return how many."""
        return self._begin("drop_sockets", **whose).met

    def half_open(self, **whose: Unpack[Lasting]) -> Fault:
        """Let the open websockets stay open, and carry nothing either way."""
        return self._begin("half_open", **whose)

    def duplicate_events(self, **which: Unpack[Events]) -> Fault:
        """Send events to websockets twice."""
        return self._begin("duplicate_events", **which)

    def reorder_events(self, **which: Unpack[Events]) -> Fault:
        """Send every other event to a websocket after the one that follows it.

        The last one may wait for that until the fault ends.
        """
        return self._begin("reorder_events", **which)

    def stop_webhooks(self, **which: Unpack[Stopped]) -> Fault:
        """Send no webhooks; they wait, and go out when the fault ends."""
        return self._begin("stop_webhooks", **which)

    def duplicate_webhooks(self, **which: Unpack[Webhooks]) -> Fault:
        """Send webhooks twice."""
        return self._begin("duplicate_webhooks", **which)

    def reorder_webhooks(self, **which: Unpack[Webhooks]) -> Fault:
        """Send every other webhook after the next one of its conversation.

        It waits a second for that one.
        """
        return self._begin("reorder_webhooks", **which)

    def expire_tokens(self, **whose: Unpack[Lasting]) -> Fault:
        """Let every token that was used so far be expired, and end its sessions.

        Tokens that are minted from now on work. When the fault ends, so do the old
        ones again.
        """
        return self._begin("expire_tokens", **whose)

    def _begin(self, kind: str, **order: Any) -> Fault:
        return Fault(self._call, self._call("POST", "/faults", {"kind": kind, **order}))
