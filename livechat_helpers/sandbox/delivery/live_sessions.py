"""The sessions of the Client SDKs: login, events, lost connections, the end.

Both generations connect here. The ``EIO`` in the address says which one it is:
client-sdk 2 and nexmo-client 9 use version 4 and send the token in the address;
nexmo-client 6 uses version 3 and sends the token in a frame. An address can contain a
token, so it must never be logged.

A *session* outlives its websocket: after a lost connection, the SDK returns with the
same session id and continues. No event is sent to a session twice; the client reads
missed events from the event list. Only invitations are kept for absent sessions,
because a page can't read the list of a conversation that it doesn't know; the SDKs call
them pending events. An acknowledgement only shows that the client is still there.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from ..http.auth import Caller, Tokens
from ..http.errors import ApiError
from ..http.routing import AnyRoute, Route, WebsocketRoute
from ..http.validation import Json
from ..lab.active_faults import Fault, Faults
from ..lab.trace_log import Client, Trace
from ..rules import sessions, users
from ..rules.events import Event
from ..rules.users import User
from ..storage.clock import Clock
from ..storage.store import Store, Transaction, report
from . import frames
from .websocket import Socket

_PATHS = ("/rtc", "/v2/rtc")
_MOST_PENDING = 100  # invitations kept for one absent session
_EVENT_NAMES = {
    "user:error:not-found": "user:error:invalid-user",
    "session:error:not-found": "session:error:invalid",
}  # errors that have a different name on the websocket than in REST


@dataclass(eq=False, slots=True)
class Connection:
    """A connected session.

    session_id: the session's id.
    user: the session's user.
    socket: its websocket.
    expires: when its token expires, in seconds since 1970.
    acknowledges: whether its client acknowledges every event.
    timer: ends the session with its token.
    """

    session_id: str
    user: User
    socket: Socket
    expires: float
    acknowledges: bool
    timer: asyncio.TimerHandle | None = None
    _events: int = 0

    def send(self, frame: str) -> None:
        """Send the frame of an event."""
        if self.acknowledges:
            frame = frames.to_acknowledge(frame, self._events)
            self._events += 1
        self.socket.send(frame)

    def stop_timer(self) -> None:
        """Cancel the timer for the token's expiry."""
        if self.timer is not None:
            self.timer.cancel()


@dataclass(frozen=True)
class _Away:
    """An absent session, and the invitations that it missed.

    user_id: the session's user.
    since: when it lost its connection, in seconds since 1970.
    """

    user_id: str
    since: float
    invitations: deque[Json] = field(
        default_factory=lambda: deque(maxlen=_MOST_PENDING)
    )


