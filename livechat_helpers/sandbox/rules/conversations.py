"""The rules of conversations: unique names, and deletion when the ttl expires.

Source: https://developer.vonage.com/en/conversation/concepts/conversation
"""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

from ..http.auth import Caller
from ..http.errors import ApiError
from ..http.validation import Fields, Json, check_custom_data
from ..storage.clock import written
from ..storage.json_text import read, write
from ..storage.store import Result, Transaction
from . import events, members

_MOST_AT_ONCE = 20  # conversations to delete per transaction, so other writes can go on


def read_fields(body: Json, *, older: bool = False) -> Json:
    """Check and return the fields in a conversation's request body.

    older: whether to use the 2019 rules, which don't limit lengths.
    """
    # The browser SDKs send their session's id.
    fields = Fields(body, others=("originating_session", "context"))
    longest = (None, None, None) if older else (100, 50, 2048)
    texts = {
        "name": fields.text("name", longest=longest[0], may_be_empty=older),
        "display_name": fields.text("display_name", longest=longest[1], nullable=True),
        "image_url": fields.uri("image_url", longest=longest[2]),
    }
    kept: Json = {key: value for key, value in texts.items() if value is not None}
    state = fields.choice("state", ("active", "inactive"))
    if state is not None:
        kept["state"] = state.upper()
    kept |= {key: body[key] for key in ("properties", "callback") if key in body}
    properties = fields.inside("properties", closed=True)
    ttl = _read_ttl(properties, older)
    properties.text("type", longest=None if older else 200)
    properties.text("custom_sort_key", longest=None if older else 200)
    custom_data = properties.object("custom_data")
    callback = fields.inside("callback", closed=True)
    callback.uri("url", longest=2048)
    callback.text("event_mask", longest=200)
    callback.object("params")
    callback.choice("method", ("get", "post"))
    if "numbers" in body:  # These are phone numbers, which a chat doesn't use.
        fields.objects("numbers")
    fields.done()
    check_custom_data(custom_data)
    if ttl is not None:
        kept["properties"] = {**kept["properties"], "ttl": ttl}
    return kept


def _read_ttl(properties: Fields, older: bool) -> float | None:
    if older:
        return properties.decimal("ttl", least=0, required=False)
    return properties.number("ttl")


def _expiry(body: Json, created: str) -> str | None:
    ttl = body.get("properties", {}).get("ttl")
    if not ttl:
        return None
    try:
        end = datetime.fromisoformat(created) + timedelta(seconds=ttl)
    except OverflowError:
        return None  # It's beyond the year 9999, so it never expires.
    return written(end)


def create(tx: Transaction, application_id: str, body: Json) -> sqlite3.Row:
    """Store a new conversation; without a name, it gets one like NAM-uuid.

    Raises:
        ApiError: ``conversation:error:duplicate-name``.
    """
    created = tx.clock.now()
    body = dict(body)
    name = body.pop("name", None) or tx.ids.new("NAM-")

    def insert() -> sqlite3.Row | None:
        return tx.one(
            "INSERT INTO conversations"
            " (id, application_id, name, body, created, expires)"
            " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
            tx.ids.new("CON-"),
            application_id,
            name,
            write(body),
            created,
            _expiry(body, created),
        )

    made = _with_free_name(tx, application_id, name, insert)
    assert made is not None
    events.announce(tx, made, "conversation:created", _told(made))
    return made


def _with_free_name(
    tx: Transaction, application_id: str, name: str, act: Callable[[], Result]
) -> Result:
    """Run an action that claims a name, even if an expired conversation still has it.

    act: the action; it's run again after the expired conversation has been deleted.

    Raises:
        ApiError: ``conversation:error:duplicate-name``.
    """
    try:
        return act()
    except sqlite3.IntegrityError as error:
        over = tx.one(
            "SELECT * FROM conversations"
            " WHERE application_id = ? AND name = ? AND expires <= ?",
            application_id,
            name,
            tx.clock.now(),
        )
        if over is None:
            raise ApiError("conversation:error:duplicate-name") from error
    _end(tx, over)
    return act()


