"""Errors shown without a traceback, for people to read."""


class PlainError(Exception):
    """An error that a notebook shows without a traceback: its text is enough."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
