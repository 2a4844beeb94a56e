"""The calls on sessions."""

import sqlite3

from starlette.responses import Response

from ..delivery.live_sessions import LiveSessions
from ..http.paging import PAGING, read_page
from ..http.replies import reply
from ..http.validation import Json, refuse
from ..rules import sessions
from ..rules.users import User
from ..storage.store import Transaction
from .gate import Call, Paths, takes


def _own_session(call: Call, tx: Transaction) -> sqlite3.Row:
    user = call.user(tx, "me")
    return sessions.find(tx, call.path("session"), user)


class SessionCalls:
    """The calls on sessions.

    live: the connected sessions.
    api_key: the account's API key, which is part of an answer.
    """

    def __init__(self, live: LiveSessions, api_key: str) -> None:
        self._live = live
        self._api_key = api_key

    def paths(self) -> Paths:
        """Return the calls by path and method."""
        return {
            "/users/{user}/sessions": {"GET": self.list_sessions_of_user},
            "/sessions": {"POST": self.create_session},
            "/sessions/{session}": {"DELETE": self.delete_session},
            "/sessions/{session}/touch": {"POST": self.touch_session},
        }

    def _shape(self, call: Call, row: sqlite3.Row, user: User) -> Json:
        shape = sessions.shape(row, user, self._api_key)
        return {**shape, "_links": {"self": {"href": call.href("sessions", row["id"])}}}

    @takes(*PAGING)
    async def list_sessions_of_user(self, call: Call) -> Response:
        user = call.own_user(call.read, call.path("user"))
        condition, oldest = sessions.alive(call.read)
        page = read_page(
            call.read,
            call.request,
            table="(SELECT rowid AS position, * FROM sessions)",
            where=f"user_id = ? AND {condition}",
            values=[user.id, oldest],
        )
        items = [self._shape(call, row, user) for row in page.rows]
        return reply(
            {
                "page_size": page.size,
                "_embedded": {"sessions": items},
                "_links": page.links(call.request),
            }
        )

    async def create_session(self, call: Call) -> Response:
        """Open a session before its websocket, which then connects with its id."""
        user = call.user(call.read, "me")
        row = await call.write(lambda tx: sessions.create(tx, user))
        return reply(self._shape(call, row, user), 201)

    async def touch_session(self, call: Call) -> Response:
        await call.write(lambda tx: sessions.touch(tx, _own_session(call, tx)["id"]))
        return Response(status_code=204)

    async def delete_session(self, call: Call) -> Response:
        def operation(tx: Transaction) -> str:
            session_id = _own_session(call, tx)["id"]
            sessions.forget(tx, session_id)
            return session_id

        self._live.end_session(await call.write(operation))
        return Response(status_code=204)

    async def refresh_session(self, call: Call) -> Response:
        """Give a session a new token: ``refreshSession`` of the Client SDK."""
        if call.caller.user_name is None:
            refuse("sub", "must be in the token of a session")
        user = call.user(call.read, "me")
        self._live.refresh(call.path("session"), user, call.caller)
        return reply({"session_id": call.path("session")})
