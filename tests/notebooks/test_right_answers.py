"""Answers that a check accepts work in ``my_chat``, too, on the real sandbox.

Each round builds the chat from other right answers: the first one to each exercise,
then the second, and so on. CI plays the first round; ``-m weekly`` plays all.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers.lessons import pieces, start
from livechat_helpers.lessons.my_server import MyServer

from . import chat_in_pieces
from .conftest import Stand
from .corpus import Answer, answers_to
from .course import LESSONS, code_cells, parsed

ROUNDS = 12


@pytest.mark.parametrize(
    "number",
    [0, *(pytest.param(n, marks=pytest.mark.weekly) for n in range(1, ROUNDS))],
)
def test_right_answers_together_make_a_chat(stand: Stand, number: int) -> None:
    stand.empty()
    start(12, {})
    placed = [exercise for exercise in answers() if is_placed(exercise, number)]
    assert len(placed) > 25
    server = MyServer()
    try:
        chat_in_pieces.chat(server.url)
    finally:
        server.close()


@cache
def answers() -> dict[str, list[Answer]]:
    """Return the right answers to each exercise that is a Python piece of the chat."""
    exercises = [one for lesson in LESSONS.values() for one in lesson.exercises]
    return {
        one.name: [answer for answer in answers_to(one) if answer.kind == "right"]
        for one in exercises
        if (kits := pieces.kits_pieces().get(one.name)) and kits.file.endswith(".py")
    }


def is_placed(exercise: str, number: int) -> bool:
    """Make an answer part of the chat; False if it needs the notebook's names."""
    path = next(path for path, it in LESSONS.items() if it.exercise(exercise))
    right = answers()[exercise]
    answer = right[number % len(right)]
    try:
        pieces.put(exercise, answer.code, imports(path))
    except pieces.Unplaced:
        return False
    return True


@cache
def imports(path: Path) -> dict[str, Any]:
    """Return what a notebook's first cell imports."""
    names: dict[str, Any] = {}
    found = parsed(code_cells(path)[0]).body
    body: list[ast.stmt] = [
        node for node in found if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    exec(compile(ast.Module(body, []), str(path), "exec"), names)
    return names
