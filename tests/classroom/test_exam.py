"""Exam mode: hints and solutions are closed, but checks still work."""

from pathlib import Path

import pytest

from livechat_helpers.lessons.lesson_servers import LessonServers
from livechat_helpers.lessons.running import RunningLesson, find
from livechat_helpers.settings import Settings


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningLesson:
    """Notebook 02 in an exam, with a wrong answer."""
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    monkeypatch.setenv("LIVECHAT_EXAM", "yes")
    servers = LessonServers(Settings.load(), sandbox=None, website=None)
    names = {"exp_in": lambda minutes: minutes * 60}
    return RunningLesson(find(2), servers, names)


def test_in_an_exam_hints_and_solutions_are_locked(lesson: RunningLesson) -> None:
    for note in (lesson.hint("2.1"), lesson.solution("2.1"), lesson.hint("2.1", 3)):
        assert "closed" in note.text
        assert not note.code
        assert "time.time()" not in note.text


def test_in_an_exam_a_check_says_whats_wrong_but_offers_no_hint(
    lesson: RunningLesson,
) -> None:
    found = lesson.check("2.1")
    assert found.state == "not yet"
    assert "lesson.hint" not in found.text


def test_the_environment_wins_over_the_learners_settings(
    tmp_path: Path, lesson: RunningLesson
) -> None:
    (tmp_path / ".env").write_text("LIVECHAT_EXAM=no\n", encoding="utf-8")
    assert Settings.load().exam
