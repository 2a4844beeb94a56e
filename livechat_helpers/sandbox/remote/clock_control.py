"""The clock of a running sandbox."""

from collections.abc import Callable
from datetime import datetime
from typing import Any


class Clock:
    """A sandbox's clock, which can be stopped and moved forward.

    call: sends a request to the sandbox.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def step(self, seconds: float) -> datetime:
        """Move the clock forward and return the new time.

        Tokens and sessions age along with it, and answers have the new time.

        seconds: how far to move it.

        Raises:
            SandboxError: the step is backwards.
        """
        return self._change(step=seconds)

    def stop(self, at: datetime) -> datetime:
        """Freeze the time in answers until the next step; return that time.

        The lifetime of tokens and sessions isn't affected.
        """
        return self._change(stop=at.isoformat())

    def run(self) -> datetime:
        """Return to the real time, and return it."""
        return self._change(run=True)

    def _change(self, **order: Any) -> datetime:
        return datetime.fromisoformat(self._call("PATCH", "/clock", order)["now"])
