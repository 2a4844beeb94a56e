"""Events: converts what Synapse stores to the format that Vonage would send.

As on Vonage, an event sent by the application itself has no ``from``.
"""

from datetime import UTC, datetime
from typing import Any

from .people import People
from .ready_file import APPLICATION

Json = dict[str, Any]

CUSTOM, OWN = "custom:", "livechat."
"""The prefixes of custom event types: on Vonage, and here."""

MESSAGE = "m.room.message"
_KINDS = ("image", "audio", "video", "file")
_MOVES = {"join": "joined", "leave": "left", "ban": "left", "invite": "invited"}


def types_of(kind: str) -> list[str]:
    """Return the Matrix event types for one of Vonage's types.

    kind: such as ``message`` or ``custom:rating``.
    """
    if kind.startswith(CUSTOM):
        return [OWN + kind.removeprefix(CUSTOM)]
    if kind.startswith("member:"):
        return ["m.room.member"]
    known = {"message": MESSAGE, "event:delete": "m.room.redaction"}
    return [known.get(kind, kind)]


def number(event: Json) -> int:
    """Return an event's number in its room, or 0 if it has none."""
    return event.get("unsigned", {}).get("livechat.number", 0)


def to_vonage(event: Json, room: str, people: People) -> Json:
    """Convert an event to the format that Vonage would send.

    room: the id of its room.
    """
    kind, body = _told(event, room, people)
    told: Json = {
        "id": number(event),
        "type": kind,
        "timestamp": timestamp(event["origin_server_ts"]),
        "conversation_id": room,
        "cid": room,
        "body": body,
    }
    sender = event["sender"]
    if sender != APPLICATION:
        told["from"] = sender
        told["_embedded"] = {
            "from_user": people.user(sender),
            "from_member": {"id": sender},
        }
    return told


def timestamp(milliseconds: int) -> str:
    """Return a time in Vonage's format.

    milliseconds: the milliseconds since 1970.
    """
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seen(room: str, user: str, event: int, people: People) -> Json:
    """Return a receipt without an id: a user has read everything up to an event.

    event: the event's number.
    """
    return _passing("message:seen", room, user, {"event_id": event}, people)


def typing(room: str, user: str, is_typing: bool, people: People) -> Json:
    """Return a typing event: a user is typing, or has stopped."""
    return _passing("ephemeral", room, user, {"typing": is_typing}, people)


def _passing(kind: str, room: str, user: str, body: Json, people: People) -> Json:
    return {
        "type": kind,
        "conversation_id": room,
        "cid": room,
        "from": user,
        "body": body,
        "_embedded": {"from_user": people.user(user)},
    }


def _told(event: Json, room: str, people: People) -> tuple[str, Json]:
    """Return the type and body that an event would have on Vonage."""
    kind, content = event["type"], event["content"]
    if kind == "m.room.member":
        return _member(event, room, people)
    if kind == "m.room.redaction":
        deleted = event.get("unsigned", {}).get("livechat.redacts", 0)
        return "event:delete", {"event_id": deleted}
    gone = event.get("unsigned", {}).get("redacted_because")
    if kind == MESSAGE:
        return "message", _deleted(gone) if gone else _message(content)
    if kind.startswith(OWN):
        kind = CUSTOM + kind.removeprefix(OWN)
        return kind, _deleted(gone) if gone else content
    return f"matrix:{kind}", content


def _member(event: Json, room: str, people: People) -> tuple[str, Json]:
    content, id = event["content"], event["state_key"]
    people.learn(id, content.get("displayname"))
    if id == APPLICATION:
        is_end = content["membership"] in ("leave", "ban")
        kind = "conversation:deleted" if is_end else "matrix:m.room.member"
        return kind, {"id": room}
    user = people.user(id)
    if about := content.get("livechat.about"):
        user["properties"] = {"custom_data": about}
    body: Json = {"user": user, "member_id": id}
    if reason := content.get("reason"):
        body["reason"] = {"text": reason}
    return f"member:{_MOVES.get(content['membership'], 'changed')}", body


def _message(content: Json) -> Json:
    kind = str(content.get("msgtype", "m.text")).removeprefix("m.")
    if kind in _KINDS:
        return {"message_type": kind, kind: {"url": content.get("url", "")}}
    return {"message_type": "text", "text": str(content.get("body", ""))}


def _deleted(redaction: Json) -> Json:
    return {"timestamp": {"deleted": timestamp(redaction["origin_server_ts"])}}
