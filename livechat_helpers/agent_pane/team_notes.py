"""The team's private notes on chats, saved on this machine and never sent.

Each agent has a file with one JSON object per line, which only grows at the end. So two
notebooks can write to it, and every agent can read the others' notes.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from livechat_helpers import places

from .chat import Chat, Line


@dataclass
class Label:
    """How the team has labelled a chat.

    labels: the labels.
    urgent: whether it comes before other chats.
    at: when the label was set, in ISO 8601.
    """

    labels: list[str] = field(default_factory=list)
    urgent: bool = False
    at: str = ""


class Notes:
    """The notes of a team, and this agent's own file.

    user: the agent's user id.
    problem: called with a message if something can't be read.
    """

    def __init__(self, user: str, problem: Callable[[str], None]) -> None:
        self._folder = places.data_dir() / "notes"
        self._path = self._folder / f"{user}.jsonl"
        self._problem = problem
        self._kept: dict[str, list[Line]] = defaultdict(list)
        self._labels: dict[str, Label] = {}
        self._keys: set[str] = set()
        self._read: dict[Path, tuple[int, int]] = {}  # bytes and lines read so far

    def of(self, conversation: str) -> list[Line]:
        """Return the notes on a conversation, in order."""
        return sorted(self._kept[conversation], key=lambda note: note.id)

    def label(self, conversation: str) -> Label:
        """Return a conversation's label."""
        return self._labels.get(conversation, Label())

    def read(self) -> list[tuple[str, Line | None]]:
        """Read what's new; return pairs of a conversation and its note, or None."""
        news: list[tuple[str, Line | None]] = []
        if self._folder.is_dir():
            for path in sorted(self._folder.glob("*.jsonl")):
                news += self._read_file(path)
        return news

    def _read_file(self, path: Path) -> list[tuple[str, Line | None]]:
        at, number = self._read.get(path, (0, 0))
        if path.stat().st_size <= at:
            return []
        with path.open("rb") as file:
            file.seek(at)
            lines = file.read().splitlines(keepends=True)
        news = []
        for line in lines:
            at, number = at + len(line), number + 1
            try:
                if one := self._learn(json.loads(line)):
                    news.append(one)
            except (ValueError, KeyError, TypeError):
                self._problem(
                    f"Line {number} of {path.name} isn't a note, so it was ignored. "
                    "The other notes are here."
                )
        self._read[path] = at, number
        return news

    def _learn(self, said: dict) -> tuple[str, Line | None] | None:
        chat = str(said["chat"])
        if "note" not in said:
            label = Label(**said["label"])
            if label.at >= self.label(chat).at:
                self._labels[chat] = label
            return chat, None
        if said.get("key") in self._keys:
            return None
        note = Line(**said["note"])
        if not isinstance(note.id, int) or not isinstance(note.text, str):
            raise TypeError(said)
        if "key" in said:
            self._keys.add(said["key"])
        self._kept[chat].append(note)
        return chat, note

    def keep(self, chat: Chat, text: str, name: str, key: str) -> None:
        """Write a note on a chat, after its last event; ``read`` then returns it.

        key: identifies the note, so that it's only saved once.

        Raises:
            OSError: the file can't be written.
        """
        if key not in self._keys:
            note = Line(chat.last_id, "note", "agent", name, text, _now())
            self._write({"chat": chat.id, "key": key, "note": asdict(note)})

    def sort(self, chat: Chat, labels: list[str], urgent: bool) -> None:
        """Write a chat's label; ``read`` then returns it.

        Raises:
            OSError: the file can't be written.
        """
        label = asdict(Label(labels, urgent, _now()))
        self._write({"chat": chat.id, "label": label})

    def _write(self, said: dict) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = json.dumps(said).encode() + b"\n"
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+b", buffering=0) as file:
            if (size := file.seek(0, os.SEEK_END)) > 0:
                file.seek(size - 1)
                if (
                    file.read(1) != b"\n"
                ):  # A line that was cut off mustn't damage ours.
                    line = b"\n" + line
            file.write(line)


def _now() -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return now.replace("+00:00", "Z")
