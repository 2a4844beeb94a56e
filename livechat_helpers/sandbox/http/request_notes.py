"""Notes on the current request, which the trace shows later.

Whoever handles a request can leave a note with :func:`note`, wherever it is: that is
how a tolerated oddity (an unknown key, a token of a thousand years) reaches the trace.
"""

from contextvars import ContextVar
from typing import Protocol


class Notebook(Protocol):
    """What takes the notes of one request.

    strict: whether what is only noted otherwise is refused.
    """

    strict: bool

    def add_note(self, text: str) -> None:
        """Keep a note."""

    def identify(self, actor: str, application_id: str | None) -> None:
        """Keep who sent the request."""


current: ContextVar[Notebook | None] = ContextVar("current", default=None)


def note(text: str) -> None:
    """Leave a note on the request that is being answered."""
    notebook = current.get()
    if notebook is not None:
        notebook.add_note(text)


def identify(actor: str, application_id: str | None = None) -> None:
    """Say who sent the request that is being answered.

    actor: the name of a user, ``application`` or ``account``; whoever is not
        identified is ``nobody``.
    """
    notebook = current.get()
    if notebook is not None:
        notebook.identify(actor, application_id)


def is_strict() -> bool:
    """Return whether what is only noted otherwise is refused."""
    notebook = current.get()
    return notebook is not None and notebook.strict
