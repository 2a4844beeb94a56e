"""The trace: recent requests, frames and webhooks, with their secrets removed.

Every request passes through here, but few are ever looked at. So an entry keeps the raw
data, and only decodes it and removes secrets when somebody reads it.

The trace leaves out the paths under ``/_sandbox``, which its own page uses; a browser's
questions before it calls another host (CORS preflight); and pings on websockets.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, NamedTuple

from msgspec import Struct, field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http.request_notes import current
from ..storage.clock import written
from .redaction import Redactor

Json = dict[str, Any]

KEPT = 2000
"""How many entries are kept; the oldest are forgotten first."""
LARGEST_KEPT = 16 * 1024
"""How many bytes of a body are kept."""
MOST_NOTES = 20
"""How many notes of an entry are kept."""
_SEAM = 256  # characters at a cut, because a secret could start there
_LONGEST_NOTE = 200 + _SEAM
_LONGEST_ADDRESS = 2000 + _SEAM  # of a request or a webhook
_LONGEST_CLIENT = 300 + _SEAM  # of a User-Agent header
_CUT = "… [cut]"
_AT_ONCE = 50  # new entries sent to a follower together
_GATHERING = 0.1  # seconds for collecting entries to send together
_EVENT_NAME = re.compile(r'42\d*\["((?:[^"\\]|\\.){1,200})"')


class Entry(Struct):
    """One entry in the trace.

    strict: whether to reject oddities instead of noting them.
    notes: the first few notes, shortened.
    noted: how many notes there were.
    at: when it began, in seconds since 1970.
    number: its position in the trace.
    """

    kind: ClassVar[str]
    strict: bool = False
    notes: tuple[str, ...] = ()
    noted: int = 0
    at: float = field(default_factory=time.time)
    number: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the entry isn't complete yet."""
        return False

    def shape(self, clean: Redactor) -> Json:
        """Return the entry as it's shown.

        clean: removes secrets.
        """
        return {
            "id": self.number,
            "kind": self.kind,
            "at": written(datetime.fromtimestamp(self.at, UTC)),
            "notes": self._shown_notes(clean),
        }

    def add_note(self, text: str) -> None:
        """Add a note, unless there are too many."""
        self.noted += 1
        if self.noted <= MOST_NOTES:
            self.notes += (text[:_LONGEST_NOTE],)

    def identify(self, actor: str, application_id: str | None) -> None:
        """Record the sender, if the entry has one."""

    def _shown_notes(self, clean: Redactor) -> list[str]:
        shown = [_readable(text, _LONGEST_NOTE, clean) for text in self.notes]
        if self.noted > MOST_NOTES:
            shown[-1] = f"and {self.noted - MOST_NOTES + 1} more"
        return shown


class Exchange(Entry, kw_only=True):
    """A request and its answer.

    client: the program that sent it, according to its User-Agent header.
    """

    kind = "request"
    method: str
    path: str
    query: bytes
    began: float = field(default_factory=time.perf_counter)
    actor: str = "nobody"
    application_id: str | None = None
    client: bytes = b""
    status: int | None = None
    seconds: float | None = None
    body: bytes = b""
    answer: bytes = b""

    @property
    def is_open(self) -> bool:
        return self.seconds is None

    def identify(self, actor: str, application_id: str | None) -> None:
        self.actor = actor
        self.application_id = application_id

    def end(self) -> None:
        """Record that the request has been answered."""
        self.seconds = time.perf_counter() - self.began

    def shape(self, clean: Redactor) -> Json:
        return {
            **super().shape(clean),
            "seconds": self.seconds,
            "actor": clean(self.actor),
            "application_id": self.application_id,
            "client": _readable(self.client, _LONGEST_CLIENT, clean),
            "method": self.method,
            "path": _readable(self.path, _LONGEST_ADDRESS, clean),
            "query": _readable(self.query, _LONGEST_ADDRESS, clean),
            "status": self.status,
            "body": _readable(self.body, LARGEST_KEPT, clean),
            "answer": _readable(self.answer, LARGEST_KEPT, clean),
        }


class Client(NamedTuple):
    """The client of a websocket, once it has logged in."""

    user_name: str
    session_id: str


