"""The time and the ids of one sandbox: the real ones, or repeatable ones.

A lesson that shows timestamps and ids must show the same ones on every run, and a
lesson on expiry must not wait a quarter of an hour. So a sandbox reads the time and
makes its ids here and nowhere else.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4


def written(moment: datetime) -> str:
    """Return a moment as the API writes it: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class Clock:
    """What time it is for one sandbox.

    It can be stepped forward, and its calendar can be stopped. Tokens are minted by
    programs that look at the real clock, so how long a token or a session lives goes
    by ``seconds``, which is never stopped; what is written into answers goes by
    ``now``, which can be.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped: datetime | None = None
        self._second = -1  # the last one that was written, and
        self._written = ""  # how

    def seconds(self) -> float:
        """Return the epoch seconds that lives are measured by."""
        return time.time() + self._ahead

    def now(self) -> str:
        """Return the time that is written into answers."""
        if self._stopped is not None:
            return written(self._stopped)
        second, thousandths = divmod(int(self.seconds() * 1000), 1000)
        if second != self._second:  # it lasts for many answers
            self._second = second
            self._written = written(datetime.fromtimestamp(second, UTC))[:-4]
        return f"{self._written}{thousandths:03}Z"

    def step(self, seconds: float) -> None:
        """Go forward, whether the calendar is stopped or not.

        Raises:
            ValueError: the step is backwards.
            OverflowError: it leads beyond the year 9999.
        """
        if not seconds >= 0:
            raise ValueError("the clock can only move forward")
        step = timedelta(seconds=seconds)
        stopped = self._stopped and self._stopped + step
        # Both may raise; and a year is left until there are no dates any more.
        _ = datetime.fromtimestamp(self.seconds(), UTC) + step + timedelta(days=366)
        self._stopped = stopped
        self._ahead += seconds

    def stop(self, at: datetime) -> None:
        """Stop the calendar at a moment, which has a time zone."""
        self._stopped = at

    def run(self) -> None:
        """Go by the real clock again."""
        self._ahead = 0.0
        self._stopped = None


class Ids:
    """Makes ids of the form ``USR-`` and a lower-case UUID."""

    def __init__(self) -> None:
        self._random: random.Random | None = None

    def seed(self, seed: str | None) -> None:
        """Make the ids that follow repeatable; None makes them unique again."""
        self._random = None if seed is None else random.Random(seed)  # noqa: S311

    def new(self, prefix: str = "") -> str:
        """Return an id, with what stands before its UUID."""
        if self._random is None:
            return f"{prefix}{uuid4()}"
        return f"{prefix}{UUID(int=self._random.getrandbits(128), version=4)}"
