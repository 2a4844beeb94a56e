"""Rooms: the calls of ``conversations`` for a Matrix server."""

import json
from collections.abc import Collection, Iterator
from typing import Literal
from urllib.parse import unquote
from uuid import uuid4

from vonage_http_client.errors import ForbiddenError, HttpRequestError, NotFoundError

from .calls import DEVICE, Calls, Json, code, login, path
from .events import CUSTOM, MESSAGE, OWN, number, timestamp, to_vonage, types_of
from .people import People, in_id, is_visitor, localpart
from .ready_file import APPLICATION, SERVER

ENDED, REOPENED = "livechat.chat_ended", "livechat.chat_reopened"
_OURS = (ENDED, REOPENED, "livechat.rating")
"""Events that only the application can send."""

_AGENT, _APPLICATION = 50, 100  # power levels
_TAKEN = 409
_OUT_OF_ORDER = 10  # positions by which `/messages` can differ from the stored order
_TYPING = 6000  # milliseconds after which typing is considered to have stopped
_NOTHING = {"types": []}
_NEWEST = {
    "room": {
        "timeline": {"limit": 1},
        "state": _NOTHING,
        "ephemeral": _NOTHING,
        "account_data": _NOTHING,
    },
    "presence": _NOTHING,
    "account_data": _NOTHING,
}
"""A filter for the newest event of each room."""


