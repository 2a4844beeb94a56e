"""The time and the ids of one sandbox, either real or repeatable.

A lesson that shows timestamps and ids has to show the same ones on every run, and a
lesson on expiry can't wait a quarter of an hour. So this is the only place where a
sandbox reads the time and creates ids.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4


def written(moment: datetime) -> str:
    """Return a time in the API's format: UTC, milliseconds, ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class Clock:
    """The clock of one sandbox.

    It can be moved forward, and its calendar can be stopped. Tokens are minted by
    programs with a real clock. So the lifetimes of tokens and sessions use ``seconds``,
    which never stops, and the times in answers use ``now``, which can be stopped.
    """

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stopped: datetime | None = None
        self._second = -1  # the second that was formatted last
        self._written = ""  # the result

    def seconds(self) -> float:
        """Return the seconds since 1970 that lifetimes are measured with."""
        return time.time() + self._ahead

    def now(self) -> str:
        """Return the time for use in answers."""
        if self._stopped is not None:
            return written(self._stopped)
        second, thousandths = divmod(int(self.seconds() * 1000), 1000)
        if second != self._second:  # Many answers fall into the same second.
            self._second = second
            self._written = written(datetime.fromtimestamp(second, UTC))[:-4]
        return f"{self._written}{thousandths:03}Z"

    def step(self, seconds: float) -> None:
        """Move forward, even if the calendar is stopped.

        Raises:
            ValueError: the step is backwards.
            OverflowError: it leads beyond the year 9999.
        """
        if not seconds >= 0:
            raise ValueError("the clock can only move forward")
        step = timedelta(seconds=seconds)
        stopped = self._stopped and self._stopped + step
        # Both can raise. The extra year leaves room before the last possible date.
        _ = datetime.fromtimestamp(self.seconds(), UTC) + step + timedelta(days=366)
        self._stopped = stopped
        self._ahead += seconds

    def stop(self, at: datetime) -> None:
        """Stop the calendar at a time.

        at: the time, with its time zone.
        """
        self._stopped = at

    def run(self) -> None:
        """Return to the real time."""
        self._ahead = 0.0
        self._stopped = None


class Ids:
    """Creates ids such as ``USR-`` and a lower-case UUID."""

    def __init__(self) -> None:
        self._random: random.Random | None = None

    def seed(self, seed: str | None) -> None:
        """Make the ids that follow repeatable, or unique again with None."""
        self._random = None if seed is None else random.Random(seed)  # noqa: S311

    def new(self, prefix: str = "") -> str:
        """Return a new id that starts with a prefix."""
        if self._random is None:
            return f"{prefix}{uuid4()}"
        return f"{prefix}{UUID(int=self._random.getrandbits(128), version=4)}"
