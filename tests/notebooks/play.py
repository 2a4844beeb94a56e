"""Play a notebook as a learner does: run its cells, answer its exercises.

It runs in an IPython of this process, without a kernel: that is faster, and what comes
of a check is at hand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from ipywidgets import Widget
from traitlets.config import Config

from livechat_helpers.lessons.feedback import Note
from livechat_helpers.lessons.solutions import solution_of

from .corpus import answers_to
from .course import LESSONS, code_cells, exercise_of, source, tags


@dataclass
class Played:
    """What came of one notebook.

    untouched, solved: by exercise. answered: by file of the corpus. names: those of
    the notebook, in the end.
    """

    untouched: dict[str, Note] = field(default_factory=dict)
    solved: dict[str, Note] = field(default_factory=dict)
    answered: dict[Path, Note] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)


def play(path: Path) -> Played:
    """Run a notebook, and give each exercise every answer of the corpus."""
    lesson, played = LESSONS[path], Played()
    with _shell() as shell:
        for cell in code_cells(path):
            result = _run(shell, source(cell), "raises-exception" in tags(cell))
            name = exercise_of(cell)
            exercise = lesson.exercise(name) if name else None
            if exercise is None:
                continue
            played.untouched[exercise.name] = result
            check = f'\nlesson.check("{exercise.name}")'
            for answer in answers_to(exercise):
                played.answered[answer.path] = _answered(shell, answer.code + check)
            solution = solution_of(exercise.name).in_cell(exercise.asks[0])
            played.solved[exercise.name] = _run(shell, solution + check)
            _run(shell, source(cell))
        played.names = dict(shell.user_ns)
    return played


def _answered(shell: InteractiveShell, code: str) -> Note:
    """Return what a check says, or that the cell raised before it got so far."""
    try:
        return _run(shell, code)
    except Exception as error:
        return Note("The answer's cell raises", f"{type(error).__name__}: {error}")


def said_by(path: Path, tag: str) -> str:
    """Run a notebook and return what its cells with a tag print."""
    said = ""
    with _shell() as shell:
        for cell in code_cells(path):
            with capture_output() as captured:
                _run(shell, source(cell), "raises-exception" in tags(cell))
            said += captured.stdout if tag in tags(cell) else ""
    return said


def _run(shell: InteractiveShell, code: str, may_fail: bool = False) -> Any:
    # As in a kernel, there is a running loop, whether a cell awaits or not.
    ran = shell.run_cell_async(
        code, store_history=True, transformed_cell=shell.transform_cell(code)
    )
    result = get_asyncio_loop().run_until_complete(ran)
    if not may_fail:
        result.raise_error()
    return result.result


@contextmanager
def _shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    try:
        yield shell
    finally:
        Widget.close_all()  # a pane would go on following its chats
        shell.reset()
        InteractiveShell.clear_instance()