def end_those_over(tx: Transaction) -> None:
    """Delete expired conversations, a few at a time."""
    over = tx.all(
        "SELECT * FROM conversations WHERE expires <= ? ORDER BY expires LIMIT ?",
        tx.clock.now(),
        _MOST_AT_ONCE,
    )
    for conversation in over:
        _end(tx, conversation)


def _end(tx: Transaction, over: sqlite3.Row) -> None:
    # Vonage only documents that there is a reason, not which one.
    delete(tx, over, reason="ttl", destroyed=over["expires"])


def find(tx: Transaction, application_id: str, id_or_name: str) -> sqlite3.Row:
    """Return the conversation with the given id or name.

    Raises:
        ApiError: ``conversation:error:not-found``, including for an expired one.
    """
    row = tx.one("SELECT * FROM conversations WHERE id = ?", id_or_name)
    if row is None or row["application_id"] != application_id:
        row = tx.one(
            "SELECT * FROM conversations WHERE application_id = ? AND name = ?",
            application_id,
            id_or_name,
        )
    if row is None or (row["expires"] and row["expires"] <= tx.clock.now()):
        raise ApiError("conversation:error:not-found")
    return row


def find_for(tx: Transaction, caller: Caller, id_or_name: str) -> sqlite3.Row:
    """Return a conversation that the caller can see into.

    A user's token can see the conversations that its user has joined or is invited to.

    Raises:
        ApiError: ``conversation:error:not-found``.
    """
    conversation = find(tx, caller.application_id, id_or_name)
    if not caller.is_admin and members.own_of(tx, caller, conversation) is None:
        raise ApiError("conversation:error:not-found")
    return conversation


def update(tx: Transaction, conversation: sqlite3.Row, body: Json) -> sqlite3.Row:
    """Replace a conversation's fields and notify its members.

    Raises:
        ApiError: ``conversation:error:duplicate-name``.
    """
    body = dict(body)
    name = body.pop("name", None) or conversation["name"]

    def change() -> None:
        tx.run(
            "UPDATE conversations SET name = ?, body = ?, updated = ?, expires = ?"
            " WHERE id = ?",
            name,
            write(body),
            tx.clock.now(),
            _expiry(body, conversation["created"]),
            conversation["id"],
        )

    _with_free_name(tx, conversation["application_id"], name, change)
    changed = find(tx, conversation["application_id"], conversation["id"])
    events.append(tx, changed, "conversation:updated", _told(changed))
    return find(tx, conversation["application_id"], conversation["id"])


def _told(conversation: sqlite3.Row) -> Json:
    """Return a conversation in the form used in its own events."""
    told = shape(conversation)
    del told["sequence_number"], told["properties"]
    return told


def delete(
    tx: Transaction,
    conversation: sqlite3.Row,
    *,
    reason: str = "deleted",
    destroyed: str | None = None,
) -> None:
    """Delete a conversation with its members and events.

    reason: what the event says about it.
    destroyed: when it ended; now by default.
    """
    destroyed = destroyed or tx.clock.now()
    told = {
        "id": conversation["id"],
        "name": conversation["name"],
        "timestamp": {"created": conversation["created"], "destroyed": destroyed},
        "reason": reason,
    }
    events.announce(tx, conversation, "conversation:deleted", told)
    tx.run("DELETE FROM conversations WHERE id = ?", conversation["id"])
    tx.run("DELETE FROM members WHERE conversation_id = ?", conversation["id"])
    tx.run("DELETE FROM events WHERE conversation_id = ?", conversation["id"])


def kept_fields(conversation: sqlite3.Row) -> Json:
    """Return the fields that the conversation was created or last updated with."""
    return {"name": conversation["name"], **read(conversation["body"])}


def shape(conversation: sqlite3.Row) -> Json:
    """Return a conversation in the API's format, without its links."""
    body = read(conversation["body"])
    timestamp = {"created": conversation["created"]}
    if conversation["updated"]:
        timestamp["updated"] = conversation["updated"]
    return {
        "id": conversation["id"],
        "name": conversation["name"],
        **{key: body[key] for key in ("display_name", "image_url") if key in body},
        "state": body.get("state", "ACTIVE"),
        "sequence_number": conversation["sequence_number"],
        "timestamp": timestamp,
        "properties": body.get("properties", {}),
    }
