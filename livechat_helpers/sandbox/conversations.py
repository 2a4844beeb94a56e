"""The rules of conversations and of their members.

Leaving is final for a member: who comes back is a new member of the same user.
Source: https://developer.vonage.com/en/conversation/concepts/member
"""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from . import events, users
from .auth import Caller
from .errors import ApiError
from .store import Transaction
from .users import User
from .validation import Fields, Json, refuse

MOST_MEMBERS = 100
_SILENT = {"enabled": False, "earmuffed": False, "muted": False}
_CHANNELS = (
    "app",
    "phone",
    "sip",
    "websocket",
    "vbc",
    "sms",
    "mms",
    "whatsapp",
    "viber",
    "messenger",
)


def read_fields(body: Json) -> Json:
    """Return the fields of a conversation's request body, checked."""
    fields = Fields(body)
    texts = {
        "name": fields.text("name", longest=100),
        "display_name": fields.text("display_name", longest=50),
        "image_url": fields.text("image_url", longest=2048),
    }
    kept: Json = {key: value for key, value in texts.items() if value is not None}
    for key in ("properties", "callback"):
        value = fields.object(key)
        if value is not None:
            kept[key] = value
    properties = Fields(kept.get("properties", {}), "properties.")
    fields.done()
    properties.number("ttl")
    properties.text("type", longest=200)
    properties.text("custom_sort_key", longest=200)
    properties.object("custom_data")
    properties.done()
    return kept


def _expiry(body: Json, created: str) -> str | None:
    ttl = body.get("properties", {}).get("ttl")
    if not ttl:
        return None
    try:
        end = datetime.fromisoformat(created) + timedelta(seconds=ttl)
    except OverflowError:
        return None  # beyond the year 9999: it does not end
    return events.written(end.astimezone(UTC))


def create(tx: Transaction, application_id: str, body: Json) -> sqlite3.Row:
    """Store a new conversation; without a name it gets one of the form NAM-uuid.

    Raises:
        ApiError: ``conversation:error:duplicate-name``.
    """
    conversation_id = f"CON-{uuid4()}"
    created = events.now()
    body = dict(body)
    name = body.pop("name", None) or f"NAM-{uuid4()}"
    _free_name(tx, application_id, name)
    try:
        tx.run(
            "INSERT INTO conversations"
            " (id, application_id, name, body, created, expires)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            conversation_id,
            application_id,
            name,
            json.dumps(body),
            created,
            _expiry(body, created),
        )
    except sqlite3.IntegrityError as error:
        raise ApiError("conversation:error:duplicate-name") from error
    return find(tx, application_id, conversation_id)


def _free_name(tx: Transaction, application_id: str, name: str) -> None:
    """Remove the conversation of a name if its ttl is over: it exists no more."""
    over = tx.one(
        "SELECT * FROM conversations"
        " WHERE application_id = ? AND name = ? AND expires <= ?",
        application_id,
        name,
        events.now(),
    )
    if over is not None:
        delete(tx, over)


def find(tx: Transaction, application_id: str, id_or_name: str) -> sqlite3.Row:
    """Return the conversation with an id or a name.

    Raises:
        ApiError: ``conversation:error:not-found``, also when its ttl is over.
    """
    row = tx.one(
        "SELECT * FROM conversations WHERE application_id = ? AND (id = ? OR name = ?)"
        " ORDER BY id = ? DESC LIMIT 1",
        application_id,
        id_or_name,
        id_or_name,
        id_or_name,
    )
    if row is None or (row["expires"] and row["expires"] <= events.now()):
        raise ApiError("conversation:error:not-found")
    return row


def find_for(tx: Transaction, caller: Caller, id_or_name: str) -> sqlite3.Row:
    """Return a conversation that the caller may look into.

    A user's token sees the conversations its user is invited to or has joined.

    Raises:
        ApiError: ``conversation:error:not-found``.
    """
    conversation = find(tx, caller.application_id, id_or_name)
    if not caller.is_admin and own_member(tx, caller, conversation) is None:
        raise ApiError("conversation:error:not-found")
    return conversation


