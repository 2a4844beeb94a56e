"""The clock of a running sandbox."""

from collections.abc import Callable
from datetime import datetime
from typing import Any


class Clock:
    """What time it is for a sandbox; it can be stopped, and stepped forward.

    call: sends a request to the sandbox.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return datetime.fromisoformat(self._call("GET", "/clock")["now"])

    def step(self, seconds: float) -> datetime:
        """Go forward and return the new time.

        Tokens and sessions grow older with it; answers carry the new time.

        Raises:
            SandboxError: the step is backwards.
        """
        return self._change(step=seconds)

    def stop(self, at: datetime) -> datetime:
        """Let every answer carry one moment, until it is stepped; return it.

        How long tokens and sessions live does not depend on it.
        """
        return self._change(stop=at.isoformat())

    def run(self) -> datetime:
        """Go by the real clock again, and return its time."""
        return self._change(run=True)

    def _change(self, **order: Any) -> datetime:
        return datetime.fromisoformat(self._call("PATCH", "/clock", order)["now"])
