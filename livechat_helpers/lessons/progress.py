"""A learner's progress, saved in ``.data``."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any

from livechat_helpers import places
from livechat_helpers.private_files import keep_private
from livechat_helpers.processes import lock

from .content import Lesson

Done = dict[str, str]
"""The state of each exercise, such as ``2.1``, or question, such as ``question 2.1``.

It's ``correct`` or ``not yet``. A prediction is correct once it's made, because a wrong
one teaches even more.
"""

_BEGUN = "begun"  # followed by a notebook's number


def path() -> Path:
    """Return the progress file."""
    return places.data_dir() / "progress.json"


def done() -> Done:
    """Return what has been done; nothing if the file is missing or damaged."""
    try:
        found: Any = json.loads(path().read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def note(what: str, state: str) -> None:
    """Save the state of an exercise or a question; a correct one stays correct."""
    with suppress(OSError):  # A full disk mustn't spoil a lesson.
        _change(
            lambda so_far: so_far | ({} if _is_right(so_far, what) else {what: state})
        )


def begin(number: int) -> None:
    """Record that a notebook has been started."""
    note(f"{_BEGUN} {number}", "yes")


def has_begun(number: int) -> bool:
    """Return whether a notebook has been started."""
    return f"{_BEGUN} {number}" in done()


def forget_all() -> None:
    """Delete all progress."""
    _change(lambda so_far: {})


def forget(number: int) -> None:
    """Delete a notebook's progress, and the record that it was started.

    Later notebooks count as not started either, but keep their progress.
    """
    _change(
        lambda so_far: {
            what: state
            for what, state in so_far.items()
            if not (
                _number(what) == number
                or (what.startswith(_BEGUN) and _number(what) > number)
            )
        }
    )


def _is_right(so_far: Done, what: str) -> bool:
    return so_far.get(what) == "correct"


def _number(what: str) -> int:
    found = re.search(r"\d+", what)
    return int(found[0]) if found else -1


def _change(change: Callable[[Done], Done]) -> None:
    with lock.held(places.data_dir() / "progress.lock", "Waiting for another notebook"):
        content = json.dumps(change(done()), indent=1)
        keep_private(path(), content.encode(), synced=False)


_COUNTED = ("Exercises right", "Questions right", "Predictions and puzzles")


class Overview:
    """A table of all notebooks with the progress in each.

    lessons: the lessons, in order.
    so_far: the progress.
    """

    def __init__(self, lessons: list[Lesson], so_far: Done) -> None:
        self._lessons = lessons
        self._so_far = so_far

    def _counts(self, lesson: Lesson) -> tuple[str, str, str]:
        exercises = [one.name for one in lesson.exercises]
        questions = question_names(lesson)
        puzzles = [*map(prediction, lesson.words.predictions)]
        puzzles += map(puzzle, lesson.words.parsons)
        return self._count(exercises), self._count(questions), self._count(puzzles)

    def _count(self, names: list[str]) -> str:
        right = sum(_is_right(self._so_far, name) for name in names)
        return f"{right} of {len(names)}"

    def __repr__(self) -> str:
        lines = []
        for lesson in self._lessons:
            exercises, questions, puzzles = self._counts(lesson)
            line = (
                f"{lesson.number:02} {lesson.title} ({lesson.minutes} minutes): "
                f"{exercises} exercises, {questions} questions"
            )
            if lesson.words.predictions or lesson.words.parsons:
                line += f", {puzzles} predictions and puzzles"
            lines.append(line)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        heads = ("Minutes", *_COUNTED)
        head = '<th scope="col" style="text-align: left">Notebook</th>'
        head += "".join(f'<th scope="col">{one}</th>' for one in heads)
        rows = "".join(map(self._row, self._lessons))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _row(self, lesson: Lesson) -> str:
        counts = "".join(f"<td>{count}</td>" for count in self._counts(lesson))
        link = f'<a href="{lesson.path.name}">{escape(lesson.title)}</a>'
        return (
            f'<tr><th scope="row" style="text-align: left">'
            f"{lesson.number:02} {link}</th>"
            f"<td>{lesson.minutes}</td>{counts}</tr>"
        )


def question_names(lesson: Lesson) -> list[str]:
    """Return the names under which a lesson's questions are saved."""
    return [
        f"question {lesson.number}.{number}"
        for number in range(1, len(lesson.words.questions) + 1)
    ]


def prediction(name: str) -> str:
    """Return the name under which a prediction is saved; it counts once it's made."""
    return f"prediction {name}"


def puzzle(name: str) -> str:
    """Return the name under which lines to order are saved."""
    return f"puzzle {name}"
