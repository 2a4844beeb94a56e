"""Errors that a person reads, and that lead nowhere else."""


class PlainError(Exception):
    """An error whose text says it all: a notebook shows it without the way to it."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
