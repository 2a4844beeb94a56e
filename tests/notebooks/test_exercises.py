"""Every exercise: left alone, answered rightly, and with each mistake that has a name.

The lesson says what an answer is; the sandbox is real.
"""

import ast
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from livechat_helpers.lessons.content import Exercise

from .course import LESSONS, NOTEBOOKS, code_cells, exercise_of, name, parsed
from .play import Played

Play = Callable[[Path], Played]

EXERCISES = [
    pytest.param(path, exercise, id=exercise.name)
    for path, lesson in LESSONS.items()
    for exercise in lesson.exercises
]
MISTAKES = [
    pytest.param(path, exercise, mistake, id=f"{exercise.name}-{mistake}")
    for path, lesson in LESSONS.items()
    for exercise in lesson.exercises
    for mistake in exercise.mistakes
]


@pytest.mark.parametrize(("path", "exercise"), EXERCISES)
def test_an_untouched_exercise_is_not_attempted(
    played: Play, path: Path, exercise: Exercise
) -> None:
    found = played(path).untouched[exercise.name]
    assert found.state == "not attempted"
    assert "dots" in found.text


@pytest.mark.parametrize(("path", "exercise"), EXERCISES)
def test_the_reference_answer_is_correct(
    played: Play, path: Path, exercise: Exercise
) -> None:
    found = played(path).solved[exercise.name]
    assert found.state == "correct", found
    assert found.text == exercise.correct


@pytest.mark.parametrize(("path", "exercise", "mistake"), MISTAKES)
def test_a_mistake_is_recognised_by_its_name(
    played: Play, path: Path, exercise: Exercise, mistake: str
) -> None:
    found = played(path).mistaken[exercise.name, mistake]
    assert (found.state, found.mistake) == ("not yet", mistake), found


@pytest.mark.parametrize(("path", "exercise"), EXERCISES)
def test_an_exercise_names_mistakes_with_messages_of_their_own(
    played: Play, path: Path, exercise: Exercise
) -> None:
    assert len(exercise.mistakes) >= 2
    messages = [mistake.message for mistake in exercise.mistakes.values()]
    assert Counter(messages).most_common(1)[0][1] == 1
    said = [played(path).mistaken[exercise.name, one].text for one in exercise.mistakes]
    assert not [text for text in said if "{" in text]


@pytest.mark.parametrize(("path", "exercise"), EXERCISES)
def test_hints_lead_up_to_the_solution(path: Path, exercise: Exercise) -> None:
    assert len(exercise.hints) >= 2
    assert len({*exercise.hints}) == len(exercise.hints)
    for answer in (exercise.solution, *(m.example for m in exercise.mistakes.values())):
        assert max(map(len, answer.splitlines())) <= 88


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_exercise_has_its_cell_and_every_check_its_exercise(path: Path) -> None:
    asked = [found for cell in code_cells(path) if (found := exercise_of(cell))]
    assert asked == [exercise.name for exercise in LESSONS[path].exercises]
    assert len(asked) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_no_later_cell_needs_an_answer(path: Path) -> None:
    answers = {each for one in LESSONS[path].exercises for each in one.asks}
    for cell in code_cells(path):
        if exercise_of(cell) is not None:
            continue
        used = {
            node.id for node in ast.walk(parsed(cell)) if isinstance(node, ast.Name)
        }
        assert not used & answers, cell["id"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_three_questions_say_why_each_wrong_option_is_wrong(path: Path) -> None:
    questions = LESSONS[path].questions
    assert len(questions) == 3
    for question in questions:
        assert [option.right for option in question.options].count(True) == 1
        assert 3 <= len(question.options) <= 4
        whys = [option.why for option in question.options]
        assert len({*whys}) == len(whys)
        assert min(map(len, whys)) > 20
    # The right option must not always stand in the same place.
    places = [[o.right for o in q.options].index(True) for q in questions]
    assert len({*places}) > 1
