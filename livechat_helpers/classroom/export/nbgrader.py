"""A course folder for nbgrader: ``nbgrader generate_assignment 02_jwt_and_acl``.

Source: https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from livechat_helpers.lessons.content import Lesson

from .cells import POINTS, Graded, Json, cells_of, made
from .cells import write as write_notebook

_CONFIG = '''\
"""Made by ``python -m livechat_helpers export``."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "livechat"
c.ClearSolutions.code_stub = {"python": "# Replace the dots."}
c.ExecutePreprocessor.timeout = 120
'''


def write(lessons: Iterable[Lesson], folder: Path) -> list[Path]:
    """Write a course folder and return the paths of its notebooks.

    An existing configuration stays as it is.

    Raises:
        OSError: it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nbgrader_config.py"
    if not config.exists():
        config.write_text(_CONFIG, encoding="utf-8")
    return [
        write_notebook(
            lesson, list(_cells(lesson)), folder / "source" / lesson.path.stem
        )
        for lesson in lessons
    ]


def _cells(lesson: Lesson) -> Iterator[Json]:
    for cell in cells_of(lesson):
        if not isinstance(cell, Graded):
            yield cell
            continue
        answer = (
            f"{cell.starter}\n\n\n### BEGIN SOLUTION\n{cell.solution}\n### END SOLUTION"
        )
        yield _graded(f"answer-{cell.id}", answer, solution=True)
        yield _graded(f"check-{cell.id}", cell.check, solution=False)


def _graded(id: str, text: str, *, solution: bool) -> Json:
    """Return a cell for an answer, or for a check with its points."""
    marks: Json = {
        "cell_type": "code",
        "grade": not solution,
        "grade_id": id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if not solution:
        marks["points"] = POINTS
    return made("code", text, id, {"nbgrader": marks})
