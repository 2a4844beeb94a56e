"""Move conversations from Vonage into rooms, with their senders and times.

An application service can set the time of an event and send it as one of its users.
Each moved event records where it came from. So if a move is repeated, for example after
a power cut, it only sends what's still missing.

Source: https://spec.matrix.org/latest/application-service-api/#timestamp-massaging
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from vonage_http_client.errors import (
    ForbiddenError,
    HttpRequestError,
    NotFoundError,
)
from vonage_users import User

from .calls import DEVICE, code, path
from .engine import MatrixClient, MatrixEngine
from .events import CUSTOM, MESSAGE, OWN

Json = dict[str, Any]

MARK = "livechat.moved"
"""The key in a moved event's content with its old conversation and event id."""


class Source(Protocol):
    """The source of conversations, such as ``Conversations``."""

    def get(self, conversation: str) -> Json:
        """Return a conversation."""
        ...

    def events(self, conversation: str) -> Iterator[Json]:
        """Yield the events of a conversation in order."""
        ...


@dataclass(frozen=True)
class _Sent:
    """An event as it's sent to its new room.

    kind: the Matrix event type.
    content: the event's content.
    acting: the id of the user who sends it; empty for the application.
    key: the key of a state event; empty for other events.
    """

    kind: str
    content: Json
    acting: str = ""
    key: str = ""


@dataclass
class Receipt:
    """The result of moving one conversation.

    conversation: the conversation's id.
    name: the name of the conversation and the room.
    room: the room's id.
    moved: the number of events that were sent.
    there: the number of events that an earlier move has sent.
    left_out: for each type without an equivalent in a room, such as receipts, the
        number of events.
    failed: why it couldn't be moved, or not completely; otherwise empty.
    """

    conversation: str
    name: str
    room: str = ""
    moved: int = 0
    there: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    failed: str = ""

    def __str__(self) -> str:
        if self.failed:
            return f"{self.name}: not moved: {self.failed}"
        left = ", ".join(f"{n} {kind}" for kind, n in sorted(self.left_out.items()))
        return (
            f"{self.name}: {self.moved} moved, {self.there} there before, "
            f"left out: {left or 'nothing'}"
        )


def move(source: Source, engine: MatrixEngine, conversation: str) -> Receipt:
    """Move a conversation into a room with the same name, and return the receipt.

    source: the conversation's current place, which isn't changed.
    engine: the destination.
    conversation: the conversation's id.

    Raises:
        vonage_http_client.errors.HttpRequestError: one of the two rejected a call.
            Events already moved stay there, and the next move continues after them.
    """
    return _Move(source, engine, conversation).run()


class _Move:
    def __init__(self, source: Source, engine: MatrixEngine, conversation: str) -> None:
        self._source = source
        self._engine = engine
        self._client = MatrixClient(engine)
        self._id = conversation
        self._users: dict[str, str] = {}  # by member id

    def run(self) -> Receipt:
        known = self._source.get(self._id)
        shown = known.get("display_name") or known["name"]
        rooms = self._client.conversations
        name = known["name"]
        receipt = Receipt(self._id, name, self._room(name, shown))
        there = set(self._there(receipt.room))
        for event in self._source.events(self._id):
            if event["type"] == "member:joined":
                self._know(event["body"])
            sent = self._sent(event)
            if sent is None:
                receipt.left_out[event["type"]] += 1
                continue
            if event["id"] in there:
                receipt.there += 1
                continue
            if not receipt.moved:
                rooms.let_write(receipt.room, everybody=True)
            try:
                self._put(receipt.room, event, sent)
            except HttpRequestError as error:
                if code(error) != "M_TOO_LARGE":
                    raise
                receipt.left_out[f"{event['type']} longer than rooms allow"] += 1
            else:
                receipt.moved += 1
        # Since an earlier move, the chat may have been closed or reopened in its room.
        rooms.let_write(receipt.room, everybody=not rooms.is_ended(receipt.room))
        return receipt

    def _room(self, name: str, shown: str) -> str:
        rooms = self._client.conversations
        try:
            return rooms.get(name)["id"]
        except NotFoundError:
            return rooms.create(name, shown)["id"]

    def _there(self, room: str) -> Iterator[int]:
        """Yield the original ids of the events that a room already has."""
        query: Json = {"dir": "f", "limit": 500}
        while True:
            where = path("rooms", room, "messages")
            page = self._engine.calls("GET", where, query=query)
            for event in page["chunk"]:
                mark = event["content"].get(MARK, {})
                if mark.get("conversation") == self._id:
                    yield mark["event"]
            if "end" not in page or not page["chunk"]:
                return
            query["from"] = page["end"]

    def _know(self, body: Json) -> None:
        """Create a member's user, unless the user exists."""
        user = body["user"]
        shown = user.get("display_name") or user["name"]
        made = User.model_validate({"name": user["name"], "display_name": shown})
        self._client.users.create_user(made)
        id = self._engine.people.id_of(user["name"])
        self._engine.people.learn(id, shown)
        self._users[body["member_id"]] = id

    def _sent(self, event: Json) -> _Sent | None:
        """Convert an event; return None if rooms have no equivalent."""
        kind, body = event["type"], event["body"]
        member = event.get("from", "")
        if kind in ("member:joined", "member:left"):
            user = self._users.get(body.get("member_id", member))
            if user is None:
                return None
            return _Sent(
                "m.room.member", self._membership(kind, user, body), user, user
            )
        if "deleted" in body.get("timestamp", {}):
            return None
        if kind == "message" and "text" in body:
            content = {"msgtype": "m.text", "body": body["text"]}
            return _Sent(MESSAGE, content, self._users.get(member, ""))
        if kind.startswith(CUSTOM) and not member:  # Only the application ends chats.
            return _Sent(OWN + kind.removeprefix(CUSTOM), body)
        return None

    def _membership(self, kind: str, user: str, body: Json) -> Json:
        if kind == "member:left":
            reason = body.get("reason", {}).get("text")
            return {"membership": "leave"} | ({"reason": reason} if reason else {})
        shown = self._engine.people.user(user)["display_name"]
        return {"membership": "join", "displayname": shown}

    def _put(self, room: str, event: Json, sent: _Sent) -> None:
        at = datetime.fromisoformat(event["timestamp"])
        then = {"ts": round(at.timestamp() * 1000)}
        mark = {MARK: {"conversation": self._id, "event": event["id"]}}
        content = sent.content | mark
        calls = self._engine.calls
        if sent.key:
            where = path("rooms", room, "state", sent.kind, sent.key)
            if content["membership"] == "join":
                with suppress(ForbiddenError):  # Another move may have been faster.
                    calls("PUT", where, {"membership": "invite"}, query=then)
            calls("PUT", where, content, acting=sent.acting, query=then)
            return
        # The key is derived from the event, so two parallel moves only send it once.
        key = f"moved-{self._id}-{event['id']}"
        where = path("rooms", room, "send", sent.kind, key)
        calls("PUT", where, content, acting=sent.acting, device=DEVICE, query=then)
