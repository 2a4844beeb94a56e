"""The rules of events: gapless ids, receipts, and who gets each one.

Every event of a conversation has the next integer as its id, assigned in the
transaction that stores it. Transient events (typing, ``ephemeral``) have no id and
aren't stored.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from ..http.errors import ApiError
from ..http.validation import Fields, Json, refuse
from ..storage.json_text import read, write
from ..storage.store import Transaction
from . import users

_MESSAGE_URLS = ("image", "audio", "video", "file", "vcard")
_MESSAGE_TYPES = ("text", *_MESSAGE_URLS, "template", "location", "custom", "random")
_RECEIPTS = {
    "message:delivered": "delivered_to",
    "message:seen": "seen_by",
    "message:submitted": "submitted_to",
    "message:rejected": "rejected_by",
    "message:undeliverable": "undeliverable_to",
    "text:delivered": "delivered_to",
    "text:seen": "seen_by",
    "image:delivered": "delivered_to",
    "image:seen": "seen_by",
}
_MESSAGES = ("message", "text", "image")
_OF_THE_MOMENT = ("ephemeral", "text:typing:on", "text:typing:off")
TYPES = ("message", "text", "text:update", "image", *_RECEIPTS, *_OF_THE_MOMENT)
"""The event types that are accepted, in addition to ``custom:`` and a name."""
_CUSTOM = re.compile(r"custom:[\w\-:]{1,93}", re.ASCII)
_EVENT_ID = re.compile(r"[1-9][0-9]{0,17}")
_LONGEST_TEXT = 2500
_LARGEST_CUSTOM = 4096
_LONGEST_FILTER = 1000
_MOST_KINDS = 100
FILTERS = (
    "start_id",
    "end_id",
    "event_type",
    "exclude_deleted_events",
    "filter_group_type",
    "filter_group_version",
)
"""The query parameters of a list of events."""
COLUMNS = "id, type, sender, recipient, body, state, timestamp"
"""The columns needed to show an event."""


@dataclass(slots=True)
class Event:
    """One event of a conversation.

    id: starts at 1, without gaps; None for events that aren't stored.
    sender: the id of the sender's member; None if the application sent it.
    embedded: ``from_user`` and ``from_member``, if there is a sender.
    state: to whom it has been delivered, and who has seen it.
    recipients: the ids of the users whose sessions get it; empty for an event read from
        the file.
    callback: the conversation's own webhook, if it has one; None for an event read from
        the file.
    """

    conversation_id: str
    application_id: str
    id: int | None
    type: str
    sender: str | None
    recipient: str | None
    body: Json
    state: Json
    timestamp: str
    embedded: Json
    recipients: frozenset[str] = frozenset()
    callback: Json | None = None
    deleted: bool = False

    def frame(self) -> Json:
        """Return the event in the form used on a websocket."""
        frame: Json = {
            "cid": self.conversation_id,
            "timestamp": self.timestamp,
            "body": self.body,
            "application_id": self.application_id,
        }
        if self.id is not None:
            frame["id"] = self.id
        if self.sender is not None:
            frame["from"] = self.sender
            frame["_embedded"] = self.embedded
        return frame

    def shape(self, href: str) -> Json:
        """Return the event in the REST API's format."""
        answer: Json = {
            "type": self.type,
            "body": self.body,
            "timestamp": self.timestamp,
        }
        if self.id is not None:
            answer["id"] = self.id
            answer["_links"] = {"self": {"href": href}}
        if self.sender is not None:
            answer["from"] = self.sender
            answer["_embedded"] = self.embedded
        if self.recipient is not None:
            answer["to"] = self.recipient
        if self.state:
            answer["state"] = self.state
        return answer


