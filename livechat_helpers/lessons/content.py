"""The parts of a lesson: exercises, texts, and what it leaves behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from livechat_helpers import places

from .catalogues import ENGLISH
from .lesson_servers import LessonServers
from .wording import Words, words_of

KEPT = "-kept-"
"""The part of a file name that marks a learner's notebook saved by a reset."""


class Mistaken(Exception):
    """Raised by a check: the answer contains a known mistake.

    mistake: its name in the exercise's ``mistakes``.
    details: values for the placeholders in its message, such as ``{year}``.
    diagram: a Mermaid diagram of what went wrong.
    """

    diagram = ""

    def __init__(self, mistake: str, **details: object) -> None:
        super().__init__(mistake)
        self.mistake = mistake
        self.details = details


class CannotLook(Exception):
    """Raised by a check: the answer can't be checked here; the text says why."""


class NotAttempted(Exception):
    """Raised by a check: the answer, or a part of it, is still the starter."""


class Unexpected(Exception):
    """Raised by a check: the answer is wrong, but not in a known way.

    given: the call that was tried, as code, such as ``exp_in(15)``.
    wanted: what a right answer returns or does.
    got: what this answer did.
    diagram: a Mermaid diagram of what went wrong.
    """

    diagram = ""

    def __init__(self, given: str, wanted: object, got: object) -> None:
        super().__init__(given)
        self.details = {"given": given, "wanted": wanted, "got": got}


@dataclass(frozen=True)
class Exercise:
    """One exercise in a notebook; its texts are in the lesson's ``words``.

    name: such as ``2.1``.
    asks: the names that the learner defines.
    check: checks the answer. Its parameters are names from the notebook. It raises
        ``Mistaken`` or ``Unexpected``, or returns if the answer is right.
    patience: how many seconds one call of the answer can take.
    """

    name: str
    asks: tuple[str, ...]
    check: Callable[..., None]
    patience: float = 5


@dataclass(frozen=True)
class Step:
    """Something that a notebook leaves behind for later ones.

    what: what it is.
    holds: returns whether it exists.
    establish: creates it, as the notebook does.
    """

    what: str
    holds: Callable[[], bool]
    establish: Callable[[LessonServers], None]

    def ensure(self, servers: LessonServers) -> None:
        """Create it, unless it already exists."""
        if not self.holds():
            self.establish(servers)


@dataclass(frozen=True)
class Lesson:
    """Everything that belongs to one notebook.

    number: the notebook's number.
    minutes: how long a learner takes. The notebook says the same, and a test compares
        it with the notebook's contents.
    words: its texts.
    exercises: its exercises.
    leaves: what later notebooks expect from this one.
    cloud_needs: what it needs in the cloud, where nobody else creates it.
    given: functions that create things for the learner to work on, by name.
    sandbox_only: whether it runs on the sandbox even if ``.env`` says cloud.
    uses: the exercises whose pieces of ``my_chat`` it uses; ``start`` says whose they
        are.
    tidy: deletes an earlier run's practice data from the sandbox.
    language: the language of the notebook and its texts.
    """

    number: int
    minutes: int
    words: Words
    exercises: tuple[Exercise, ...]
    leaves: tuple[Step, ...] = ()
    cloud_needs: tuple[Step, ...] = ()
    given: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    sandbox_only: bool = False
    uses: tuple[str, ...] = ()
    tidy: Callable[[], None] | None = None
    language: str = ENGLISH

    def in_language(self, language: str) -> "Lesson":
        """Return this lesson in another language, such as ``de``."""
        words = words_of(self.number, language)
        return replace(self, words=words, language=language)

    @property
    def title(self) -> str:
        """The notebook's H1."""
        return self.words.title

    @property
    def path(self) -> Path:
        """The notebook's original path, named like the lesson's module.

        A learner may have renamed it, or have copies next to it.
        """
        module = next(Path(__file__).parent.glob(f"n{self.number:02}_*.py"))
        folder = places.notebook_folder(self.language)
        return folder / f"{module.stem[1:]}.ipynb"

    def exercise(self, name: str) -> Exercise | None:
        """Return the exercise with a name, or None."""
        return next((one for one in self.exercises if one.name == name), None)


def estimate_minutes(words: int, code_cells: int, exercises: int) -> float:
    """Estimate how many minutes a learner takes for a notebook.

    No learner has been timed. The estimate assumes that learners read text with new
    terms at 140 words a minute. Reading a cell, running it and looking at its output
    takes 0.7 minutes. An exercise takes 4.5 minutes more, for a first try, a message
    and a second try. The predictions and the three questions take four minutes.
    """
    return words / 140 + 0.7 * code_cells + 4.5 * exercises + 4
