"""A lesson in a notebook: hints, solutions, questions, and the learner's progress."""

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers.lessons import progress, running
from livechat_helpers.lessons.content import (
    Exercise,
    Lesson,
    Mistaken,
    estimate_minutes,
)
from livechat_helpers.lessons.lesson_servers import LessonServers
from livechat_helpers.lessons.progress import Overview
from livechat_helpers.lessons.quiz import Quiz
from livechat_helpers.lessons.running import RunningLesson
from livechat_helpers.lessons.wording import ExerciseWords, Option, Question, Words
from livechat_helpers.settings import Settings


def is_42(answer: Any) -> None:
    if answer != 42:
        raise Mistaken("other")


WORDS = Words(
    title="Forty-two",
    exercises={
        "1.1": ExerciseWords(
            correct="Yes.",
            hints=("It is a number.", "It is even."),
            mistakes={"other": "No."},
        ),
    },
    questions=(
        Question(
            "Which?",
            (
                Option("This", "It is not this one."),
                Option("That", "It is that one.", right=True),
            ),
        ),
    ),
)
LESSON = Lesson(
    number=1,
    minutes=5,
    words=WORDS,
    exercises=(Exercise("1.1", ("answer",), is_42),),
)


@pytest.fixture
def names() -> dict[str, Any]:
    """The names of the notebook."""
    return {"answer": ...}


@pytest.fixture
def lesson(home: Path, names: dict[str, Any]) -> RunningLesson:
    """The lesson, in an empty home, without a sandbox."""
    servers = LessonServers(Settings.load(), sandbox=None, website=None)
    return RunningLesson(LESSON, servers, names)


def test_hints_come_one_by_one_and_end_with_the_solution(
    lesson: RunningLesson,
) -> None:
    assert "It is a number." in repr(lesson.hint("1.1"))
    assert "hint 2 of 2" in repr(lesson.hint("1.1"))
    assert 'lesson.solution("1.1")' in repr(lesson.hint("1.1"))
    assert "hint 1 of 2" in repr(lesson.hint("1.1", 1))
    assert "hint 2 of 2" in repr(lesson.hint("1.1", 99))


def test_showing_a_solution_leaves_the_learners_answer_alone(
    lesson: RunningLesson, names: dict[str, Any]
) -> None:
    names["answer"] = 41
    assert "practice = vonage" in repr(lesson.solution("1.1"))
    assert names == {"answer": 41}


def test_a_name_can_be_a_number_or_contain_capitals(lesson: RunningLesson) -> None:
    assert "hint 1 of 2" in repr(lesson.hint(1.1))
    assert "correct" not in repr(lesson.check(1.1))
    assert "practice = vonage" in repr(lesson.solution(1.1))
    assert "It is that one." in repr(lesson.quiz(1, "B"))
    assert "It is that one." in repr(lesson.quiz("1", "b"))


def test_every_wrong_argument_gets_one_sentence(lesson: RunningLesson) -> None:
    for ask in (lesson.check, lesson.hint, lesson.solution):
        for wrong in (None, "", 7, [], "1.7"):
            assert "This notebook has 1.1." in repr(ask(wrong))
        assert "This notebook has 1.1." in repr(ask())
    assert "hint 1 of 2" in repr(lesson.hint("1.1", "first"))
    assert "questions 1 to 1" in repr(lesson.quiz("b"))
    assert "options a, b" in repr(lesson.quiz(1))


def test_each_answer_to_a_question_says_why(lesson: RunningLesson) -> None:
    assert "wrong: It is not this one." in repr(lesson.quiz(1, "a"))
    assert "right: It is that one." in repr(lesson.quiz(1, "b"))


@pytest.mark.parametrize(("number", "letter"), [(1, "c"), (1, ""), (2, "a"), (0, "a")])
def test_an_unknown_answer_gets_the_list_of_possible_ones(
    lesson: RunningLesson, number: int, letter: str
) -> None:
    assert "No such answer" in repr(lesson.quiz(number, letter))