class _Shown(msgspec.Struct, omit_defaults=True, gc=False):
    """An event in a list, whose JSON parts aren't parsed again.

    This second form of an event only exists for speed: parsing and writing those parts
    again would make a list of 20 events take 29 % more processor time (275 µs instead
    of 213 µs).
    """

    type: str
    body: msgspec.Raw
    timestamp: str
    id: int
    links: msgspec.Raw = msgspec.field(name="_links")
    sender: str | None = msgspec.field(name="from", default=None)
    embedded: msgspec.Raw | None = msgspec.field(name="_embedded", default=None)
    recipient: str | None = msgspec.field(name="to", default=None)
    state: msgspec.Raw | None = None


def shapes(tx: Transaction, rows: Iterable[sqlite3.Row], address: str) -> Iterator[Any]:
    """Yield events in the REST API's format, straight from their rows.

    rows: the ``COLUMNS`` of the events table.
    address: the address of the conversation's events.
    """
    # Few members write, but often.
    senders: dict[str | None, msgspec.Raw | None] = {None: None}
    start = write(address)[:-1]  # a JSON string without its closing quote
    for id, kind, sender, recipient, body, state, timestamp in rows:
        if sender not in senders:
            senders[sender] = msgspec.Raw(write(_embedded(tx, sender)))
        yield _Shown(
            kind,
            msgspec.Raw(body),
            timestamp,
            id,
            msgspec.Raw(f'{{"self":{{"href":{start}/{id}"}}}}'),
            sender,
            senders[sender],
            recipient,
            None if state is None else msgspec.Raw(state),
        )


def read_request(body: Json) -> tuple[str, str | None, str | None, Json]:
    """Check a request, and return its type, sender, recipient and body.

    Raises:
        ApiError: ``http:error:validation-fail``.
    """
    # The browser SDKs repeat the conversation's id, and send their session's id.
    fields = Fields(body, others=("cid", "originating_session"))
    kind = fields.text("type", required=True, longest=100)
    sender = fields.text("from")
    recipient = fields.text("to")
    content = fields.object("body") or {}
    fields.done()
    assert kind is not None
    _check_content(kind, content)
    return kind, sender, recipient, content


def _check_content(kind: str, content: Json) -> None:
    fields = Fields(content, "body.", others=None)
    if kind == "message":
        _check_message(fields, content)
    elif kind == "text":
        fields.text("text", required=True, longest=_LONGEST_TEXT)
    elif kind == "text:update":
        fields.text("text", required=True, longest=_LONGEST_TEXT)
        content["original_event_id"] = fields.number(
            "original_event_id", least=1, required=True
        )
    elif kind == "image":
        fields.object("representations", required=True)
    elif kind in _RECEIPTS:
        content["event_id"] = fields.number("event_id", least=1, required=True)
    elif _CUSTOM.fullmatch(kind):
        compact = write(content)
        if len(compact.encode()) > _LARGEST_CUSTOM:
            refuse("body", f"must not be larger than {_LARGEST_CUSTOM} bytes")
    elif kind not in _OF_THE_MOMENT:
        refuse("type", "must be a known event type, or custom: and a name")
    fields.done()


def _check_message(fields: Fields, content: Json) -> None:
    message_type = fields.choice("message_type", _MESSAGE_TYPES, required=True)
    if message_type is not None:
        content["message_type"] = message_type  # The SDKs only understand lower case.
    if message_type == "text":
        fields.text("text", required=True)
    elif message_type is not None and message_type != "random":
        inner = Fields(
            fields.object(message_type, required=True) or {},
            f"body.{message_type}.",
            others=None,
        )
        fields.done()
        if message_type in _MESSAGE_URLS:
            inner.text("url", required=True)
        elif message_type == "template":
            inner.text("name", required=True)
        elif message_type == "location":
            inner.number_or_text("longitude")
            inner.number_or_text("latitude")
        inner.done()


