"""One chat as an agent sees it, built from its events alone: so it can be built again.

Nothing here knows of networks or views. An event goes in, in its order, and what has
changed comes out.
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
"""What is shown instead of a message that was deleted."""

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

    id: of its event; a note has that of the event before it.
    kind: a message, a note to self, or something that happened.
    who: whose it is; of an event nobody's. name: as people read it.
    at: the time, ISO 8601. mark: how far the message has come on the other side.
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

    what: a line that is ``new``, a line that is another now (``line``), nothing but the
    chat itself (``chat``), or nothing that is shown. index: of the line.
    """

    what: Literal["new", "line", "chat", "nothing"]
    index: int = -1


@dataclass(frozen=True)
class Agent:
    """An agent who is in a chat: a joined member.

    member, user: their ids. name: as people read it. login: the user's own name.
    """

    member: str
    user: str
    name: str
    login: str


@dataclass(eq=False)
class Chat:
    """One conversation.

    id: the conversation's. me: the id of this agent's user. front_desk: of the front
    desk's. notes: the notes to self that were kept earlier, in their order.
    last_id: of the newest event that has been applied.
    visitor: the visitor's name as people read it. visitor_user, visitor_login: the id
    and the name of the visitor's user. page: the path of the page the visitor wrote
    from, if that is known.
    glanced_at: of the newest event of a colleague's chat that was looked at.
    agents: those who have joined, in that order; the last one to join has the chat.
    read: the id of the newest message of the visitor that an agent has seen.
    waiting_since: when the visitor wrote what nobody has answered, ISO 8601.
    early: events that came ahead of others, by their id.
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
    _was_closed: bool = False  # by the application's word, which only it takes back
    _unread: list[int] = field(default_factory=list)
    _unseen: list[Line] = field(default_factory=list)  # and some that are seen by now
    _index: dict[int, int] = field(default_factory=dict)  # of the line of a message
    _seen_until: dict[str, int] = field(default_factory=dict)  # by the reader's user

    @property
    def owner(self) -> Agent | None:
        """The agent who has the chat."""
        return self.agents[-1] if self.agents else None

    @property
    def is_mine(self) -> bool:
        """Whether this agent has the chat."""
        return self.owner is not None and self.owner.user == self.me

    @property
    def is_queued(self) -> bool:
        """Whether it waits at the front desk."""
        return self.owner is not None and self.owner.user == self.front_desk

    @property
    def is_in_sight(self) -> bool:
        """Whether this agent may follow it: as a member, or through the front desk."""
        return any(agent.user in (self.me, self.front_desk) for agent in self.agents)

    @property
    def unread(self) -> int:
        """How many messages of the visitor no agent has seen."""
        return len(self._unread)

    @property
    def can_reopen(self) -> bool:
        """Whether it has ended, and the visitor is still in it."""
        return self.ended and self._was_closed

    @property
    def state(self) -> Literal["yours", "queue", "colleague", "ended"]:
        """Whose turn it is, if anybody's, in a word."""
        if self.ended:
            return "ended"
        if self.is_mine:
            return "yours"
        return "queue" if self.is_queued else "colleague"

    @property
    def earlier_logins(self) -> list[str]:
        """The names that the visitor's users had in the visitor's chats before this.

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
        """Return the indexes of the lines that contain a text, small or capital."""
        words = text.casefold()
        lines = enumerate(self.lines)
        return [index for index, line in lines if words in line.text.casefold()]

    def to_confirm(self, mark: Mark) -> list[Line]:
        """Return the visitor's messages that no agent has confirmed so far."""
        self._unseen = [line for line in self._unseen if line.mark != "seen"]
        below = ("",) if mark == "delivered" else ("", "delivered")
        return [line for line in self._unseen if line.mark in below]

    def see(self, event_id: int) -> None:
        """Take the visitor's messages up to an id for seen."""
        self.read = max(self.read, event_id)
        self._unread = [unread for unread in self._unread if unread > self.read]

    def add_note(self, note: Line) -> Change:
        """Put a note at the end of the transcript."""
        return self._add(note)

    def apply_all(self, events: Iterable[Json]) -> list[Change]:
        """Apply what was read of the conversation's log, without what is known.

        What is said after this agent has left a chat is not for this agent, unless
        it is handed back later.
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
        """Learn from a colleague's log whether the visitor waits, and nothing else.

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
        """Apply the next event and return what it has changed."""
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
            if not self.ended:  # what comes after the end waits for no answer
                self._unread += [] if is_read else [line.id]
                self.waiting_since = self.waiting_since or line.at
        else:
            self.waiting_since = ""
            self.see(line.id)  # an agent who answers has read it
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
        if reason.get("code") == "closed":  # as chats were closed formerly
            return self._happened(event, _closed(reason.get("text", "")))
        return self._happened(event, f"{self.visitor} has left the chat.")

    def _apply_end(self, event: Json) -> Change:
        """Apply what the application says of the chat's end; the first word counts."""
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
        # Only the other side's word counts.
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
        """Take a receipt that is in no log: its user has read all messages up to one.

        Returns:
            What has changed; messages that aren't here yet count as read later.
        """
        user, last = str(_user(event)), event["body"]["event_id"]
        self._seen_until[user] = max(self._seen_until.get(user, 0), last)
        lines = ((index, self.lines[index]) for index in self._index.values())
        changes = [Change("line", index) for index, line in lines if self._mark(line)]
        unread = self.unread
        self.see(self._seen_by_others_than(self.visitor_user))
        return changes if self.unread == unread else [*changes, Change("chat")]

    def _mark(self, line: Line) -> bool:
        """Mark a message if the other side has read up to it; return whether it has."""
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
    """Return the id of the user whose event it is."""
    return event.get("_embedded", {}).get("from_user", {}).get("id")


def _is_said_by_us(event: Json) -> bool:
    """Return whether the application says it; a user's token always has a ``from``.

    A deleted event has nothing in its body but when it was deleted.
    """
    return "from" not in event and "timestamp" not in event["body"]


def _closed(reason: str) -> str:
    return f"The chat was closed: {reason}" if reason else "The chat was closed."


def _text(body: Json) -> str:
    """Return what a message says; what cannot be shown here is named."""
    if isinstance(body.get("text"), str):
        return body["text"]
    if "deleted" in body.get("timestamp", {}):
        return DELETED
    kind = body.get("message_type", "")
    what = _KINDS.get(kind, "A message of a kind that this pane does not know")
    content = body.get(kind)
    where = content.get("url", "") if isinstance(content, dict) else ""
    return f"{what}: {where}" if where else f"{what}, which cannot be shown here."
