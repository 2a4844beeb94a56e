"""The websocket of the Client SDK: Engine.IO 4 and Socket.IO 5, websocket only.

The frames are few, and every one this module sends or reads is listed here:

    S> 0{"sid":...,"pingInterval":...}        the server opens
    C> 40                                     the client joins the default namespace
    S> 40{"sid":...}
    S> 42["session:success",{"body":...}]     or an error event: the login's answer
    S> 2        C> 3                          the server pings, the client answers
    S> 42["message",{"id":7,"cid":...}]       an event of a conversation
    C> 42["session:logout",{...}]   C> 41     the client leaves
    S> 41                                     the server ends the session for good

The token comes in the address, so no address may ever be logged.

A *session* outlives its connection: after a drop the SDK comes back with the same
session id and goes on. Events that it missed it reads from the event list; that is
why nothing is kept here for sessions that are away.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from . import users
from .auth import Caller
from .errors import ApiError
from .events import Event
from .store import Transaction, report
from .users import User
from .validation import Json

if TYPE_CHECKING:
    from .server import Sandbox

PING_INTERVAL = 25.0
"""Seconds between two pings of the server."""
PING_TIMEOUT = 20.0
"""Seconds a client has to answer a ping."""
SESSION_LIFE = 15 * 60
"""Seconds a session may be away before it is forgotten."""
LARGEST_FRAME = 1_000_000
"""Bytes of the largest frame a client may send."""
_WAITING_FRAMES = 1000  # for one reader; a slower one is dropped and reads the log
_CLOSING = 1.0  # seconds; a client that does not read takes no goodbye either
_LONGEST_TIMER = 10 * 24 * 3600.0


def _event_frame(name: str, payload: Json) -> str:
    return "42" + json.dumps([name, payload], separators=(",", ":"))


class Connection:
    """One open websocket of a session.

    Frames wait in a queue of their own, so a slow reader delays nobody else; when
    the queue is full the connection is dropped.
    """

    def __init__(self, websocket: WebSocket, session_id: str, user: User) -> None:
        self._websocket = websocket
        self._frames: asyncio.Queue[str | None] = asyncio.Queue(_WAITING_FRAMES)
        self._dropped = asyncio.Event()
        self._expiry: asyncio.TimerHandle | None = None
        self._heard = time.monotonic()
        self.session_id = session_id
        self.user = user
        self.logged_out = False

    def send(self, frame: str) -> None:
        """Queue a frame; drop the connection if its reader is too slow."""
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """Close without a word, as a lost network would: the SDK comes back."""
        self._dropped.set()

    async def until_dropped(self) -> None:
        """Wait until the connection is to close, whatever it is just sending."""
        await self._dropped.wait()

    def end(self) -> None:
        """Tell the client that its session is over, then close."""
        self.logged_out = True
        self.send("41")
        with suppress(asyncio.QueueFull):
            self._frames.put_nowait(None)  # close after the frames that wait

    def expire_at(self, expires: float) -> None:
        """End the session when its token does (epoch seconds)."""
        self.cancel_expiry()
        seconds = expires - time.time()
        if seconds < _LONGEST_TIMER:
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(max(0.0, seconds), self.end)

    def cancel_expiry(self) -> None:
        """Forget when the token ends."""
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    async def write(self) -> None:
        """Send what is queued, and pings, until the connection is to close."""
        next_ping = time.monotonic() + PING_INTERVAL
        while True:
            try:
                async with asyncio.timeout(next_ping - time.monotonic()):
                    frame = await self._frames.get()
            except TimeoutError:
                if time.monotonic() - self._heard > PING_INTERVAL + PING_TIMEOUT:
                    return
                frame = "2"
                next_ping = time.monotonic() + PING_INTERVAL
            if frame is None:
                return
            # Half-open: the other side takes no bytes and says nothing.
            async with asyncio.timeout(PING_TIMEOUT):
                await self._websocket.send_text(frame)

    async def read(self) -> None:
        """Read frames until the client leaves."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._heard = time.monotonic()
            frame = message.get("text") or ""
            if frame.startswith("42") and _event_name(frame) == "session:logout":
                self.logged_out = True
                self.send(_event_frame("session:logged-out", {"body": {}}))
            elif frame in ("1", "41"):
                return
            elif frame.startswith("2") and not frame.startswith("20"):
                self.send("3" + frame[1:64])