def append(
    tx: Transaction,
    conversation: sqlite3.Row,
    kind: str,
    body: Json,
    *,
    sender: str | None = None,
    recipient: str | None = None,
    also_to: str | None = None,
) -> Event:
    """Store an event under the next id and send it to its members' sessions.

    conversation: a row of the conversations table.
    sender, recipient: ids of members.
    also_to: the id of a user who gets it despite no longer being a member.

    Raises:
        ApiError: a receipt refers to an event that doesn't exist.
    """
    conversation_id = conversation["id"]
    if kind in _RECEIPTS:
        _fold_receipt(tx, conversation_id, kind, body["event_id"], sender)
    event_id = None
    timestamp = tx.clock.now()
    if kind not in _OF_THE_MOMENT:
        row = tx.one(
            "UPDATE conversations SET sequence_number = sequence_number + 1"
            " WHERE id = ? RETURNING sequence_number",
            conversation_id,
        )
        assert row is not None
        event_id = row["sequence_number"]
        tx.run(
            "INSERT INTO events"
            " (conversation_id, id, type, sender, recipient, body, timestamp)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            conversation_id,
            event_id,
            kind,
            sender,
            recipient,
            write(body),
            timestamp,
        )
    recipients = _recipients(tx, conversation_id)
    if also_to is not None:
        recipients |= {also_to}
    event = Event(
        conversation_id,
        conversation["application_id"],
        event_id,
        kind,
        sender,
        recipient,
        body,
        {},
        timestamp,
        _embedded(tx, sender),
        recipients,
        _callback(conversation),
    )
    tx.events.append(event)
    return event


def _recipients(tx: Transaction, conversation_id: str) -> frozenset[str]:
    """Return the ids of the users who get a conversation's events."""
    if conversation_id not in tx.memo:
        # Fetch them all in one row, because a row for each takes twice as long.
        row = tx.one(
            "SELECT group_concat(user_id) AS users FROM members"
            " WHERE conversation_id = ? AND state IN ('INVITED', 'JOINED')",
            conversation_id,
        )
        assert row is not None
        users = row["users"].split(",") if row["users"] else ()
        tx.memo[conversation_id] = frozenset(users)
    return tx.memo[conversation_id]


def forget_recipients(tx: Transaction, conversation_id: str) -> None:
    """Forget who gets a conversation's events, because somebody has joined or left."""
    tx.memo.pop(conversation_id, None)


def announce(tx: Transaction, conversation: sqlite3.Row, kind: str, body: Json) -> None:
    """Send an event only to the webhooks; it has no id and isn't stored.

    conversation: a row of the conversations table.
    """
    tx.events.append(
        Event(
            conversation["id"],
            conversation["application_id"],
            None,
            kind,
            None,
            None,
            body,
            {},
            tx.clock.now(),
            {},
            callback=_callback(conversation),
        )
    )


def _callback(conversation: sqlite3.Row) -> Json | None:
    body = conversation["body"]
    # Few conversations have a callback, so only those are parsed.
    return read(body).get("callback") if '"callback"' in body else None


def _fold_receipt(
    tx: Transaction, conversation_id: str, kind: str, event_id: int, sender: str | None
) -> None:
    row = tx.one(
        "SELECT state FROM events WHERE conversation_id = ? AND id = ?",
        conversation_id,
        event_id,
    )
    if row is None:
        raise ApiError("event:error:not-found")
    state = read(row["state"] or "{}")
    readers = state.setdefault(_RECEIPTS[kind], {})
    if sender is not None and sender not in readers:
        readers[sender] = tx.clock.now()
        tx.run(
            "UPDATE events SET state = ? WHERE conversation_id = ? AND id = ?",
            write(state),
            conversation_id,
            event_id,
        )


def _embedded(tx: Transaction, sender: str | None) -> Json:
    if sender is None:
        return {}
    return {"from_user": users.of_member(tx, sender), "from_member": {"id": sender}}


def _from_row(tx: Transaction, application_id: str, row: sqlite3.Row) -> Event:
    return Event(
        row["conversation_id"],
        application_id,
        row["id"],
        row["type"],
        row["sender"],
        row["recipient"],
        read(row["body"]),
        read(row["state"]) if row["state"] else {},
        row["timestamp"],
        _embedded(tx, row["sender"]),
        deleted=row["deleted"] is not None,
    )


