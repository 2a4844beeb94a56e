"""A scene: who writes what and when, in a YAML file that people can edit."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

import yaml

from livechat_helpers.plain_errors import PlainError

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


NEEDED = "A scene has a `title`, a `lesson`, `shows`, and `customers` with their steps."
_TEXTS = ("title", "lesson", "shows")


class SceneError(PlainError):
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

    path: its file.
    title: the title to show.
    lesson: the number of the notebook that it belongs to.
    shows: what the class can see in it.
    steps: each customer's steps.
    """

    path: Path
    title: str
    lesson: int
    shows: str
    steps: Mapping[str, tuple[Step, ...]]

    @property
    def name(self) -> str:
        """The file's name without ``.yaml``."""
        return self.path.stem

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
    path = Path(name).expanduser()
    is_own = path.suffix in (".yaml", ".yml")
    if not is_own:
        path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        missing = f"file {path.absolute()}" if is_own else f"scene {str(name)!r}"
        names = ", ".join(scene.name for scene in scenes())
        raise SceneError(
            f"There's no {missing}.\n"
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
        top = yaml.compose(text, yaml.SafeLoader)
    except OSError as error:
        raise SceneError(
            f"{path} can't be read: {error.strerror}.\nMake sure that you may read it."
        ) from error
    except UnicodeDecodeError as error:
        raise SceneError(
            f"{path.name} isn't in UTF-8.\nChoose that encoding when you save it."
        ) from error
    except yaml.YAMLError as error:
        raise SceneError(f"{path.name}{_yaml_mistake(error)}") from error
    if top is None:
        raise SceneError(f"{path.name} is empty.\n{NEEDED}")
    return _Reader(path.absolute(), text.splitlines()).scene(top)


def _yaml_mistake(error: yaml.YAMLError) -> str:
    """Return what follows a file's name if the file isn't YAML."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return f" isn't text.\n{NEEDED}"
    where = f", line {error.problem_mark.line + 1}"
    if "'\\t'" in str(error.problem):
        return f"{where}: there's a tab.\nIndent with spaces."
    return (
        f"{where}: {error.problem}.\n"
        "Check the indentation, and put a text with a colon or an apostrophe between "
        "double quotation marks."
    )


class _Reader:
    """Turns YAML into a scene, and says in which line a mistake is.

    It uses the text of each value, because YAML takes ``Yes`` for a truth value and
    ``42`` for a number, even if a customer writes it.

    path: the file.
    lines: its lines.
    """

    def __init__(self, path: Path, lines: list[str]) -> None:
        self._path = path
        self._lines = lines

    def scene(self, top: yaml.Node) -> Scene:
        """Return the scene.

        top: the whole file.

        Raises:
            SceneError: it isn't a scene.
        """
        parts = self._parts(top)
        for name in (*_TEXTS, "customers"):
            if name not in parts:
                raise self._wrong(top, f"`{name}` is missing", NEEDED)
        for name, (key, value) in parts.items():
            if name not in (*_TEXTS, "customers"):
                raise self._wrong(key, f"a scene has no `{name}`", NEEDED)
            if name in _TEXTS and not _text(value):
                raise self._wrong(key, f"`{name}` has no text", NEEDED)
        title, lesson, shows = (_text(parts[name][1]) for name in _TEXTS)
        if not lesson.isdecimal():
            how = "Give the number of a notebook, such as 4."
            raise self._wrong(parts["lesson"][0], "`lesson` isn't a number", how)
        key, people = parts["customers"]
        if isinstance(people, yaml.ScalarNode) or not people.value:
            raise self._wrong(key, "there are no customers", "Add at least one.")
        return Scene(
            self._path,
            title,
            int(lesson),
            shows,
            {name: self._steps(*one) for name, one in self._parts(people).items()},
        )

    def _parts(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return the keys and values of a mapping, by the keys' text."""
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, "lines like `name: ...` are missing", NEEDED)
        found = dict[str, tuple[yaml.Node, yaml.Node]]()
        for key, value in node.value:
            name = _text(key)
            if not name:
                raise self._wrong(key, "there's no name before the colon", NEEDED)
            if name in found:
                raise self._wrong(key, f"{name} comes twice", "Rename or remove one.")
            found[name] = key, value
        return found

    def _steps(self, name: yaml.Node, steps: yaml.Node) -> tuple[Step, ...]:
        if not isinstance(steps, yaml.SequenceNode) or not steps.value:
            raise self._wrong(name, f"{_text(name)} has no list of steps", HOW)
        return tuple(self._step(_text(name), one) for one in steps.value)

    def _step(self, customer: str, node: yaml.Node) -> Step:
        if step := _step(node):
            return step
        start = node.start_mark
        given = self._lines[start.line][start.column :].strip()
        raise self._wrong(node, f"{customer}: {given!r} isn't a step", HOW)

    def _wrong(self, node: yaml.Node, what: str, how: str) -> SceneError:
        where = f"{self._path.name}, line {node.start_mark.line + 1}"
        return SceneError(f"{where}: {what}.\n{how}")


def _step(node: yaml.Node) -> Step | None:
    """Return a step, or None if it isn't one."""
    if isinstance(node, yaml.ScalarNode):
        kind = cast(Kind, node.value)
        return Step(kind) if kind in _ALONE else None
    if not isinstance(node, yaml.MappingNode):
        return None
    given = {_text(key): value for key, value in node.value}
    angry = _list(given.pop("angry", None))
    if angry is None or len(given) != 1:
        return None
    [(name, value)] = given.items()
    kind, text, number = cast(Kind, name), _text(value), _number(_text(value))
    if kind in _WORDS and text and not angry:
        return Step(kind, text=text)
    if kind in _SECONDS and number is not None and (kind == "wait" or not angry):
        return Step(kind, seconds=number, angry=angry)
    if kind == "rate" and number in range(1, 6) and not angry:
        return Step(kind, stars=round(number or 0))
    return None


def _text(node: yaml.Node) -> str:
    """Return a value's text; empty if it's a list, or has parts of its own."""
    return node.value.strip() if isinstance(node, yaml.ScalarNode) else ""


def _list(node: yaml.Node | None) -> tuple[str, ...] | None:
    """Return the texts in a list, which can be a single text; None if it isn't one."""
    if node is None:
        return ()
    texts = node.value if isinstance(node, yaml.SequenceNode) else [node]
    found = tuple(map(_text, texts))
    return found if all(found) else None


def _number(text: str) -> float | None:
    """Return a number if it isn't negative; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


assert {*_WORDS, *_SECONDS, *_ALONE, "rate"} == {*get_args(Kind)}
