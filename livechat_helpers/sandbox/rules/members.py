"""The rules of members: who is in a conversation.

A member who leaves can't come back: a returning user becomes a new member.
Source: https://developer.vonage.com/en/conversation/concepts/member
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from ..http.auth import Caller
from ..http.errors import ApiError
from ..http.validation import Fields, Json, refuse
from ..storage.json_text import read, write
from ..storage.store import Transaction
from . import events, users
from .users import User

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


@dataclass(frozen=True)
class NewMember:
    """What a request says about a new member.

    state: ``INVITED`` or ``JOINED``.
    user_id, user_name: the user; one of them is given.
    channel, media: how the member takes part.
    more: fields that are stored unchanged.
    """

    state: str
    user_id: str | None
    user_name: str | None
    channel: Json
    media: Json
    more: Json


def read_new(body: Json) -> NewMember:
    """Check a request body, and return what it says about a new member."""
    fields = Fields(body, others=("originating_session",))
    state = fields.choice("state", ("invited", "joined"), required=True)
    user = fields.inside("user", required=True)
    user_id, name = user.text("id"), user.text("name")
    channel = fields.inside("channel", others=None)
    # Vonage's own command-line tool sends a channel without a type to mean `app`.
    channel_type = channel.choice("type", _CHANNELS) or "app"
    media = fields.object("media") or {}
    fields.text("knocking_id", longest=200)
    fields.text("member_id_inviting", longest=200)
    fields.text("from", longest=200)
    fields.done()
    if user_id is None and name is None:
        refuse("user", 'must contain at least one of ["id", "name"]')
    assert state is not None
    kept = ("knocking_id", "member_id_inviting")
    return NewMember(
        state.upper(),
        user_id,
        name,
        {**body.get("channel", {}), "type": channel_type},
        media,
        {key: body[key] for key in kept if key in body},
    )


def read_change(body: Json) -> tuple[str, Json]:
    """Return the new state and the reason from the body of a member's PATCH."""
    fields = Fields(body)
    state = fields.choice("state", ("joined", "left"), required=True)
    reason = fields.inside("reason")
    reason.text("code", longest=200)
    reason.text("text", longest=200)
    fields.text("from", longest=200)
    fields.done()
    assert state is not None
    return state.upper(), body.get("reason", {})


def add(
    tx: Transaction, conversation: sqlite3.Row, caller: Caller, new: NewMember
) -> sqlite3.Row:
    """Invite a user to a conversation, or add the user as a joined member.

    A user's token can add its own user, and can invite others to a conversation that
    its user is in.

    Raises:
        ApiError: there are 100 members, the user is already one of them, or the token
            doesn't allow it.
    """
    state = new.state
    application_id = conversation["application_id"]
    # If both id and name are given, as in client-sdk 2, the name is enough.
    if new.user_name is not None:
        user = users.by_name(tx, application_id, new.user_name)
    else:
        user = users.with_id(tx, application_id, new.user_id or "")
    own = own_of(tx, caller, conversation)
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
            return change(tx, conversation, current, "JOINED", {}, caller)
        raise ApiError(f"conversation:error:member-already-{current['state'].lower()}")
    count = tx.one(
        "SELECT count(*) AS members FROM members WHERE conversation_id = ?"
        " AND state IN ('INVITED', 'JOINED')",
        conversation["id"],
    )
    assert count is not None
    if count["members"] >= MOST_MEMBERS:
        raise ApiError("conversation:error:maximum-number-of-members")
    member_id = tx.ids.new("MEM-")
    initiator = _initiator(caller, own, member_id, user)
    member = {
        "channel": new.channel,
        "media": _media(new.media),
        "timestamp": {state.lower(): tx.clock.now()},
        "initiator": {state.lower(): initiator},
        **new.more,
    }
    inviting = new.more.get("member_id_inviting", own and own["id"])
    if state == "INVITED" and inviting is not None:
        member["invited_by"] = inviting
    tx.run(
        "INSERT INTO members (id, conversation_id, user_id, state, body)"
        " VALUES (?, ?, ?, ?, ?)",
        member_id,
        conversation["id"],
        user.id,
        state,
        write(member),
    )
    events.forget_recipients(tx, conversation["id"])
    row = find(tx, conversation, member_id, caller)
    _tell(tx, conversation, row, user, {})
    return row


