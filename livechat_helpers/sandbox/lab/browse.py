"""Browse the sandbox: applications, users, conversations and their events.

It reads the file directly, for callers with the account's key. They don't need a token,
and don't show up in the trace.
"""

import sqlite3
from typing import Any

from ..rules import sessions
from ..storage.json_text import read
from ..storage.store import Transaction

Json = dict[str, Any]

MOST = 100
"""The number of items in a list; to find others, search for them."""
MOST_EVENTS = 2000
_EVENTS = 100  # the default number of events
_FITS = "instr(lower({}), lower(:search)) > 0"


def applications(tx: Transaction) -> list[Json]:
    """Return every application, oldest first, with the number of its contents."""
    rows = tx.all(
        "SELECT id, body ->> '$.name' AS name,"
        " (SELECT count(*) FROM users WHERE application_id = a.id) AS users,"
        " (SELECT count(*) FROM conversations WHERE application_id = a.id)"
        " AS conversations FROM applications a ORDER BY position"
    )
    return [dict(row) for row in rows]


def users(tx: Transaction, application_id: str, search: str = "") -> Json:
    """Return an application's users whose name or id matches a search, by name.

    search: a part of the name or id, in any case; an empty one matches everybody.
    """
    alive, oldest = sessions.alive(tx)
    fits = [_FITS.format(part) for part in ("name", "id", "body ->> '$.display_name'")]
    rows = tx.connection.execute(
        "SELECT id, name, body ->> '$.display_name' AS display_name,"
        " (SELECT count(*) FROM sessions WHERE user_id = u.id"
        f" AND dropped IS NULL AND {_named(alive)}) AS sessions,"
        " (SELECT count(DISTINCT conversation_id) FROM members"
        " WHERE user_id = u.id AND state <> 'LEFT') AS conversations"
        f" FROM users u WHERE application_id = :application AND ({' OR '.join(fits)})"
        f" ORDER BY name LIMIT {MOST + 1}",
        {"application": application_id, "search": search, "oldest": oldest},
    ).fetchall()
    return _list("users", [dict(row) for row in rows])


def _named(condition: str) -> str:
    return condition.replace("?", ":oldest")


def conversations(tx: Transaction, application_id: str, search: str = "") -> Json:
    """Return an application's conversations, most recent event first.

    search: a part of the name, the id, or a member's name; an empty one matches all.
    """
    fits = [
        _FITS.format(part) for part in ("c.name", "c.id", "c.body ->> '$.display_name'")
    ]
    fits.append(
        "EXISTS (SELECT 1 FROM members m JOIN users u ON u.id = m.user_id"
        f" WHERE m.conversation_id = c.id AND {_FITS.format('u.name')})"
    )
    rows = tx.connection.execute(
        "SELECT c.id, c.name, c.body ->> '$.display_name' AS display_name,"
        " c.created, e.id AS last_id, e.type, e.sender, e.body, e.timestamp"
        " FROM conversations c LEFT JOIN events e"
        " ON e.conversation_id = c.id AND e.id = c.sequence_number"
        " WHERE c.application_id = :application"
        " AND (c.expires IS NULL OR c.expires > :now)"
        f" AND ({' OR '.join(fits)})"
        " ORDER BY coalesce(e.timestamp, c.created) DESC, c.position DESC"
        f" LIMIT {MOST + 1}",
        {"application": application_id, "search": search, "now": tx.clock.now()},
    ).fetchall()
    return _list("conversations", [_conversation(tx, row) for row in rows])


def _conversation(tx: Transaction, row: sqlite3.Row) -> Json:
    here = [m["name"] for m in members(tx, row["id"]) if m["state"] != "LEFT"]
    last = None
    if row["last_id"] is not None:
        last = _event(tx, row, row["last_id"])
    kept = {name: row[name] for name in ("id", "name", "display_name", "created")}
    return {**kept, "members": here, "last": last}


def _list(name: str, items: list[Json]) -> Json:
    return {name: items[:MOST], "more": len(items) > MOST}


def find(tx: Transaction, conversation_id: str) -> sqlite3.Row | None:
    """Return the row of a conversation in any application."""
    return tx.one(
        "SELECT * FROM conversations WHERE id = ? AND (expires IS NULL OR expires > ?)",
        conversation_id,
        tx.clock.now(),
    )


def conversation(tx: Transaction, row: sqlite3.Row, first: int | None = None) -> Json:
    """Return a conversation with its members and its latest events.

    row: the conversation's row.
    first: the id of the first event to return. By default, the last 100 events are
        returned, and there are never more than 2,000.
    """
    last: int = row["sequence_number"]
    if first is None:
        first = last - _EVENTS + 1
    first = max(first, last - MOST_EVENTS + 1)
    rows = tx.all(
        "SELECT id AS last_id, type, sender, body, timestamp FROM events"
        " WHERE conversation_id = ? AND id >= ? ORDER BY id",
        row["id"],
        first,
    )
    return {
        "id": row["id"],
        "application_id": row["application_id"],
        "name": row["name"],
        "display_name": read(row["body"]).get("display_name"),
        "created": row["created"],
        "members": members(tx, row["id"]),
        "events": [_event(tx, each, each["last_id"]) for each in rows],
        "more": first > 1,
    }


def members(tx: Transaction, conversation_id: str) -> list[Json]:
    """Return the newest member of each user in a conversation."""
    rows = tx.all(
        "SELECT m.id, coalesce(u.name, m.user_id) AS name, m.state, max(m.position)"
        " FROM members m LEFT JOIN users u ON u.id = m.user_id"
        " WHERE conversation_id = ? GROUP BY m.user_id ORDER BY min(m.position)",
        conversation_id,
    )
    return [{name: row[name] for name in ("id", "name", "state")} for row in rows]


def _event(tx: Transaction, row: sqlite3.Row, event_id: int) -> Json:
    sender = row["sender"]
    if sender is not None:
        named = tx.one(
            "SELECT coalesce(u.name, m.user_id) AS name FROM members m"
            " LEFT JOIN users u ON u.id = m.user_id WHERE m.id = ?",
            sender,
        )
        sender = named["name"] if named else sender
    return {
        "id": event_id,
        "type": row["type"],
        "sender": sender,
        "body": read(row["body"]),
        "timestamp": row["timestamp"],
    }
