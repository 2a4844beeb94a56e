"""A limit on the calls of one application, for who wants to see a true 429."""

from .errors import GatewayError


class RateLimit:
    """Counts the calls of each application.

    most: calls in a second; None for as many as it likes.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        if most is not None:
            # Only who asks for a limit waits for this import.
            from limits import RateLimitItemPerSecond
            from limits.storage import MemoryStorage
            from limits.strategies import MovingWindowRateLimiter

            self._limiter = MovingWindowRateLimiter(MemoryStorage())
            self._item = RateLimitItemPerSecond(most)

    def count(self, application_id: str) -> None:
        """Count a call.

        Raises:
            GatewayError: 429; there were too many in this second.
        """
        if self._most is None or self._limiter.hit(self._item, application_id):
            return
        raise too_many()


def too_many() -> GatewayError:
    """Return the error of a call too many."""
    return GatewayError(
        429,
        "rate-limit",
        "Rate Limit Hit",
        "Please wait, then retry your request",
        headers={"retry-after": "1"},
    )
