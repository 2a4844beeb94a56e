"""The figures: what was measured, its floor, their ratio and the target."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .rounds import Pairs, Result, Spread, spread


@dataclass(frozen=True)
class Target:
    """The most that a figure or its ratio can be.

    most: the limit, in the figure's unit or as a ratio.
    of_ratio: whether it limits the ratio to the floor, not the figure.
    """

    most: float
    of_ratio: bool = True


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    name: what was measured.
    unit: the figure's and its floor's.
    value: the figure.
    floor: the same, measured on the floor.
    ratio: each round's figure divided by its floor.
    target: the most that's accepted.
    """

    name: str
    unit: str
    value: Spread
    floor: Spread | None = None
    ratio: Spread | None = None
    target: Target | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the median is within the target; None without a target."""
        if self.target is None:
            return None
        measured = self.ratio if self.target.of_ratio else self.value
        return measured is not None and measured.median <= self.target.most


def compared(
    name: str,
    unit: str,
    pairs: Pairs[Result],
    look: Callable[[Result], float],
    target: Target | None = None,
) -> Figure:
    """Return the line for a measurement and its floor.

    name: what was measured.
    unit: the figure's unit.
    pairs: the measurements and their floors.
    look: gets the number, in that unit, from a measurement.
    target: the most that's accepted.
    """
    values, floors = [[look(one) for one in s] for s in (pairs.measured, pairs.floors)]
    ratios = [value / floor for value, floor in zip(values, floors, strict=True)]
    return Figure(name, unit, spread(values), spread(floors), spread(ratios), target)


def single(name: str, unit: str, value: float, most: float) -> Figure:
    """Return the line for something that's measured once and has no floor.

    name: what was measured.
    unit: the value's unit.
    value: the figure.
    most: its target.
    """
    target = Target(most, of_ratio=False)
    return Figure(name, unit, spread([value]), target=target)


def say(progress: str) -> None:
    """Print a line on stderr that says what is being measured."""
    print(progress, file=sys.stderr, flush=True)


def table(machine: Sequence[str], figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table.

    machine: lines that describe the machine, for the heading.
    figures: the table's lines.
    """
    lines = [
        *machine,
        "",
        "| what | figure | floor | ratio, median [least..most] | target | met |",
        "| --- | --- | --- | --- | --- | --- |",
        *(line(figure) for figure in figures),
    ]
    return "\n".join(lines)


def write_json(file: Path, machine: Sequence[str], figures: Sequence[Figure]) -> None:
    """Write the figures, unrounded, to a file.

    file: the JSON file.
    machine: lines that describe the machine.
    figures: what was measured.
    """
    content = {
        "machine": machine,
        "figures": [{**asdict(f), "is_met": f.is_met} for f in figures],
    }
    file.write_text(json.dumps(content, indent=1) + "\n")


def line(figure: Figure) -> str:
    """Return a figure as a line of the table."""
    target, met = "", ""
    if figure.target is not None:
        unit = "" if figure.target.of_ratio else f" {figure.unit}"
        target = f"≤ {figure.target.most:g}{unit}"
        met = "yes" if figure.is_met else "**no**"
    ratio = ""
    if figure.ratio is not None:
        ratio = f"{figure.ratio.median:.2f} {_range(figure.ratio, 2)}"
    floor = "" if figure.floor is None else _number(figure.floor.median)
    value = f"{_number(figure.value.median)} {figure.unit}"
    if figure.ratio is None and figure.value.least != figure.value.most:
        value += f" {_range(figure.value)}"
    return f"| {figure.name} | {value} | {floor} | {ratio} | {target} | {met} |"


def _range(spread: Spread, digits: int | None = None) -> str:
    least, most = (
        _number(value) if digits is None else f"{value:.{digits}f}"
        for value in (spread.least, spread.most)
    )
    return f"[{least}..{most}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
