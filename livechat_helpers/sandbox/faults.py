"""Faults on purpose: a sandbox that is slow, refuses, drops or doubles.

None is active unless somebody asked for it, and each undoes itself.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from .server import Sandbox


class Faults:
    """The faults that are active.

    sandbox: what they happen to.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self.active = False

    async def answer(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let an app answer a request, with the faults that are meant for it."""
        await app(scope, receive, send)

    def frames(self, user_name: str, name: str, frame: str) -> Iterable[str]:
        """Return the frames a session gets where it should get one event's.

        user_name: the session's user. name: the event's.
        """
        return (frame,)

    def webhook(
        self, conversation_id: str | None, name: str
    ) -> Literal["send", "hold", "twice", "later"]:
        """Return what happens to a webhook that is due.

        ``hold`` leaves it where it is, ``later`` lets the next one of the same
        conversation go first.
        """
        return "send"

    def clear(self) -> None:
        """Undo every fault."""