class LiveSessions:
    """Every session of the sandbox, and the events on their way to them.

    store: where users and sessions are stored.
    tokens: verifies the sessions' tokens.
    clock: the sandbox's clock.
    trace: records the frames.
    faults: what's made to go wrong on purpose.
    api_key: the account's API key, which a login's answer contains.
    """

    def __init__(
        self,
        store: Store,
        tokens: Tokens,
        clock: Clock,
        trace: Trace,
        faults: Faults,
        api_key: str,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._clock = clock
        self._trace = trace
        self._faults = faults
        self._api_key = api_key
        faults.when("drop_sockets", self._drop_sockets)
        faults.when("half_open", self._half_open)
        faults.when(
            "expire_tokens", lambda fault: self.end_sessions(fault.concerns_user)
        )
        self._by_user: dict[str, set[Connection]] = {}
        self._by_session: dict[str, Connection] = {}
        self._by_socket: dict[Socket, Connection] = {}
        self._away: dict[str, _Away] = {}
        self._requests: dict[str, Callable[[Socket, Json], Awaitable[tuple[str, Json]]]]
        self._requests = {
            "session:login": self._take_login,
            "session:update-token": self._take_token,
            "session:logout": self._take_logout,
        }

    def routes(self) -> list[AnyRoute]:
        """Return the paths of the websocket and of the SDKs' metrics."""
        return [
            *(WebsocketRoute(path, self._serve) for path in _PATHS),
            Route("/v2/rtc/metrics", _take_metrics, methods=["POST"]),
        ]

    @property
    def open_connections(self) -> int:
        """How many websockets are logged in."""
        return len(self._by_session)

    # Events

    def publish(self, events: Iterable[Event]) -> None:
        """Send each event to every session of its recipients, even the sender's."""
        faults = self._faults
        for event in events:
            if event.type == "member:invited":
                self._keep_for_who_is_away(event)
            connections = [
                connection
                for user_id in event.recipients
                for connection in self._by_user.get(user_id, ())
            ]
            frame = frames.event(event.type, event.frame()) if connections else ""
            for connection in connections:
                if not faults.active:
                    connection.send(frame)
                    continue
                for instead in faults.frames(connection, event, frame):
                    connection.send(instead)

    def _keep_for_who_is_away(self, event: Event) -> None:
        for away in self._away.values():
            if away.user_id == event.body["user"]["id"]:
                away.invitations.append({"type": event.type, **event.frame()})

    # What others do to sessions

    def end_sessions(self, of: Callable[[User], bool]) -> None:
        """End the sessions of some users as if their tokens had expired.

        of: returns whether a user is one of them.
        """
        for connection in self._of(of):
            self._end(connection)

    def forget(self) -> None:
        """End every session and forget absent ones; the state has been replaced."""
        self.end_sessions(lambda user: True)
        self._away.clear()

    def end_session(self, session_id: str) -> None:
        """End a session if it has a websocket."""
        connection = self._by_session.get(session_id)
        if connection is not None:
            self._end(connection)

    def _drop_sockets(self, fault: Fault) -> None:
        """Close websockets without a goodbye; their sessions continue."""
        dropped = self._of(fault.concerns_user)
        for connection in dropped:
            connection.socket.drop()
        fault.met = len(dropped)

    def _half_open(self, fault: Fault) -> Callable[[], object]:
        """Make websockets half-open, and return a function that reopens them.

        This only affects the current websockets: a client that gives up a half-open one
        gets a good one next.
        """
        held = self._of(fault.concerns_user)
        for connection in held:
            connection.socket.hold()
        fault.met = len(held)

        def release() -> None:
            for connection in held:
                connection.socket.release()

        return release

    def check_expiry(self) -> None:
        """End sessions whose tokens have expired, because the clock was changed."""
        for connection in self._of(lambda _: True):
            self._check_expiry(connection)

    def refresh(self, session_id: str, user: User, caller: Caller) -> None:
        """Extend a session to the lifetime of its new token.

        Raises:
            ApiError: ``session:error:not-found``, including for another user's session.
        """
        connection = self._by_session.get(session_id)
        if connection is not None and connection.user.id == user.id:
            connection.expires = caller.expires
            self._check_expiry(connection)
        else:
            sessions.find(self._store.read, session_id, user)

    def _of(self, of: Callable[[User], bool]) -> list[Connection]:
        return [each for each in self._by_session.values() if of(each.user)]

    def _end(self, connection: Connection) -> None:
        """Disconnect a client; it can come back unless its session has been deleted."""
        self._remove(connection)
        connection.socket.end()

    def _check_expiry(self, connection: Connection) -> None:
        connection.stop_timer()
        seconds = connection.expires - self._clock.seconds()
        if seconds <= 0:
            self._end(connection)
            return
        connection.timer = asyncio.get_running_loop().call_later(
            seconds, self._check_expiry, connection
        )

    # One websocket

    async def _serve(self, websocket: WebSocket) -> None:
        with suppress(WebSocketDisconnect):
            await websocket.accept()
            socket = Socket(websocket, self._trace)
            try:
                try:
                    await self._talk(socket)
                finally:
                    await self._leave(socket)
            except sqlite3.Error as error:
                report(error)
            finally:
                await socket.close()

    async def _talk(self, socket: Socket) -> None:
        """Open a websocket and answer its client until either side ends it."""
        socket.open()
        if socket.is_version_3:
            socket.send(frames.JOIN)
        else:
            if not (await self._receive(socket) or "").startswith(frames.JOIN):
                return
            socket.send(frames.joined(socket.sid))
        if not socket.is_version_3 or "token" in socket.query:
            await self._log_in_by_address(socket)
        while (frame := await self._receive(socket)) is not None:
            if frame in (frames.CLOSE, frames.LEAVE):
                return
            request = frames.read_request(frame)
            if request is not None:
                await self._answer(socket, request)

    @staticmethod
    async def _receive(socket: Socket) -> str | None:
        """Return the next frame, after rejecting any requests for other namespaces."""
        while (frame := await socket.receive()) is not None:
            refused = frames.refused_namespace(frame, socket.is_version_3)
            if refused is None:
                return frame
            socket.send(refused)
        return None

    async def _log_in_by_address(self, socket: Socket) -> None:
        query = socket.query
        session_id = query.get("session_id")
        try:
            payload = await self._log_in(socket, query.get("token"), session_id)
            socket.send(frames.event("session:success", payload))
        except ApiError as error:
            if session_id and "session_version" not in query:
                # The client is reconnecting. After any other answer, an SDK would go
                # silent without telling its page.
                socket.end()
            else:
                socket.send(frames.event(*_refusal(error)))

    async def _answer(self, socket: Socket, request: frames.Request) -> None:
        answer = self._requests.get(request.name)
        try:
            if answer is None:
                raise ApiError("system:error:invalid-event")
            name, payload = await answer(socket, request.body)
        except ApiError as error:
            name, payload = _refusal(error)
        socket.send(frames.event(name, {"rid": request.tid, **payload}))

    async def _take_login(self, socket: Socket, body: Json) -> tuple[str, Json]:
        await self._leave(socket)
        return "session:success", await self._log_in(socket, body.get("token"), None)

    async def _take_token(self, socket: Socket, body: Json) -> tuple[str, Json]:
        connection = self._by_socket.get(socket)
        caller, user = self._verify(body.get("token"))
        if connection is None:
            raise ApiError("session:error:not-found")
        self.refresh(connection.session_id, user, caller)
        return "session:update-token:success", {"body": {}}

    async def _take_logout(self, socket: Socket, _: Json) -> tuple[str, Json]:
        connection = self._by_socket.pop(socket, None)
        if connection is None:
            raise ApiError("session:error:not-found")
        session_id = connection.session_id
        self._remove(connection)
        self._away.pop(session_id, None)
        await self._store.write(lambda tx: sessions.forget(tx, session_id))
        return "session:logged-out", {"body": {}}

    # Coming and going

    def _verify(self, token: object) -> tuple[Caller, User]:
        """Return the caller and the user of a token for a session.

        Raises:
            ApiError: the token, its user or its ACL isn't valid.
        """
        if not isinstance(token, str):
            raise ApiError("system:error:invalid-token")
        caller = self._tokens.verify(token)
        if caller.user_name is None:
            raise ApiError("user:error:not-found")
        caller.require("POST", "/v0.3/sessions")
        read = self._store.read
        return caller, users.by_name(read, caller.application_id, caller.user_name)

    async def _log_in(
        self, socket: Socket, token: object, session_id: str | None
    ) -> Json:
        """Log a websocket in to a new session, or to the one that it returns to.

        Raises:
            ApiError: the token, its user, its ACL or the session id isn't valid.
        """
        caller, user = self._verify(token)
        acknowledges = None  # An SDK that reconnects doesn't repeat this setting.
        if "acknowledge_events" in socket.query:
            acknowledges = socket.query["acknowledge_events"] == "true"

        def operation(tx: Transaction) -> sqlite3.Row:
            if session_id:
                found = sessions.find(tx, session_id, user)
            else:
                found = sessions.create(tx, user)
            return sessions.connect(tx, found["id"], socket.sid, acknowledges)

        row = await self._store.write(operation)
        replaced = self._by_session.get(row["id"])
        if replaced is not None:
            self._remove(replaced)
            replaced.socket.drop()
        connection = Connection(
            row["id"], user, socket, caller.expires, bool(row["acknowledges"])
        )
        return self._greet(connection)

    def _greet(self, connection: Connection) -> Json:
        user, socket = connection.user, connection.socket
        socket.client = Client(user.name, connection.session_id)
        self._by_session[connection.session_id] = connection
        self._by_socket[socket] = connection
        self._by_user.setdefault(user.id, set()).add(connection)
        self._check_expiry(connection)
        body: Json = {
            "id": connection.session_id,
            "user_id": user.id,
            "name": user.name,
            "api_key": self._api_key,
        }
        away = self._away.pop(connection.session_id, None)
        if away is not None and away.invitations:
            body["pending_events"] = list(away.invitations)
        return {"body": body}

    def _remove(self, connection: Connection) -> None:
        """Stop sending events to a session, and remember it as absent."""
        if self._by_session.get(connection.session_id) is not connection:
            return
        connection.stop_timer()
        del self._by_session[connection.session_id]
        of_user = self._by_user[connection.user.id]
        of_user.discard(connection)
        if not of_user:
            del self._by_user[connection.user.id]
        now = self._clock.seconds()
        self._away[connection.session_id] = _Away(connection.user.id, now)
        oldest = next(iter(self._away))  # They're ordered by the time they left.
        if self._away[oldest].since < now - sessions.SESSION_LIFE:
            del self._away[oldest]

    async def _leave(self, socket: Socket) -> None:
        """Detach a websocket from its session, if any, which continues without it."""
        connection = self._by_socket.pop(socket, None)
        if connection is None:
            return
        self._remove(connection)

        await self._store.write(
            lambda tx: sessions.drop(tx, connection.session_id, socket.sid)
        )


def _refusal(error: ApiError) -> tuple[str, Json]:
    """Return the name and payload of the event that rejects a request."""
    return _EVENT_NAMES.get(error.code, error.code), {"body": error.body()}


async def _take_metrics(request: Request) -> Response:
    """Accept an SDK's report on how long it took to reconnect."""
    return JSONResponse({})