def change(
    tx: Transaction,
    conversation: sqlite3.Row,
    member: sqlite3.Row,
    state: str,
    reason: Json,
    caller: Caller,
) -> sqlite3.Row:
    """Let an invited member join, or a member leave.

    Raises:
        ApiError: the member has already left, or has already joined, or wants to join
            but belongs to a different user from the token's.
    """
    user = users.by_id(tx, member["user_id"])
    if member["state"] == "LEFT":
        raise ApiError("conversation:error:invalid-member-state")
    if state == member["state"]:
        raise ApiError("conversation:error:member-already-joined")
    if user is None:
        raise ApiError("user:error:not-found")
    own = own_of(tx, caller, conversation)
    if state == "JOINED" and not caller.is_admin and user.name != caller.user_name:
        raise ApiError("system:error:permission")
    body = read(member["body"])
    body["timestamp"][state.lower()] = tx.clock.now()
    if state == "JOINED":
        body["initiator"]["joined"] = _initiator(caller, own, member["id"], user)
    tx.run(
        "UPDATE members SET state = ?, body = ? WHERE id = ?",
        state,
        write(body),
        member["id"],
    )
    events.forget_recipients(tx, conversation["id"])
    row = find(tx, conversation, member["id"], caller)
    _tell(tx, conversation, row, user, reason)
    return row


def _media(given: Json) -> Json:
    settings = given.get("audio_settings")
    heard = settings if isinstance(settings, dict) else {}
    return {"audio": False, **given, "audio_settings": {**_SILENT, **heard}}


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
    """Append a member:invited, member:joined or member:left event."""
    body = read(member["body"])
    state = member["state"].lower()
    initiator = {
        # Events have isSystem where REST answers have is_system.
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
        inviting = tx.one(
            "SELECT users.name FROM members JOIN users ON users.id = members.user_id"
            " WHERE members.id = ?",
            body.get("invited_by"),
        )
        if inviting is not None:  # Events have a name where answers have an id.
            told["invited_by"] = inviting["name"]
    events.append(
        tx,
        conversation,
        f"member:{state}",
        told,
        sender=member["id"],
        also_to=user.id,
    )


def own_of(
    tx: Transaction, caller: Caller, conversation: sqlite3.Row
) -> sqlite3.Row | None:
    """Return the invited or joined member of the token's user, or None."""
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


def find(
    tx: Transaction, conversation: sqlite3.Row, id_or_me: str, caller: Caller
) -> sqlite3.Row:
    """Return a member of a conversation; ``me`` is the token's own member.

    Raises:
        ApiError: ``conversation:error:member-not-found``.
    """
    if id_or_me == "me":
        row = own_of(tx, caller, conversation)
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
    """Return the id of the member who sends an event.

    A user's token can only send as its user's own joined member. The application can
    send as any joined member, or as itself.

    given: the sender's member in the request, if any.

    Raises:
        ApiError: the member hasn't joined, or belongs to somebody else.
    """
    if caller.is_admin:
        if given is None:
            return None
        member = find(tx, conversation, given, caller)
    else:
        own = own_of(tx, caller, conversation)
        if own is None:
            raise ApiError("conversation:error:member-not-found")
        if given not in (None, own["id"]):
            raise ApiError("system:error:permission")
        member = own
    if member["state"] != "JOINED":
        raise ApiError("conversation:error:invalid-member-state")
    return member["id"]


def leave_all(tx: Transaction, user: User, caller: Caller) -> None:
    """Let a user who is about to be deleted leave every conversation.

    The conversations' members and events keep showing the user's details.
    """
    rows = tx.all("SELECT * FROM members WHERE user_id = ?", user.id)
    for member in rows:
        if member["state"] != "LEFT":
            conversation = tx.one(
                "SELECT * FROM conversations WHERE id = ?", member["conversation_id"]
            )
            assert conversation is not None
            change(tx, conversation, member, "LEFT", {}, caller)
    tx.run(
        "UPDATE members SET body = json_set(body, '$.was', json(?)) WHERE user_id = ?",
        write(user.as_sender()),
        user.id,
    )


def shape(tx: Transaction, member: sqlite3.Row) -> dict[str, Any]:
    """Return a member in the API's format, without its links."""
    body = read(member["body"])
    user = users.of_member(tx, member["id"])
    for key in ("image_url", "custom_data"):
        user.pop(key, None)
    body.pop("was", None)
    return {
        "id": member["id"],
        "conversation_id": member["conversation_id"],
        "_embedded": {"user": user},
        "state": member["state"],
        **body,
    }
