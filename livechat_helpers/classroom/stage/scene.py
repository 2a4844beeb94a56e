"""A scene: who writes what and when, in a YAML file that people can edit."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

FOLDER = Path(__file__).with_name("scenes")
"""The kit's scenes; each file is named after its scene."""

Kind = Literal["write", "type", "pause", "wait", "drop", "back", "end", "rate", "cue"]
_WORDS = ("write", "cue")
_SECONDS = ("type", "pause", "wait")
_ALONE = ("drop", "back", "end")

HOW = """\
A step is one of: `write: text`, `type: seconds`, `pause: seconds`, `wait: seconds` \
(with `angry:` and a list of texts), `drop`, `back`, `end`, `rate: 1 to 5`, \
`cue: text`."""


class SceneError(Exception):
    """A scene can't be used; the text says what's wrong, and where."""


@dataclass(frozen=True)
class Step:
    """One step of a customer.

    kind: what the customer does.
    text: the message, or the cue.
    seconds: its duration in the scene's time.
    angry: messages to write one by one, each time the seconds pass without an answer.
    stars: the rating.
    """

    kind: Kind
    text: str = ""
    seconds: float = 0
    angry: tuple[str, ...] = ()
    stars: int = 0


@dataclass(frozen=True)
class Scene:
    """A script for the stage.

    name: the file's name without ``.yaml``.
    title: the title to show.
    lesson: the number of the notebook that it belongs to.
    shows: what the class can see in it.
    steps: each customer's steps.
    """

    name: str
    title: str
    lesson: int
    shows: str
    steps: Mapping[str, tuple[Step, ...]]

    @property
    def seconds(self) -> float:
        """How many seconds it takes at speed 1 if nobody gets an answer."""
        return max(sum(map(_longest, steps)) for steps in self.steps.values())


def _longest(step: Step) -> float:
    return step.seconds * (1 + len(step.angry))


def scenes() -> list[Scene]:
    """Return the kit's scenes, in the order of their lessons."""
    found = [read(path) for path in FOLDER.glob("*.yaml")]
    return sorted(found, key=lambda scene: (scene.lesson, scene.name))


def load(name: str | Path) -> Scene:
    """Return a scene.

    name: one of the kit's scenes, such as ``busy-monday``, or the path of a YAML file.

    Raises:
        SceneError: there is no such scene, or it can't be used.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / f"{name}.yaml"
        if not path.is_file():
            names = ", ".join(scene.name for scene in scenes())
            raise SceneError(
                f"There's no scene {str(name)!r}.\n"
                f"The kit has {names}. For your own, give a path that ends in .yaml."
            )
    return read(path)


def read(path: Path) -> Scene:
    """Return the scene in a file.

    Raises:
        SceneError: it can't be read, or isn't a scene.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found, nodes = yaml.safe_load(text), yaml.compose(text, yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SceneError(f"{path.name} can't be read: {error}") from error
    try:
        steps = {
            str(name): tuple(
                _step(f"{path.name}, line {line}: {name}", one)
                for line, one in zip(lines, given, strict=True)
            )
            for (name, given), lines in zip(
                found["customers"].items(), _lines(path, nodes), strict=True
            )
        }
        scene = Scene(
            path.stem,
            str(found["title"]),
            int(found["lesson"]),
            found["shows"].strip(),
            steps,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SceneError(
            f"{path.name} isn't a scene: {type(error).__name__}: {error}.\n"
            "It needs `title`, `lesson`, `shows`, and `customers` with their steps."
        ) from error
    if not scene.steps:
        raise SceneError(f"{path.name} has no customers.\nAdd at least one.")
    return scene


def _lines(path: Path, nodes: Any) -> list[list[int]]:
    """Return the lines on which the steps of each customer begin.

    path: the file, for the error message.
    nodes: its content, as composed by YAML.

    Raises:
        SceneError: a customer's name isn't unique, or has no list of steps.
    """
    [customers] = [part.value for key, part in nodes.value if key.value == "customers"]
    names = Counter(key.value for key, _ in customers)
    for key, steps in customers:
        place = f"{path.name}, line {key.start_mark.line + 1}: {key.value}"
        if names[key.value] > 1:
            raise SceneError(f"{place} comes twice.\nEach customer needs a new name.")
        if not isinstance(steps, yaml.SequenceNode):
            raise SceneError(f"{place} has no list of steps.\n{HOW}")
    return [[step.start_mark.line + 1 for step in each.value] for _, each in customers]


def _step(place: str, given: Any) -> Step:
    """Return one step.

    place: where it is, for the error message.
    given: the step as read from the file.

    Raises:
        SceneError: it isn't a valid step.
    """
    if given in _ALONE:
        return Step(given)
    if isinstance(given, dict):
        rest = dict(given)
        texts = rest.pop("angry", None) or ()
        angry = (texts,) if isinstance(texts, str) else tuple(map(str, texts))
        [(kind, value)] = rest.items() if len(rest) == 1 else [("", None)]
        if kind in _WORDS and isinstance(value, str) and not angry:
            return Step(kind, text=value.strip())
        number = _number(value)
        may = kind == "wait" or not angry
        if kind in _SECONDS and number is not None and may:
            return Step(kind, seconds=number, angry=angry)
        if kind == "rate" and number in range(1, 6):
            return Step(kind, stars=round(number or 0))
    raise SceneError(f"{place}: {given!r} isn't a step.\n{HOW}")


def _number(value: object) -> float | None:
    """Return a number if it isn't negative; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None


assert {*_WORDS, *_SECONDS, *_ALONE, "rate"} == {*get_args(Kind)}
