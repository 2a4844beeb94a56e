"""Small changes to the reference answers: a line dropped, a condition swapped.

If a check accepts one of them, it hasn't tried what it claims to try.
"""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from livechat_helpers.lessons.solutions import Source, solution_of

HARMLESS: Mapping[str, Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("harmless.toml").read_text(encoding="utf-8")
)
"""By exercise, the changes after which an answer still works, and why."""

_SAMPLE = 2  # changes to each answer that CI tries

_COMPARISONS = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_SUMS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*"}
_BLOCKS = ast.If | ast.For | ast.AsyncFor | ast.While | ast.Try
_LINES = ast.Expr | ast.Assign | ast.AugAssign | ast.Delete | ast.Raise | ast.Continue
_Change = dict[str, str | Callable[[re.Match[str]], str]]
"""By pattern, the replacement for what it finds."""

_WITHOUT = {r"^[ \t]*\S[^\n]*;\n": ""}
_ANOTHER_NUMBER: _Change = {
    r"(?<![\w#.-])\d+(?:\.\d+)?\b": lambda found: f"{float(found[0]) + 7:g}"
}
_SCRIPT: _Change = {
    **_WITHOUT,
    **_ANOTHER_NUMBER,
    r" === ": " !== ",
    r" !== ": " === ",
    r" < ": " > ",
    r" > ": " < ",
    r" && ": " || ",
    r" \|\| ": " && ",
    r" \+ ": " - ",
    r" - ": " + ",
    r"\btrue\b": "false",
    r"\bfalse\b": "true",
    r"\bawait ": "",
    r"(?<=\()!(?=\w)": "",
    r"(?<=if \()(?=\w)": "!",
    r"'[^'\n]+'": "'changed'",
    r"(?<=\()([\w.]+), ([\w.]+)(?=\))": r"\2, \1",
}
_STYLE: _Change = {
    **_WITHOUT,
    **_ANOTHER_NUMBER,
    r"(?<=: )[a-z-]+(?=;)": "initial",
    r"^[.#][\w.-]+(?= \{)": ".other",
}
_MARKUP: _Change = {
    r"^<[^\n]*>\n": "",
    r' [\w-]+="[^"]*"': "",
    r'(?<==")[^"]+(?=")': "changed",
    r"(?<=>)[^<\n]+(?=<)": "",
    r"<textarea([^>]*)></textarea>": r"<div\1></div>",
    r"<button([^>]*)>(.*?)</button>": r"<div\1>\2</div>",
}


@dataclass(frozen=True)
class Mutant:
    """A reference answer with one change.

    change: the changed line, or what's missing. source: the whole answer.
    """

    change: str
    source: Source


@dataclass(frozen=True)
class _Edit:
    """A replacement for part of a file, from one offset to another."""

    start: int
    end: int
    text: str

    def in_text(self, text: str) -> str:
        return text[: self.start] + self.text + text[self.end :]


def sample(exercise: str) -> list[Mutant]:
    """Return a few changes to an exercise's answer, the same ones on every run."""
    mutants = mutants_of(solution_of(exercise))
    return Random(exercise).sample(mutants, min(_SAMPLE, len(mutants)))


def every(exercise: str) -> list[Mutant]:
    """Return all changes to an exercise's answer."""
    return mutants_of(solution_of(exercise))


def mutants_of(source: Source) -> list[Mutant]:
    """Return all small changes to an answer, in the order of its lines."""
    text = source.text
    edits = _python(text) if source.language == "py" else _page(source)
    found: dict[str, Mutant] = {}
    for edit in sorted({*edits}, key=lambda one: (one.start, one.end, one.text)):
        changed = edit.in_text(text)
        if changed != text and _is_code(changed, source.language):
            mutant = Mutant(_words(edit, text), Source(changed, source.language))
            found.setdefault(changed, mutant)
    return [*found.values()]


def _words(edit: _Edit, text: str) -> str:
    number = text.count("\n", 0, edit.start)
    if edit.text in ("", "pass"):
        before = " ".join(text[edit.start : edit.end].split())
        return f"line {number + 1}: without `{before}`"
    return f"line {number + 1}: `{edit.in_text(text).splitlines()[number].strip()}`"


