"""A check: three outcomes, and nothing that a learner writes makes it raise."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from livechat_helpers.lessons import checking
from livechat_helpers.lessons.content import Exercise, Mistaken
from livechat_helpers.lessons.shown import Note
from livechat_helpers.lessons.wording import ExerciseWords

WORDS = ExerciseWords(
    correct="It is 42.",
    hints=("Think.", "Think again."),
    mistakes={"other": "It is not {said}."},
)


def checked(check: Callable[..., None], names: dict[str, Any]) -> Note:
    return checking.run(Exercise("9.1", ("answer",), check), WORDS, names)


def is_42(answer: Any) -> None:
    if answer != 42:
        raise Mistaken("other", said=answer)


def calls_it(answer: Callable[[int], Any]) -> None:
    is_42(answer(2))


def test_a_right_answer_is_correct() -> None:
    found = checked(is_42, {"answer": 42})
    assert (found.state, found.text) == ("correct", "It is 42.")


def test_a_wrong_answer_is_told_which_mistake_it_is() -> None:
    found = checked(is_42, {"answer": 41})
    assert found.state == "not yet"
    assert found.mistake == "other"
    assert found.text == "It is not 41."


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"answer": ...},
        {"answer": {"exp": ...}},
        {"answer": {...: 1}},
        {"answer": [1, (2, [...])]},
        {"answer": "function f() {\n  // ...\n}"},
        {"answer": "<!-- ... -->\n<p></p>"},
    ],
)
def test_dots_anywhere_in_an_answer_are_not_an_attempt(names: dict[str, Any]) -> None:
    assert checked(is_42, names).state == "not attempted"


def test_a_function_that_returns_the_dots_is_not_an_attempt() -> None:
    found = checked(calls_it, {"answer": lambda number: ...})
    assert found.state == "not attempted"


def test_dots_among_words_are_an_attempt() -> None:
    answer = "f(...all);\n// and so on ...\n"
    assert checked(is_42, {"answer": answer}).state == "not yet"


def test_none_is_an_attempt() -> None:
    assert checked(is_42, {"answer": None}).state == "not yet"


def test_a_name_of_the_cells_above_is_asked_for() -> None:
    def check(answer: int, chat: dict[str, Any]) -> None:
        raise AssertionError("it is not there")

    found = checked(check, {"answer": 42})
    assert found.state == "not attempted"
    assert "chat is not there yet" in found.text


class Hostile:
    def __eq__(self, other: object) -> bool:
        raise RecursionError("over and over")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: 42,
        lambda number: {}["exp"],
        lambda number: sys.exit(1),
        lambda number: Hostile(),
        17,
    ],
)
def test_an_answer_that_fails_is_told_how_and_raises_nothing(answer: Any) -> None:
    found = checked(calls_it, {"answer": answer})
    assert (found.state, found.mistake) == ("not yet", "error")
    assert "ended in an error" in found.text


def test_what_is_shown_says_the_state_in_words_and_holds_no_markup() -> None:
    note = Note("9.1 not yet", "Write `a < b`, not <b>.", code="x = '<i>'")
    html = note._repr_html_()
    assert "<strong>9.1 not yet.</strong>" in html
    assert "<code>a &lt; b</code>" in html
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert repr(note) == "9.1 not yet: Write a < b, not <b>.\n    x = '<i>'"
