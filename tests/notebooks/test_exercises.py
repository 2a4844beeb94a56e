"""Every exercise: untouched, answered correctly, and with the corpus's answers.

The lesson judges the answers, and the sandbox is real. CI plays the first answer of
each kind and mistake; ``-m weekly`` plays them all.
"""

import re
from collections.abc import Callable
from graphlib import TopologicalSorter
from pathlib import Path
from string import ascii_lowercase

import pytest

from livechat_helpers.lessons import pieces
from livechat_helpers.lessons.content import Exercise
from livechat_helpers.lessons.solutions import solution_of

from .conftest import Stand
from .corpus import FOLDER, KINDS, Answer, answers_in, answers_to, sample_of
from .course import LESSONS, NOTEBOOKS, code_cells, exercise_of, name, source
from .play import Played, play

Play = Callable[[Path], Played]

EXERCISES = [
    pytest.param(path, exercise, id=exercise.name)
    for path, lesson in LESSONS.items()
    for exercise in lesson.exercises
]
ANSWERS = [
    pytest.param(path, answer, id=answer.name)
    for path, lesson in LESSONS.items()
    for answer in answers_in(lesson, sample_of)
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
    words = LESSONS[path].words.exercises[exercise.name]
    assert found.text.startswith(words.correct)
    is_placed = "It's part of your chat now" in found.text
    assert is_placed == (exercise.name in pieces.kits_pieces()), found.text


@pytest.mark.parametrize(("path", "answer"), ANSWERS)
def test_every_answer_is_judged_correctly(
    played: Play, path: Path, answer: Answer
) -> None:
    found = played(path).answered[answer.path]
    assert answer.is_judged_well(found), found
    assert not re.search(r"\{\w+\}", found.text) or "{" in answer.code


@pytest.mark.weekly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_each_answer_in_the_corpus_is_judged_correctly(
    stand: Stand, path: Path
) -> None:
    stand.empty()
    found = play(path, answers_to, lambda exercise: ()).answered
    answers = answers_in(LESSONS[path])
    misjudged = [a.name for a in answers if not a.is_judged_well(found[a.path])]
    assert misjudged == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_small_change_of_the_reference_answer_is_refused(
    played: Play, path: Path
) -> None:
    assert not played(path).praised_changes()


@pytest.mark.parametrize(("path", "exercise"), EXERCISES)
def test_every_mistake_has_its_own_text_and_an_example(
    path: Path, exercise: Exercise
) -> None:
    words = LESSONS[path].words.exercises[exercise.name].mistakes
    made = {answer.mistake for answer in answers_to(exercise)} - {None}
    assert made == {*words}
    assert len(words) >= 2
    assert len({*words.values()}) == len(words)


@pytest.mark.parametrize(("path", "exercise"), EXERCISES)
def test_hints_lead_up_to_the_solution(path: Path, exercise: Exercise) -> None:
    hints = LESSONS[path].words.exercises[exercise.name].hints
    assert len(hints) >= 2
    assert len({*hints}) == len(hints)
    solution = solution_of(exercise.name).text
    assert max(map(len, solution.splitlines())) <= 88


def test_every_file_of_the_corpus_answers_an_exercise() -> None:
    known = {one.path for lesson in LESSONS.values() for one in answers_in(lesson)}
    assert {path for path in FOLDER.rglob("*") if path.is_file()} == known
    assert {path.stem.partition("-")[0] for path in known} <= {*KINDS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_exercise_has_its_texts(path: Path) -> None:
    lesson = LESSONS[path]
    assert [*lesson.words.exercises] == [one.name for one in lesson.exercises]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_exercise_has_its_cell_and_every_check_its_exercise(path: Path) -> None:
    asked = [found for cell in code_cells(path) if (found := exercise_of(cell))]
    assert asked == [exercise.name for exercise in LESSONS[path].exercises]
    assert len(asked) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_three_questions_say_why_each_wrong_option_is_wrong(path: Path) -> None:
    questions = LESSONS[path].words.questions
    assert len(questions) == 3
    for question in questions:
        assert [option.right for option in question.options].count(True) == 1
        assert 3 <= len(question.options) <= 4
        whys = [option.why for option in question.options]
        assert len({*whys}) == len(whys)
        assert min(map(len, whys)) > 20
    # The right option must not always be in the same place.
    places = [[o.right for o in q.options].index(True) for q in questions]
    assert len({*places}) > 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_prediction_has_one_right_option_and_a_reason_for_each(path: Path) -> None:
    for question in LESSONS[path].words.predictions.values():
        assert [option.right for option in question.options].count(True) == 1
        assert 2 <= len(question.options) <= 4
        assert all(option.why for option in question.options)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_lines_to_order_have_a_right_order_and_dont_start_in_it(path: Path) -> None:
    for lines in LESSONS[path].words.parsons.values():
        letters = ascii_lowercase[: len(lines.lines)]
        graph = {letter: set[str]() for letter in letters}
        for one in lines.before:
            graph[one.then].add(one.first)
        assert {*TopologicalSorter(graph).static_order()} == {*letters}
        assert any(one.then < one.first for one in lines.before)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_every_prediction_and_puzzle_is_in_the_notebook(path: Path) -> None:
    text = "".join(source(cell) for cell in code_cells(path))
    words = LESSONS[path].words
    assert {*re.findall(r'lesson\.predict\("(.+?)"\)', text)} == {*words.predictions}
    assert {*re.findall(r'lesson\.parsons\("(.+?)"\)', text)} == {*words.parsons}
