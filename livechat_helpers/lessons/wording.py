"""What a lesson says: its words are files, so they can be edited and translated.

``words/en/02.toml`` holds every word of notebook 02 that isn't in the notebook itself.
A translation is one more folder beside ``en``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGE = "en"
"""The folder of ``words`` that is used."""

_FOLDER = Path(__file__).with_name("words")


@dataclass(frozen=True)
class ExerciseWords:
    """What one exercise says.

    correct: to an answer that is right. hints: from a nudge to almost the answer.
    mistakes: by name, what helps a learner who has made it; ``{year}`` is a detail
    that the check gives.
    """

    correct: str
    hints: tuple[str, ...]
    mistakes: Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """One answer to choose. why: why it is wrong, or right."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with options, one of them right."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Before:
    """One line that has to come before another. first, then: their letters."""

    first: str
    then: str
    why: str


@dataclass(frozen=True)
class LinesInOrder:
    """Lines of code to put in order: a Parsons problem.

    text: what they have to do. lines: as they are shown, the first is a. before: what
    makes an order right. correct: what is told who has found one.
    """

    text: str
    lines: tuple[str, ...]
    before: tuple[Before, ...]
    correct: str


@dataclass(frozen=True)
class Words:
    """All that one lesson says.

    title: the notebook's H1. exercises: by name, such as ``2.1``.
    questions: those at the end of the notebook. predictions: by name, such as ``2.a``.
    parsons: by name, such as ``3.p``.
    """

    title: str
    exercises: Mapping[str, ExerciseWords] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    predictions: Mapping[str, Question] = field(default_factory=dict)
    parsons: Mapping[str, LinesInOrder] = field(default_factory=dict)


def message(name: str, /, **details: object) -> str:
    """Return what every lesson says in some case, from ``words/en/messages.toml``.

    details: fill its places.
    """
    return _messages()[name].format(**details)


@cache
def _messages() -> dict[str, str]:
    return tomllib.loads(_path("messages").read_text(encoding="utf-8"))


def _path(name: str) -> Path:
    return _FOLDER / LANGUAGE / f"{name}.toml"


def words_of(number: int) -> Words:
    """Return the words of a notebook.

    Raises:
        OSError: there is no such file.
        ValueError: the file isn't TOML, or lacks something.
    """
    path = _path(f"{number:02}")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return Words(
            found["title"],
            {name: _exercise(each) for name, each in found["exercises"].items()},
            tuple(map(_question, found["questions"])),
            {k: _question(each) for k, each in found.get("predictions", {}).items()},
            {k: _lines(each) for k, each in found.get("parsons", {}).items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: {type(error).__name__}: {error}") from error


def _exercise(found: Mapping[str, Any]) -> ExerciseWords:
    return ExerciseWords(found["correct"], tuple(found["hints"]), found["mistakes"])


def _question(found: Mapping[str, Any]) -> Question:
    return Question(found["text"], tuple(Option(**one) for one in found["options"]))


def _lines(found: Mapping[str, Any]) -> LinesInOrder:
    before = tuple(Before(**one) for one in found["before"])
    lines = tuple(found["lines"])
    return LinesInOrder(found["text"], lines, before, found["correct"])
