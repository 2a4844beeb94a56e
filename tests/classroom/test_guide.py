"""The instructor's guide agrees with the lessons."""

import re
from pathlib import Path

import pytest

from livechat_helpers import places
from livechat_helpers.classroom.answer_key import answer_key
from livechat_helpers.classroom.guide import PLANS, write
from livechat_helpers.classroom.guide.handwritten import FOLDER, notes
from livechat_helpers.classroom.guide.page import page
from livechat_helpers.classroom.outline import outline
from livechat_helpers.classroom.stage import scenes
from livechat_helpers.lessons.content import Lesson
from livechat_helpers.lessons.running import all_lessons
from livechat_helpers.lessons.solutions import solution_of

lessons = pytest.mark.parametrize(
    "lesson", all_lessons(), ids=lambda lesson: lesson.path.stem
)


@lessons
def test_the_plan_has_every_section_and_adds_up_to_the_lessons_minutes(
    lesson: Lesson,
) -> None:
    content = outline(lesson)
    assert sum(section.minutes for section in content.sections) == lesson.minutes
    exercises = {name for section in content.sections for name in section.exercises}
    assert exercises == {exercise.name for exercise in lesson.exercises}
    text = page(lesson)
    for section in content.sections:
        assert f"| {section.title} |" in text


@lessons
def test_notes_only_name_existing_sections_and_mistakes(lesson: Lesson) -> None:
    hand, content = notes(lesson.number), outline(lesson)
    assert hand.begin
    assert hand.breaks
    assert {*hand.show} <= {section.title for section in content.sections}
    assert len(hand.show) >= 2
    known = {
        (name, mistake)
        for name, words in lesson.words.exercises.items()
        for mistake in words.mistakes
    }
    assert {*hand.said} <= known
    assert len(hand.said) >= 3


@lessons
def test_every_mistake_and_every_question_is_in_the_guide(lesson: Lesson) -> None:
    text = page(lesson)
    for words in lesson.words.exercises.values():
        for name in words.mistakes:
            assert f"- **{name.replace('_', ' ')}**." in text
    for question in (*lesson.words.questions, *lesson.words.predictions.values()):
        assert question.text.strip() in text


def test_every_scene_that_notes_and_plans_name_exists() -> None:
    known = {scene.name for scene in scenes()}
    for path in FOLDER.glob("*.md"):
        named = path.read_text(encoding="utf-8").split('Stage("')[1:]
        assert {one.partition('"')[0] for one in named} <= known, path.name


def test_the_guide_is_written_with_links_that_lead_somewhere(tmp_path: Path) -> None:
    written = write(tmp_path / "guide")
    assert len(written) == len(all_lessons()) + 1
    plans = PLANS.read_text(encoding="utf-8")
    assert "## When something breaks" in plans
    measured = [int(seconds) for seconds in re.findall(r"\| (\d+) s \|$", plans, re.M)]
    assert len(measured) == 4
    assert max(measured) < 30
    for lesson in all_lessons():
        text = (tmp_path / "guide" / f"{lesson.path.stem}.md").read_text("utf-8")
        assert f"](../{lesson.path.name})" in text
        assert (places.ROOT / "notebooks" / lesson.path.name).is_file()


def test_the_answer_key_has_every_answer() -> None:
    key = answer_key()
    for lesson in all_lessons():
        for exercise in lesson.exercises:
            assert solution_of(exercise.name).text.strip("\n") in key
        for question in lesson.words.questions:
            assert question.text in key