def _is_code(text: str, language: str) -> bool:
    if language != "py":
        return True
    try:
        compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True


class _Python:
    """Finds changes in Python code. text: the code."""

    def __init__(self, text: str) -> None:
        self._text = text
        lengths = [len(line) for line in text.splitlines(keepends=True)]
        self._lines = [sum(lengths[:number]) for number in range(len(lengths) + 1)]

    def edits(self, node: ast.AST) -> Iterator[_Edit]:
        """Yield the changes to a part of the code, and to its parts."""
        yield from self._of(node)
        if isinstance(node, ast.JoinedStr):
            return  # Python doesn't say where the parts of an f-string are
        for child in ast.iter_child_nodes(node):
            yield from self.edits(child)

    def _of(self, node: ast.AST) -> Iterator[_Edit]:
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Expr(value=ast.Yield()):
                return
            case ast.Return(value=ast.expr() as value):
                yield self._edit(value, "None")
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) in _COMPARISONS:
                    yield self._between(left, right, _COMPARISONS[type(op)])
            case ast.BoolOp(op=op, values=[*values]):
                other = "or" if isinstance(op, ast.And) else "and"
                yield self._between(values[0], values[1], other)
                yield self._edit(node, self._code(values[0]))
                yield self._edit(node, self._code(values[-1]))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
                yield self._between(left, right, _SUMS[type(op)])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._edit(node, self._code(operand))
            case ast.Constant(value=bool() as value):
                yield self._edit(node, str(not value))
            case ast.Constant(value=int() as value):
                yield self._edit(node, str(value + 1))
            case ast.Constant(value=str() as value) if value:
                yield self._edit(node, repr(f"{value}x"))
            case ast.JoinedStr():
                yield self._edit(node, '""')
            case ast.Call():
                yield from self._of_call(node)
            case _:
                pass
        if isinstance(node, _BLOCKS | _LINES):
            yield self._edit(node, "pass")
        if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(
            node.test, ast.Constant
        ):
            yield self._edit(node.test, f"not ({self._code(node.test)})")
        if isinstance(node, ast.comprehension):
            for test in node.ifs:
                yield self._edit(test, "True")

    def _of_call(self, call: ast.Call) -> Iterator[_Edit]:
        given = [self._code(one) for one in call.args]
        given += [self._code(one) for one in call.keywords]
        for left_out in range(len(given)):
            rest = [*given[:left_out], *given[left_out + 1 :]]
            yield self._edit(call, f"{self._code(call.func)}({', '.join(rest)})")
        if len(call.args) > 1:
            swapped = [given[1], given[0], *given[2:]]
            yield self._edit(call, f"{self._code(call.func)}({', '.join(swapped)})")

    def _edit(self, node: ast.AST, text: str) -> _Edit:
        return _Edit(*self._span(node), text)

    def _between(self, left: ast.AST, right: ast.AST, operator: str) -> _Edit:
        (_, start), (end, _) = self._span(left), self._span(right)
        gap = self._text[start:end]
        closing, opening = gap.count(")"), gap.count("(")
        return _Edit(start, end, f"{')' * closing} {operator} {'(' * opening}")

    def _code(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._text[start:end]

    def _span(self, node: Any) -> tuple[int, int]:
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno, node.end_col_offset),
        )

    def _offset(self, line: int, column: int) -> int:
        """Return an offset in the text; Python counts columns in bytes."""
        start = self._lines[line - 1]
        whole = self._text[start:].partition("\n")[0]
        return start + len(whole.encode()[:column].decode())


def _python(text: str) -> Iterator[_Edit]:
    return _Python(text).edits(ast.parse(text))


def _page(source: Source) -> Iterator[_Edit]:
    """Find changes in a script, style sheet or markup: lines and words."""
    text = source.text
    changes = {"js": _SCRIPT, "css": _STYLE, "html": _MARKUP}[source.language]
    for pattern, new in changes.items():
        for found in re.finditer(pattern, text, re.MULTILINE):
            changed = new(found) if callable(new) else found.expand(new)
            yield _Edit(*found.span(), changed)
