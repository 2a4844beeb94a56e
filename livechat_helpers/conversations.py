"""Conversations, members and events: the module that PyPI's ``vonage`` lacks.

It's built like the SDK's own modules: it takes an HTTP client, and has one method for
each API call. It returns Vonage's answers as dictionaries, unchanged.

Source: https://developer.vonage.com/en/api/conversation
"""

from collections.abc import Collection, Iterator
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

from vonage_http_client import HttpClient

Json = dict[str, Any]

_VERSION = "/v0.3"


class Conversations:
    """The conversation calls of one client.

    http_client: the ``http_client`` of a ``vonage`` client. Its token decides whether
        calls are made for the application or for one user.
    """

    def __init__(self, http_client: HttpClient) -> None:
        self._http = http_client

    def create(
        self,
        name: str | None = None,
        display_name: str | None = None,
        callback: Json | None = None,
        guests: Collection[str] = (),
    ) -> Json:
        """Create a conversation; if it has no name, Vonage chooses one.

        name: a unique name, by which calls can refer to the conversation.
        display_name: the name to show people.
        callback: ``{"url": ..., "method": "POST"}``, a webhook just for this
            conversation's events.
        guests: ignored, because on Vonage nobody needs an invitation to join.
        """
        given = {"name": name, "display_name": display_name, "callback": callback}
        return self._send("POST", "/conversations", _present(given))

    def get(self, conversation: str) -> Json:
        """Return the conversation with the given id or name."""
        return self._send("GET", _path("conversations", conversation))

    def delete(self, conversation: str) -> None:
        """Delete a conversation and its events."""
        self._send("DELETE", _path("conversations", conversation))

    def list(self) -> Iterator[Json]:
        """Yield every conversation in the application, oldest first."""
        return self._pages("/conversations", "conversations")

    def of_user(self, user: str) -> Iterator[Json]:
        """Yield every conversation that a user has joined.

        user: an id or a name. In each answer, ``_embedded.member`` is the user's own
            member.
        """
        path = _path("users", user, "conversations")
        return self._pages(path, "conversations", state="JOINED")

    def invite(self, conversation: str, user: str) -> Json:
        """Invite a user to a conversation and return the new member.

        user: the user's id.
        """
        return self._add(conversation, user, "invited")

    def join(self, conversation: str, user: str) -> Json:
        """Add a user to a conversation as a joined member, and return the new member.

        user: the user's id.
        """
        return self._add(conversation, user, "joined")

    def _add(self, conversation: str, user: str, state: str) -> Json:
        body = {"state": state, "user": {"id": user}, "channel": {"type": "app"}}
        return self._send("POST", _path("conversations", conversation, "members"), body)

    def accept(self, conversation: str, member: str) -> Json:
        """Let an invited member join."""
        return self._change(conversation, member, {"state": "joined"})

    def leave(self, conversation: str, member: str, reason: Json | None = None) -> Json:
        """Let a member leave; this member can't come back.

        reason: ``{"code": ..., "text": ...}``, which the other members see.
        """
        change = _present({"state": "left", "reason": reason})
        return self._change(conversation, member, change)

    def _change(self, conversation: str, member: str, change: Json) -> Json:
        path = _path("conversations", conversation, "members", member)
        return self._send("PATCH", path, change)

    def member(self, conversation: str, member: str) -> Json:
        """Return the member with an id; ``me`` is the member of the token's user."""
        return self._send(
            "GET", _path("conversations", conversation, "members", member)
        )

    def members(self, conversation: str) -> Iterator[Json]:
        """Yield every member of a conversation, including those who left."""
        path = _path("conversations", conversation, "members")
        return self._pages(path, "members")

    def send_text(
        self,
        conversation: str,
        text: str,
        *,
        member: str | None = None,
        key: str | None = None,
    ) -> Json:
        """Send a text message and return its event.

        member: the id of the sender's member; a user's client can leave it out.
        key: identifies the message. Vonage ignores it; see ``matrix.rooms``.
        """
        body = {"message_type": "text", "text": text}
        event = _present({"type": "message", "from": member, "body": body})
        return self._send("POST", _path("conversations", conversation, "events"), event)

    def send_event(self, conversation: str, event: Json) -> Json:
        """Send any event, such as a receipt, and return it as Vonage stored it."""
        return self._send("POST", _path("conversations", conversation, "events"), event)

    def event(self, conversation: str, event: int) -> Json:
        """Return one event in its current state."""
        return self._send("GET", _path("conversations", conversation, "events", event))

    def delete_event(self, conversation: str, event: int) -> None:
        """Delete a message or a custom event; its event stays, with an empty body."""
        self._send("DELETE", _path("conversations", conversation, "events", event))

    def events(
        self,
        conversation: str,
        *,
        start: int = 1,
        page_size: int = 100,
        event_type: str | None = None,
        order: Literal["asc", "desc"] = "asc",
    ) -> Iterator[Json]:
        """Yield the events of a conversation in order.

        start: the id of the first event to return.
        page_size: how many events to fetch per request.
        event_type: return only events of this type.
        order: ``asc`` for oldest first, ``desc`` for newest first.
        """
        path = _path("conversations", conversation, "events")
        query = {"start_id": start, "page_size": page_size, "event_type": event_type}
        return self._pages(path, "events", order=order, **_present(query))

    def _send(self, method: str, path: str, params: Json | None = None) -> Json:
        call = getattr(self._http, method.lower())
        return call(self._http.api_host, _VERSION + path, params) or {}

    def _pages(self, path: str, name: str, **query: Any) -> Iterator[Json]:
        query = {"page_size": 100, "order": "asc", **query}
        while True:
            page = self._send("GET", path, query)
            yield from page["_embedded"][name]
            following = page["_links"].get("next")
            if following is None:
                return
            query["cursor"] = parse_qs(urlsplit(following["href"]).query)["cursor"][0]


def _path(*parts: str | int) -> str:
    return "".join(f"/{quote(str(part), safe='')}" for part in parts)


def _present(given: Json) -> Json:
    return {key: value for key, value in given.items() if value is not None}
