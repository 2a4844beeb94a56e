"""A chat in a list: who the visitor is, the last message, who's waiting.

A summary processes the events of a conversation one by one, in the order of their ids,
and only keeps the last message.
"""

from dataclasses import dataclass, field

from ..conversations import Json
from ..support_desk import ENDED, REOPENED

_MESSAGES = ("message", "text")  # The 2019 SDK sends the second type.
_LONGEST = 200  # characters of the last message


@dataclass
class Summary:
    """One chat, according to the events processed so far.

    id: the conversation's id.
    known: the id of the newest event processed.
    visitor: the id of the visitor's user.
    title: the visitor's name.
    last: the text of the newest message.
    kind: the kind of the newest message if it isn't text, such as ``image``.
    at: when the newest message was written, in ISO 8601.
    waiting_since: when the visitor wrote the first unanswered message; empty if nobody
        is waiting.
    unread: the ids of the visitor's messages that no agent has seen.
    end: who ended the chat, why and when; None while it's open.
    is_spoilt: whether something that the summary depends on has been deleted, so that
        the whole history has to be read again.
    """

    id: str
    known: int = 0
    visitor: str = ""
    title: str = ""
    last: str = ""
    kind: str = ""
    at: str = ""
    waiting_since: str = ""
    unread: list[int] = field(default_factory=list)
    end: Json | None = None
    is_spoilt: bool = False
    _agents: dict[str, str] = field(default_factory=dict)  # each member's user
    _rests_on: set[int] = field(default_factory=set)

    @property
    def owner(self) -> str:
        """The user id of the agent who owns the chat; empty if nobody does."""
        return next(reversed(self._agents.values()), "")

    @property
    def has_messages(self) -> bool:
        """Whether the chat has any messages that haven't been deleted."""
        return self.at != ""

    def row(self) -> Json:
        """Return the summary as a row of a list."""
        shown = ("id", "known", "title", "visitor", "last", "kind", "at", "end")
        more = ("waiting_since", "unread")
        return {name: getattr(self, name) for name in (*shown, *more)}

    def take(self, event: Json) -> None:
        """Process the next event.

        An event that was processed before changes nothing.
        """
        if event["id"] <= self.known:
            return
        self.known = event["id"]
        kind, body = event["type"], event["body"]
        if kind == "member:joined":
            self._take_joined(body)
        elif kind == "member:left":
            self._take_left(event)
        elif kind == "event:delete":
            self.is_spoilt = self.is_spoilt or body["event_id"] in self._rests_on
        elif kind in (ENDED, REOPENED):
            self._take_end(event)
        elif kind in _MESSAGES and self.end is None:
            self._take_message(event)
        elif kind.endswith(":seen"):
            self.see(event)

    def see(self, event: Json) -> None:
        """Process a receipt: messages that an agent has read are no longer unread."""
        if self._sender(event) != self.visitor:
            last = event["body"]["event_id"]
            self.unread = [each for each in self.unread if each > last]

    def _take_joined(self, body: Json) -> None:
        user = body["user"]
        if not self.visitor:
            self.visitor = user["id"]
            self.title = user.get("display_name") or user["name"]
        if user["id"] != self.visitor:
            self._agents[body["member_id"]] = user["id"]
        elif self.end and self.end["left"]:
            self.end = None

    def _take_left(self, event: Json) -> None:
        body = event["body"]
        self._agents.pop(body["member_id"], None)
        if body["user"]["id"] == self.visitor and self.end is None:
            # This is how chats used to end, before there was an event for it.
            why = body.get("reason") or {}
            by = "agent" if why.get("code") == "closed" else "visitor"
            reason = why.get("text", "") if by == "agent" else ""
            self._end(event, by, reason, left=True)

    def _take_end(self, event: Json) -> None:
        body = event["body"]
        if "from" in event:
            return  # A user's token sent it, so it isn't the website's.
        if event["type"] == REOPENED:
            self.end = None
        elif self.end is None and "by" in body:
            self._end(event, body["by"], body.get("reason", ""), left=False)

    def _end(self, event: Json, by: str, reason: str, *, left: bool) -> None:
        at = event["timestamp"]
        self.end = {"by": by, "reason": reason, "at": at, "left": left}
        self.waiting_since = ""
        self._rests_on.add(event["id"])

    def _take_message(self, event: Json) -> None:
        body = event["body"]
        if "deleted" in body.get("timestamp", {}):
            return
        text = body.get("text")
        self.last = text[:_LONGEST] if isinstance(text, str) else ""
        self.kind = "" if self.last else str(body.get("message_type", "message"))
        self.at = event["timestamp"]
        self._rests_on.add(event["id"])
        if self._sender(event) == self.visitor:
            self.unread = [*self.unread, event["id"]]
            self.waiting_since = self.waiting_since or self.at
        else:  # An agent who answers has read everything before that.
            self.unread = []
            self._rests_on = {event["id"]}
            self.waiting_since = ""

    def _sender(self, event: Json) -> str:
        return event.get("_embedded", {}).get("from_user", {}).get("id", "")
