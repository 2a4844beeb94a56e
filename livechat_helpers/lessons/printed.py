"""What an answer prints during a check, shortened to fit on a screen."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

_LINES = 20
_CHARACTERS = 2000


class Printed(io.StringIO):
    """Keeps the beginning of the output, and counts the rest."""

    def __init__(self) -> None:
        super().__init__()
        self._left_out = 0

    def write(self, text: str) -> int:
        """Keep a text if there's room, and return its length."""
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
    """Capture the output of this block."""
    kept = Printed()
    with redirect_stdout(kept):
        yield kept