def find(tx: Transaction, conversation: sqlite3.Row, event_id: str) -> Event:
    """Return one event of a conversation.

    Raises:
        ApiError: ``event:error:not-found``.
    """
    # SQLite's integers have 19 digits at most, so event ids do too.
    row = None
    if _EVENT_ID.fullmatch(event_id):
        row = tx.one(
            "SELECT * FROM events WHERE conversation_id = ? AND id = ?",
            conversation["id"],
            int(event_id),
        )
    if row is None:
        raise ApiError("event:error:not-found")
    return _from_row(tx, conversation["application_id"], row)


def delete(
    tx: Transaction, conversation: sqlite3.Row, event: Event, by: str | None
) -> None:
    """Empty a message or custom event, and notify everybody with ``event:delete``.

    by: the id of the member who deletes it, or None for the application.

    Raises:
        ApiError: events of this type can't be deleted, or this one already is.
    """
    if event.type not in _MESSAGES and not event.type.startswith("custom:"):
        refuse("event_id", "must be the id of a message or a custom event")
    if event.deleted:
        raise ApiError("event:error:not-found")
    moment = tx.clock.now()
    tx.run(
        "UPDATE events SET body = ?, deleted = ? WHERE conversation_id = ? AND id = ?",
        write({**_emptied(event), "timestamp": {"deleted": moment}}),
        moment,
        event.conversation_id,
        event.id,
    )
    append(tx, conversation, "event:delete", {"event_id": event.id}, sender=by)


def _emptied(event: Event) -> Json:
    """Return what the SDKs still need from a deleted message: its kind."""
    kind = event.body.get("message_type")
    if event.type != "message" or kind is None:
        return {}
    empty = {kind: _blank(event.body[kind])} if kind in event.body else {}
    return {"message_type": kind, **empty}


def _blank(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blank(inner) for key, inner in value.items()}
    return "" if isinstance(value, str) else None


def condition(filters: dict[str, str]) -> tuple[str, list[Any]]:
    """Return an SQL condition and its values for the filters of a list of events.

    filters: ``start_id``, ``end_id``, ``event_type`` (a comma-separated list, where
        ``*`` matches any text), ``exclude_deleted_events`` and ``filter_group_type``.

    Raises:
        ApiError: an id isn't an integer, or another value isn't allowed.
    """
    parts, values = ["TRUE"], []
    fields = Fields(filters, others=None)
    for key, comparison in (("start_id", ">="), ("end_id", "<=")):
        number = fields.number(key)
        if number is not None:
            parts.append(f"id {comparison} ?")
            values.append(number)
    without_deleted = fields.flag("exclude_deleted_events")
    fields.done()
    if "event_type" in filters:
        if len(filters["event_type"]) > _LONGEST_FILTER:
            refuse(
                "event_type",
                "length must be less than or equal to"
                f" {_LONGEST_FILTER} characters long",
            )
        kinds = filters["event_type"].split(",")
        if len(kinds) > _MOST_KINDS:
            refuse(
                "event_type", f"must contain less than or equal to {_MOST_KINDS} items"
            )
        parts.append("(" + " OR ".join(["type GLOB ?"] * len(kinds)) + ")")
        # GLOB's `*` is the same as the API's; its other special characters are escaped.
        values += [re.sub(r"([\[?])", r"[\1]", kind) for kind in kinds]
    if filters.get("filter_group_type") == "ChatEvents":
        # The browser SDK asks for this group. A receipt in its history makes it fail
        # ("Maximum call stack size exceeded"). It finds out who has seen a message from
        # that message's state, so the group can't contain receipts.
        parts.append(f"type NOT IN ({', '.join('?' * len(_RECEIPTS))})")
        values += _RECEIPTS
    if without_deleted:
        parts.append("deleted IS NULL")
    return " AND ".join(parts), values
