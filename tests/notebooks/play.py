"""Play a notebook as a learner does: run its cells, answer its exercises.

It runs in an IPython in this process, without a kernel. That's faster, and the test
gets each check's result directly.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.async_helpers import get_asyncio_loop
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from ipywidgets import Widget
from traitlets.config import Config

from livechat_helpers.lessons import pieces
from livechat_helpers.lessons.content import Exercise
from livechat_helpers.lessons.feedback import Note
from livechat_helpers.lessons.solutions import solution_of

from .corpus import Answer, sample_of
from .course import LESSONS, code_cells, exercise_of, source, tags
from .mutations import HARMLESS, Mutant, sample


@dataclass
class Played:
    """The results of one notebook.

    untouched, solved: by exercise. answered: by file of the corpus. changed: by
    exercise, each change to its reference answer, with the check's result. placed:
    by file of the corpus, what became part of ``my_chat``. names: the notebook's names
    at the end.
    """

    untouched: dict[str, Note] = field(default_factory=dict)
    solved: dict[str, Note] = field(default_factory=dict)
    answered: dict[Path, Note] = field(default_factory=dict)
    changed: dict[str, dict[str, Note]] = field(default_factory=dict)
    placed: dict[Path, str] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    def praised_changes(self) -> list[str]:
        """Return the harmful changes that a check called correct."""
        return [
            f"{exercise}, {change}"
            for exercise, notes in self.changed.items()
            for change, note in notes.items()
            if note.state == "correct" and change not in HARMLESS.get(exercise, {})
        ]


def play(
    path: Path,
    answers: Callable[[Exercise], Sequence[Answer]] = sample_of,
    changes: Callable[[str], Sequence[Mutant]] = sample,
) -> Played:
    """Run a notebook, and give each exercise many answers.

    answers: those to an exercise; a sample of the corpus by default. changes: those to
    an exercise's reference answer; a few of them by default.
    """
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
            for answer in answers(exercise):
                found = _answered(shell, answer.code + check)
                played.answered[answer.path] = found
                if found.state == "correct" and (piece := pieces.piece(exercise.name)):
                    played.placed[answer.path] = piece.code
            asked = exercise.asks[0]
            played.changed[exercise.name] = {
                mutant.change: _answered(shell, mutant.source.in_cell(asked) + check)
                for mutant in changes(exercise.name)
            }
            solution = solution_of(exercise.name).in_cell(asked)
            played.solved[exercise.name] = _run(shell, solution + check)
            _run(shell, source(cell))
        played.names = dict(shell.user_ns)
    return played


def _answered(shell: InteractiveShell, code: str) -> Note:
    """Return what a check says, or that the cell raised an error before the check.

    The next answer starts with the same names.
    """
    names = dict(shell.user_ns)
    try:
        return _run(shell, code)
    except Exception as error:
        return Note("The answer's cell raises", f"{type(error).__name__}: {error}")
    finally:
        for name in shell.user_ns.keys() - names.keys():
            del shell.user_ns[name]
        shell.user_ns.update(names)


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
    # As in a kernel, there's a running loop, whether or not a cell awaits.
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
        Widget.close_all()  # a pane would keep following its chats
        shell.reset()
        InteractiveShell.clear_instance()