class Rooms:
    """The conversation calls of the application, or of one user.

    calls: makes the calls.
    people: knows the users.
    me: the id of the user that the calls' token belongs to; without it, the application
        makes the calls and can act as any user.
    """

    def __init__(self, calls: Calls, people: People, me: str = "") -> None:
        self._calls = calls
        self._people = people
        self._me = me
        self._since: dict[str, str] = {}  # by user: the position in Synapse's stream
        self._newest: dict[str, dict[str, int]] = {}  # by user and room

    def create(
        self,
        name: str | None = None,
        display_name: str | None = None,
        callback: Json | None = None,
        guests: Collection[str] = (),
    ) -> Json:
        """Create a room; without a name, it gets a generated one.

        name: a unique name.
        display_name: the name to show people.
        callback: ignored, because the application receives every event.
        guests: the ids of users who are about to join, so they're invited.
        """
        name = name or f"NAM-{uuid4()}"
        wanted = {
            "preset": "private_chat",
            "room_alias_name": in_id(name),
            "name": display_name or name,
            "invite": [*guests],
            "creation_content": {"m.federate": False},
            "power_level_content_override": self._powers(0),
            "initial_state": [
                {
                    "type": "m.room.guest_access",
                    "content": {"guest_access": "forbidden"},
                }
            ],
        }
        try:
            made = self._calls("POST", "/createRoom", wanted)
        except HttpRequestError as error:
            if code(error) == "M_ROOM_IN_USE":
                error.response.status_code = _TAKEN  # This is Vonage's status.
            raise
        id = made["room_id"]
        return {"id": id, "name": name, "display_name": display_name or name}

    def _powers(self, least: int) -> Json:
        """Return a room's power levels.

        least: the level needed to write.
        """
        agents = dict.fromkeys(self._people.agents(), _AGENT)
        return {
            "users": {**agents, APPLICATION: _APPLICATION},
            "users_default": 0,
            "events_default": least,
            "state_default": _APPLICATION,
            "invite": _APPLICATION,
            "kick": _APPLICATION,
            "ban": _APPLICATION,
            "redact": _AGENT,
            "events": {
                "m.room.redaction": least,
                **dict.fromkeys(_OURS, _APPLICATION),
            },
        }

    def get(self, conversation: str) -> Json:
        """Return the room with an id or name.

        Raises:
            vonage_http_client.errors.NotFoundError: it doesn't exist, or was deleted.
        """
        if conversation.startswith("!"):
            id, name = conversation, self._alias(conversation)
        else:
            id, name = self._room_named(conversation), conversation
        shown = self._state(id, "m.room.name")["name"]
        return {"id": id, "name": name, "display_name": shown}

    def _room_named(self, name: str) -> str:
        return self._calls("GET", _directory(name))["room_id"]

    def _alias(self, room: str) -> str:
        try:
            alias = self._state(room, "m.room.canonical_alias").get("alias", "")
        except NotFoundError:
            return ""  # The room was created without a name.
        return unquote(localpart(alias))

    def _state(self, room: str, kind: str, key: str = "") -> Json:
        found = path("rooms", room, "state", kind, key) if key else None
        return self._ask(room, found or path("rooms", room, "state", kind))

    def _ask(self, room: str, where: str, query: Json | None = None) -> Json:
        """Ask for data in a room; a room that we've left counts as not found."""
        try:
            return self._calls("GET", where, query=query)
        except ForbiddenError as error:
            error.response.status_code = 404
            raise NotFoundError(error.response) from error

    def delete(self, conversation: str) -> None:
        """Delete a room: free its name, remove everybody, and make it unreadable.

        Synapse deletes rooms that everybody has forgotten.
        """
        if name := self._alias(conversation):
            self._calls("DELETE", _directory(name))
        for member in self.members(conversation):
            user = member["id"]
            if member["state"] in ("JOINED", "INVITED"):
                out = path("rooms", conversation, "kick")
                self._calls("POST", out, {"user_id": user})
            self._forget(conversation, user)
        self._calls("POST", path("rooms", conversation, "leave"), {})
        self._calls("POST", path("rooms", conversation, "forget"), {})

    def _forget(self, room: str, user: str) -> None:
        self._calls("POST", path("rooms", room, "forget"), {}, acting=user)

    def list(self) -> Iterator[Json]:
        """Yield every room that the application is in."""
        for id in self._calls("GET", "/joined_rooms")["joined_rooms"]:
            yield self.get(id)

    def of_user(self, user: str) -> Iterator[Json]:
        """Yield the id and the newest event's number of every room a user has joined.

        user: an id or a name.
        """
        id = self._people.id_of(user)
        newest = self._newest.setdefault(id, {})
        query = {"filter": json.dumps(_NEWEST), "timeout": 0}
        if since := self._since.get(id):
            query["since"] = since
        found = self._calls("GET", "/sync", acting=id, query=query)
        rooms = found.get("rooms", {})
        for room, news in rooms.get("join", {}).items():
            for event in news["timeline"]["events"]:
                newest[room] = max(newest.get(room, 0), number(event))
        self._since[id] = found["next_batch"]
        # Synapse doesn't report that a user has left a room if the user was made to
        # forget it.
        for room in self._calls("GET", "/joined_rooms", acting=id)["joined_rooms"]:
            if room in newest:
                yield {"id": room, "sequence_number": newest[room]}

    def invite(self, conversation: str, user: str) -> Json:
        """Invite a user to a room and return the new member.

        user: the user's id.
        """
        self._calls("POST", path("rooms", conversation, "invite"), {"user_id": user})
        return self._member(user, "invite")

    def join(self, conversation: str, user: str) -> Json:
        """Add a user to a room and return the new member.

        user: the user's id.
        """
        content: Json = {
            "membership": "join",
            "displayname": self._people.user(user)["display_name"],
        }
        if about := self._people.about.pop(user, None):
            content["livechat.about"] = about
        where = path("rooms", conversation, "state", "m.room.member", user)
        try:
            self._calls("PUT", where, content, acting=user)
        except ForbiddenError:  # Only guests are invited from the start.
            self.invite(conversation, user)
            self._calls("PUT", where, content, acting=user)
        return self._member(user, "join")

    def leave(self, conversation: str, member: str, reason: Json | None = None) -> Json:
        """Let a member leave.

        reason: ``{"text": ...}``, which the other members see.
        """
        body = {"reason": reason["text"]} if reason and reason.get("text") else {}
        where = path("rooms", conversation, "leave")
        self._calls("POST", where, body, acting=member)
        return self._member(member, "leave")

    def member(self, conversation: str, member: str) -> Json:
        """Return the member with an id, which is the user's id."""
        found = self._state(conversation, "m.room.member", member)
        return self._member(member, found["membership"])

    def members(self, conversation: str) -> Iterator[Json]:
        """Yield every member, including those who left; the visitor comes first."""
        chunk = self._ask(conversation, path("rooms", conversation, "members"))["chunk"]
        others = [event for event in chunk if event["state_key"] != APPLICATION]
        others.sort(key=lambda one: (not is_visitor(one["state_key"]), number(one)))
        for event in others:
            content = event["content"]
            self._people.learn(event["state_key"], content.get("displayname"))
            at = timestamp(event["origin_server_ts"])
            member = self._member(event["state_key"], content["membership"])
            yield {**member, "timestamp": {member["state"].lower(): at}}

    def _member(self, user: str, membership: str) -> Json:
        state = {"join": "JOINED", "invite": "INVITED"}.get(membership, "LEFT")
        return {
            "id": user,
            "state": state,
            "_embedded": {"user": self._people.user(user)},
        }

    def send_text(
        self,
        conversation: str,
        text: str,
        *,
        member: str | None = None,
        key: str | None = None,
    ) -> Json:
        """Send a text message and return its event.

        member: the id of the sender's member.
        key: identifies the message, so that it's only sent once.
        """
        content = {"msgtype": "m.text", "body": text}
        return self._send(conversation, MESSAGE, content, member or "", key)

    def send_event(self, conversation: str, event: Json) -> Json:
        """Send an event, such as a receipt; if it's stored, return it as stored."""
        kind, body = event["type"], event["body"]
        sender = event.get("from") or self._me
        if kind == "ephemeral":
            where = path("rooms", conversation, "typing", sender)
            is_typing = {"typing": body["typing"], "timeout": _TYPING}
            return self._calls("PUT", where, is_typing, acting=self._acting(sender))
        if kind == "message:seen":
            seen = self._matrix_event(conversation, body["event_id"])["event_id"]
            where = path("rooms", conversation, "receipt", "m.read", seen)
            return self._calls("POST", where, {}, acting=self._acting(sender))
        if kind == "message:delivered":
            return {}  # Matrix doesn't have this event.
        if kind == "message":
            return self.send_text(conversation, body["text"], member=sender)
        kind = OWN + kind.removeprefix(CUSTOM)
        if kind in (ENDED, REOPENED) and not sender:
            # Do this first: if we crash in between, closing again does the rest.
            self.let_write(conversation, everybody=kind == REOPENED)
        return self._send(conversation, kind, body, sender, None)

    def let_write(self, conversation: str, *, everybody: bool) -> None:
        """Set whether visitors can write in a room, as agents always can."""
        where = path("rooms", conversation, "state", "m.room.power_levels")
        self._calls("PUT", where, self._powers(0 if everybody else _AGENT))

    def is_ended(self, conversation: str) -> bool:
        """Return whether the application's last word is that the chat has ended."""
        ours = {"types": [ENDED, REOPENED], "senders": [APPLICATION]}
        for event in self._backwards(conversation, 20, ours):
            if "by" in event["content"]:  # A deleted event has no content.
                return event["type"] == ENDED
        return False

    def _send(
        self, room: str, kind: str, content: Json, sender: str, key: str | None
    ) -> Json:
        where = path("rooms", room, "send", kind, key or str(uuid4()))
        acting = self._acting(sender)
        try:
            sent = self._calls("PUT", where, content, acting=acting, device=DEVICE)
        except HttpRequestError as error:
            if code(error) != "M_UNKNOWN_DEVICE":
                raise
            self._calls("POST", "/login", login(acting))
            sent = self._calls("PUT", where, content, acting=acting, device=DEVICE)
        stored = self._ask(room, path("rooms", room, "event", sent["event_id"]))
        return to_vonage(stored, room, self._people)

    def _acting(self, sender: str) -> str:
        """Return the user to act as; empty if the calls are a user's own."""
        return "" if self._me else sender

    def event(self, conversation: str, event: int) -> Json:
        """Return one event in its current state.

        event: its number.
        """
        found = self._matrix_event(conversation, event)
        return to_vonage(found, conversation, self._people)

    def _matrix_event(self, room: str, wanted: int) -> Json:
        for event in self._backwards(room, 20, {}):
            if number(event) == wanted:
                return event
        where = path("rooms", room, "event", f"$number-{wanted}")
        return self._ask(room, where)  # The event doesn't exist, so this raises.

    def delete_event(self, conversation: str, event: int) -> None:
        """Delete a message or a custom event; its event stays, without content."""
        found = self._matrix_event(conversation, event)["event_id"]
        where = path("rooms", conversation, "redact", found, str(uuid4()))
        self._calls("PUT", where, {})

    def events(
        self,
        conversation: str,
        *,
        start: int = 1,
        page_size: int = 100,
        event_type: str | None = None,
        order: Literal["asc", "desc"] = "asc",
    ) -> Iterator[Json]:
        """Yield the events of a room in order.

        start: the number of the first event to return.
        page_size: how many events to fetch per request.
        event_type: return only events of this type.
        order: ``asc`` for oldest first, ``desc`` for newest first.
        """
        filter = {"types": types_of(event_type)} if event_type else {}
        found: list[Json] = []
        for event in self._backwards(conversation, page_size, filter):
            if number(event) < start - _OUT_OF_ORDER:
                break
            if number(event) >= start:
                found.append(event)
        found.sort(key=number)
        told = [to_vonage(event, conversation, self._people) for event in found]
        if event_type:
            told = [event for event in told if event["type"] == event_type]
        yield from told if order == "asc" else reversed(told)

    def _backwards(self, room: str, size: int, filter: Json) -> Iterator[Json]:
        """Yield a room's events, newest first."""
        wanted = json.dumps({**filter, "lazy_load_members": True})
        query: Json = {"dir": "b", "limit": size, "filter": wanted}
        while True:
            page = self._ask(room, path("rooms", room, "messages"), query)
            for member in page.get("state", []):  # those who sent the events
                shown = member["content"].get("displayname")
                self._people.learn(member["state_key"], shown)
            yield from page["chunk"]
            if "end" not in page:
                return
            query["from"] = page["end"]


def _directory(name: str) -> str:
    """Return the path of the room with a name."""
    return path("directory", "room", f"#{in_id(name)}:{SERVER}")
