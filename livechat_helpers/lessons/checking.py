"""Run a check on the learner's answer: correct, not yet and why, or not attempted.

In a starter, ``...`` marks where the learner's answer goes. So a value that still is
``...``, or a function that returns it, counts as not attempted. So does a web app with
a route that returns it, and a script or style with ``// ...`` or ``/* ... */`` in
braces that are otherwise empty.
"""

import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .calling import Calls, shown
from .cells import Cells
from .content import CannotLook, Exercise, Mistaken, NotAttempted, Unexpected
from .fault_sequences import how_drawn
from .feedback import Note, outcome
from .learners_code import LearnersCode, Place
from .printed import printed
from .time_limit import TooLong, time_limit
from .wording import ExerciseWords, message

_EMPTY = object()
_ONLY_DOTS = re.compile(r"^\W*\.\.\.\W*$", re.MULTILINE)


def run(
    exercise: Exercise, words: ExerciseWords, names: Mapping[str, Any], cells: Cells
) -> Note:
    """Return the result of an exercise; nothing is raised, whatever the answer does.

    exercise: the exercise to check.
    words: its texts.
    names: the notebook's names.
    cells: the notebook's cells.
    """
    with printed() as said:
        found = _Check(exercise, words, names, cells).outcome()
    return replace(found, printed=str(said))


class _Check:
    """One check of one answer."""

    def __init__(
        self,
        exercise: Exercise,
        words: ExerciseWords,
        names: Mapping[str, Any],
        cells: Cells,
    ) -> None:
        self._exercise = exercise
        self._words = words
        self._names = names
        self._cells = cells
        self._code = LearnersCode(names)
        self._calls = Calls(_refuse_dots)

    def outcome(self) -> Note:
        parameters = inspect.signature(self._exercise.check).parameters
        for name in parameters:
            if name not in self._names and name not in self._exercise.asks:
                advice = advice_on(name, self._cells)
                text = message("missing", name=name, advice=advice)
                return outcome(self._exercise.name, "not attempted", text)
        try:
            with time_limit(self._exercise.patience, self._code):
                self._exercise.check(**{name: self._given(name) for name in parameters})
        except NotAttempted:
            return outcome(self._exercise.name, "not attempted", message("dots"))
        except Mistaken as found:
            text = self._words.mistakes[found.mistake].format(**found.details)
            return self._not_yet(text, found.mistake, found.diagram)
        except Unexpected as found:
            text = message("unexpected", **found.details)
            return self._not_yet(text, diagram=found.diagram)
        except CannotLook as why:
            return Note(f"{self._exercise.name} {message('not checked')}", str(why))
        except TooLong as late:
            return self._not_yet(_too_long(late))
        except KeyboardInterrupt as stop:
            text = message("you_stopped", where=_where(self._code.of_error(stop)))
            return Note(f"{self._exercise.name} {message('stopped')}", text)
        except (Exception, SystemExit) as error:
            return self._not_yet(self._about(error))
        return outcome(self._exercise.name, "correct", self._words.correct)

    def _given(self, name: str) -> Any:
        value = self._names.get(name, _EMPTY)
        if name not in self._exercise.asks:
            return value
        if value is _EMPTY:
            raise NotAttempted
        _refuse_dots(value)
        return self._calls.watched(name, value)

    def _not_yet(
        self, text: str, mistake: str | None = None, diagram: str = ""
    ) -> Note:
        if diagram:
            text += " " + message("drawn", **how_drawn())
        found = outcome(self._exercise.name, "not yet", text, mistake)
        return replace(found, diagram=diagram)

    def _about(self, error: BaseException) -> str:
        """Return a message about an error that a check raised."""
        kind, what = type(error).__name__, str(error).strip().partition("\n")[0]
        told = f"{kind}: {what}" if what else kind
        place, call = self._code.of_error(error), self._calls.that_raised(error)
        if call is not None:
            text = message(
                "raised_for", call=call.text, error=told, where=_where(place)
            )
        elif place is not None:
            text = message("raised", error=told, where=_where(place))
        else:
            return self._unusable(told)
        if isinstance(error, NameError) and error.name:
            text += f" {advice_on(error.name, self._cells)}"
        return text

    def _unusable(self, told: str) -> str:
        """Return a message for when the check itself fails on an answer."""
        last = self._calls.last
        if last is not None:
            return message("unusable_for", call=last.text, error=told)
        for name in self._exercise.asks:
            value = self._names[name]
            if told.endswith("object is not callable") and not callable(value):
                return message("not_callable", name=name, value=shown(value))
        return message("unusable", error=told)


def advice_on(name: str, cells: Cells) -> str:
    """Return what to do about a name that isn't defined."""
    cell = cells.giving(name)
    if cell is None:
        meant = cells.like(name)
        return message("did_you_mean" if meant else "no_such_name", name=meant)
    if cell.exercise is not None:
        return message("run_exercise", exercise=cell.exercise)
    return message("run_cell", first_line=cell.first_line, heading=cell.heading)


def _too_long(late: TooLong) -> str:
    seconds = round(late.seconds)
    if late.where is None:
        return message("check_too_long", seconds=seconds)
    return message("too_long", seconds=seconds, where=_where(late.where))


def _where(place: Place | None) -> str:
    return "" if place is None else message("in_line", line=place)


def _refuse_dots(value: Any) -> None:
    if value is ...:
        raise NotAttempted
    if isinstance(value, str):
        if "..." in value and _is_untouched(value):
            raise NotAttempted
        return
    if value is None or isinstance(value, int | float):
        return  # Most of what's in long results is text, or one of these.
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple | set):
        for part in value:
            _refuse_dots(part)
    for route in getattr(value, "routes", ()):  # The value may be a web app.
        code = getattr(getattr(route, "endpoint", None), "__code__", None)
        if code is not None and ... in code.co_consts:
            raise NotAttempted


def _is_untouched(text: str) -> bool:
    """Return whether a text still has its dots, and nothing that could be an answer."""
    if not _ONLY_DOTS.search(text):
        return False
    rest = _ONLY_DOTS.sub("", text)
    if rest.lstrip().startswith("<"):
        return False  # This is markup to edit, and its check knows the original.
    return not any(block.strip() for block in re.findall(r"\{([^{}]*)\}", rest))
