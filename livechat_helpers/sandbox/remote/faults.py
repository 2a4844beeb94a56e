"""Cause faults from another process.

with sandbox.faults.refuse(503, path="/v0.3/conversations/**", times=2) as fault:
    ...
fault.met  # how often it happened

A fault starts immediately. It ends at the end of its ``with`` block, when it has
happened ``times`` times, or after ``lasting`` seconds, whichever comes first. So it
also ends if the notebook that requested it is killed. A sandbox that is reset or
restarted has no faults.
"""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

import httpx

from .sandbox_error import SandboxError

Json = dict[str, Any]


class Users(TypedDict, total=False):
    """Whose websockets or tokens: one user's, one application's, or everybody's.

    user: a user's name.
    application: its id.
    """

    user: str
    application: str


class Requests(Users, total=False):
    """Which requests, how often and for how long; the default is all requests.

    path: a pattern, as in an ACL: ``*`` matches one part of a path, ``**`` the rest.
    method: such as ``POST``.
    skip: how many matching requests to leave alone first.
    times: how often the fault happens, at least once.
    lasting: how many seconds the fault lasts; 300 by default, at most 3600.
    """

    path: str
    method: str
    skip: int
    times: int
    lasting: float


class Stopped(TypedDict, total=False):
    """Which webhooks, and for how long; the default is all webhooks.

    application, conversation: an id.
    event: the name of an event.
    lasting: how many seconds the fault lasts; 300 by default, at most 3600.
    """

    application: str
    conversation: str
    event: str
    lasting: float


class Webhooks(Stopped, total=False):
    """Which webhooks, as for :class:`Stopped`, and how often: ``times``."""

    times: int


class Events(Webhooks, total=False):
    """Which events, as for :class:`Webhooks`, and to which ``user``'s websockets.

    An event to two websockets counts twice.
    """

    user: str


class Lasting(Users, total=False):
    """Whose, and for how many seconds: 300 by default, at most 3600."""

    lasting: float


class Fault:
    """One fault, which the end of its ``with`` block undoes.

    call: sends a request to a path under ``/_sandbox``.
    state: the sandbox's description of the fault.
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
        """The fault's ``kind`` and its parameters, without those that weren't given."""
        return self._state["order"]

    @property
    def kind(self) -> str:
        """What the fault does: the name of the method that requested it."""
        return self.order["kind"]

    @property
    def met(self) -> int:
        """How often it has happened so far, or had happened when it ended.

        It counts requests, events or webhooks; for ``half_open`` websockets, for
        ``expire_tokens`` tokens, for ``stop_webhooks`` conversations. Once the fault
        has ended, the sandbox isn't asked again.

        Raises:
            SandboxError: the sandbox can't be reached, or has been restarted since.
        """
        self._look()
        return self._state["met"]

    @property
    def active(self) -> bool:
        """Whether it can still happen, or still holds something back.

        Raises:
            SandboxError: the sandbox can't be reached, or has been restarted since.
        """
        self._look()
        return self._state["active"]

    def undo(self) -> None:
        """End the fault and release what it held back; ending it twice isn't an error.

        Raises:
            SandboxError: the sandbox is running but doesn't answer.
        """
        try:
            state = self._call("DELETE", f"/faults/{self._state['id']}")
        except SandboxError as error:
            if not isinstance(error.__cause__, httpx.ConnectError):
                raise
            state = None  # Without a sandbox, there's no fault either.
        self._state = {**(state or self._state), "active": False}

    def _look(self) -> None:
        if self._state["active"]:
            self._state = self._call("GET", f"/faults/{self._state['id']}")


class Faults:
    """Starts faults in one sandbox.

    Keywords limit what a fault applies to; without any, it applies to everything. If a
    fault can't be started, a :class:`SandboxError` says why.

    call: sends a request to a path under ``/_sandbox``.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def active(self) -> list[Fault]:
        """Return the current faults, oldest first, no matter who started them."""
        states = self._call("GET", "/faults")["faults"]
        return [Fault(self._call, state) for state in states]

    def clear(self) -> None:
        """Undo all faults, no matter who started them."""
        self._call("DELETE", "/faults")

    def delay(self, seconds: float, **which: Unpack[Requests]) -> Fault:
        """Run requests immediately, but answer them some seconds later."""
        return self._begin("delay", seconds=seconds, **which)

    def hang(self, **which: Unpack[Requests]) -> Fault:
        """Run requests, but only answer them when the fault ends."""
        return self._begin("hang", **which)

    def drop_reply(self, **which: Unpack[Requests]) -> Fault:
        """Run requests, but close the connection instead of answering."""
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
        """Reject requests, including new websockets, without running them.

        status: from 400 to 599.
        code: one of Vonage's error codes for that status, such as
            ``user:error:not-found``.
        body: the JSON to answer with, instead of Vonage's.
        retry_after: the seconds in that header; 1 by default for the status 429.
        """
        answer = {"status": status, "code": code, "body": body}
        return self._begin("refuse", **answer, retry_after=retry_after, **which)

    def drop_sockets(self, **whose: Unpack[Users]) -> int:
        """Break the open websockets, as a lost network does.

        Return how many there were.
        """
        return self._begin("drop_sockets", **whose).met

    def half_open(self, **whose: Unpack[Lasting]) -> Fault:
        """Keep the open websockets open, but let nothing through either way."""
        return self._begin("half_open", **whose)

    def duplicate_events(self, **which: Unpack[Events]) -> Fault:
        """Send events to websockets twice."""
        return self._begin("duplicate_events", **which)

    def reorder_events(self, **which: Unpack[Events]) -> Fault:
        """Send every other event to a websocket after the event that follows it.

        The last one may be held back until the fault ends.
        """
        return self._begin("reorder_events", **which)

    def stop_webhooks(self, **which: Unpack[Stopped]) -> Fault:
        """Stop sending webhooks; they wait, and are sent when the fault ends."""
        return self._begin("stop_webhooks", **which)

    def duplicate_webhooks(self, **which: Unpack[Webhooks]) -> Fault:
        """Send webhooks twice."""
        return self._begin("duplicate_webhooks", **which)

    def reorder_webhooks(self, **which: Unpack[Webhooks]) -> Fault:
        """Send every other webhook after the next one of its conversation.

        It waits up to a second for the next one.
        """
        return self._begin("reorder_webhooks", **which)

    def expire_tokens(self, **whose: Unpack[Lasting]) -> Fault:
        """Make every token used so far expire, and end its sessions.

        Tokens minted from now on work. When the fault ends, the old ones work again.
        """
        return self._begin("expire_tokens", **whose)

    def _begin(self, kind: str, **order: Any) -> Fault:
        return Fault(self._call, self._call("POST", "/faults", {"kind": kind, **order}))
