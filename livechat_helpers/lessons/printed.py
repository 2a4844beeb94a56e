"""What an answer prints while it's checked, cut to a screenful."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

_LINES = 20
_CHARACTERS = 2000


class Printed(io.StringIO):
    """Keeps the beginning of what is printed, and counts the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._left_out = 0

    def write(self, text: str) -> int:
        """Keep a text if there's room for it, and return its length."""
        room = _CHARACTERS - self.tell()
        super().write(text[:room])
        self._left_out += len(text[room:])
        return len(text)

    def __str__(self) -> str:
        lines = self.getvalue().rstrip().splitlines()
        if len(lines) > _LINES or self._left_out:
            return "\n".join([*lines[:_LINES], "…"])
        return "\n".join(lines)


@contextmanager
def printed() -> Iterator[Printed]:
    """Keep what is printed in this block."""
    kept = Printed()
    with redirect_stdout(kept):
        yield kept
