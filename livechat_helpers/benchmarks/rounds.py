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
    """The median of some rounds, and the least and the most of them."""

    median: float
    least: float
    most: float


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of some values."""
    return Spread(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Pairs(Generic[Result]):
    """What was measured in each round, and its floor right after it."""

    measured: list[Result]
    floors: list[Result]


def in_turn(
    rounds: int, measures: Mapping[str, tuple[Measure[Result], Measure[Result]]]
) -> dict[str, Pairs[Result]]:
    """Measure everything once in every round, in an order that changes.

    A floor is measured right after what is compared with it: whatever else the machine
    is busy with meets both.

    rounds: how many count; one goes before them, to warm up.
    measures: each with its floor.
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
