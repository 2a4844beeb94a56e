"""An agent's notes to self: on this machine alone, never sent to anybody.

They survive the notebook: a file of one JSON object in each line, which grows at its
end, so that two notebooks can write to it.
"""

import json
import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime

from livechat_helpers import places

from .chat import Chat, Line


class Notes:
    """The notes of one agent.

    user: the id of the agent's user.
    """

    def __init__(self, user: str) -> None:
        self._path = places.data_dir() / "notes" / f"{user}.jsonl"
        self._kept: dict[str, list[Line]] = defaultdict(list)
        with suppress(FileNotFoundError):
            for line in self._path.read_text(encoding="utf-8").splitlines():
                one = json.loads(line)
                self._kept[one["chat"]].append(Line(**one["note"]))

    def of(self, conversation: str) -> list[Line]:
        """Return the notes that were kept on a conversation, in their order."""
        return sorted(self._kept[conversation], key=lambda note: note.id)

    def keep(self, chat: Chat, text: str, name: str) -> Line:
        """Write a note on a chat, after its last event, and return it.

        Raises:
            OSError: the file cannot be written.
        """
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        note = Line(
            chat.last_id, "note", "agent", name, text, now.replace("+00:00", "Z")
        )
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = json.dumps({"chat": chat.id, "note": asdict(note)}) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line)
        return note
