"""An answer in a cell: which lines belong to it, and what it needs in a file."""

import ast
import builtins
import re
import symtable
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

PACKAGE = "my_chat"
"""The learner's program, which the answers become part of."""

Around = Callable[[str], str]
"""Returns the text of a file with some code inserted as a piece."""


_AS_A_CELL = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class OnlyInTheNotebook(Exception):
    """An answer uses a name that only exists in the notebook; the text is the name."""


def answer_in(cells: Sequence[str], asks: Sequence[str]) -> str | None:
    """Return the code that a learner wrote to answer an exercise.

    It's in the newest cell that defines the requested names: their definitions, and
    whatever those use from the cell. Everything else in the cell, such as the check, is
    left out. Comments are kept.

    cells: all cells that were run, in order.
    asks: the names that the exercise asks for.
    """
    for cell in reversed(cells):
        try:
            tree = compile(cell, "cell", "exec", _AS_A_CELL)
        except SyntaxError:
            continue  # The cell is a magic, or isn't Python.
        assert isinstance(tree, ast.Module)
        if {*asks} & {name for node in tree.body for name in _bound(node)}:
            wanted = _needed(tree.body, {*asks})
            others = [node for node in tree.body if node not in wanted]
            return _without(cell, others)
    return None


def _needed(body: Sequence[ast.stmt], names: set[str]) -> list[ast.stmt]:
    """Return the statements that define some names, or names that those use."""
    needed, found = set(names), list[ast.stmt]()
    while True:
        more = [n for n in body if n not in found and _gives(n, needed)]
        if not more:
            return found
        found += more
        needed |= {name for node in more for name in _used(node)}


def _gives(node: ast.stmt, names: set[str]) -> bool:
    """Return whether a statement defines one of some names, or a route on one."""
    if isinstance(node, ast.Expr):
        return False
    decorators = getattr(node, "decorator_list", [])
    return not names.isdisjoint([*_bound(node), *map(_first_name, decorators)])


def _first_name(node: ast.expr) -> str:
    """Return ``app`` for ``app.post("/")``."""
    return next(each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _used(node: ast.stmt) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _without(code: str, nodes: Sequence[ast.stmt]) -> str:
    """Remove some statements from code."""
    lines = code.splitlines()
    for node in nodes:
        decorators = getattr(node, "decorator_list", [])
        first = min(each.lineno for each in [node, *decorators])
        assert node.end_lineno is not None
        for number in range(first - 1, node.end_lineno):
            lines[number] = ""
    left = re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines))
    return left.strip("\n") + "\n"


def fitted(answer: str, kits: str, around: Around, names: Mapping[str, Any]) -> str:
    """Adapt an answer for its file: with imports, and without the need for ``await``.

    answer: the learner's answer.
    kits: the kit's own answer, which it replaces.
    around: returns the file's text with an answer in it.
    names: the notebook's names; those that the answer uses are imported.

    Raises:
        OnlyInTheNotebook: one of them can't be imported.
    """
    answer = _called_plainly(kits, _without_what_is_there(answer, kits, around))
    lines = {
        name: _import_of(name, names.get(name))
        for name in unknown_names(around(answer))
    }
    for name, line in lines.items():
        if line is None:
            raise OnlyInTheNotebook(name)
    return "".join(f"{line}\n" for line in sorted(map(str, lines.values()))) + answer


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, ast.alias):
            yield (each.asname or each.name).split(".")[0]


def _without_what_is_there(answer: str, kits: str, around: Around) -> str:
    """Remove values from an answer that its file already has outside of the piece.

    A cell can provide such values for the learner to work with, such as a queue.
    """
    there = {name for node in ast.parse(around("")).body for name in _bound(node)}
    there -= {name for node in ast.parse(kits).body for name in _bound(node)}
    body = ast.parse(answer).body
    used = {
        name
        for node in body
        if not isinstance(node, ast.Assign)
        for name in _used(node)
    }
    given = [
        node
        for node in body
        if isinstance(node, ast.Assign)
        if (needed := {*_bound(node)} & used) and needed <= there
    ]
    return _without(answer, given)


def _called_plainly(kits: str, answer: str) -> str:
    """Make an answer callable without ``await`` if the kit's piece is.

    The program knows the kit's pieces, and doesn't await them.
    """
    defined = ast.parse(kits).body
    plain = {one.name for one in defined if isinstance(one, ast.FunctionDef)}
    names = [
        one.name
        for one in ast.parse(answer).body
        # A server's route isn't called by name, so it can be async.
        if isinstance(one, ast.AsyncFunctionDef) and not one.decorator_list
        if one.name in plain
    ]
    lines = "".join(f"\n{name} = plain({name})\n" for name in names)
    needed = "from livechat_helpers.coroutines import plain\n" if names else ""
    return needed + answer + lines


def unknown_names(text: str) -> list[str]:
    """Return the names that a module uses but doesn't define."""
    table = symtable.symtable(text, "my_chat", "exec")
    defined = {one.get_name() for one in table.get_symbols() if one.is_assigned()}
    defined |= {one.get_name() for one in table.get_symbols() if one.is_imported()}
    defined |= {one.get_name() for one in table.get_symbols() if one.is_namespace()}
    used: set[str] = set()
    tables = [table]
    while tables:
        here = tables.pop()
        tables += here.get_children()
        used |= {
            one.get_name()
            for one in here.get_symbols()
            if one.is_referenced() and (here is table or one.is_global())
        }
    given = {*dir(builtins), "__file__", "__name__", "__doc__"}
    return sorted(used - defined - given)


def _import_of(name: str, value: object) -> str | None:
    """Return an import for the object that has a name in the notebook, or None."""
    if isinstance(value, ModuleType):
        same = value.__name__ == name
        return f"import {name}" if same else f"import {value.__name__} as {name}"
    module = getattr(value, "__module__", None)
    own_name = getattr(value, "__qualname__", "")
    if module in (None, "__main__") or module.split(".")[0] == PACKAGE:
        return None
    if getattr(sys.modules.get(module), own_name, None) is not value:
        return None
    renamed = "" if own_name == name else f" as {name}"
    return f"from {module} import {own_name}{renamed}"