def update(tx: Transaction, conversation: sqlite3.Row, body: Json) -> sqlite3.Row:
    """Replace a conversation's fields and tell its members.

    Raises:
        ApiError: ``conversation:error:duplicate-name``.
    """
    body = dict(body)
    name = body.pop("name", None) or conversation["name"]
    _free_name(tx, conversation["application_id"], name)
    try:
        tx.run(
            "UPDATE conversations SET name = ?, body = ?, updated = ?, expires = ?"
            " WHERE id = ?",
            name,
            json.dumps(body),
            events.now(),
            _expiry(body, conversation["created"]),
            conversation["id"],
        )
    except sqlite3.IntegrityError as error:
        raise ApiError("conversation:error:duplicate-name") from error
    changed = find(tx, conversation["application_id"], conversation["id"])
    told = shape(changed)
    del told["sequence_number"], told["properties"]
    events.append(tx, changed, "conversation:updated", told)
    return find(tx, conversation["application_id"], conversation["id"])


def delete(tx: Transaction, conversation: sqlite3.Row) -> None:
    """Remove a conversation with its members and events."""
    tx.run("DELETE FROM conversations WHERE id = ?", conversation["id"])
    tx.run("DELETE FROM members WHERE conversation_id = ?", conversation["id"])
    tx.run("DELETE FROM events WHERE conversation_id = ?", conversation["id"])


def kept_fields(conversation: sqlite3.Row) -> Json:
    """Return the fields that the conversation was made or last changed with."""
    return {"name": conversation["name"], **json.loads(conversation["body"])}


def shape(conversation: sqlite3.Row) -> Json:
    """Return a conversation as the API answers it, without its links."""
    body = json.loads(conversation["body"])
    timestamp = {"created": conversation["created"]}
    if conversation["updated"]:
        timestamp["updated"] = conversation["updated"]
    return {
        "id": conversation["id"],
        "name": conversation["name"],
        **{key: body[key] for key in ("display_name", "image_url") if key in body},
        "state": "ACTIVE",
        "sequence_number": conversation["sequence_number"],
        "timestamp": timestamp,
        "properties": body.get("properties", {}),
    }


# Members


def read_new_member(body: Json) -> tuple[str, str, Json]:
    """Return state, user (id or name) and channel of a new member's request body."""
    fields = Fields(body)
    state = fields.choice("state", ("invited", "joined"), required=True)
    user = fields.object("user", required=True) or {}
    channel = fields.object("channel") or {}
    fields.object("media")
    fields.text("knocking_id", longest=200)
    fields.text("member_id_inviting", longest=200)
    fields.done()
    naming = Fields(user, "user.")
    id_or_name = naming.text("id") or naming.text("name")
    naming.done()
    if id_or_name is None:
        refuse("user", 'must contain at least one of ["id", "name"]')
    # Vonage's own command line sends a channel without a type when it means `app`.
    kind = Fields(channel, "channel.")
    channel_type = kind.choice("type", _CHANNELS) or "app"
    kind.done()
    assert state is not None
    return state.upper(), id_or_name, {**channel, "type": channel_type}


def read_member_change(body: Json) -> tuple[str, Json]:
    """Return the new state and the reason of a member's PATCH body."""
    fields = Fields(body)
    state = fields.choice("state", ("joined", "left"), required=True)
    reason = fields.object("reason") or {}
    fields.done()
    inner = Fields(reason, "reason.")
    inner.text("code", longest=200)
    inner.text("text", longest=200)
    inner.done()
    assert state is not None
    return state.upper(), reason


