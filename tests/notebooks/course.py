"""What the notebooks' tests share: the files and their cells."""

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers import places, translation
from livechat_helpers.lessons.content import KEPT, Lesson
from livechat_helpers.lessons.running import all_lessons, find

Json = dict[str, Any]

FOLDER = places.ROOT / "notebooks"
TRANSLATIONS = {
    lesson.path: lesson
    for language in translation.languages()
    for name in translation.names(language)
    if (lesson := find(int(name)).in_language(language))
}
"""The lessons that exist in another language, too."""
PAGES = [
    *(path for path in sorted(FOLDER.glob("*.ipynb")) if KEPT not in path.stem),
    *TRANSLATIONS,
]
"""Every notebook: the lessons, in each language, and what goes with them."""
LESSONS = {lesson.path: lesson for lesson in all_lessons()}
NOTEBOOKS = list(LESSONS)
"""The notebooks that are lessons, in order, in English."""


def name(value: object) -> str | None:
    """Return the name of a notebook or lesson in tests."""
    if isinstance(value, Lesson):
        value = value.path
    if not isinstance(value, Path):
        return None
    return (
        value.stem if value not in TRANSLATIONS else f"{value.parent.name}-{value.stem}"
    )


def in_ci(paths: Iterable[Path], *numbers: str) -> pytest.MarkDecorator:
    """Run a test with each notebook as ``path``, most of them only weekly.

    numbers: those of the notebooks that CI plays, such as ``03``.
    """
    each = [
        pytest.param(
            path,
            id=called,
            marks=() if called.startswith(numbers) else pytest.mark.weekly,
        )
        for path in paths
        if (called := name(path))
    ]
    return pytest.mark.parametrize("path", each)


def read(path: Path) -> Json:
    """Return a notebook."""
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell: Json) -> str:
    """Return the text of a cell."""
    return "".join(cell["source"])


def tags(cell: Json) -> list[str]:
    """Return the tags of a cell."""
    return cell["metadata"].get("tags", [])


def code_cells(path: Path) -> list[Json]:
    """Return the code cells of a notebook."""
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def prose(path: Path) -> str:
    """Return all the Markdown between the code."""
    cells = [cell for cell in read(path)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join(source(cell) for cell in cells)


def words(text: str) -> int:
    """Return the number of words, without diagrams and addresses."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return len(re.findall(r"\w[\w'-]*", text))


def parsed(cell: Json) -> ast.Module:
    """Return the syntax tree of a code cell, which may await."""
    tree = compile(
        source(cell),
        "cell",
        "exec",
        ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
    )
    assert isinstance(tree, ast.Module)
    return tree


def lines(cell: Json) -> list[str]:
    """Return the lines of a code cell that aren't blank."""
    return [line for line in source(cell).splitlines() if line.strip()]


def exercise_of(cell: Json) -> str | None:
    """Return the exercise that a code cell is for."""
    found = re.search(r'lesson\.check\("([\d.]+)"\)', source(cell))
    return found[1] if found else None


def sections(path: Path) -> dict[str, str]:
    """Return the text under each second-level heading."""
    parts = re.split(r"^## (.+)$", prose(path), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
