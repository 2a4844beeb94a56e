"""The outline of a notebook: its sections, exercises and minutes."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from livechat_helpers.lessons.content import Lesson, estimate_minutes

_CALLS = re.compile(r"lesson\.(check|predict|parsons|quiz)\(\"?([\w.]*)\"?\)")


@dataclass(frozen=True)
class Section:
    """The content below one second-level heading.

    title: the heading.
    words: the number of words to read.
    cells: the number of code cells.
    exercises, predictions, puzzles: the names of those in this section, such as
        ``2.1``.
    quiz: whether it contains the questions.
    minutes: its share of the lesson's time, in whole minutes.
    """

    title: str
    words: int
    cells: int
    exercises: tuple[str, ...]
    predictions: tuple[str, ...]
    puzzles: tuple[str, ...]
    quiz: bool
    minutes: int = 0


@dataclass(frozen=True)
class Outline:
    """One notebook from a teacher's point of view.

    lesson: the notebook's lesson.
    objectives: what learners can do afterwards.
    sections: the sections, in order.
    tasks: each exercise's title and task, by name.
    """

    lesson: Lesson
    objectives: tuple[str, ...]
    sections: tuple[Section, ...]
    tasks: dict[str, tuple[str, str]]


def outline(lesson: Lesson) -> Outline:
    """Return the outline of a lesson's notebook.

    Raises:
        OSError, ValueError: the notebook can't be read.
    """
    cells = json.loads(lesson.path.read_text(encoding="utf-8"))["cells"]
    parts: list[tuple[str, list[dict[str, str]]]] = []
    for cell in cells:
        source, kind = "".join(cell["source"]), cell["cell_type"]
        if kind == "markdown":
            pieces = re.split(r"^## (.+)$", source, flags=re.MULTILINE)
            if parts:
                parts[-1][1].append({"kind": kind, "source": pieces[0]})
            for title, rest in zip(pieces[1::2], pieces[2::2], strict=True):
                parts.append((title, [{"kind": kind, "source": rest}]))
        elif parts:
            parts[-1][1].append({"kind": kind, "source": source})
    found = [_section(title, inside) for title, inside in parts]
    objectives = dict(parts).get("What you will do", [{"source": ""}])[0]["source"]
    return Outline(
        lesson,
        tuple(" ".join(one.split()) for one in _numbered(objectives)),
        tuple(_with_minutes(found, lesson.minutes)),
        _tasks("".join(c["source"]) for c in cells if c["cell_type"] == "markdown"),
    )


def _numbered(text: str) -> list[str]:
    return re.findall(r"^\d+\. (.+?)(?=^\d+\. |\Z)", text, re.MULTILINE | re.DOTALL)


def _section(title: str, inside: list[dict[str, str]]) -> Section:
    code = [one["source"] for one in inside if one["kind"] == "code"]
    prose = " ".join(one["source"] for one in inside if one["kind"] == "markdown")
    prose = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    calls = [call for cell in code for call in _CALLS.findall(cell)]

    def asked(what: str) -> tuple[str, ...]:
        return tuple(name for kind, name in calls if kind == what)

    return Section(
        title,
        len(re.findall(r"\w[\w'-]*", prose)),
        len(code),
        asked("check"),
        asked("predict"),
        asked("parsons"),
        bool(asked("quiz")),
    )


def _with_minutes(found: list[Section], minutes: int) -> list[Section]:
    """Distribute a lesson's minutes over its sections, in whole minutes."""
    fixed = estimate_minutes(0, 0, 0)
    weights = [
        estimate_minutes(one.words, one.cells, len(one.exercises))
        - (0 if one.quiz else fixed)
        for one in found
    ]
    ends = [minutes * sum(weights[: n + 1]) / sum(weights) for n in range(len(found))]
    begins = [0, *(round(end) for end in ends)]
    return [
        Section(**{**vars(one), "minutes": begins[n + 1] - begins[n]})
        for n, one in enumerate(found)
    ]


def _tasks(texts: Iterable[str]) -> dict[str, tuple[str, str]]:
    tasks: dict[str, tuple[str, str]] = {}
    for text in texts:
        found = re.split(
            r"^#{2,4} Exercise (\d+\.\d+): (.+)$", text, flags=re.MULTILINE
        )
        for name, title, task in zip(
            found[1::3], found[2::3], found[3::3], strict=True
        ):
            tasks[name] = (title, task.strip())
    return tasks
