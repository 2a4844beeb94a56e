"""How often a client can call.

A visitor is counted by cookie. Visitors who delete their cookies are counted by
address, which many people may share: a class behind one router, or everybody behind a
hub's proxy. So the limits for an address allow for a crowd, ten times over: 200
visitors can open a chat at the same moment.

The counts are in a file that all processes share. Losing them in a power cut does no
harm, because a client over the limit only has to wait.
"""

import sqlite3
import threading
import time
from pathlib import Path

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from .json_errors import TooManyCalls

CALLS_OF_A_VISITOR = RateLimitItemPerMinute(120, namespace="calls")
"""For resuming a chat, tokens, ends and ratings.

A page calls every five minutes, and eight times a minute when something is wrong; a
browser can have several tabs.
"""
CHATS_OF_A_VISITOR = RateLimitItemPerMinute(20, 10, namespace="chats")
"""For new conversations; before each, the visitor has ended the previous one."""
CHATS_OF_AN_ADDRESS = RateLimitItemPerMinute(2000, 10, namespace="chats")
SIGN_INS_OF_AN_ADDRESS = RateLimitItemPerMinute(10, namespace="sign-ins")
"""For failed sign-ins in a row: ten guesses a minute won't find a password."""
SIGN_INS = RateLimitItemPerMinute(100, namespace="sign-ins")
"""The same for everybody together, because an attacker can have many addresses."""


class RateLimits:
    """Counts calls for all processes that share a file.

    file: the SQLite file.

    Raises:
        sqlite3.Error: the file can't be used.
    """

    def __init__(self, file: Path) -> None:
        self._limiter = FixedWindowRateLimiter(_SharedCounts(file))

    def count(self, limit: RateLimitItem, *who: str) -> None:
        """Count a call.

        limit: the limit to apply.
        who: the caller.

        Raises:
            TooManyCalls: the caller is over the limit.
        """
        if not self._limiter.hit(limit, *who):
            reset = self._limiter.get_window_stats(limit, *who).reset_time
            wait = reset - time.time()
            if wait <= limit.get_expiry() + 1:
                raise TooManyCalls(max(1, round(wait + 0.5)))
            self.forgive(limit, *who)  # This machine's clock was set back.

    def is_first(self, limit: RateLimitItem, *who: str) -> bool:
        """Count a call and return whether it's within the limit."""
        return self._limiter.hit(limit, *who)

    def is_within(self, limit: RateLimitItem, *who: str) -> bool:
        """Return whether another call is allowed, without counting it."""
        return self._limiter.test(limit, *who)

    def forgive(self, limit: RateLimitItem, *who: str) -> None:
        """Reset a caller's count."""
        self._limiter.clear(limit, *who)


def address(request: Request) -> str:
    """Return the network address of a caller.

    A proxy on this machine, such as a tunnel or a hub, says whom it's calling for.
    """
    peer = request.client.host if request.client else ""
    if peer in ("", "127.0.0.1", "::1"):
        return request.headers.get("x-forwarded-for", peer).rpartition(",")[2].strip()
    return peer


class _SharedCounts(Storage):
    """Storage for `limits` in a SQLite file, because its own kinds aren't shared."""

    STORAGE_SCHEME = None

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        self._mine = threading.local()
        self._connection().executescript(
            "CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY,"
            " count INTEGER NOT NULL, until REAL NOT NULL) WITHOUT ROWID;"
            "CREATE INDEX IF NOT EXISTS counts_by_end ON counts (until);"
        )

    @property
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        self._connection().execute("DELETE FROM counts WHERE until <= ?", (now,))
        [[count]] = self._connection().execute(
            "INSERT INTO counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET count = count + excluded.count RETURNING count",
            (key, amount, now + expiry),
        )
        return count

    def get(self, key: str) -> int:
        return int(self._look(key)[0])

    def get_expiry(self, key: str) -> float:
        return self._look(key)[1]

    def check(self) -> bool:
        return True

    def reset(self) -> None:
        self._connection().execute("DELETE FROM counts")

    def clear(self, key: str) -> None:
        self._connection().execute("DELETE FROM counts WHERE key = ?", (key,))

    def _look(self, key: str) -> tuple[int, float]:
        query = "SELECT count, until FROM counts WHERE key = ? AND until > ?"
        found = self._connection().execute(query, (key, time.time())).fetchone()
        return found or (0, time.time())

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection."""
        if not hasattr(self._mine, "connection"):
            connection = sqlite3.connect(self._file, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            self._mine.connection = connection
        return self._mine.connection
