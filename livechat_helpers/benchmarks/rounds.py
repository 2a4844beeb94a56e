"""Rounds in which everything is measured in turn, each time next to its floor."""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")
Measure = Callable[[], Result]


@dataclass(frozen=True)
class Spread:
    """The median of some rounds, and their least and greatest values."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of some values."""
    return Spread(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Pairs(Generic[Result]):
    """What was measured in each round, and the floor right after it."""

    measured: list[Result]
    floors: list[Result]


def in_turn(
    rounds: int, measures: Mapping[str, tuple[Measure[Result], Measure[Result]]]
) -> dict[str, Pairs[Result]]:
    """Measure everything once in every round, in a random order.

    A floor is measured right after what it's compared with, so that other work on the
    machine slows both.

    rounds: how many count; one more runs first, to warm up.
    measures: a measurement and its floor, by name.
    """
    results = {name: Pairs[Result]([], []) for name in measures}
    names = list(measures)
    for number in range(rounds + 1):
        random.shuffle(names)
        for name in names:
            measure, floor = measures[name]
            measured, below = measure(), floor()
            if number > 0:
                results[name].measured.append(measured)
                results[name].floors.append(below)
    return results