def _event_name(frame: str) -> str | None:
    """Return the name of an event frame, with or without an ack id; None if broken."""
    try:
        event = json.loads(frame[2:].lstrip("0123456789"))
    except (ValueError, RecursionError):
        return None
    named = isinstance(event, list) and event and isinstance(event[0], str)
    return event[0] if named else None


class Realtime:
    """Every session of the sandbox, and the events on their way to them.

    sandbox: where users, tokens and stored sessions are.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._by_user: dict[str, set[Connection]] = {}
        self._by_session: dict[str, Connection] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the paths of the websocket and of what the SDK measures."""
        return [
            WebSocketRoute("/v2/rtc", self._serve),
            WebSocketRoute("/v2/rtc/", self._serve),
            Route("/v2/rtc/metrics", _take_metrics, methods=["POST"]),
        ]

    @property
    def open_connections(self) -> int:
        """How many websockets are logged in now."""
        return len(self._by_session)

    def publish(self, events: Iterable[Event]) -> None:
        """Hand each event to every session of its recipients, the sender's too."""
        for event in events:
            frame = None
            for user_id in event.recipients:
                for connection in self._by_user.get(user_id, ()):
                    frame = frame or _event_frame(event.type, event.frame())
                    connection.send(frame)

    def end_sessions(self, of: Callable[[User], bool]) -> None:
        """End the sessions of users who were deleted.

        of: says of a user whether it is one of them.
        """
        for connection in list(self._by_session.values()):
            if of(connection.user):
                connection.end()

    async def refresh(self, session_id: str, user: User, caller: Caller) -> None:
        """Let a session live as long as its new token does.

        Raises:
            ApiError: ``session:error:not-found``, also for another user's session.
        """
        connection = self._by_session.get(session_id)
        if connection is not None and connection.user.id == user.id:
            connection.expire_at(caller.expires)
        elif not _is_resumable(self._sandbox.store.read, session_id, user):
            raise ApiError("session:error:not-found")

    async def _serve(self, websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            with suppress(WebSocketDisconnect, RuntimeError, TimeoutError, OSError):
                await self._open(websocket)
        except sqlite3.Error as error:
            report(error)
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError, OSError):
            async with asyncio.timeout(_CLOSING):
                await websocket.close()

    async def _open(self, websocket: WebSocket) -> None:
        opening = {
            "sid": uuid4().hex,
            "upgrades": [],
            "pingInterval": int(PING_INTERVAL * 1000),
            "pingTimeout": int(PING_TIMEOUT * 1000),
            "maxPayload": LARGEST_FRAME,
        }
        await websocket.send_text("0" + json.dumps(opening))
        async with asyncio.timeout(PING_TIMEOUT):
            message = await websocket.receive()
        if not (message.get("text") or "").startswith("40"):
            return
        await websocket.send_text("40" + json.dumps({"sid": uuid4().hex}))
        try:
            connection, caller = await self._log_in(websocket)
        except ApiError as error:
            await websocket.send_text(self._refusal(websocket, error))
            # The SDK leaves on its own when it has read the refusal.
            async with asyncio.timeout(PING_TIMEOUT):
                await websocket.receive()
            return
        await self._run(connection, caller)

    @staticmethod
    def _refusal(websocket: WebSocket, error: ApiError) -> str:
        """Return the frame that refuses a login.

        A first login hears the reason. A reconnecting SDK hears nothing but `41`:
        to any other answer it goes deaf without telling its page.
        """
        reconnecting = "session_version" not in websocket.query_params
        if reconnecting and "session_id" in websocket.query_params:
            return "41"
        name = error.code
        if name == "user:error:not-found":
            name = "user:error:invalid-user"
        elif name == "session:error:not-found":
            name = "session:error:invalid"
        return _event_frame(name, {"body": error.body()})

    async def _log_in(self, websocket: WebSocket) -> tuple[Connection, Caller]:
        """Return the connection of a new session, or of one that comes back.

        Raises:
            ApiError: the token, its user, its ACL or the session id is not good.
        """
        caller = self._sandbox.tokens.verify(websocket.query_params.get("token", ""))
        if caller.user_name is None:
            raise ApiError("user:error:not-found")
        caller.require("POST", "/v0.3/sessions")
        store = self._sandbox.store
        user = users.find(store.read, caller.application_id, caller.user_name)
        session_id = websocket.query_params.get("session_id")

        def operation(tx: Transaction) -> str:
            tx.run(
                "DELETE FROM sessions WHERE dropped < ?",
                tx.clock.seconds() - SESSION_LIFE,
            )
            if session_id:
                if not _is_resumable(tx, session_id, user):
                    raise ApiError("session:error:not-found")
                tx.run("UPDATE sessions SET dropped = NULL WHERE id = ?", session_id)
                return session_id
            new_id = tx.ids.new("SES-")
            tx.run(
                "INSERT INTO sessions (id, application_id, user_id) VALUES (?, ?, ?)",
                new_id,
                user.application_id,
                user.id,
            )
            return new_id

        return Connection(websocket, await store.write(operation), user), caller

    async def _run(self, connection: Connection, caller: Caller) -> None:
        replaced = self._by_session.get(connection.session_id)
        if replaced is not None:
            self._remove(replaced)
            replaced.drop()
        user = connection.user
        connection.send(
            _event_frame(
                "session:success",
                {
                    "body": {
                        "id": connection.session_id,
                        "user_id": user.id,
                        "name": user.name,
                        "api_key": self._sandbox.account.api_key,
                    }
                },
            )
        )
        self._by_session[connection.session_id] = connection
        self._by_user.setdefault(user.id, set()).add(connection)
        connection.expire_at(caller.expires)
        tasks = [
            asyncio.create_task(part)
            for part in (
                connection.read(),
                connection.write(),
                connection.until_dropped(),
            )
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._by_session.get(connection.session_id) is connection:
                self._remove(connection)
                await self._keep(connection)

    def _remove(self, connection: Connection) -> None:
        connection.cancel_expiry()
        self._by_session.pop(connection.session_id, None)
        of_user = self._by_user.get(connection.user.id, set())
        of_user.discard(connection)
        if not of_user:
            self._by_user.pop(connection.user.id, None)

    async def _keep(self, connection: Connection) -> None:
        """Note when a session was dropped, or forget one that logged out."""

        def operation(tx: Transaction) -> None:
            if connection.logged_out:
                tx.run("DELETE FROM sessions WHERE id = ?", connection.session_id)
            else:
                tx.run(
                    "UPDATE sessions SET dropped = ? WHERE id = ?",
                    tx.clock.seconds(),
                    connection.session_id,
                )

        await self._sandbox.store.write(operation)


def _is_resumable(tx: Transaction, session_id: str, user: User) -> bool:
    # `dropped` is NULL for a session that was connected when the sandbox was killed.
    row = tx.one(
        "SELECT 1 FROM sessions WHERE id = ? AND user_id = ?"
        " AND (dropped IS NULL OR dropped >= ?)",
        session_id,
        user.id,
        tx.clock.seconds() - SESSION_LIFE,
    )
    return row is not None


async def _take_metrics(request: Request) -> Response:
    """Answer the SDK's report on how long it took to come back."""
    return JSONResponse({})
