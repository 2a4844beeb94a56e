"""What happened lately: requests, frames and webhooks, with their secrets removed.

Whoever handles a request can leave a note on its entry with :func:`note`, wherever it
is: that is how a tolerated oddity (an unknown key, a token of a thousand years)
reaches whoever looks.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import Receive, Scope, Send


@dataclass
class Entry:
    """One thing that happened."""

    strict: bool = False
    notes: list[str] = field(default_factory=list)


current: ContextVar[Entry | None] = ContextVar("current", default=None)


def note(text: str) -> None:
    """Leave a note on the request that is being answered."""
    entry = current.get()
    if entry is not None:
        entry.notes.append(text)


class Trace:
    """The last things that happened, in memory.

    strict: whether what is only noted otherwise is refused.
    """

    def __init__(self, strict: bool) -> None:
        self._strict = strict

    def request(
        self, scope: Scope, receive: Receive, send: Send
    ) -> tuple[Receive, Send]:
        """Note a request, and return what to read it and answer it with."""
        current.set(Entry(self._strict))
        return receive, send

    def frame(
        self,
        direction: Literal["in", "out"],
        user_name: str,
        session_id: str,
        frame: str,
    ) -> None:
        """Note a frame of a session; ``in`` is from the client."""

    def webhook(
        self,
        *,
        application_id: str,
        conversation_id: str | None,
        event_type: str,
        address: str,
        attempt: int,
        outcome: int | str,
        seconds: float,
    ) -> None:
        """Note one try to deliver a webhook.

        attempt: from 1. outcome: the status of the answer, or why there is none.
        """

    def clear(self) -> None:
        """Forget everything."""
