"""A conversation as text: who said what, in order."""

from collections.abc import Iterable

from .conversations import Json


def transcript(events: Iterable[Json]) -> list[str]:
    """Return what was said, one line per message. You write this in notebook 04.

    events: Vonage's events, in any order; duplicates are ignored.
    """
    by_id = {event["id"]: event for event in events if "id" in event}
    messages = [by_id[id] for id in sorted(by_id) if by_id[id]["type"] == "message"]
    return [f"{_who(message)}: {_what(message['body'])}" for message in messages]


def _who(message: Json) -> str:
    user = message.get("_embedded", {}).get("from_user", {})
    return user.get("display_name") or user.get("name") or "Vonage"


def _what(body: Json) -> str:
    if "deleted" in body.get("timestamp", {}):
        return "(deleted)"
    return body.get("text") or f"({body.get('message_type', 'message')})"
