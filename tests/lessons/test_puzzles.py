"""Predictions and lines to put in order, as widgets and from Python."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers.lessons import progress
from livechat_helpers.lessons.content import Lesson
from livechat_helpers.lessons.lesson_servers import LessonServers
from livechat_helpers.lessons.parsons import Parsons
from livechat_helpers.lessons.predict import Noted, Prediction
from livechat_helpers.lessons.progress import Overview
from livechat_helpers.lessons.running import RunningLesson
from livechat_helpers.lessons.wording import (
    Before,
    LinesInOrder,
    Option,
    Question,
    Words,
)
from livechat_helpers.settings import Settings

SUM = Question(
    "What is `1 + 1`?",
    (Option("`2`", "One and one.", right=True), Option("`11`", "These are numbers.")),
)
STEPS = LinesInOrder(
    "Open a chat.",
    ("join(room, user)", "user = create_user()", "room = create_room()", "return room"),
    (
        Before("b", "a", "Somebody has to be there to join."),
        Before("c", "a", "There's no room yet to join."),
        Before("a", "d", "What is after a return never runs."),
    ),
    "Everybody is in.",
)
WORDS = Words("Puzzles", predictions={"2.a": SUM}, parsons={"2.p": STEPS})
LESSON = Lesson(number=2, minutes=5, words=WORDS, exercises=())


@pytest.fixture
def lesson(home: Path) -> RunningLesson:
    """The lesson, in an empty home, without a sandbox."""
    servers = LessonServers(Settings.load(), sandbox=None, website=None)
    return RunningLesson(LESSON, servers, {})


def test_a_prediction_is_saved_but_not_judged_before_the_cell_runs(
    lesson: RunningLesson,
) -> None:
    for letter in ("a", "b", " B"):
        said = lesson.predict("2.a", letter)
        assert isinstance(said, Noted)
        assert "Noted. Now run the next cell." in repr(said)
        assert "numbers" not in repr(said)
    assert "<details><summary>Was I right?</summary>" in said._repr_html_()
    assert "These are numbers." in said._repr_html_()
    assert progress.done() == {"prediction 2.a": "correct"}


def test_a_prediction_is_judged_later_on_demand(lesson: RunningLesson) -> None:
    assert "Choose first" in repr(lesson.predict("2.a", "why"))
    lesson.predict("2.a", "b")
    assert "These are numbers." in repr(lesson.predict("2.a", "why"))
    lesson.predict("2.a", "a")
    assert "One and one." in repr(lesson.predict("2.a", "why"))


def test_a_prediction_can_be_chosen_with_a_click(lesson: RunningLesson) -> None:
    asked = lesson.predict("2.a")
    assert isinstance(asked, Prediction)
    _, buttons, said = asked.form().children
    assert said.value == ""
    buttons.value = "b"
    assert "Now run the next cell" in said.value
    assert progress.done() == {"prediction 2.a": "correct"}


def orders() -> list[str]:
    return ["".join(one) for one in permutations("abcd")]


@pytest.mark.parametrize("order", orders())
def test_every_order_that_works_is_right_and_the_others_are_wrong(
    lesson: RunningLesson, order: str
) -> None:
    said = lesson.parsons("2.p", order)
    assert not isinstance(said, Parsons)
    assert said.state == ("correct" if order in ("bcad", "cbad") else "not yet")
    assert said.code.splitlines()[0] == STEPS.lines["abcd".index(order[0])]


def test_a_line_that_is_too_early_gets_a_reason(lesson: RunningLesson) -> None:
    said = " ".join(repr(lesson.parsons("2.p", "abcd")).split())
    assert "join(room, user) comes before user = create_user()." in said
    assert "Somebody has to be there to join." in said
    assert progress.done() == {"puzzle 2.p": "not yet"}


@pytest.mark.parametrize("order", ["abc", "abcc", "abcde", "", 7, "a,b,c,d"])
def test_an_invalid_order_gets_the_list_of_lines(
    lesson: RunningLesson, order: object
) -> None:
    assert "has the lines a, b, c, d" in repr(lesson.parsons("2.p", order))


def test_lines_can_be_moved_with_buttons_until_the_order_is_right(
    lesson: RunningLesson,
) -> None:
    asked = lesson.parsons("2.p")
    assert isinstance(asked, Parsons)
    _, *rows, check, said = asked.form().children
    assert rows[0].children[0].disabled
    assert rows[3].children[1].disabled
    assert rows[0].children[1].tooltip == "Move down: join(room, user)"
    rows[0].children[1].click()
    rows[1].children[1].click()
    texts = [row.children[2].value for row in rows]
    assert ["user" in texts[0], "room" in texts[1], "join" in texts[2]] == [True] * 3
    check.click()
    assert "Everybody is in." in said.value
    assert progress.done() == {"puzzle 2.p": "correct"}


@pytest.mark.parametrize("ask", ["predict", "parsons"])
def test_a_puzzle_is_readable_without_a_form(lesson: RunningLesson, ask: str) -> None:
    name = "2.a" if ask == "predict" else "2.p"
    shown: dict[str, Any] = getattr(lesson, ask)(name)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
    again = getattr(lesson, ask)(name)._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert f'lesson.{ask}("{name}", ' in shown[kind].replace("&quot;", '"')
        assert shown[kind] == again[kind]
    assert "2.a" in repr(lesson.predict("7.z"))
    assert "2.p" in repr(lesson.parsons())


def test_predictions_and_puzzles_are_counted(lesson: RunningLesson) -> None:
    lesson.predict("2.a", "b")
    lesson.parsons("2.p", "abcd")
    overview = Overview([LESSON], progress.done())
    assert "1 of 2 predictions and puzzles" in repr(overview)
    assert "<td>1 of 2</td>" in overview._repr_html_()
    progress.forget(2)
    assert progress.done() == {}
