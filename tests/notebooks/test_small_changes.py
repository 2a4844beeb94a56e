"""A reference answer with a small change is wrong, and no check accepts it.

A few changes do no harm, and ``harmless.toml`` says why. CI tries a sample of all
changes, with the answers of the corpus; ``-m weekly`` tries every one.
"""

from pathlib import Path

import pytest

from livechat_helpers.lessons.solutions import Source

from .conftest import Stand
from .course import LESSONS, NOTEBOOKS, name
from .mutations import HARMLESS, every, mutants_of
from .play import play

EXERCISES = [one.name for lesson in LESSONS.values() for one in lesson.exercises]


@pytest.mark.weekly
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_each_small_change_of_the_reference_answer_is_refused(
    stand: Stand, path: Path
) -> None:
    assert not play(path, lambda exercise: (), every).praised_changes()


@pytest.mark.parametrize("exercise", HARMLESS)
def test_every_harmless_change_is_a_change_to_the_current_answer(exercise: str) -> None:
    assert exercise in EXERCISES
    assert {*HARMLESS[exercise]} <= {one.change for one in every(exercise)}
    assert all(HARMLESS[exercise].values())


def test_the_small_changes_drop_lines_swap_conditions_and_change_constants() -> None:
    code = 'def f(a, b):\n    if a < b and b:\n        g(a, b)\n    return f"{a}x", 1\n'
    assert [one.change for one in mutants_of(Source(code, "py"))] == [
        "line 2: without `if a < b and b: g(a, b)`",
        "line 2: `if a < b:`",
        "line 2: `if b:`",
        "line 2: `if not (a < b and b):`",
        "line 2: `if a <= b and b:`",
        "line 2: `if a < b or b:`",
        "line 3: `g(a)`",
        "line 3: `g(b)`",
        "line 3: `g(b, a)`",
        "line 3: without `g(a, b)`",
        'line 4: `return "", 1`',
        "line 4: `return None`",
        'line 4: `return f"{a}x", 2`',
    ]
