"""One chat as an agent sees it, built only from its events, so it can be rebuilt.

This module doesn't know about networks or views. Events go in, in order, and changes
come out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import ENDED, REOPENED

Kind = Literal["message", "note", "event"]
Who = Literal["visitor", "agent", ""]
Mark = Literal["", "delivered", "seen"]

DELETED = "This message was deleted."
"""The text shown instead of a deleted message."""

_NUMBERED = re.compile(r"(.+-[0-9a-f]{16})-([2-9]|[1-9][0-9]{1,2})")

_KINDS = {
    "image": "An image",
    "audio": "A sound",
    "video": "A video",
    "file": "A file",
    "template": "A template",
    "location": "A place on a map",
    "vcard": "A contact",
}


@dataclass
class Line:
    """One line of a transcript.

    id: the id of its event; a note has the id of the event before it.
    kind: a message, a private note, or something that happened.
    who: whose message it is; empty for something that happened.
    name: the author's display name.
    text: what it says.
    at: the time, in ISO 8601.
    mark: whether the message has been delivered to the other side, or seen.
    """

    id: int
    kind: Kind
    who: Who
    name: str
    text: str
    at: str
    mark: Mark = ""

    def __str__(self) -> str:
        return f"{self.who if self.kind == 'message' else self.kind}: {self.text}"


@dataclass(frozen=True)
class Change:
    """What an event has changed.

    what: a ``new`` line, an existing line (``line``), only the chat itself (``chat``),
        or nothing that is shown.
    index: the line's index.
    """

    what: Literal["new", "line", "chat", "nothing"]
    index: int = -1


@dataclass(frozen=True)
class Agent:
    """An agent in a chat: a joined member.

    member, user: the ids.
    name: the display name.
    login: the user's name.
    """

    member: str
    user: str
    name: str
    login: str


@dataclass(eq=False)
class Chat:
    """One conversation.

    id: the conversation's id.
    me: the user id of this agent.
    front_desk: the user id of the front desk.
    notes: earlier private notes, in order.
    visitor: the visitor's display name.
    visitor_user, visitor_login: the id and the name of the visitor's user.
    page: the path of the page that the visitor wrote from, if known.
    lines: the transcript.
    last_id: the id of the newest event that has been applied.
    glanced_at: the id of the newest event seen in a colleague's chat.
    agents: those who have joined, in that order; the last one owns the chat.
    ended: whether the chat has ended.
    read: the id of the visitor's newest message that an agent has seen.
    waiting_since: when the visitor wrote the first unanswered message, in ISO 8601.
    is_typing: whether the visitor is typing.
    early: events that arrived before earlier ones, by id.
    """

    id: str
    me: str
    front_desk: str
    notes: list[Line] = field(default_factory=list)
    visitor: str = "Visitor"
    visitor_user: str = ""
    visitor_login: str = ""
    page: str = ""
    lines: list[Line] = field(default_factory=list)
    last_id: int = 0
    glanced_at: int = 0
    agents: list[Agent] = field(default_factory=list)
    ended: bool = False
    read: int = 0
    waiting_since: str = ""
    is_typing: bool = False
    early: dict[int, Json] = field(default_factory=dict)
    _was_closed: bool = False  # by the application; nobody else can reopen it
    _unread: list[int] = field(default_factory=list)
    _unseen: list[Line] = field(default_factory=list)  # can include seen ones
    _index: dict[int, int] = field(default_factory=dict)  # of each message's line
    _seen_until: dict[str, int] = field(default_factory=dict)  # by reader

    @property
    def owner(self) -> Agent | None:
        """The agent who owns the chat."""
        return self.agents[-1] if self.agents else None

    @property
    def is_mine(self) -> bool:
        """Whether this agent owns the chat."""
        return self.owner is not None and self.owner.user == self.me

    @property
    def is_queued(self) -> bool:
        """Whether it's waiting at the front desk."""
        return self.owner is not None and self.owner.user == self.front_desk

    @property
    def is_in_sight(self) -> bool:
        """Whether this agent can follow it, as a member or through the front desk."""
        return any(agent.user in (self.me, self.front_desk) for agent in self.agents)

    @property
    def unread(self) -> int:
        """How many of the visitor's messages no agent has seen."""
        return len(self._unread)

    @property
    def can_reopen(self) -> bool:
        """Whether it has ended with the visitor still in it."""
        return self.ended and self._was_closed

    @property
    def state(self) -> Literal["yours", "queue", "colleague", "ended"]:
        """The chat's state in one word: whose chat it is, or that it has ended."""
        if self.ended:
            return "ended"
        if self.is_mine:
            return "yours"
        return "queue" if self.is_queued else "colleague"

    @property
    def earlier_logins(self) -> list[str]:
        """The user names that the visitor had in earlier chats.

        The website numbers them: ``name``, ``name-2``, ``name-3``.
        """
        found = _NUMBERED.fullmatch(self.visitor_login)
        if found is None:
            return []
        name, number = found[1], int(found[2])
        return [name, *(f"{name}-{earlier}" for earlier in range(2, number))]

    def last_line(self) -> Line | None:
        """Return the newest message."""
        newest = reversed(self.lines)
        return next((line for line in newest if line.kind == "message"), None)

    def search(self, text: str) -> list[int]:
        """Return the indexes of the lines that contain a text, ignoring case."""
        words = text.casefold()
        lines = enumerate(self.lines)
        return [index for index, line in lines if words in line.text.casefold()]

    def to_confirm(self, mark: Mark) -> list[Line]:
        """Return the visitor's messages that no agent has confirmed with a mark yet."""
        self._unseen = [line for line in self._unseen if line.mark != "seen"]
        below = ("",) if mark == "delivered" else ("", "delivered")
        return [line for line in self._unseen if line.mark in below]

    def see(self, event_id: int) -> None:
        """Treat the visitor's messages up to an id as seen."""
        self.read = max(self.read, event_id)
        self._unread = [unread for unread in self._unread if unread > self.read]

    def add_note(self, note: Line) -> Change:
        """Add a note at the end of the transcript."""
        return self._add(note)

    def apply_all(self, events: Iterable[Json]) -> list[Change]:
        """Apply events from the conversation's log, except known ones.

        After this agent has left a chat, its messages aren't for this agent, unless the
        chat is handed back later.
        """
        changes: list[Change] = []
        skipped: list[Json] = []
        for event in events:
            if event["id"] <= self.last_id:
                continue
            skipped.append(event)
            if self.is_in_sight or event["type"].startswith("member:"):
                changes += [self.apply(one) for one in skipped]
                skipped.clear()
        return changes

    def glance(self, events: Iterable[Json]) -> bool:
        """Check in a colleague's log whether the visitor is waiting, and nothing else.

        Returns:
            Whether that has changed.
        """
        before = self.waiting_since, self.ended
        for event in events:
            self.glanced_at = max(self.glanced_at, event["id"])
            if event["id"] <= self.last_id:
                continue
            if event["type"] in ("message", "text"):
                mine = _user(event) == self.visitor_user
                since = self.waiting_since or event["timestamp"]
                self.waiting_since = since if mine and not self.ended else ""
            elif event["type"] == ENDED and _is_said_by_us(event):
                self._end()
        return before != (self.waiting_since, self.ended)

    def apply(self, event: Json) -> Change:
        """Apply the next event and return what changed."""
        self.last_id = event["id"]
        change = self._applied(event)
        while self.notes and self.notes[0].id <= self.last_id:
            self._add(self.notes.pop(0))
        return change

    def _applied(self, event: Json) -> Change:
        kind, body = event["type"], event["body"]
        if kind in ("message", "text"):
            return self._apply_message(event)
        if kind == "member:joined":
            return self._apply_joined(event)
        if kind == "member:left":
            return self._apply_left(event)
        if kind.endswith((":delivered", ":seen")):
            return self._apply_receipt(event)
        if kind == "event:delete" and body["event_id"] in self._index:
            index = self._index[body["event_id"]]
            self.lines[index].text = DELETED
            if body["event_id"] in self._unread:
                self._unread.remove(body["event_id"])
            return Change("line", index)
        if kind in (ENDED, REOPENED) and _is_said_by_us(event):
            return self._apply_end(event)
        if kind == "custom:rating":
            stars, comment = body.get("stars"), body.get("comment")
            said = f": {comment}" if comment else "."
            return self._happened(
                event, f"{self.visitor} gave {stars} of 5 stars{said}"
            )
        return Change("nothing")

    def _apply_message(self, event: Json) -> Change:
        user = event.get("_embedded", {}).get("from_user", {})
        who: Who = "visitor" if user.get("id") == self.visitor_user else "agent"
        name = user.get("display_name") or user.get("name") or "Support"
        text = _text(event["body"])
        line = Line(event["id"], "message", who, name, text, event["timestamp"])
        is_read = self._mark(line)
        if who == "visitor":
            self._unseen.append(line)
            self.is_typing = False
            if not self.ended:  # Messages after the end don't wait for an answer.
                self._unread += [] if is_read else [line.id]
                self.waiting_since = self.waiting_since or line.at
        else:
            self.waiting_since = ""
            self.see(line.id)  # An agent who answers has read everything before that.
        self._index[line.id] = len(self.lines)
        return self._add(line)

    def _apply_joined(self, event: Json) -> Change:
        member, user = event["body"]["member_id"], event["body"]["user"]
        name = user.get("display_name") or user["name"]
        if not self.visitor_user:
            self.visitor_user, self.visitor = user["id"], name
            self.visitor_login = user.get("name", "")
            about = user.get("properties", {}).get("custom_data") or {}
            self.page = str(about.get("page", ""))
            return Change("chat")
        if user["id"] == self.visitor_user:
            self.ended = self.ended and self._was_closed
            return self._happened(event, f"{name} is back.")
        self.agents = [agent for agent in self.agents if agent.user != user["id"]]
        is_first = not self.agents and not self._index
        self.agents.append(Agent(member, user["id"], name, user.get("name", "")))
        if is_first:
            return Change("chat")
        return self._happened(event, f"{name} has the chat now.")

    def _apply_left(self, event: Json) -> Change:
        member, user = event["body"]["member_id"], event["body"]["user"]
        if user["id"] != self.visitor_user:
            self.agents = [agent for agent in self.agents if agent.member != member]
            return Change("chat")
        if self.ended:
            return Change("nothing")
        self._end()
        reason = event["body"].get("reason") or {}
        if reason.get("code") == "closed":  # This is how chats used to be closed.
            return self._happened(event, _closed(reason.get("text", "")))
        return self._happened(event, f"{self.visitor} has left the chat.")

    def _apply_end(self, event: Json) -> Change:
        """Apply an event that ends or reopens the chat; only the first end counts."""
        if event["type"] == REOPENED:
            if not self.ended:
                return Change("nothing")
            self.ended = self._was_closed = False
            return self._happened(event, "The chat was opened again.")
        if self._was_closed:
            return Change("nothing")
        self._end()
        self._was_closed = True
        body = event["body"]
        if body.get("by") == "visitor":
            return self._happened(event, f"{self.visitor} has ended the chat.")
        return self._happened(event, _closed(body.get("reason", "")))

    def _end(self) -> None:
        self.ended, self.is_typing, self.waiting_since = True, False, ""

    def _apply_receipt(self, event: Json) -> Change:
        index = self._index.get(event["body"]["event_id"])
        user = _user(event)
        if index is None:
            return Change("nothing")
        line = self.lines[index]
        # Only a receipt from the other side counts.
        if (user == self.visitor_user) == (line.who == "visitor"):
            return Change("nothing")
        is_seen = event["type"].endswith(":seen")
        line.mark = "seen" if is_seen or line.mark == "seen" else "delivered"
        if line.who == "agent":
            return Change("line", index)
        unread = self.unread
        if is_seen:
            self.see(line.id)
        return Change("nothing" if self.unread == unread else "chat")

    def see_until(self, event: Json) -> list[Change]:
        """Apply a receipt that isn't in the log: its user has read up to a message.

        Returns:
            What has changed; messages that haven't arrived yet count as read when they
            do.
        """
        user, last = str(_user(event)), event["body"]["event_id"]
        self._seen_until[user] = max(self._seen_until.get(user, 0), last)
        lines = ((index, self.lines[index]) for index in self._index.values())
        changes = [Change("line", index) for index, line in lines if self._mark(line)]
        unread = self.unread
        self.see(self._seen_by_others_than(self.visitor_user))
        return changes if self.unread == unread else [*changes, Change("chat")]

    def _mark(self, line: Line) -> bool:
        """Mark a message as seen if the other side has read that far.

        Return whether so.
        """
        if line.who == "agent":
            last = self._seen_until.get(self.visitor_user, 0)
        else:
            last = self._seen_by_others_than(self.visitor_user)
        if line.mark == "seen" or line.id > last:
            return False
        line.mark = "seen"
        return True

    def _seen_by_others_than(self, user: str) -> int:
        others = (last for who, last in self._seen_until.items() if who != user)
        return max(others, default=0) if user else 0

    def _happened(self, event: Json, text: str) -> Change:
        return self._add(Line(event["id"], "event", "", "", text, event["timestamp"]))

    def _add(self, line: Line) -> Change:
        self.lines.append(line)
        return Change("new", len(self.lines) - 1)


def _user(event: Json) -> str | None:
    """Return the id of the user who sent an event."""
    return event.get("_embedded", {}).get("from_user", {}).get("id")


def _is_said_by_us(event: Json) -> bool:
    """Return whether an event is the application's; a user's event has a ``from``.

    The body of a deleted event contains nothing but the time of its deletion.
    """
    return "from" not in event and "timestamp" not in event["body"]


def _closed(reason: str) -> str:
    return f"The chat was closed: {reason}" if reason else "The chat was closed."


def _text(body: Json) -> str:
    """Return a message's text, or a description if it can't be shown here."""
    if isinstance(body.get("text"), str):
        return body["text"]
    if "deleted" in body.get("timestamp", {}):
        return DELETED
    kind = body.get("message_type", "")
    what = _KINDS.get(kind, "A message of an unknown type")
    content = body.get(kind)
    where = content.get("url", "") if isinstance(content, dict) else ""
    return f"{what}: {where}" if where else f"{what}, which cannot be shown here."
