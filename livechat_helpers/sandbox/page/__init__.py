"""The paths under ``/_sandbox/trace``, and the live page at ``/_sandbox/``.

All of them require the account's key and secret. A browser asks its user for them once,
and then sends them automatically.
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
_SHOWN = 100  # the default number of entries
_BACK = 500  # the number of earlier entries that the page starts with
_BACK_AFTER = 1000  # milliseconds until a page reconnects a lost stream
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

    account: the account whose credentials are required.
    trace: the trace to show.
    """

    async def entries(request: Request) -> Response:
        """Return the trace: ``{"entries": [...], "last": N}``, oldest entry first.

        ``after``: only return entries with a greater ``id``. ``limit``: how many of the
        newest entries to return, 100 by default. ``last`` is the ``id`` of the newest
        entry; pass it as ``after`` to get only new entries. If the sandbox has been
        restarted since, you get them all.

        Each entry has ``id``, ``kind``, ``at`` (when it began) and ``notes`` (what the
        sandbox found odd). Secrets are ``[redacted]``. Depending on its kind, it also
        has:

        ``request``: ``actor`` (a user's name, ``application``, ``account`` or
        ``nobody``), ``application_id``, ``method``, ``path``, ``query``, ``body``,
        ``answer``, ``status`` and ``seconds``. The last two are null until it's
        answered. A request that opens a websocket has the status 101.

        ``frame``: ``actor``; ``session_id``, which is empty before the login;
        ``direction`` (``in`` means from the client); ``event``, which is null if the
        frame doesn't contain one; and ``body``.

        ``webhook``: ``application_id``, ``conversation_id``, ``event``, ``address``,
        ``attempt`` (starting at 1), ``status`` and ``seconds``. If there's no answer,
        ``status`` is null and a note says why.
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
        """Return a stream of server-sent events that lasts until the sandbox ends.

        It begins with ``start``, which is repeated whenever the trace is cleared.
        ``entries`` contains a list of entries: new ones, and known ones that have been
        answered. It's empty if only faults, clock or snapshots have changed.
        """
        headers = {**_HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(
            _messages(trace.follow(_BACK)), 200, headers, "text/event-stream"
        )

    async def page(request: Request) -> Response:
        if not request.scope["raw_path"].endswith(b"/"):
            # Its links are relative, so it also works behind a proxy with a prefix.
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
    """Yield a JSON array in pieces; other requests can be served between its items."""
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