def add_member(
    tx: Transaction, conversation: sqlite3.Row, caller: Caller, body: Json
) -> sqlite3.Row:
    """Invite a user to a conversation or let it join.

    A user's token lets its own user join, and invites others to a conversation that
    its user has joined.

    Raises:
        ApiError: there are 100 members, the user is one of them already, or the
            token may not do it.
    """
    state, id_or_name, channel = read_new_member(body)
    user = users.find(tx, conversation["application_id"], id_or_name)
    own = own_member(tx, caller, conversation)
    if not caller.is_admin and user.name != caller.user_name:
        if own is None:
            raise ApiError("conversation:error:not-found")
        if state == "JOINED":
            raise ApiError("system:error:permission")
    current = tx.one(
        "SELECT * FROM members WHERE conversation_id = ? AND user_id = ?"
        " AND state IN ('INVITED', 'JOINED')",
        conversation["id"],
        user.id,
    )
    if current is not None:
        if current["state"] == "INVITED" and state == "JOINED":
            return change_member(tx, conversation, current, "JOINED", {}, caller)
        raise ApiError(f"conversation:error:member-already-{current['state'].lower()}")
    count = tx.one(
        "SELECT count(*) AS members FROM members WHERE conversation_id = ?"
        " AND state IN ('INVITED', 'JOINED')",
        conversation["id"],
    )
    assert count is not None
    if count["members"] >= MOST_MEMBERS:
        raise ApiError("conversation:error:maximum-number-of-members")
    member_id = f"MEM-{uuid4()}"
    initiator = _initiator(caller, own, member_id, user)
    member = {
        "channel": channel,
        "media": {"audio_settings": _SILENT, "audio": False},
        "timestamp": {state.lower(): events.now()},
        "initiator": {state.lower(): initiator},
    }
    for key in ("knocking_id", "member_id_inviting"):
        if key in body:
            member[key] = body[key]
    if state == "INVITED" and not caller.is_admin:
        member["invited_by"] = caller.user_name
    tx.run(
        "INSERT INTO members (id, conversation_id, user_id, state, body)"
        " VALUES (?, ?, ?, ?, ?)",
        member_id,
        conversation["id"],
        user.id,
        state,
        json.dumps(member),
    )
    row = find_member(tx, conversation, member_id, caller)
    _tell(tx, conversation, row, user, {})
    return row


def change_member(
    tx: Transaction,
    conversation: sqlite3.Row,
    member: sqlite3.Row,
    state: str,
    reason: Json,
    caller: Caller,
) -> sqlite3.Row:
    """Let an invited member join, or a member leave.

    Raises:
        ApiError: the member has left already, has joined already, or belongs to
            another user than the token's when it is to join.
    """
    user = users.by_id(tx, member["user_id"])
    if member["state"] == "LEFT":
        raise ApiError("conversation:error:invalid-member-state")
    if state == member["state"]:
        raise ApiError("conversation:error:member-already-joined")
    if user is None:
        raise ApiError("user:error:not-found")
    own = own_member(tx, caller, conversation)
    if state == "JOINED" and not caller.is_admin and user.name != caller.user_name:
        raise ApiError("system:error:permission")
    body = json.loads(member["body"])
    body["timestamp"][state.lower()] = events.now()
    if state == "JOINED":
        body["initiator"]["joined"] = _initiator(caller, own, member["id"], user)
    tx.run(
        "UPDATE members SET state = ?, body = ? WHERE id = ?",
        state,
        json.dumps(body),
        member["id"],
    )
    row = find_member(tx, conversation, member["id"], caller)
    _tell(tx, conversation, row, user, reason)
    return row


def _initiator(
    caller: Caller, own: sqlite3.Row | None, member_id: str, user: User
) -> Json:
    if caller.is_admin:
        return {"is_system": True}
    inviting = own is not None and own["user_id"] != user.id
    return {
        "is_system": False,
        "user_id": own["user_id"] if own is not None and inviting else user.id,
        "member_id": own["id"] if own is not None and inviting else member_id,
    }