class Frame(Entry, kw_only=True):
    """A frame on a websocket.

    opening: the request that opened the websocket, for frames before the login.
    """

    kind = "frame"
    direction: Literal["in", "out"]
    client: Client | None
    text: str
    opening: object = None

    def shape(self, clean: Redactor) -> Json:
        event = _EVENT_NAME.match(self.text)
        actor, session_id = self.client or ("", "")
        if isinstance(self.opening, Exchange):
            actor = self.opening.actor
        return {
            **super().shape(clean),
            "actor": clean(actor),
            "session_id": session_id,
            "direction": self.direction,
            "event": clean(event[1]) if event else None,
            "body": _readable(self.text, LARGEST_KEPT, clean),
        }


class Try(Entry, kw_only=True):
    """One attempt to deliver a webhook."""

    kind = "webhook"
    application_id: str
    conversation_id: str
    event_type: str
    address: str
    attempt: int
    status: int | None
    seconds: float

    def shape(self, clean: Redactor) -> Json:
        return {
            **super().shape(clean),
            "seconds": self.seconds,
            "application_id": self.application_id,
            "conversation_id": self.conversation_id,
            "event": clean(self.event_type),
            "address": _readable(self.address, _LONGEST_ADDRESS, clean),
            "attempt": self.attempt,
            "status": self.status,
        }


def _readable(given: str | bytes, longest: int, clean: Redactor) -> str:
    """Return a text without its secrets; a text of the maximum length was cut."""
    text = given.decode(errors="replace") if isinstance(given, bytes) else given
    shown = clean(text)
    return shown[:-_SEAM] + _CUT if len(given) == longest else shown


