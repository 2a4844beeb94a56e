"""A lesson's texts, in files so that they can be edited and translated.

``words/en/02.toml`` contains every text of notebook 02 that isn't in the notebook
itself. ``catalogues`` finds the texts in other languages, which have folders next to
``en``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .catalogues import ENGLISH, FOLDER, translations

_MESSAGES = "messages"

# A kernel runs one notebook, and a notebook has one language.
_spoken = ENGLISH


def speak(language: str) -> None:
    """Show all messages in a language from now on, such as ``de``."""
    global _spoken
    _spoken = language


@dataclass(frozen=True)
class ExerciseWords:
    """The texts of one exercise.

    correct: the message for a right answer.
    hints: the hints, from a nudge to almost the whole answer.
    mistakes: a helpful message for each mistake, by name; ``{year}`` is a detail from
        the check.
    """

    correct: str
    hints: tuple[str, ...]
    mistakes: Mapping[str, str]


@dataclass(frozen=True)
class Option:
    """One option of a question.

    text: the option.
    why: why it's wrong, or right.
    right: whether it's right.
    """

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with options, one of which is right."""

    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Before:
    """A line that must come before another.

    first, then: their letters.
    why: the reason.
    """

    first: str
    then: str
    why: str


@dataclass(frozen=True)
class LinesInOrder:
    """A Parsons problem: lines of code to put in order.

    text: what the lines should do.
    lines: the lines in the order shown; the first one is a.
    before: which lines must come before which.
    correct: the message for a right order.
    """

    text: str
    lines: tuple[str, ...]
    before: tuple[Before, ...]
    correct: str


@dataclass(frozen=True)
class Words:
    """All texts of one lesson.

    title: the notebook's H1.
    exercises: by name, such as ``2.1``.
    questions: the questions at the end of the notebook.
    predictions: by name, such as ``2.a``.
    parsons: by name, such as ``3.p``.
    """

    title: str
    exercises: Mapping[str, ExerciseWords] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    predictions: Mapping[str, Question] = field(default_factory=dict)
    parsons: Mapping[str, LinesInOrder] = field(default_factory=dict)


def message(name: str, /, **details: object) -> str:
    """Return a message shared by all lessons, from ``words/en/messages.toml``.

    details: values for its placeholders.
    """
    return _messages(_spoken)[name].format(**details)


@cache
def _messages(language: str) -> dict[str, str]:
    return _in(language, _MESSAGES, english(_MESSAGES))


def english(name: str) -> dict[str, Any]:
    """Return all texts in a file of English texts.

    name: the file's name, such as ``02`` or ``messages``.

    Raises:
        OSError: there is no such file.
        ValueError: it isn't TOML.
    """
    path = FOLDER / ENGLISH / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _in(language: str, name: str, found: Any) -> Any:
    """Translate each text into a language, if there is a translation."""
    if isinstance(found, dict):
        return {key: _in(language, name, one) for key, one in found.items()}
    if isinstance(found, list):
        return [_in(language, name, one) for one in found]
    if isinstance(found, str):
        return translations(language, name).get(found, found)
    return found


def words_of(number: int, language: str = ENGLISH) -> Words:
    """Return the texts of a notebook.

    language: such as ``de``; texts without a translation are in English.

    Raises:
        OSError: there is no such file.
        ValueError: the file isn't TOML, or lacks something.
    """
    name = f"{number:02}"
    try:
        found = _in(language, name, english(name))
        return Words(
            found["title"],
            {name: _exercise(each) for name, each in found["exercises"].items()},
            tuple(map(_question, found["questions"])),
            {k: _question(each) for k, each in found.get("predictions", {}).items()},
            {k: _lines(each) for k, each in found.get("parsons", {}).items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"words/en/{name}.toml: {type(error).__name__}: {error}"
        ) from error


def _exercise(found: Mapping[str, Any]) -> ExerciseWords:
    return ExerciseWords(found["correct"], tuple(found["hints"]), found["mistakes"])


def _question(found: Mapping[str, Any]) -> Question:
    return Question(found["text"], tuple(Option(**one) for one in found["options"]))


def _lines(found: Mapping[str, Any]) -> LinesInOrder:
    before = tuple(Before(**one) for one in found["before"])
    lines = tuple(found["lines"])
    return LinesInOrder(found["text"], lines, before, found["correct"])
