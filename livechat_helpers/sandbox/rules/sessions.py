"""The rules of sessions: who owns them, and how long they can be absent.

A session outlives its websocket: after a lost connection, the SDK comes back with the
session's id. The session is only forgotten after it has been absent for too long.
Source: https://developer.vonage.com/en/vonage-client-sdk/overview
"""

import sqlite3

from ..http.errors import ApiError
from ..http.validation import Json
from ..storage.store import Transaction
from . import users
from .users import User

SESSION_LIFE = 15 * 60
"""How many seconds a session can be absent before it's forgotten."""


def alive(tx: Transaction) -> tuple[str, float]:
    """Return an SQL condition for sessions that still exist, and its value."""
    # `dropped` is NULL while the session is connected.
    oldest = tx.clock.seconds() - SESSION_LIFE
    return "(dropped IS NULL OR dropped >= ?)", oldest


def create(tx: Transaction, user: User) -> sqlite3.Row:
    """Store a new session for a user, and forget those absent for too long.

    It has no websocket yet: see :func:`connect`.

    Raises:
        ApiError: ``user:error:not-found`` if the user has been deleted in the meantime.
    """
    if users.by_id(tx, user.id) is None:
        raise ApiError("user:error:not-found")
    condition, oldest = alive(tx)
    tx.run(f"DELETE FROM sessions WHERE NOT {condition}", oldest)
    session_id = tx.ids.new("SES-")
    tx.run(
        "INSERT INTO sessions (id, application_id, user_id, dropped)"
        " VALUES (?, ?, ?, ?)",
        session_id,
        user.application_id,
        user.id,
        tx.clock.seconds(),
    )
    return find(tx, session_id, user)


def find(tx: Transaction, session_id: str, user: User) -> sqlite3.Row:
    """Return a user's session.

    Raises:
        ApiError: ``session:error:not-found``, including for another user's session.
    """
    condition, oldest = alive(tx)
    row = tx.one(
        f"SELECT * FROM sessions WHERE id = ? AND user_id = ? AND {condition}",
        session_id,
        user.id,
        oldest,
    )
    if row is None:
        raise ApiError("session:error:not-found")
    return row


def connect(
    tx: Transaction, session_id: str, websocket: str, acknowledges: bool | None
) -> sqlite3.Row:
    """Record that a session has a websocket, and return the session.

    websocket: identifies the websocket.
    acknowledges: whether its client acknowledges every event; None to keep the first
        value.
    """
    row = tx.one(
        "UPDATE sessions SET dropped = NULL, websocket = ?,"
        " acknowledges = coalesce(?, acknowledges) WHERE id = ? RETURNING *",
        websocket,
        acknowledges,
        session_id,
    )
    assert row is not None
    return row


def drop(tx: Transaction, session_id: str, websocket: str) -> None:
    """Record that a session has lost its websocket, unless it already has another."""
    tx.run(
        "UPDATE sessions SET dropped = ? WHERE id = ? AND websocket = ?",
        tx.clock.seconds(),
        session_id,
        websocket,
    )


def drop_all(tx: Transaction) -> None:
    """Record that no session has a websocket, because the state was replaced."""
    tx.run(
        "UPDATE sessions SET dropped = ?, websocket = NULL WHERE dropped IS NULL",
        tx.clock.seconds(),
    )


def touch(tx: Transaction, session_id: str) -> None:
    """Restart the time that an absent session is allowed."""
    tx.run(
        "UPDATE sessions SET dropped = ? WHERE id = ? AND dropped IS NOT NULL",
        tx.clock.seconds(),
        session_id,
    )


def forget(tx: Transaction, session_id: str) -> None:
    """Remove a session that has logged out."""
    tx.run("DELETE FROM sessions WHERE id = ?", session_id)


def shape(session: sqlite3.Row, user: User, api_key: str) -> Json:
    """Return a session in the API's format, without its links."""
    return {
        "id": session["id"],
        "_embedded": {"user": {"id": user.id, "name": user.name}, "api_key": api_key},
        "properties": {"ttl": SESSION_LIFE},
    }
