"""The room over HTTP: learners join and report, and a page shows the room.

Learners need the code, and the page needs the key, so learners can't see each other.
"""

import asyncio
import json
import re
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from livechat_helpers.classroom.mistakes import without_details
from livechat_helpers.lessons.wording import words_of

from .store import Full, Json, Report, Store

RECENT = 15 * 60.0
"""How many seconds a mistake counts as current."""

_FOLDER = Path(__file__).parent
_PAGE = {
    "": ("page.html", "text/html"),
    "page.js": ("page.js", "text/javascript"),
    "page.css": ("page.css", "text/css"),
}
_LARGEST = 2000  # bytes in a report
_LONGEST_NAME = 40
_JOINERS = "\u200c\u200d"
_BEAT = 0.3  # the minimum seconds between two updates of the page
_HEARTBEAT = 15.0  # the maximum seconds of silence
_DAY = 24 * 3600  # seconds that a browser can watch
_COOKIE = "livechat_room"
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Refused(Exception):
    """A call can't be carried out.

    status: the HTTP status of the answer.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Room:
    """The calls of one room.

    store: the room's learners.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changed = asyncio.Event()
        self._version = 0
        self._made: tuple[int, str] = (-1, "")
        self._ending = False
        self._path = ""

    def app(self, prefix: str = "/") -> Starlette:
        """Return the room as an app.

        prefix: the path below which it's served, for example as a JupyterHub service.
        """
        routes = [
            *(Route(f"/{path}", self._file, name=path or "page") for path in _PAGE),
            Route("/health", self._health),
            Route("/api/join", self._join, methods=["POST"]),
            Route("/api/report", self._report, methods=["POST"]),
            Route("/api/leave", self._leave, methods=["POST"]),
            Route("/api/open", self._open, methods=["POST"]),
            Route("/api/view", self._view),
        ]
        self._path = prefix.rstrip("/")
        if self._path:
            routes = [Mount(self._path, routes=routes)]
        errors = {Refused: _refusal, sqlite3.Error: _refusal}
        return Starlette(routes=routes, exception_handlers=errors)

    def stop(self) -> None:
        """End the answers that would otherwise go on forever."""
        self._ending = True
        self._wake()

    def state(self) -> Json:
        """Return everything that the page shows."""
        return {
            "code": self._store.code,
            "at": time.time(),
            "learners": self._store.learners(),
            "mistakes": [
                {**one, "says": _says(one["exercise"], one["mistake"])}
                for one in self._store.mistakes(RECENT)
            ],
            "exercises": sorted(self._store.exercises(), key=_number),
        }

    # The learners' calls

    async def _join(self, request: Request) -> Response:
        given = await _body(request)
        code = re.sub(r"[\s-]", "", str(given.get("code", ""))).upper()
        if not _is_same(code, self._store.code):
            why = "That isn't this room's code. Compare it with your instructor's."
            raise Refused(403, why)
        name = _line(given.get("name"))
        if not 0 < len(name) <= _LONGEST_NAME:
            raise Refused(400, f"Choose a name of 1 to {_LONGEST_NAME} letters.")
        token = _token(request)
        try:
            if not self._store.knows(token, name):
                token = self._store.join(name)
        except Full:
            raise Refused(409, "The room is full.") from None
        self._wake()
        return JSONResponse({"token": token, "name": name}, 201, _HEADERS)

    async def _report(self, request: Request) -> Response:
        learner, given = self._learner(request), await _body(request)
        notebook = given.get("notebook")
        if not isinstance(notebook, int) or not 0 <= notebook < 100:
            raise Refused(400, "Which notebook?")
        words = [_line(given.get(one))[:60] for one in ("exercise", "state", "mistake")]
        self._store.note(learner, Report(notebook, *words))
        self._wake()
        return Response(status_code=204, headers=_HEADERS)

    async def _leave(self, request: Request) -> Response:
        self._store.leave(self._learner(request))
        self._wake()
        return Response(status_code=204, headers=_HEADERS)

    def _learner(self, request: Request) -> int:
        learner = self._store.who(_token(request))
        if learner is None:
            raise Refused(401, "Join the room first.")
        return learner

    # The page's calls

    async def _file(self, request: Request) -> Response:
        name, kind = _PAGE[request.url.path.rpartition("/")[2]]
        return Response((_FOLDER / name).read_bytes(), 200, _HEADERS, kind)

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def _open(self, request: Request) -> Response:
        given = await _body(request)
        self._check_key(str(given.get("key", "")))
        answer = Response(status_code=204, headers=_HEADERS)
        answer.set_cookie(
            _COOKIE,
            self._store.key,
            max_age=_DAY,
            path=f"{self._path}/",
            httponly=True,
            samesite="strict",
        )
        return answer

    def _check_key(self, key: str) -> None:
        if not _is_same(key, self._store.key):
            raise Refused(403, "Open the link that the command printed.")

    async def _view(self, request: Request) -> Response:
        self._check_key(request.cookies.get(_COOKIE, ""))
        return StreamingResponse(
            self._follow(), headers=_HEADERS, media_type="text/event-stream"
        )

    async def _follow(self) -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        shown = -1
        while not self._ending:
            changed = self._changed
            if shown == self._version:
                try:
                    async with asyncio.timeout(_HEARTBEAT):
                        await changed.wait()
                except TimeoutError:
                    yield ": still here\n\n"
                continue
            shown = self._version
            yield f"data: {self._text()}\n\n"
            await asyncio.sleep(_BEAT)  # Combine the reports of a whole class.

    def _text(self) -> str:
        """Return the state as JSON, which is only generated once for all pages."""
        if self._made[0] != self._version:
            self._made = (self._version, json.dumps(self.state()))
        return self._made[1]

    def _wake(self) -> None:
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()


def _is_same(given: str, secret: str) -> bool:
    """Compare a text with a secret, in a time that doesn't depend on the text."""
    return secrets.compare_digest(given.encode(errors="replace"), secret.encode())


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


async def _body(request: Request) -> Json:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _LARGEST:
        raise Refused(413, "That's too long.")
    try:
        given: Any = json.loads(await request.body())
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refused(400, "Send JSON.")
    return given


def _line(given: object) -> str:
    """Return a text without anything that can't be shown or stored.

    Joiners stay, because emoji and several scripts need them.
    """
    text = "" if given is None else str(given)
    kept = (letter for letter in text if letter.isprintable() or letter in _JOINERS)
    return "".join(kept).strip()


async def _refusal(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, Refused) else 500
    return JSONResponse({"detail": str(error)}, status, _HEADERS)


def _number(exercise: Json) -> tuple[int, ...]:
    parts = exercise["exercise"].split(".")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts)


def _says(exercise: str, mistake: str) -> str:
    """Return the check's message about a mistake."""
    number = exercise.partition(".")[0]
    try:
        found = words_of(int(number)).exercises[exercise].mistakes[mistake]
    except (OSError, ValueError, KeyError):
        return ""
    return without_details(found)
