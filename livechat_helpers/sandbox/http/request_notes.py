"""Notes on the current request, which the trace shows later.

Any code that handles a request can leave a note with :func:`note`. That's how a
tolerated oddity, such as an unknown key or a token that lives a thousand years, reaches
the trace.
"""

from contextvars import ContextVar
from typing import Protocol


class Notebook(Protocol):
    """Collects the notes on one request.

    strict: whether to reject oddities instead of noting them.
    """

    strict: bool

    def add_note(self, text: str) -> None:
        """Add a note."""

    def identify(self, actor: str, application_id: str | None) -> None:
        """Record who sent the request."""


current: ContextVar[Notebook | None] = ContextVar("current", default=None)


def note(text: str) -> None:
    """Leave a note on the current request."""
    notebook = current.get()
    if notebook is not None:
        notebook.add_note(text)


def identify(actor: str, application_id: str | None = None) -> None:
    """Record who sent the current request.

    actor: a user's name, ``application`` or ``account``. Without this call, it's
        ``nobody``.
    application_id: the caller's application.
    """
    notebook = current.get()
    if notebook is not None:
        notebook.identify(actor, application_id)


def is_strict() -> bool:
    """Return whether to reject oddities instead of noting them."""
    notebook = current.get()
    return notebook is not None and notebook.strict
