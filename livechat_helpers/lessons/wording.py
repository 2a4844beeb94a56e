"""A lesson's words, kept in files so that they can be edited and translated.

``words/en/02.toml`` holds every word of notebook 02 that isn't in the notebook itself.
Other languages have a folder beside ``en``: ``catalogues`` finds their words.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .catalogues import ENGLISH, FOLDER, translations

_MESSAGES = "messages"

# A kernel holds one notebook, and a notebook has one language.
_spoken = ENGLISH


def speak(language: str) -> None:
    """Let every message be in a language from now on, such as ``de``."""
    global _spoken
    _spoken = language


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
    makes an order right. correct: what a learner who has found one is told.
    """

    text: str
    lines: tuple[str, ...]
    before: tuple[Before, ...]
    correct: str


@dataclass(frozen=True)
class Words:
    """Everything one lesson says.

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
    return _messages(_spoken)[name].format(**details)


@cache
def _messages(language: str) -> dict[str, str]:
    return _in(language, _MESSAGES, english(_MESSAGES))


def english(name: str) -> dict[str, Any]:
    """Return everything that a file of English words says.

    name: of the file, such as ``02`` or ``messages``.

    Raises:
        OSError: there is no such file.
        ValueError: it isn't TOML.
    """
    path = FOLDER / ENGLISH / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _in(language: str, name: str, found: Any) -> Any:
    """Return words with each text in a language, as far as it's translated."""
    if isinstance(found, dict):
        return {key: _in(language, name, one) for key, one in found.items()}
    if isinstance(found, list):
        return [_in(language, name, one) for one in found]
    if isinstance(found, str):
        return translations(language, name).get(found, found)
    return found


def words_of(number: int, language: str = ENGLISH) -> Words:
    """Return the words of a notebook.

    language: such as ``de``; what isn't translated is English.

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
