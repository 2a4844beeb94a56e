"""Run a check on the learner's answer: correct, not yet and why, or not attempted.

Wherever a starter has ``...``, the learner's answer is to go. So whatever still is
``...``, or a function that returns it, was not attempted. Nor was a text that still
has a line of nothing else: ``// ...`` in JavaScript, ``<!-- ... -->`` in HTML.
"""

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from .content import Exercise, Mistaken
from .shown import Note, outcome
from .wording import ExerciseWords

_EMPTY = object()
_ONLY_DOTS = re.compile(r"^\W*\.\.\.\W*$", re.MULTILINE)


class _NotAttempted(Exception):
    """The answer, or a part of it, still is ``...``."""


def run(exercise: Exercise, words: ExerciseWords, names: Mapping[str, Any]) -> Note:
    """Return the outcome of an exercise; whatever the answer does, nothing raises.

    words: what the exercise says. names: the notebook's names.
    """
    missing = [
        name
        for name in inspect.signature(exercise.check).parameters
        if name not in names and name not in exercise.asks
    ]
    if missing:
        return outcome(
            exercise.name,
            "not attempted",
            f"{missing[0]} is not there yet: run the cells above first.",
        )
    try:
        exercise.check(**_arguments(exercise, names))
    except _NotAttempted:
        return outcome(
            exercise.name, "not attempted", "Put your answer in place of the dots."
        )
    except Mistaken as found:
        message = words.mistakes[found.mistake].format(**found.details)
        return outcome(exercise.name, "not yet", message, found.mistake)
    except (Exception, SystemExit) as error:
        kind = type(error).__name__
        what = str(error).strip().partition("\n")[0]
        message = f"Your answer ended in an error, {kind}: {what}"
        return outcome(exercise.name, "not yet", message, "error")
    return outcome(exercise.name, "correct", words.correct)


def _arguments(exercise: Exercise, names: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {}
    for name in inspect.signature(exercise.check).parameters:
        value = names.get(name, _EMPTY)
        if name in exercise.asks:
            _refuse_dots(value)
            if inspect.isfunction(value):
                value = _watched(value)
        arguments[name] = value
    return arguments


def _refuse_dots(value: Any) -> None:
    if value is _EMPTY or value is ...:
        raise _NotAttempted
    if isinstance(value, str) and _ONLY_DOTS.search(value):
        raise _NotAttempted
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set):
        for part in value:
            _refuse_dots(part)


def _watched(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, noticing when it returns the dots of its starter."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        _refuse_dots(result)
        return result

    return call
