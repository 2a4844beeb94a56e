"""The paths under ``/_sandbox/trace``, and the live page at ``/_sandbox/``.

All of them ask for the account's key and secret. A browser asks whoever sits before
it, and then sends them on its own.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from ..http.account_auth import for_account
from ..http.routing import AnyRoute, Route
from ..http.validation import Json, refuse
from ..lab.trace_log import Trace
from ..storage.identity import Account

_HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_FILES = sorted(path.name for path in _HERE.iterdir() if path.suffix in _TYPES)
_SHOWN = 100  # entries, unless more are asked for
_BACK = 500  # entries the page begins with
_BACK_AFTER = 1000  # milliseconds; a page that has lost the stream asks for it again
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
}


def routes(account: Account, trace: Trace) -> list[AnyRoute]:
    """Return the paths of the trace and of its page.

    account: who may look at it.
    """

    async def entries(request: Request) -> Response:
        """Answer what happened: ``{"entries": [...], "last": N}``, the oldest first.

        ``after``: only entries with a greater ``id``. ``limit``: how many of the
        newest, 100 unless said. ``last`` is the ``id`` of the newest entry of all;
        whoever gives it as ``after`` gets what is new. Of a sandbox that was started
        again since, that is everything.

        Each entry has ``id``, ``kind``, ``at`` (when it began) and ``notes`` (what
        the sandbox found odd); secrets are ``[redacted]``. By kind it also has:

        ``request``: ``actor`` (a user's name, ``application``, ``account`` or
        ``nobody``), ``application_id``, ``method``, ``path``, ``query``, ``body``,
        ``answer``, ``status`` and ``seconds``; the last two are null until it is
        answered. A websocket is opened by a request, with the status 101.

        ``frame``: ``actor``; ``session_id``, which is empty before the login;
        ``direction`` (``in`` is from the client); ``event``, which is null where a
        frame carries none; and ``body``.

        ``webhook``: ``application_id``, ``conversation_id``, ``event``, ``address``,
        ``attempt`` from 1, ``status`` and ``seconds``; without an answer ``status``
        is null and a note says why.
        """
        after = _whole(request, "after", 0)
        limit = _whole(request, "limit", _SHOWN)
        found = trace.entries(after if after <= trace.last else 0, limit)
        return StreamingResponse(
            _answer(found, trace.last), 200, _HEADERS, "application/json"
        )

    async def clear(request: Request) -> Response:
        trace.clear()
        return Response(status_code=204)

    async def events(request: Request) -> Response:
        """Answer a stream of server-sent events that goes on until the sandbox ends.

        ``start`` comes first, and whenever everything was forgotten. ``entries``
        carries a list of entries: new ones, and known ones that were answered.
        """
        headers = {**_HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _messages(trace.follow(_BACK)), 200, headers, "text/event-stream"
        )

    async def page(request: Request) -> Response:
        if not request.scope["raw_path"].endswith(b"/"):
            # Its links are relative, so that it also works behind a proxy's prefix.
            return RedirectResponse("_sandbox/")
        return _file("index.html")

    async def file(request: Request) -> Response:
        return _file(request.url.path.rpartition("/")[2])

    answers = [
        ("GET", "/_sandbox", page),
        *(("GET", f"/_sandbox/{name}", file) for name in _FILES),
        ("GET", "/_sandbox/trace", entries),
        ("DELETE", "/_sandbox/trace", clear),
        ("GET", "/_sandbox/trace/events", events),
    ]
    return [
        Route(path, for_account(account, answer), methods=[method])
        for method, path, answer in answers
    ]


async def _answer(entries: Iterator[Json], last: int) -> AsyncIterator[str]:
    yield '{"entries": '
    async for piece in _written(entries):
        yield piece
    yield f', "last": {last}}}'


async def _messages(
    batches: AsyncIterator[Iterator[Json] | None],
) -> AsyncIterator[str]:
    yield f"retry: {_BACK_AFTER}\n\n"
    async for batch in batches:
        if batch is None:
            yield "event: start\ndata: null\n\n"
            continue
        yield "event: entries\ndata: "
        async for piece in _written(batch):
            yield piece
        yield "\n\n"


async def _written(entries: Iterator[Json]) -> AsyncIterator[str]:
    """Yield a JSON array in pieces, and let others be served between its items."""
    before = "["
    for entry in entries:
        yield before + json.dumps(entry)
        before = ", "
        await asyncio.sleep(0)
    yield "]" if before == ", " else "[]"


def _file(name: str) -> Response:
    path = _HERE / name
    kind = _TYPES.get(path.suffix, "text/html")
    return FileResponse(path, headers=_HEADERS, media_type=kind)


def _whole(request: Request, name: str, otherwise: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return otherwise
    if not (given.isascii() and given.isdecimal() and len(given) <= 15):
        refuse(name, "must be a number")
    return int(given)
