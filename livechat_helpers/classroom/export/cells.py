"""A notebook's cells as an assignment, with answers and checks in separate cells."""

import errno
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from livechat_helpers import pristine
from livechat_helpers.lessons.content import Lesson
from livechat_helpers.lessons.solutions import solution_of
from livechat_helpers.processes.terminal import say

Json = dict[str, Any]

POINTS = 1
"""How many points each exercise gives."""

_CHECK = re.compile(r'^lesson\.check\("(\d+\.\d+)"\)\s*\Z', re.MULTILINE)


@dataclass(frozen=True)
class Graded:
    """One exercise.

    name: such as ``2.1``.
    starter: the code that learners start from.
    solution: the reference answer.
    """

    name: str
    starter: str
    solution: str

    @property
    def id(self) -> str:
        """The name in the form that graders accept."""
        return self.name.replace(".", "-")

    @property
    def check(self) -> str:
        """Code that raises unless the answer is correct."""
        return (
            f'found = lesson.check("{self.name}")\n'
            'assert found.state == "correct", repr(found)'
        )


def cells_of(lesson: Lesson) -> list[Json | Graded]:
    """Return a notebook's cells without outputs, with each exercise as one item.

    An instructor may have solved or deleted exercises. If so, these are the cells of
    the original notebook.
    """
    original = pristine.original(lesson.path)
    if original is None:
        return _cells(lesson, lesson.path.read_bytes())
    shipped = _cells(lesson, original)
    try:
        here = _cells(lesson, lesson.path.read_bytes())
    except (OSError, ValueError, LookupError, TypeError):
        here = []
    if _exercises(here) == _exercises(shipped):
        return here
    say(f"The exercises in {lesson.path.name} were changed: exporting the original.")
    return shipped


def _exercises(cells: list[Json | Graded]) -> list[Graded]:
    return [cell for cell in cells if isinstance(cell, Graded)]


def _cells(lesson: Lesson, notebook: bytes) -> list[Json | Graded]:
    found: list[Json | Graded] = []
    for number, cell in enumerate(json.loads(notebook)["cells"]):
        text = "".join(cell["source"])
        check = _CHECK.search(text) if cell["cell_type"] == "code" else None
        exercise = lesson.exercise(check[1]) if check else None
        if check and exercise:
            solution = solution_of(exercise.name).in_cell(exercise.asks[0])
            starter = text[: check.start()].strip("\n")
            found.append(Graded(exercise.name, starter, solution))
        else:
            id = cell.get("id", f"cell-{number}")  # Old editors don't write ids.
            found.append(made(cell["cell_type"], text, id, cell["metadata"]))
    return found


def made(kind: str, text: str, id: str, metadata: Json | None = None) -> Json:
    """Create a cell."""
    cell: Json = {"cell_type": kind, "id": id, "metadata": metadata or {}}
    cell["source"] = text.splitlines(keepends=True)
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


def write(lesson: Lesson, cells: list[Json], folder: Path) -> Path:
    """Write a notebook and the images that it shows, and return its path.

    Raises:
        OSError: it can't be written, or there's a different one already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path = folder / lesson.path.name
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        why = "it exists and differs, so delete it or name another folder"
        raise FileExistsError(errno.EEXIST, why, str(path))
    path.write_text(text, encoding="utf-8")
    for name in sorted({*re.findall(r"\]\((images/[\w.-]+)\)", text)}):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(lesson.path.parent / name, folder / name)
    return path