def _user_agent(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"user-agent":
            return value[:_LONGEST_CLIENT]
    return b""


class Trace:
    """The most recent entries, in memory.

    strict: whether to reject oddities instead of noting them.
    secrets: values that are never shown.
    """

    def __init__(self, strict: bool, secrets: Iterable[str] = ()) -> None:
        self._strict = strict
        self._clean = Redactor(secrets)
        self._kept: deque[Entry] = deque(maxlen=KEPT)
        self._followers: set[asyncio.Event] = set()
        self._cleared = 0
        self._changes = 0
        self._closed = False
        self.last = 0

    def _keep(self, entry: Entry) -> None:
        self.last += 1
        entry.number = self.last
        self._kept.append(entry)
        if self._followers:
            self._tell()

    def _begin(self, scope: Scope) -> Exchange:
        entry = Exchange(
            strict=self._strict,
            method=scope.get("method", "GET"),  # A websocket's scope has no method.
            path=scope["path"][:_LONGEST_ADDRESS],
            query=scope["query_string"][:_LONGEST_ADDRESS],
            client=_user_agent(scope),
        )
        current.set(entry)
        return entry

    def _tell(self) -> None:
        for news in self._followers:
            news.set()

    def request(
        self, scope: Scope, receive: Receive, send: Send
    ) -> tuple[Receive, Send]:
        """Record a request, and return the functions to read and answer it with."""
        entry = self._begin(scope)
        if entry.path == "/_sandbox" or entry.path.startswith("/_sandbox/"):
            return receive, self._noting_change(entry.method, send)
        self._keep(entry)

        async def noted_receive() -> Message:
            message = await receive()
            part = message.get("body")
            if part and len(entry.body) < LARGEST_KEPT:
                entry.body = (entry.body + part)[:LARGEST_KEPT]
            return message

        async def noted_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            else:
                part = message.get("body")
                if part and len(entry.answer) < LARGEST_KEPT:
                    entry.answer = (entry.answer + part)[:LARGEST_KEPT]
                if not message.get("more_body"):
                    entry.end()
                    self._tell()
            await send(message)

        return noted_receive, noted_send

    def _noting_change(self, method: str, send: Send) -> Send:
        """Return a function to answer with that tells the followers about a change.

        Faults, clock and snapshots aren't in the trace, but the page shows them.
        """
        if method in ("GET", "HEAD"):
            return send

        async def noted_send(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._changes += 1
                self._tell()
            await send(message)

        return noted_send

    def upgrade(self, scope: Scope, send: Send) -> Send:
        """Record the request that opens a websocket; return the function to answer it.

        The websocket's frames are recorded elsewhere, where its user is known.
        """
        entry = self._begin(scope)
        self._keep(entry)
        answers = {"websocket.accept": 101, "websocket.close": 403}

        async def noted_send(message: Message) -> None:
            if entry.is_open:
                entry.status = answers.get(message["type"]) or message.get("status")
                entry.end()
                self._tell()
            await send(message)

        return noted_send

    def frame(
        self, direction: Literal["in", "out"], client: Client | None, frame: str
    ) -> None:
        """Record a frame.

        direction: ``in`` means from the client.
        client: the client; None before the login.
        frame: its text.
        """
        self._keep(
            Frame(
                direction=direction,
                client=client,
                text=frame[:LARGEST_KEPT],  # A short frame isn't copied.
                opening=None if client else current.get(),
            )
        )

    def webhook(
        self,
        *,
        application_id: str,
        conversation_id: str,
        event_type: str,
        address: str,
        attempt: int,
        outcome: int | str,
        seconds: float,
        given_up: bool,
    ) -> None:
        """Record one attempt to deliver a webhook.

        attempt: starts at 1; 0 if it was never tried.
        outcome: the status of the answer, or why there wasn't one.
        seconds: how long it took.
        given_up: whether this was the last try, and it failed.
        """
        entry = Try(
            at=time.time() - seconds,
            application_id=application_id,
            conversation_id=conversation_id,
            event_type=event_type,
            address=address[:_LONGEST_ADDRESS],
            attempt=attempt,
            status=outcome if isinstance(outcome, int) else None,
            seconds=seconds,
        )
        if isinstance(outcome, str):
            entry.add_note(outcome)
        if given_up:
            entry.add_note("given up")
        self._keep(entry)

    def entries(self, after: int = 0, limit: int = KEPT) -> Iterator[Json]:
        """Return the newest entries, in the order in which they began.

        Each one is formatted on demand, so other requests can be served in between.

        after: only return entries with a greater ``id``.
        limit: the maximum number of entries.
        """
        return self._shapes(self._after(max(after, self.last - limit)))

    def _shapes(self, entries: Iterable[Entry]) -> Iterator[Json]:
        return (entry.shape(self._clean) for entry in entries)

    def _after(self, number: int) -> list[Entry]:
        fresh = []
        for entry in reversed(self._kept):
            if entry.number <= number:
                break
            fresh.append(entry)
        return fresh[::-1]

    async def follow(self, back: int) -> AsyncIterator[Iterator[Json] | None]:
        """Yield entries when they're added, and again when they've been answered.

        Nothing waits for a slow reader, who misses whatever is dropped in the meantime.

        back: how many of the newest entries to begin with.

        Yields:
            Entries, each formatted on demand; none if only faults, clock or snapshots
            have changed. Or None, at the start and whenever the trace has been cleared.
        """
        news = asyncio.Event()
        self._followers.add(news)
        try:
            cleared, seen, waiting, changes = -1, 0, [], self._changes
            while not self._closed:
                news.clear()
                if cleared != self._cleared:
                    cleared, seen, waiting = self._cleared, self.last - back, []
                    yield None
                fresh = self._after(seen)[:_AT_ONCE]
                ended = [entry for entry in waiting if not entry.is_open]
                waiting = [e for e in (*waiting, *fresh) if e.is_open][-KEPT:]
                if fresh or ended or changes != self._changes:
                    changes = self._changes
                    seen = fresh[-1].number if fresh else seen
                    yield self._shapes((*ended, *fresh))
                else:
                    await news.wait()
                    await asyncio.sleep(_GATHERING)
        finally:
            self._followers.discard(news)

    def clear(self) -> None:
        """Remove all entries."""
        self._kept.clear()
        self._cleared += 1
        self._tell()

    def close(self) -> None:
        """End the streams of all readers, because the sandbox is shutting down."""
        self._closed = True
        self._tell()


class TracedApp:
    """An app whose requests are recorded.

    app: the app that answers them.
    trace: records them.
    """

    def __init__(self, app: ASGIApp, trace: Trace) -> None:
        self._app = app
        self._trace = trace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            send = self._trace.upgrade(scope, send)
        else:
            receive, send = self._trace.request(scope, receive, send)
        await self._app(scope, receive, send)
