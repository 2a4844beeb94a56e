"""A check: three outcomes, and nothing that a learner writes makes it fail."""

import json
import linecache
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from livechat_helpers.lessons import checking
from livechat_helpers.lessons.calling import called
from livechat_helpers.lessons.cells import Cells
from livechat_helpers.lessons.content import Exercise, Mistaken, Unexpected
from livechat_helpers.lessons.feedback import Note
from livechat_helpers.lessons.wording import ExerciseWords

WORDS = ExerciseWords(
    correct="It is 42.",
    hints=("Think.", "Think again."),
    mistakes={"other": "It is not {said}."},
)


NOTEBOOK = [
    ("markdown", "# Forty-two\n\n## A chat\n"),
    ("code", "chat = desk.open_chat()\nroom = chat['id']"),
    ("code", 'answer = ...\nlesson.check("9.1")'),
]


@pytest.fixture
def cells(tmp_path: Path) -> Cells:
    """The cells of a notebook."""
    path = tmp_path / "notebook.ipynb"
    cells = [{"cell_type": kind, "source": [text]} for kind, text in NOTEBOOK]
    path.write_text(json.dumps({"cells": cells}))
    return Cells(path)


def checked(
    check: Callable[..., None],
    names: dict[str, Any],
    cells: Cells | None = None,
    patience: float = 5,
) -> Note:
    exercise = Exercise("9.1", ("answer",), check, patience)
    return checking.run(exercise, WORDS, names, cells or Cells(Path("none.ipynb")))


def written(code: str) -> dict[str, Any]:
    """Return a notebook's names after a learner has run some code."""
    names: dict[str, Any] = {}
    code = textwrap.dedent(code).lstrip()
    linecache.cache["a cell"] = (len(code), None, code.splitlines(True), "a cell")
    exec(compile(code, "a cell", "exec"), names)
    return names


def is_42(answer: Any) -> None:
    if answer != 42:
        raise Mistaken("other", said=answer)


def calls_it(answer: Callable[[int], Any]) -> None:
    is_42(called(answer, 2))


def an_app(route: Callable[[], Any]) -> FastAPI:
    """Return a web app with one route."""
    app = FastAPI()
    app.get("/")(route)
    return app


def test_a_right_answer_is_correct() -> None:
    found = checked(is_42, {"answer": 42})
    assert (found.state, found.text) == ("correct", "It is 42.")


def test_a_wrong_answer_is_told_its_mistake() -> None:
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
        {"answer": ".log {\n  /* ... */\n}"},
        {"answer": an_app(lambda: ...)},
    ],
)
def test_an_answer_with_placeholder_dots_isnt_an_attempt(names: dict[str, Any]) -> None:
    assert checked(is_42, names).state == "not attempted"


def test_a_function_that_returns_the_dots_is_not_an_attempt() -> None:
    found = checked(calls_it, {"answer": lambda number: ...})
    assert found.state == "not attempted"


def test_dots_among_words_count_as_an_attempt() -> None:
    answer = "f(...all);\n// and so on ...\n"
    assert checked(is_42, {"answer": answer}).state == "not yet"


@pytest.mark.parametrize(
    "answer",
    [
        "function f() {\n  // ...\n  return 1;\n}",
        ".log {\n  /* ... */\n  display: flex;\n}",
        '<!-- ... -->\n<div role="log"></div>',
        an_app(lambda: 1),
    ],
)
def test_dots_left_next_to_an_answer_do_no_harm(answer: Any) -> None:
    assert checked(is_42, {"answer": answer}).state == "not yet"


def test_the_answer_none_counts_as_an_attempt() -> None:
    assert checked(is_42, {"answer": None}).state == "not yet"


