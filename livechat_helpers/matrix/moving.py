"""Move conversations from Vonage into rooms: who said what, and when.

An application service may say when something was said, and speak for its users. Each
event that moves notes where it comes from, so a second move, or one after a power cut,
sends only what isn't there yet.

Source: https://spec.matrix.org/latest/application-service-api/#timestamp-massaging
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from vonage_http_client.errors import ForbiddenError, NotFoundError
from vonage_users import User

from .calls import DEVICE, path
from .engine import MatrixClient, MatrixEngine
from .events import CUSTOM, MESSAGE, OWN

Json = dict[str, Any]

MARK = "livechat.moved"
"""In the content of an event that has moved: the conversation, and the event's id."""


_ENDS = {"custom:chat_ended": True, "custom:chat_reopened": False}


class Source(Protocol):
    """Where conversations are now; ``Conversations`` is one."""

    def get(self, conversation: str) -> Json:
        """Return a conversation."""
        ...

    def events(self, conversation: str) -> Iterator[Json]:
        """Yield its events in order."""
        ...


@dataclass(frozen=True)
class _Sent:
    """How an event looks in its new room.

    acting: the id of the user it's from; empty for the application. key: that of a
    state event; empty for others.
    """

    kind: str
    content: Json
    acting: str = ""
    key: str = ""


@dataclass
class Receipt:
    """The result of moving one conversation.

    name: of the conversation and the room. room: its id. moved: events that were sent.
    there: events that an earlier move has sent. left_out: how many there were of each
    type that has no place in a room, such as receipts.
    """

    name: str
    room: str
    moved: int = 0
    there: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        left = ", ".join(f"{n} {kind}" for kind, n in sorted(self.left_out.items()))
        return (
            f"{self.name}: {self.moved} moved, {self.there} there before, "
            f"left out: {left or 'nothing'}"
        )


def move(source: Source, engine: MatrixEngine, conversation: str) -> Receipt:
    """Move a conversation into a room of the same name, and return the receipt.

    source: where it is now; it stays there as it is. engine: where it goes.
    conversation: its id.

    Raises:
        vonage_http_client.errors.HttpRequestError: one of the two refuses; what has
            moved by then stays, and the next move goes on from there.
    """
    return _Move(source, engine, conversation).run()


class _Move:
    def __init__(self, source: Source, engine: MatrixEngine, conversation: str) -> None:
        self._source = source
        self._engine = engine
        self._client = MatrixClient(engine)
        self._id = conversation
        self._users: dict[str, str] = {}  # by the id of a member

    def run(self) -> Receipt:
        known = self._source.get(self._id)
        shown = known.get("display_name") or known["name"]
        rooms = self._client.conversations
        receipt = Receipt(known["name"], self._room(known["name"], shown))
        there = set(self._there(receipt.room))
        ended = False
        for event in self._source.events(self._id):
            if event["type"] == "member:joined":
                self._know(event["body"])
            sent = self._sent(event)
            if sent is None:
                receipt.left_out[event["type"]] += 1
                continue
            ended = _ENDS.get(event["type"], ended)
            if event["id"] in there:
                receipt.there += 1
                continue
            if not receipt.moved:
                rooms.let_write(receipt.room, everybody=True)
            self._put(receipt.room, event, sent)
            receipt.moved += 1
        rooms.let_write(receipt.room, everybody=not ended)
        return receipt

    def _room(self, name: str, shown: str) -> str:
        rooms = self._client.conversations
        try:
            return rooms.get(name)["id"]
        except NotFoundError:
            return rooms.create(name, shown)["id"]

    def _there(self, room: str) -> Iterator[int]:
        """Yield the ids of the events that a room already has."""
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
        """Create the user of a member, unless it exists."""
        user = body["user"]
        shown = user.get("display_name") or user["name"]
        made = User.model_validate({"name": user["name"], "display_name": shown})
        self._client.users.create_user(made)
        id = self._engine.people.id_of(user["name"])
        self._engine.people.learn(id, shown)
        self._users[body["member_id"]] = id

    def _sent(self, event: Json) -> _Sent | None:
        """Return what becomes of an event; None if it has no place in a room."""
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
        if kind.startswith(CUSTOM) and not member:  # only the application ends a chat
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
                with suppress(ForbiddenError):  # in already: another move was faster
                    calls("PUT", where, {"membership": "invite"}, query=then)
            calls("PUT", where, content, acting=sent.acting, query=then)
            return
        # A key of the event's own: of two moves at once, it still arrives once.
        key = f"moved-{self._id}-{event['id']}"
        where = path("rooms", room, "send", sent.kind, key)
        calls("PUT", where, content, acting=sent.acting, device=DEVICE, query=then)
