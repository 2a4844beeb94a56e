"""The learners in a room, and where each of them is, in one SQLite file.

It only contains each learner's current state, not the history: the exercise, the result
of the last check, and the mistake. A learner who leaves is deleted.
"""

import hashlib
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

MOST = 1000
"""The maximum number of learners in one room."""

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no letters or digits that look alike
_SCHEMA = """
CREATE TABLE IF NOT EXISTS words (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS learners (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
    seen REAL NOT NULL, notebook INTEGER, exercise TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS standings (
    learner INTEGER NOT NULL REFERENCES learners ON DELETE CASCADE,
    exercise TEXT NOT NULL, state TEXT NOT NULL, mistake TEXT NOT NULL,
    tries INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (learner, exercise)) WITHOUT ROWID;
"""


class Full(Exception):
    """The room is full."""


@dataclass(frozen=True)
class Report:
    """A report from a learner's notebook.

    notebook: its number.
    exercise, state, mistake: empty if unknown.
    """

    notebook: int
    exercise: str = ""
    state: str = ""
    mistake: str = ""


class Store:
    """One room.

    file: the SQLite file, which is created if necessary.

    Raises:
        sqlite3.Error: the file can't be used.
    """

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(file, isolation_level=None)
        file.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(_SCHEMA)
        code = "".join(secrets.choice(_LETTERS) for _ in range(8))
        self.code = self._word("code", code)
        """The code that learners need to join."""
        self.key = self._word("key", secrets.token_urlsafe(24))
        """The key that opens the page."""

    def _word(self, name: str, new: str) -> str:
        """Return a word that stays the same when the room is reopened."""
        self._db.execute("INSERT OR IGNORE INTO words VALUES (?, ?)", (name, new))
        query = "SELECT value FROM words WHERE name = ?"
        return self._db.execute(query, (name,)).fetchone()[0]

    def join(self, name: str) -> str:
        """Add a learner and return a token that identifies the learner.

        Raises:
            Full: there are too many learners.
        """
        [count] = self._db.execute("SELECT count(*) FROM learners").fetchone()
        if count >= MOST:
            raise Full
        token = secrets.token_urlsafe(24)
        self._db.execute(
            "INSERT INTO learners (name, token, seen) VALUES (?, ?, ?)",
            (name, _digest(token), time.time()),
        )
        return token

    def who(self, token: str) -> int | None:
        """Return the id of the learner with a token, or None."""
        query = "SELECT id FROM learners WHERE token = ?"
        found = self._db.execute(query, (_digest(token),)).fetchone()
        return found[0] if found else None

    def knows(self, token: str, name: str) -> bool:
        """Return whether a learner with a token has this name."""
        query = "SELECT 1 FROM learners WHERE token = ? AND name = ?"
        return self._db.execute(query, (_digest(token), name)).fetchone() is not None

    def leave(self, learner: int) -> None:
        """Delete a learner."""
        self._db.execute("DELETE FROM learners WHERE id = ?", (learner,))

    def note(self, learner: int, report: Report) -> None:
        """Store where a learner is; a correct exercise stays correct."""
        now = time.time()
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "UPDATE learners SET seen = ?, notebook = ?, exercise = ? WHERE id = ?",
                (now, report.notebook, report.exercise, learner),
            )
            if report.exercise:
                self._db.execute(
                    "INSERT INTO standings VALUES (?, ?, ?, ?, 1, ?)"
                    " ON CONFLICT DO UPDATE SET state = excluded.state,"
                    " mistake = excluded.mistake, tries = tries + 1, at = excluded.at"
                    " WHERE state != 'correct'",
                    (learner, report.exercise, report.state, report.mistake, now),
                )

    def learners(self) -> list[Json]:
        """Return where all learners are, sorted by name."""
        return self._rows(
            "SELECT learners.id, name, notebook, learners.exercise, seen,"
            " coalesce(state, '') AS state, coalesce(mistake, '') AS mistake,"
            " coalesce(tries, 0) AS tries,"
            " (SELECT count(*) FROM standings AS done WHERE done.learner = learners.id"
            "  AND done.state = 'correct') AS correct"
            " FROM learners LEFT JOIN standings ON standings.learner = learners.id"
            " AND standings.exercise = learners.exercise"
            " ORDER BY name COLLATE NOCASE, learners.id"
        )

    def mistakes(self, seconds: float) -> list[Json]:
        """Return the learners' current mistakes, most common first.

        seconds: the maximum age of a check.
        """
        return self._rows(
            "SELECT exercise, mistake, count(*) AS people FROM standings"
            " WHERE mistake != '' AND state = 'not yet' AND at > ?"
            " GROUP BY exercise, mistake ORDER BY people DESC, exercise, mistake",
            time.time() - seconds,
        )

    def exercises(self) -> list[Json]:
        """Return how many learners have solved each exercise, and how many haven't."""
        return self._rows(
            "SELECT exercise, sum(state = 'correct') AS correct,"
            " sum(state = 'not yet') AS not_yet FROM standings GROUP BY exercise"
        )

    def _rows(self, query: str, *values: object) -> list[Json]:
        cursor = self._db.execute(query, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