def test_a_missing_name_points_to_the_cell_that_defines_it(cells: Cells) -> None:
    def check(answer: int, chat: dict[str, Any]) -> None:
        raise AssertionError("it is not there")

    found = checked(check, {"answer": 42}, cells)
    assert found.state == "not attempted"
    assert (
        "Run the cell that begins with `chat = desk.open_chat()`, "
        'under "A chat".' in found.text
    )


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("room", "Run the cell that begins with `chat = desk.open_chat()`"),
        ("answer_", "Did you mean `answer`?"),
        ("xyz", "No cell of this notebook defines this name"),
    ],
)
def test_a_missing_name_in_an_answer_points_to_its_cell(
    cells: Cells, name: str, advice: str
) -> None:
    names = written(f"def answer(number):\n    return {name}")
    found = checked(calls_it, names, cells)
    assert found.text.startswith(
        f"For `answer(2)`, your answer raised NameError: name '{name}' is not defined, "
        f"in line 2: `return {name}`."
    )
    assert advice in found.text


class Hostile:
    def __eq__(self, other: object) -> bool:
        raise RecursionError("over and over")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda: 42, "For `<lambda>(2)`"),
        (lambda number: {}["exp"], "your answer raised KeyError: 'exp'."),
        (lambda number: sys.exit(1), "your answer raised SystemExit: 1."),
        (lambda number: Hostile(), "The check can't use what `answer(2)` returns"),
        (17, "`answer` should be a function, but it's 17."),
    ],
)
def test_a_failing_answer_is_told_how_it_fails_and_raises_nothing(
    answer: Any, told: str
) -> None:
    found = checked(calls_it, {"answer": answer})
    assert (found.state, found.mistake) == ("not yet", None)
    assert told.replace("<lambda>", "answer") in found.text


def test_an_error_names_the_learners_own_line_and_its_input() -> None:
    names = written(
        """
        import json

        def read(text):
            return json.loads(text)["exp"]

        def answer(number):
            return read('{"iat": %d}' % number)
        """
    )
    assert checked(calls_it, names).text == (
        "For `answer(2)`, your answer raised KeyError: 'exp', in line 4: "
        '`return json.loads(text)["exp"]`.'
    )


def test_the_expected_result_is_shown_for_the_input_that_reveals_the_mistake() -> None:
    def check(answer: Callable[[int], Any]) -> None:
        for number in (1, 2, 3):
            if answer(number) != number * number:
                raise Unexpected(
                    f"answer({number})", wanted=number * number, got=answer(number)
                )

    found = checked(check, {"answer": lambda number: 2 * number})
    assert found.text == "For `answer(1)`, I expected 1 and got 2."
    assert (found.state, found.mistake) == ("not yet", None)


def test_up_to_a_screenful_of_an_answers_output_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(number: int) -> int:
        print("number is", number)
        return 42

    found = checked(calls_it, {"answer": answer})
    assert found.state == "correct"
    assert "number is 2" in repr(found)
    assert "<pre>number is 2</pre>" in found._repr_html_()
    assert capsys.readouterr().out == ""

    def talkative(number: int) -> int:
        for _ in range(100_000):
            print(number)
        return 42

    found = checked(calls_it, {"answer": talkative})
    assert len(found.printed.splitlines()) <= 21


@pytest.mark.parametrize(
    "answer",
    [
        "async def answer(number):\n    return 42",
        "answer = lambda number: 42",
        "class A:\n    def __call__(self, number):\n        return 42\nanswer = A()",
        "from functools import partial\nanswer = partial(lambda a, b: a, 42)",
        "class answer(int):\n    def __new__(cls, number):\n        return 42",
    ],
)
def test_whatever_can_be_called_is_an_answer(answer: str) -> None:
    assert checked(calls_it, written(answer)).state == "correct"


def test_the_output_shows_the_state_in_words_without_markup() -> None:
    note = Note("9.1 not yet", "Write `a < b`, not <b>.", code="x = '<i>'")
    html = note._repr_html_()
    assert "<strong>9.1 not yet.</strong>" in html
    assert "<code>a &lt; b</code>" in html
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert repr(note) == "9.1 not yet: Write a < b, not <b>.\n    x = '<i>'"