def _tell(
    tx: Transaction,
    conversation: sqlite3.Row,
    member: sqlite3.Row,
    user: User,
    reason: Json,
) -> None:
    """Append the member:invited, member:joined or member:left event."""
    body = json.loads(member["body"])
    state = member["state"].lower()
    initiator = {
        # Events write isSystem where the REST answers write is_system.
        key: {"isSystem" if k == "is_system" else k: v for k, v in value.items()}
        for key, value in body["initiator"].items()
    }
    told: Json = {
        "member_id": member["id"],
        "user": {
            **user.embedded(),
            "properties": {
                "custom_data": user.body.get("properties", {}).get("custom_data", {})
            },
        },
        "channel": body["channel"],
        "timestamp": body["timestamp"],
        "initiator": initiator,
    }
    if state == "joined":
        told["user"]["user_id"] = user.id
    elif state == "left":
        told["reason"] = reason
    else:
        told["user"] = {
            **user.embedded(),
            "user_id": user.id,
            "member_id": member["id"],
            "media": body["media"],
        }
        told["media"] = body["media"]
        told["cname"] = conversation["name"]
        told["conversation"] = {
            "conversation_id": conversation["id"],
            "name": conversation["name"],
        }
        if "invited_by" in body:
            told["invited_by"] = body["invited_by"]
    events.append(
        tx,
        conversation,
        f"member:{state}",
        told,
        sender=member["id"],
        also_to=user.id,
    )


def own_member(
    tx: Transaction, caller: Caller, conversation: sqlite3.Row
) -> sqlite3.Row | None:
    """Return the member of the token's user, invited or joined; else None."""
    if caller.user_name is None:
        return None
    return tx.one(
        "SELECT members.* FROM members JOIN users ON users.id = members.user_id"
        " WHERE conversation_id = ? AND users.application_id = ? AND users.name = ?"
        " AND state IN ('INVITED', 'JOINED')",
        conversation["id"],
        caller.application_id,
        caller.user_name,
    )


def find_member(
    tx: Transaction, conversation: sqlite3.Row, id_or_me: str, caller: Caller
) -> sqlite3.Row:
    """Return a member of a conversation; ``me`` is the token's own.

    Raises:
        ApiError: ``conversation:error:member-not-found``.
    """
    if id_or_me == "me":
        row = own_member(tx, caller, conversation)
    else:
        row = tx.one(
            "SELECT * FROM members WHERE conversation_id = ? AND id = ?",
            conversation["id"],
            id_or_me,
        )
    if row is None:
        raise ApiError("conversation:error:member-not-found")
    return row


def sender_of(
    tx: Transaction, conversation: sqlite3.Row, caller: Caller, given: str | None
) -> str | None:
    """Return the member an event is from.

    A user's token speaks as its user's own joined member and as nobody else. The
    application may name any joined member, or none.

    Raises:
        ApiError: the member is not joined, or is somebody else's.
    """
    if caller.is_admin:
        if given is None:
            return None
        member = find_member(tx, conversation, given, caller)
    else:
        own = own_member(tx, caller, conversation)
        if own is None:
            raise ApiError("conversation:error:member-not-found")
        if given not in (None, own["id"]):
            raise ApiError("system:error:permission")
        member = own
    if member["state"] != "JOINED":
        raise ApiError("conversation:error:invalid-member-state")
    return member["id"]


def member_shape(tx: Transaction, member: sqlite3.Row) -> dict[str, Any]:
    """Return a member as the API answers it, without its links."""
    user = users.by_id(tx, member["user_id"])
    embedded = (
        user.embedded() if user is not None else {"id": member["user_id"], "name": ""}
    )
    return {
        "id": member["id"],
        "conversation_id": member["conversation_id"],
        "_embedded": {"user": embedded},
        "state": member["state"],
        **json.loads(member["body"]),
    }
