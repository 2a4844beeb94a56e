"""Master notebooks for otter: ``otter assign 02_jwt_and_acl.ipynb dist``.

Source: https://otter-grader.readthedocs.io/en/latest/otter_assign/notebook_format.html
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from livechat_helpers.lessons.content import Lesson

from .cells import POINTS, Graded, Json, cells_of, made
from .cells import write as write_notebook

_ASSIGNMENT = """\
# ASSIGNMENT CONFIG
name: {name}
init_cell: true
check_all_cell: false
export_cell: false
solutions_pdf: false
"""


def write(lessons: Iterable[Lesson], folder: Path) -> list[Path]:
    """Write a folder for each notebook and return the paths of the masters.

    Raises:
        OSError: it can't be written.
    """
    return [
        write_notebook(lesson, list(_cells(lesson)), folder / lesson.path.stem)
        for lesson in lessons
    ]


def _cells(lesson: Lesson) -> Iterator[Json]:
    yield made("raw", _ASSIGNMENT.format(name=lesson.path.stem), "assignment")
    for cell in cells_of(lesson):
        if isinstance(cell, Graded):
            yield from _question(cell)
        else:
            yield cell


def _question(cell: Graded) -> Iterator[Json]:
    name = f"q{cell.id.replace('-', '_')}"
    question = f"# BEGIN QUESTION\nname: {name}\npoints: {POINTS}"
    answer = (
        f"{cell.starter}\n\n\n"
        f"# BEGIN SOLUTION NO PROMPT\n{cell.solution}\n# END SOLUTION"
    )
    parts = [
        ("raw", question),
        ("raw", "# BEGIN SOLUTION"),
        ("code", answer),
        ("raw", "# END SOLUTION"),
        ("raw", "# BEGIN TESTS"),
        ("code", cell.check),
        ("raw", "# END TESTS"),
        ("raw", "# END QUESTION"),
    ]
    for number, (kind, text) in enumerate(parts):
        yield made(kind, text, f"{name}-{number}")
