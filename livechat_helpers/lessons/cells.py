"""Find the cell in a notebook that defines a name."""

import ast
import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_MAY_AWAIT = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_LONGEST = 60  # characters to show of a cell's first line


@dataclass(frozen=True)
class Cell:
    """A code cell.

    source: its text.
    heading: the heading above it.
    exercise: the exercise that it's for, or None.
    """

    source: str
    heading: str
    exercise: str | None

    @property
    def first_line(self) -> str:
        """The cell's first line, shortened if it's long."""
        line = self.source.strip().partition("\n")[0]
        return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that it defines; empty if it isn't plain Python."""
        try:
            tree = compile(self.source, "cell", "exec", _MAY_AWAIT)
        except SyntaxError:
            return frozenset()
        assert isinstance(tree, ast.Module)
        return frozenset(_given(tree.body))


class Cells:
    """The code cells of a notebook.

    path: the notebook's file, which is read on first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def giving(self, name: str) -> Cell | None:
        """Return the first cell that defines a name, or None."""
        return next((cell for cell in self._cells if name in cell.names), None)

    def like(self, name: str) -> str | None:
        """Return the notebook's name that a misspelt one was probably meant to be."""
        known = {one for cell in self._cells for one in cell.names}
        return next(iter(difflib.get_close_matches(name, known, 1, 0.75)), None)

    @cached_property
    def _cells(self) -> list[Cell]:
        try:
            notebook = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        found, heading = [], ""
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                headings = re.findall(r"^#+ +(.+)$", source, re.MULTILINE)
                heading = headings[-1] if headings else heading
            elif cell["cell_type"] == "code":
                asked = re.search(r'lesson\.check\("([\d.]+)"\)', source)
                found.append(Cell(source, heading, asked[1] if asked else None))
        return found


def _given(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements define in the notebook."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for one in statement.names:
                yield one.asname or one.name.partition(".")[0]
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