def test_the_form_explains_once_an_option_is_chosen(lesson: RunningLesson) -> None:
    quiz = lesson.quiz()
    assert isinstance(quiz, Quiz)
    asked, buttons, said = quiz.form().children[0].children
    assert "1. Which?" in asked.value
    assert said.value == ""
    buttons.value = "a"
    assert "It is not this one." in said.value
    assert progress.done() == {"question 1.1": "not yet"}
    buttons.value = "b"
    assert "It is that one." in said.value
    assert progress.done() == {"question 1.1": "correct"}


def test_the_questions_are_readable_without_a_form(
    lesson: RunningLesson,
) -> None:
    quiz = lesson.quiz()
    assert isinstance(quiz, Quiz)
    shown = quiz._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    for text in (shown["text/plain"], shown["text/html"]):
        assert "Which?" in text
        assert "That" in text
        assert "It is that one." not in text


def test_progress_survives_the_notebook_and_right_answers_stay_right(
    lesson: RunningLesson, names: dict[str, Any]
) -> None:
    lesson.check("1.1")
    assert progress.done() == {}
    names["answer"] = 41
    lesson.check("1.1")
    assert progress.done() == {"1.1": "not yet"}
    names["answer"] = 42
    lesson.check("1.1")
    names["answer"] = 41
    assert lesson.check("1.1").state == "not yet"
    assert 'lesson.hint("1.1")' in lesson.check("1.1").text
    assert progress.done() == {"1.1": "correct"}
    assert repr(Overview([LESSON], progress.done())) == (
        "01 Forty-two (5 minutes): 1 of 1 exercises, 0 of 1 questions"
    )


def test_one_notebooks_progress_can_be_deleted_alone(home: Path) -> None:
    for what in ("1.1", "1.2", "12.2", "question 1.1", "2.1"):
        progress.note(what, "correct")
    for number in (1, 2, 3):
        assert not progress.has_begun(number)
        progress.begin(number)
        assert progress.has_begun(number)
    progress.forget(2)
    kept = {"1.1", "1.2", "12.2", "question 1.1", "begun 1"}
    assert {*progress.done()} == kept
    progress.forget_all()
    assert progress.done() == {}


def test_notebooks_that_save_at_the_same_time_keep_each_others_progress(
    home: Path,
) -> None:
    exercises = [f"{number}.1" for number in range(12)]
    with ThreadPoolExecutor(4) as notebooks:
        list(notebooks.map(progress.note, exercises, repeat("correct")))
    assert progress.done() == dict.fromkeys(exercises, "correct")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null"])
def test_a_damaged_progress_file_does_no_harm(home: Path, content: bytes) -> None:
    progress.path().parent.mkdir()
    progress.path().write_bytes(content)
    progress.note("1.1", "correct")
    assert progress.done() == {"1.1": "correct"}


def test_a_check_works_where_progress_cannot_be_saved(
    lesson: RunningLesson, names: dict[str, Any], home: Path
) -> None:
    (home / ".data").write_text("a file where a folder should be")
    names["answer"] = 42
    assert lesson.check("1.1").state == "correct"


def test_in_the_cloud_there_are_no_calls_to_show(lesson: RunningLesson) -> None:
    assert "Only the sandbox" in repr(lesson.calls(last=3))


def test_every_lesson_is_found_once_and_in_order() -> None:
    lessons = running.all_lessons()
    numbers = [lesson.number for lesson in lessons]
    assert numbers == sorted({*numbers})
    for lesson in lessons:
        assert lesson.path.stem.startswith(f"{lesson.number:02}_")
        assert running.find(lesson.number) is lesson
    with pytest.raises(KeyError, match="no notebook 99"):
        running.find(99)


def test_the_minutes_grow_with_what_there_is_to_do() -> None:
    assert estimate_minutes(1400, 20, 4) == 10 + 14 + 18 + 4
