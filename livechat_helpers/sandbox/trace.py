"""What happened lately: requests, frames and webhooks, with their secrets removed.

Whoever handles a request can leave a note on its entry with :func:`note`, wherever it
is: that is how a tolerated oddity (an unknown key, a token of a thousand years)
reaches whoever looks.

Every request passes here, and few are ever looked at. So an entry keeps what came as
it came; decoding it and taking out its secrets waits until somebody reads it.

Left out are the paths under ``/_sandbox``, which is where one looks from; what a
browser asks before it calls another host (CORS); and the pings of websockets.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from msgspec import Struct, field
from starlette.types import Message, Receive, Scope, Send

from .clock import written
from .redaction import Redactor

Json = dict[str, Any]

KEPT = 2000
"""Entries that are kept; older ones are forgotten."""
LARGEST_KEPT = 16 * 1024
"""Bytes of one body that are kept."""
_SEAM = 256  # characters at a cut, which may be the start of a secret
_CUT = "… [cut]"
_AT_ONCE = 50  # entries that are shaped together for one follower
_GATHERING = 0.1  # seconds, in which what happens is told together
_EVENT_NAME = re.compile(r'42\d*\["((?:[^"\\]|\\.){1,200})"')


class Entry(Struct):
    """One thing that happened.

    strict: whether what is only noted otherwise is refused. at: when it began, in
    epoch seconds. number: its place among all.
    """

    kind: ClassVar[str]
    strict: bool = False
    notes: list[str] = []
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
            "notes": [clean(text) for text in self.notes],
        }


current: ContextVar[Entry | None] = ContextVar("current", default=None)


def note(text: str) -> None:
    """Leave a note on the request that is being answered."""
    entry = current.get()
    if entry is not None:
        entry.notes.append(text)


def identify(actor: str, application_id: str | None = None) -> None:
    """Say who sent the request that is being answered.

    actor: the name of a user, ``application`` or ``account``; whoever is not
        identified is ``nobody``.
    """
    entry = current.get()
    if isinstance(entry, Exchange):
        entry.actor = actor
        entry.application_id = application_id


class Exchange(Entry, kw_only=True):
    """A request and its answer."""

    kind = "request"
    method: str
    path: str
    query: bytes
    began: float = field(default_factory=time.perf_counter)
    actor: str = "nobody"
    application_id: str | None = None
    status: int | None = None
    seconds: float | None = None
    body: bytes = b""
    answer: bytes = b""

    @property
    def is_open(self) -> bool:
        return self.seconds is None

    def end(self) -> None:
        """Note that it is answered."""
        self.seconds = time.perf_counter() - self.began

    def shape(self, clean: Redactor) -> Json:
        return {
            **super().shape(clean),
            "seconds": self.seconds,
            "actor": clean(self.actor),
            "application_id": self.application_id,
            "method": self.method,
            "path": clean(self.path),
            "query": clean(self.query.decode(errors="replace")),
            "status": self.status,
            "body": self._text(self.body, clean),
            "answer": self._text(self.answer, clean),
        }

    @staticmethod
    def _text(raw: bytes, clean: Redactor) -> str:
        is_cut = len(raw) == LARGEST_KEPT
        return _readable(raw.decode(errors="replace"), is_cut, clean)


class Frame(Entry, kw_only=True):
    """A frame of a websocket.

    opening: the request that opened it, for a frame from before the login.
    """

    kind = "frame"
    direction: Literal["in", "out"]
    user_name: str
    session_id: str
    text: str
    opening: Entry | None = None

    def shape(self, clean: Redactor) -> Json:
        event = _EVENT_NAME.match(self.text)
        actor = self.user_name
        if isinstance(self.opening, Exchange):
            actor = self.opening.actor
        return {
            **super().shape(clean),
            "actor": clean(actor),
            "session_id": self.session_id,
            "direction": self.direction,
            "event": clean(event[1]) if event else None,
            "body": _readable(self.text, len(self.text) == LARGEST_KEPT, clean),
        }


class Try(Entry, kw_only=True):
    """One try to deliver a webhook."""

    kind = "webhook"
    application_id: str
    conversation_id: str | None
    event_type: str
    address: str
    attempt: int
    outcome: int | str
    seconds: float
    given_up: bool

    def shape(self, clean: Redactor) -> Json:
        status = self.outcome if isinstance(self.outcome, int) else None
        why = [clean(self.outcome)] if isinstance(self.outcome, str) else []
        if self.given_up:
            why.append("given up")
        return {
            **super().shape(clean),
            "notes": why,
            "seconds": self.seconds,
            "application_id": self.application_id,
            "conversation_id": self.conversation_id,
            "event": clean(self.event_type),
            "address": clean(self.address),
            "attempt": self.attempt,
            "status": status,
        }


def _readable(text: str, is_cut: bool, clean: Redactor) -> str:
    text = clean(text)
    return text[:-_SEAM] + _CUT if is_cut else text


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
        self._tell()

    def _begin(self, scope: Scope) -> Exchange:
        entry = Exchange(
            strict=self._strict,
            method=scope.get("method", "GET"),  # a websocket's
            path=scope["path"],
            query=scope["query_string"],
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
        self,
        direction: Literal["in", "out"],
        user_name: str,
        session_id: str,
        frame: str,
    ) -> None:
        """Note a frame of a session; ``in`` is from the client."""
        self._keep(
            Frame(
                direction=direction,
                user_name=user_name,
                session_id=session_id,
                text=frame[:LARGEST_KEPT],  # the frame itself when it is short
                opening=None if user_name else current.get(),
            )
        )

    def webhook(
        self,
        *,
        application_id: str,
        conversation_id: str | None,
        event_type: str,
        address: str,
        attempt: int,
        outcome: int | str,
        seconds: float,
        given_up: bool = False,
    ) -> None:
        """Note one try to deliver a webhook.

        attempt: from 1; 0 when it was never tried. outcome: the status of the answer,
        or why there is none. given_up: whether this was the last try, in vain.
        """
        self._keep(
            Try(
                at=time.time() - seconds,
                application_id=application_id,
                conversation_id=conversation_id,
                event_type=event_type,
                address=address,
                attempt=attempt,
                outcome=outcome,
                seconds=seconds,
                given_up=given_up,
            )
        )

    def entries(self, after: int = 0, limit: int = KEPT) -> list[Json]:
        """Return the newest entries, in the order in which they began.

        after: only those with a greater ``id``. limit: how many at most.
        """
        fresh = self._after(max(after, self.last - limit))
        return [entry.shape(self._clean) for entry in fresh]

    def _after(self, number: int) -> list[Entry]:
        fresh = []
        for entry in reversed(self._kept):
            if entry.number <= number:
                break
            fresh.append(entry)
        return fresh[::-1]

    async def follow(self, back: int) -> AsyncIterator[list[Json] | None]:
        """Yield entries as they come, and again once they are answered.

        Whoever is slow misses what is forgotten meanwhile; nothing waits for it.

        back: how many of the newest entries to begin with.

        Yields:
            Entries; or None, at the start and whenever all were forgotten.
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
                    yield [entry.shape(self._clean) for entry in (*ended, *fresh)]
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
