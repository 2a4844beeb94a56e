"""What a lesson is made of: exercises, words, and what it leaves behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from livechat_helpers import places

from .catalogues import ENGLISH
from .lesson_servers import LessonServers
from .wording import Words, words_of

KEPT = "-kept-"
"""In the name of a learner's notebook that a reset has put aside."""


class Mistaken(Exception):
    """Raised by a check: the answer is wrong, in a way that has a name.

    mistake: the name, one of the exercise's ``mistakes``. details: fill the places of
    its message, such as ``{year}``. diagram: in Mermaid, how it went wrong.
    """

    diagram = ""

    def __init__(self, mistake: str, **details: object) -> None:
        super().__init__(mistake)
        self.mistake = mistake
        self.details = details


class CannotLook(Exception):
    """Raised by a check: it can't look at the answer here; the text says why."""


class NotAttempted(Exception):
    """Raised by a check: the answer, or a part of it, is still as it was given."""


class Unexpected(Exception):
    """Raised by a check: the answer is wrong, in a way that has no name.

    given: what it was tried with, as code, such as ``exp_in(15)``. wanted: what a right
    answer gives or does. got: what this one did. diagram: in Mermaid, how it went
    wrong.
    """

    diagram = ""

    def __init__(self, given: str, wanted: object, got: object) -> None:
        super().__init__(given)
        self.details = {"given": given, "wanted": wanted, "got": got}


@dataclass(frozen=True)
class Exercise:
    """One exercise of a notebook; its words are in the lesson's ``words``.

    name: such as ``2.1``. asks: the names that the learner fills in.
    check: looks at the answer; its parameters are names of the notebook. It raises
    ``Mistaken`` or ``Unexpected``, or returns if the answer is right.
    patience: for how many seconds one call of the answer may last.
    """

    name: str
    asks: tuple[str, ...]
    check: Callable[..., None]
    patience: float = 5


@dataclass(frozen=True)
class Step:
    """Something that a notebook leaves behind for those that follow.

    holds: returns whether it is there. establish: makes it, as the notebook does.
    """

    what: str
    holds: Callable[[], bool]
    establish: Callable[[LessonServers], None]

    def ensure(self, servers: LessonServers) -> None:
        """Make it, unless an earlier notebook has left it."""
        if not self.holds():
            self.establish(servers)


@dataclass(frozen=True)
class Lesson:
    """All that belongs to one notebook.

    number: of the notebook. minutes: how long a learner takes; the notebook says the
    same, and a test compares it with what is in there. words: everything it says.
    leaves: what later notebooks find when this one was run.
    cloud_needs: what it needs in the cloud, where nobody has made it.
    given: what is made for the learner to work on, by name.
    sandbox_only: whether it runs on the sandbox even where ``.env`` says cloud.
    tidy: deletes from the sandbox what an earlier run has made to practise with.
    uses: which pieces of ``my_chat`` it takes from there, by their exercises; ``start``
    says whose they are. language: of the notebook and its words.
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
        """Return this lesson as it is in another language, such as ``de``."""
        words = words_of(self.number, language)
        return replace(self, words=words, language=language)

    @property
    def title(self) -> str:
        """The notebook's H1."""
        return self.words.title

    @property
    def path(self) -> Path:
        """The notebook, as the course names it: like its lesson's module.

        A learner may have renamed it, or have copies beside it.
        """
        module = next(Path(__file__).parent.glob(f"n{self.number:02}_*.py"))
        folder = places.notebook_folder(self.language)
        return folder / f"{module.stem[1:]}.ipynb"

    def exercise(self, name: str) -> Exercise | None:
        """Return the exercise of a name, or None."""
        return next((one for one in self.exercises if one.name == name), None)


def estimate_minutes(words: int, code_cells: int, exercises: int) -> float:
    """Return about how many minutes a learner takes for a notebook.

    It's an estimate: no learner has been timed. Text with new terms is read at 140
    words a minute. A cell is read, run and its output looked at in 0.7 minutes. An
    exercise takes 4.5 minutes more: a first try, a message, a second try. Four minutes
    are for the predictions and the three questions.
    """
    return words / 140 + 0.7 * code_cells + 4.5 * exercises + 4
