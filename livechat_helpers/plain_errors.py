"""Errors that a notebook shows without a traceback."""


class PlainError(Exception):
    """An error whose text is enough, so a notebook shows no traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
