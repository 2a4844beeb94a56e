"""The corpus: learners' answers, one per file, and what checks have to say.

``answers/2.1/`` holds the answers to exercise 2.1. A file's name says what it is:

- ``right-<anything>``: the check has to accept it.
- ``wrong-<mistake>``: the check has to name the mistake. ``wrong-<mistake>~<anything>``
  is another example, which the check can also refuse without naming the mistake.
- ``refused-<anything>``: it's wrong, but the mistake has no name.

A ``.py`` file is a cell. A ``.js``, ``.html`` or ``.css`` file is the text that the
cell assigns to the name that the exercise asks for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livechat_helpers.lessons.content import Exercise, Lesson
from livechat_helpers.lessons.feedback import Note
from livechat_helpers.lessons.solutions import Source

FOLDER = Path(__file__).with_name("answers")

KINDS = ("right", "wrong", "refused")


@dataclass(frozen=True)
class Answer:
    """One file in the corpus.

    exercise: the exercise it answers. path: the file's.
    """

    exercise: Exercise
    path: Path

    @property
    def code(self) -> str:
        """The learner's cell."""
        return Source.read(self.path).in_cell(self.exercise.asks[0])

    @property
    def kind(self) -> str:
        """The kind of answer: right, wrong or refused."""
        return self.path.stem.partition("-")[0]

    @property
    def mistake(self) -> str | None:
        """The name of its mistake, or None if it has no name."""
        name = self.path.stem.partition("-")[2].partition("~")[0]
        return name if self.kind == "wrong" else None

    @property
    def name(self) -> str:
        """Its name in tests."""
        return f"{self.exercise.name}-{self.path.stem}"

    def is_judged_well(self, note: Note) -> bool:
        """Return whether a check says the right thing about it."""
        if self.kind == "right":
            return note.state == "correct"
        allowed = {self.mistake, None} if "~" in self.path.stem else {self.mistake}
        return note.state == "not yet" and note.mistake in allowed


def answers_to(exercise: Exercise) -> list[Answer]:
    """Return the answers to an exercise, sorted by name."""
    folder = FOLDER / exercise.name
    return [Answer(exercise, path) for path in sorted(folder.glob("*.*"))]


def sample_of(exercise: Exercise) -> list[Answer]:
    """Return the first answer of each kind, and the first example of each mistake.

    They are what CI plays.
    """
    firsts: dict[tuple[str, str | None], Answer] = {}
    for answer in answers_to(exercise):
        firsts.setdefault((answer.kind, answer.mistake), answer)
    return [*firsts.values()]


def answers_in(
    lesson: Lesson, answers: Callable[[Exercise], list[Answer]] = answers_to
) -> list[Answer]:
    """Return the answers to all exercises of a lesson.

    answers: those to one exercise; the whole corpus by default.
    """
    return [answer for one in lesson.exercises for answer in answers(one)]
