"""The webhooks: every event POSTed to the application's own server."""

from typing import TYPE_CHECKING

from .store import Transaction

if TYPE_CHECKING:
    from .server import Sandbox


class Webhooks:
    """The queue of webhooks, on disk, and what delivers it.

    sandbox: where events and accounts are.
    """

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def queue(self, transaction: Transaction) -> None:
        """Store the webhooks of a transaction's events, as part of it."""

    def wake(self) -> None:
        """Look for webhooks that are due: some may have been committed."""

    async def close(self) -> None:
        """Stop delivering; what waits stays on disk."""
