"""The learner's program as a table: each piece, its file, and whose it is."""

from collections.abc import Sequence
from html import escape

from .pieces import Piece

_LEFT = 'style="text-align: left"'  # JupyterLab aligns cells to the right.
_HEADS = ("Exercise", "Piece", "File", "Whose")


class Program:
    """The pieces of ``my_chat``.

    pieces: the pieces, in the order of their exercises.
    """

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._rows = [(one.exercise, one.title, one.place, one.owner) for one in pieces]

    def _count(self) -> str:
        own = sum(owner == "yours" for *_, owner in self._rows)
        return f"{own} of {len(self._rows)} pieces are yours."

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self._rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in self._rows]
        return "\n".join([*lines, self._count()])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" {_LEFT}>{one}</th>' for one in _HEADS)
        rows = "".join(
            "<tr>"
            + "".join(f"<td {_LEFT}>{escape(cell)}</td>" for cell in row)
            + "</tr>"
            for row in self._rows
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p>{self._count()}</p>{table}"
