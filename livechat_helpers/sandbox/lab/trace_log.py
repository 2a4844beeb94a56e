"""The trace: recent requests, frames and webhooks, with their secrets removed.

Every request passes here, and few are ever looked at. So an entry keeps what came as
it came; decoding it and taking out its secrets waits until somebody reads it.

Left out are the paths under ``/_sandbox``, which is where one looks from; what a
browser asks before it calls another host (CORS); and the pings of websockets.
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
"""Entries that are kept; older ones are forgotten."""
LARGEST_KEPT = 16 * 1024
"""Bytes of one body that are kept."""
MOST_NOTES = 20
"""Notes of one entry."""
_SEAM = 256  # characters at a cut, which may be the start of a secret
_LONGEST_NOTE = 200 + _SEAM
_LONGEST_ADDRESS = 2000 + _SEAM  # of a request or a webhook
_LONGEST_CLIENT = 300 + _SEAM  # of a User-Agent header
_CUT = "… [cut]"
_AT_ONCE = 50  # new entries that are told together to one follower
_GATHERING = 0.1  # seconds, in which what happens is told together
_EVENT_NAME = re.compile(r'42\d*\["((?:[^"\\]|\\.){1,200})"')


class Entry(Struct):
    """One thing that happened.

    strict: whether what is only noted otherwise is refused. notes: the first of them,
    cut. noted: how many there were. at: when it began, in epoch seconds. number: its
    place among all.
    """

    kind: ClassVar[str]
    strict: bool = False
    notes: tuple[str, ...] = ()
    noted: int = 0
    at: float = field(default_factory=time.time)
    number: int = 0

    @property
    def is_open(self) -> bool:
        """Whether more of it is to come."""
        return False

    def shape(self, clean: Redactor) -> Json:
        """Return what is shown of it.

        clean: takes the secrets out.
        """
        return {
            "id": self.number,
            "kind": self.kind,
            "at": written(datetime.fromtimestamp(self.at, UTC)),
            "notes": self._shown_notes(clean),
        }

    def add_note(self, text: str) -> None:
        """Keep a note, unless there are too many."""
        self.noted += 1
        if self.noted <= MOST_NOTES:
            self.notes += (text[:_LONGEST_NOTE],)

    def identify(self, actor: str, application_id: str | None) -> None:
        """Keep who sent it, where somebody did."""

    def _shown_notes(self, clean: Redactor) -> list[str]:
        shown = [_readable(text, _LONGEST_NOTE, clean) for text in self.notes]
        if self.noted > MOST_NOTES:
            shown[-1] = f"and {self.noted - MOST_NOTES + 1} more"
        return shown


class Exchange(Entry, kw_only=True):
    """A request and its answer.

    client: the program that sent it, as its User-Agent header says.
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
        """Note that it is answered."""
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
    """Whoever is at the other end of a websocket, once it is logged in."""

    user_name: str
    session_id: str


class Frame(Entry, kw_only=True):
    """A frame of a websocket.

    opening: the request that opened it, for a frame from before the login.
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
    """One try to deliver a webhook."""

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
    """Return a text without its secrets; one of the longest length was cut."""
    text = given.decode(errors="replace") if isinstance(given, bytes) else given
    shown = clean(text)
    return shown[:-_SEAM] + _CUT if len(given) == longest else shown


def _user_agent(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"user-agent":
            return value[:_LONGEST_CLIENT]
    return b""


class Trace:
    """The last things that happened, in memory.

    strict: whether what is only noted otherwise is refused. secrets: values that are
    never shown.
    """

    def __init__(self, strict: bool, secrets: Iterable[str] = ()) -> None:
        self._strict = strict
        self._clean = Redactor(secrets)
        self._kept: deque[Entry] = deque(maxlen=KEPT)
        self._followers: set[asyncio.Event] = set()
        self._cleared = 0
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
            method=scope.get("method", "GET"),  # a websocket's
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
        """Note a request, and return what to read it and answer it with."""
        entry = self._begin(scope)
        if entry.path == "/_sandbox" or entry.path.startswith("/_sandbox/"):
            return receive, send
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

    def upgrade(self, scope: Scope, send: Send) -> Send:
        """Note the request that opens a websocket, and return what to answer it with.

        Its frames are noted by whoever knows whose they are.
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
        """Note a frame; ``in`` is from the client, who is None before the login."""
        self._keep(
            Frame(
                direction=direction,
                client=client,
                text=frame[:LARGEST_KEPT],  # the frame itself when it is short
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
        """Note one try to deliver a webhook.

        attempt: from 1; 0 when it was never tried. outcome: the status of the answer,
        or why there isn't one. given_up: whether this was the last try, and failed.
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

        Each is shaped when it is asked for, so others can be served in between.

        after: only those with a greater ``id``. limit: how many at most.
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
        """Yield entries as they come, and again once they are answered.

        Whoever is slow misses what is forgotten meanwhile; nothing waits for it.

        back: how many of the newest entries to begin with.

        Yields:
            Entries, each shaped when it is asked for; or None, at the start and
            whenever all were forgotten.
        """
        news = asyncio.Event()
        self._followers.add(news)
        try:
            cleared, seen, waiting = -1, 0, []
            while not self._closed:
                news.clear()
                if cleared != self._cleared:
                    cleared, seen, waiting = self._cleared, self.last - back, []
                    yield None
                fresh = self._after(seen)[:_AT_ONCE]
                ended = [entry for entry in waiting if not entry.is_open]
                waiting = [e for e in (*waiting, *fresh) if e.is_open][-KEPT:]
                if fresh or ended:
                    seen = fresh[-1].number if fresh else seen
                    yield self._shapes((*ended, *fresh))
                else:
                    await news.wait()
                    await asyncio.sleep(_GATHERING)
        finally:
            self._followers.discard(news)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._cleared += 1
        self._tell()

    def close(self) -> None:
        """Let whoever follows go: the sandbox ends."""
        self._closed = True
        self._tell()


class TracedApp:
    """An app whose requests are noted.

    app: what answers them. trace: where they are noted.
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
