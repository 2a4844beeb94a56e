"""One page of the guide: a notebook's plan, mistakes and questions."""

from collections.abc import Iterator

from livechat_helpers.classroom.mistakes import without_details
from livechat_helpers.classroom.outline import Outline, Section, outline
from livechat_helpers.classroom.stage import scenes
from livechat_helpers.lessons.content import Lesson
from livechat_helpers.lessons.wording import Question

from .handwritten import Notes, notes


def page(lesson: Lesson) -> str:
    """Return a page on teaching a notebook, in Markdown.

    Raises:
        OSError: there are no notes on it.
    """
    content, hand = outline(lesson), notes(lesson.number)
    parts = [
        f"# Teaching {lesson.number:02}: {lesson.title}",
        f"[The notebook](../{lesson.path.name}), {lesson.minutes} minutes. "
        "Afterwards, your learners can:",
        "\n".join(f"- {one}" for one in content.objectives),
        hand.begin,
        *_plan(content, hand),
        *_mistakes(content, hand),
        *_questions(lesson),
        *_scenes(lesson),
        "## If something breaks",
        hand.breaks,
        "For everything else there's the [table of recoveries]"
        "(README.md#when-something-breaks).",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _plan(content: Outline, hand: Notes) -> Iterator[str]:
    yield "## Plan"
    rows = ["| From minute | Minutes | Section | Learners do |"]
    rows.append("| --- | --- | --- | --- |")
    begin = 0
    for section in content.sections:
        minutes = section.minutes or "less than 1"
        rows.append(f"| {begin} | {minutes} | {section.title} | {_does(section)} |")
        begin += section.minutes
    yield "\n".join(rows)
    yield (
        "The minutes are for learners who work alone. Plan the same time if you "
        "demonstrate a section and then let them do its exercise."
    )
    for section in content.sections:
        if section.title in hand.show:
            yield f"### {section.title}"
            yield hand.show[section.title]


def _does(section: Section) -> str:
    parts = [f"predict {name}" for name in section.predictions]
    parts += [f"put lines in order ({name})" for name in section.puzzles]
    parts += [f"exercise {name}" for name in section.exercises]
    if section.quiz:
        parts.append("three questions")
    return ", ".join(parts) or "read and run"


def _mistakes(content: Outline, hand: Notes) -> Iterator[str]:
    yield "## What they will say"
    yield (
        "The checks recognize these mistakes. The quotes are what learners say to "
        "defend one. The rest is what the check replies, and you can say it, too."
    )
    for exercise in content.lesson.exercises:
        title = content.tasks.get(exercise.name, ("", ""))[0]
        yield f"### {exercise.name} {title}".rstrip()
        lines: list[str] = []
        for name, text in content.lesson.words.exercises[
            exercise.name
        ].mistakes.items():
            said = hand.said.get((exercise.name, name))
            quoted = f' "{said}"' if said else ""
            lines.append(
                f"- **{name.replace('_', ' ')}**.{quoted} {without_details(text)}"
            )
        yield "\n".join(lines)


def _questions(lesson: Lesson) -> Iterator[str]:
    yield "## Questions for the room"
    yield "Ask first, take a show of hands, then run the cell."
    asked = [*lesson.words.predictions.values(), *lesson.words.questions]
    yield "\n".join(map(_question, asked))


def _question(question: Question) -> str:
    lines = [f"- {question.text}"]
    for option in question.options:
        mark = "**right**: " if option.right else ""
        lines.append(f"  - {option.text} ({mark}{option.why})")
    return "\n".join(lines)


def _scenes(lesson: Lesson) -> Iterator[str]:
    found = [scene for scene in scenes() if scene.lesson == lesson.number]
    if found:
        yield "## On the stage"
    for scene in found:
        yield f'**{scene.title}** (`Stage("{scene.name}").play()`). {scene.shows}'
