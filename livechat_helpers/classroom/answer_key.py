"""``python -m livechat_helpers answers``: every answer of the course, in one file."""

import argparse
import sys
from pathlib import Path

from livechat_helpers.lessons.content import Lesson
from livechat_helpers.lessons.running import all_lessons
from livechat_helpers.lessons.solutions import solution_of
from livechat_helpers.lessons.wording import LinesInOrder, Question

from .outline import outline

_HEAD = """\
# Answer key

For instructors. It's made from the lessons themselves by `python -m livechat_helpers
answers`, so it's always up to date. Other answers are right as well: a check looks at
what an answer does, not at how it's written.
"""


def answer_key() -> str:
    """Return every answer of the course in Markdown."""
    return "\n".join([_HEAD, *map(_of, all_lessons())])


def _of(lesson: Lesson) -> str:
    tasks, words = outline(lesson).tasks, lesson.words
    parts = [f"## {lesson.number:02} {lesson.title}"]
    for exercise in lesson.exercises:
        title = tasks.get(exercise.name, ("", ""))[0]
        solution = solution_of(exercise.name)
        code = solution.text.strip("\n")
        parts.append(f"### {exercise.name} {title}".rstrip())
        parts.append(f"```{_language(solution.language)}\n{code}\n```")
        parts.append(words.exercises[exercise.name].correct)
    for name, asked in words.predictions.items():
        parts.append(f"### Prediction {name}\n\n{_answered(asked)}")
    for name, lines in words.parsons.items():
        parts.append(f"### Lines in order {name}\n\n{_ordered(lines)}")
    questions = "\n\n".join(
        f"{number}. {_answered(asked)}"
        for number, asked in enumerate(words.questions, 1)
    )
    return "\n\n".join([*parts, f"### Questions\n\n{questions}", ""])


def _language(suffix: str) -> str:
    return {"py": "python", "js": "javascript"}.get(suffix, suffix)


def _answered(asked: Question) -> str:
    right = next(option for option in asked.options if option.right)
    letter = "abcdefgh"[asked.options.index(right)]
    return f"{asked.text} **{letter}) {right.text}** {right.why}"


def _ordered(lines: LinesInOrder) -> str:
    """Return a correct order: the first possible line, each time."""
    left = ["abcdefghijklmnop"[at] for at in range(len(lines.lines))]
    texts, order = dict(zip(left, lines.lines, strict=True)), ""
    while left:
        ready = (
            one
            for one in left
            if not any(b.then == one and b.first in left for b in lines.before)
        )
        order += (chosen := next(ready))
        left.remove(chosen)
    code = "\n".join(texts[letter] for letter in order)
    return f"{lines.text} `{order}`:\n\n```python\n{code}\n```"


def main(argv: list[str]) -> int:
    """Write the answer key and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers answers",
        description="Write every answer of the course into one Markdown file.",
    )
    parser.add_argument("file", type=Path, nargs="?", help="default: the terminal")
    file: Path | None = parser.parse_args(argv).file
    if file is None:
        sys.stdout.write(answer_key())
    else:
        file.write_text(answer_key(), encoding="utf-8")
        print(f"{file} has the answers to {len(all_lessons())} notebooks.")
    return 0
