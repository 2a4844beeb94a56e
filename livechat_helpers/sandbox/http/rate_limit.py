"""An optional limit on an application's calls, to show a real 429."""

import time
from collections import deque

from .errors import GatewayError

_WINDOW = 1.0  # seconds


class RateLimit:
    """Counts the calls of each application.

    most: calls in a second; None for as many as it likes.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._calls: dict[str, deque[float]] = {}

    def count(self, application_id: str) -> None:
        """Count a call.

        Raises:
            GatewayError: 429; there were too many in this second.
        """
        if self._most is None:
            return
        now = time.monotonic()
        # The calls that were let through: the oldest one's age is all that counts.
        calls = self._calls.setdefault(application_id, deque(maxlen=self._most))
        if len(calls) == self._most and now - calls[0] < _WINDOW:
            raise too_many()
        calls.append(now)


def too_many() -> GatewayError:
    """Return the error of a call too many."""
    return GatewayError(
        429,
        "rate-limit",
        "Rate Limit Hit",
        "Please wait, then retry your request",
        headers={"retry-after": "1"},
    )
