"""Transcripts as data, as text and as HTML."""

from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from typing import Any

from .chat import Chat, Line

Record = dict[str, Any]


class Transcript(list[Record]):
    """Lines of one or more chats, each as a dictionary.

    ``pandas.DataFrame(transcript)`` turns it into a table. Printing it shows one line
    per message.
    """

    def __repr__(self) -> str:
        """Return who said what, which is the same on every run."""
        return "\n".join(f"{_speaker(one)}: {one['text']}" for one in self)

    def text(self) -> str:
        """Return the lines with times and names, under a heading for each day."""
        parts: list[str] = []
        day = ""
        for one in self:
            if one["at"][:10] != day:
                day = one["at"][:10]
                parts += ["", day] if parts else [day]
            name = f"{one['name']}: " if one["name"] else ""
            parts.append(f"{one['at'][11:16]} {name}{one['text']}")
        return "\n".join(parts)

    def html(self) -> str:
        """Return the lines as an HTML table, with people's words as plain text."""
        rows = "\n".join(
            f"<tr><td><time>{one['at']}</time></td><td>{escape(one['name'])}</td>"
            f"<td style='text-align:left;white-space:pre-wrap'>{escape(one['text'])}"
            "</td></tr>"
            for one in self
        )
        return f"<table>\n{rows}\n</table>"


def _speaker(one: Record) -> str:
    return one["who"] if one["kind"] == "message" else one["kind"]


def record(chat: Chat, line: Line) -> Record:
    """Return a line as a dictionary."""
    return {"conversation": chat.id, "visitor": chat.visitor, **asdict(line)}


def transcript(lines: Iterable[tuple[Chat, Line]]) -> Transcript:
    """Return lines as data."""
    return Transcript(record(chat, line) for chat, line in lines)


def chat_record(chat: Chat) -> Record:
    """Return a chat, without its lines, as a dictionary."""
    return {
        "id": chat.id,
        "visitor": chat.visitor,
        "state": chat.state,
        "owner": chat.owner.name if chat.owner else "",
        "last": str(chat.last_line() or ""),
        "unread": chat.unread,
        "waiting_since": chat.waiting_since,
        "typing": chat.is_typing,
        "page": chat.page,
    }
