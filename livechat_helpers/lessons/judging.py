"""Judge an answer on generated inputs, and claim only what was tested.

A check tries an answer with many inputs, which are the same on every run. The answer is
right if it behaves like the reference for each of them. It's given a mistake's name
only if it behaves like that mistake for each of them. Anything else is reported as: for
X, I expected Y and got Z.
"""

import operator
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from .calling import as_code, called, shortened, shown
from .content import Mistaken, Unexpected
from .wording import message

SEED = 20260430
"""The seed of generated inputs, which the learner sees where it matters."""

_NEXT_SECOND = 1.02  # seconds from the last whole second until the next has begun
_NEXT_TWO = 1.2  # seconds in which even a rounded clock advances

_BEFORE = 20  # characters to show before two results differ

Input = tuple[Any, ...]
Behaviour = Callable[..., Any]
Same = Callable[[Any, Any], bool]
Made = TypeVar("Made")


def generated(
    make: Callable[[Random], Made], count: int = 30, seed: int = SEED
) -> list[Made]:
    """Return generated inputs, the same on every run.

    make: makes an input from random numbers.
    count: how many to make.
    seed: the seed of the random numbers.
    """
    random = Random(seed)  # noqa: S311 - nothing secret is made of these
    return [make(random) for _ in range(count)]


@dataclass(frozen=True)
class Raised:
    """The outcome of a call that raised an error; compared by the error's type."""

    error: Exception

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raised) and type(self.error) is type(other.error)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return type(self.error).__name__


def outcome_of(function: Behaviour, given: Input) -> Any:
    """Return a function's result for an input, or a ``Raised``.

    The function gets a copy of the input, so its changes don't affect anything else.
    """
    try:
        return called(function, *deepcopy(given))
    except Exception as error:
        return Raised(error)


def judge(
    answer: Behaviour,
    right: Behaviour,
    inputs: Iterable[Input],
    mistakes: Mapping[str, Behaviour] | None = None,
    *,
    looks: Mapping[str, Callable[[Any], bool]] | None = None,
    name: str = "",
    same: Same = operator.eq,
    describe: Callable[[Any], str] | None = None,
) -> None:
    """Compare an answer with the right behaviour, and with known mistakes.

    answer: the answer to judge.
    right: does what the answer should.
    inputs: the arguments of each call.
    mistakes: functions that make a known mistake, by name. The first one that matches
        for all inputs is the mistake; ``stopped~any`` is another form of the mistake
        ``stopped``. Its message can use ``{given}``, ``{wanted}`` and ``{got}``, which
        come from the first input with a wrong result.
    looks: functions that recognise a mistake in a result, by name; they're tried first.
    name: the answer's name, if it isn't the function's.
    same: returns whether two results are equal.
    describe: puts a result into words.

    Raises:
        Mistaken: the answer is wrong, and behaves like a known mistake for every input.
        Unexpected: the answer is wrong in a different way.
        Exception: the answer is wrong in a different way, and raised this error.
    """
    tried = list(inputs)
    got = [outcome_of(answer, one) for one in tried]
    wanted = [outcome_of(right, one) for one in tried]
    wrong = next(
        (at for at in range(len(tried)) if not _are_same(same, wanted[at], got[at])),
        None,
    )
    if wrong is None:
        return
    name = name or getattr(answer, "__name__", "answer")
    told = [(describe or described)(one) for one in (wanted[wrong], got[wrong])]
    if told[0] == told[1]:
        told = _where_they_differ(repr(wanted[wrong]), repr(got[wrong]))
    given = as_code(name, *tried[wrong])
    details = {"given": given, "wanted": told[0], "got": told[1]}
    for mistake, look in (looks or {}).items():
        if not any(isinstance(one, Raised) for one in got) and all(map(look, got)):
            raise Mistaken(mistake, **details)
    for mistake, does in (mistakes or {}).items():
        if _fits(does, tried, got, same):
            raise Mistaken(mistake.partition("~")[0], **details)
    found = got[wrong]
    if isinstance(found, Raised):
        raise found.error
    raise Unexpected(**details)


def described(value: Any) -> str:
    """Return a result in words that fit after "I expected" and "and got"."""
    if isinstance(value, Raised):
        return repr(value)
    return message("none") if value is None else f"`{shown(value)}`"


def _where_they_differ(one: str, other: str) -> list[str]:
    """Return parts of two long texts, starting shortly before they differ."""
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    start = max(0, at - _BEFORE)
    return [f"`… {shortened(text[start:])}`" for text in (one, other)]


def close_to(seconds: float) -> Same:
    """Return a function that says whether two times are nearly equal."""

    def same(one: Any, other: Any) -> bool:
        numbers = all(
            isinstance(each, int | float) and not isinstance(each, bool)
            for each in (one, other)
        )
        return abs(one - other) <= seconds if numbers else one == other

    return same


def follow_the_clock(moments: Callable[[], Sequence[float]]) -> bool:
    """Return whether an answer's times advance with the clock.

    moments: calls the answer. It can return whole seconds, rounded up or down.
    """
    first, began = moments(), time.monotonic()
    for until in (_NEXT_SECOND - time.time() % 1, _NEXT_TWO):
        time.sleep(max(0, began + until - time.monotonic()))
        later = moments()
        if all(one > before for before, one in zip(first, later, strict=True)):
            return True
    return False


def _fits(
    does: Behaviour, tried: Sequence[Input], got: Sequence[Any], same: Same
) -> bool:
    return all(
        _are_same(same, outcome_of(does, one), found)
        for one, found in zip(tried, got, strict=True)
    )


def _are_same(same: Same, one: Any, other: Any) -> bool:
    if isinstance(one, Raised) or isinstance(other, Raised):
        return one == other
    try:
        return bool(same(one, other))
    except Exception:  # A learner's own type may not support comparison.
        return False
