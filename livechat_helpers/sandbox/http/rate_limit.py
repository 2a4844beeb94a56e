"""An optional limit on an application's calls, to produce a real 429."""

import time
from collections import deque

from .errors import GatewayError

_WINDOW = 1.0  # seconds


class RateLimit:
    """Counts each application's calls.

    most: the number of calls allowed per second; None for no limit.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._calls: dict[str, deque[float]] = {}

    def count(self, application_id: str) -> None:
        """Count a call.

        Raises:
            GatewayError: 429, because there were too many calls within a second.
        """
        if self._most is None:
            return
        now = time.monotonic()
        # Only accepted calls are kept: when the limit is reached, the oldest one's age
        # decides.
        calls = self._calls.setdefault(application_id, deque(maxlen=self._most))
        if len(calls) == self._most and now - calls[0] < _WINDOW:
            raise too_many()
        calls.append(now)


def too_many() -> GatewayError:
    """Return the error for one call too many."""
    return GatewayError(
        429,
        "rate-limit",
        "Rate Limit Hit",
        "Please wait, then retry your request",
        headers={"retry-after": "1"},
    )
