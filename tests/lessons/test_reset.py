"""``reset``: the notebook and the sandbox are reset, and the learner's work is kept."""

import shutil
import subprocess
from pathlib import Path

import pytest
from vonage_http_client.errors import NotFoundError

from livechat_helpers import places, pristine
from livechat_helpers.applications import current_application
from livechat_helpers.lessons import progress, reset, start
from livechat_helpers.lessons.running import all_lessons
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with a notebook for each lesson, committed."""
    folder = tmp_path / "clone"
    (folder / "notebooks").mkdir(parents=True)
    for lesson in all_lessons():
        (folder / "notebooks" / lesson.path.name).write_text("as it was\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "The course")
    monkeypatch.setattr(places, "ROOT", folder)
    return folder


def notebook(clone: Path, number: int = 2) -> Path:
    return clone / "notebooks" / all_lessons()[number].path.name


def test_reset_restores_the_notebook_from_git_and_keeps_the_learners_copy(
    clone: Path,
) -> None:
    path = notebook(clone)
    path.write_text("my first answers\n")
    first = reset.take_back_file(path)
    path.write_text("my second answers\n")
    second = reset.take_back_file(path)
    assert path.read_text() == "as it was\n"
    assert first is not None
    assert second is not None
    assert first.read_text() == "my first answers\n"
    assert second.read_text() == "my second answers\n"
    assert [first.name, second.name] == [f"{path.stem}-kept-{n}.ipynb" for n in (1, 2)]


def test_a_notebook_is_reset_in_every_language_that_the_learner_has(
    running_home: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    english = notebook(clone)
    german = english.parent / "de" / english.name
    german.parent.mkdir()
    german.write_text("wie am Anfang\n")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message", "In German")
    german.write_text("meine Antworten\n")
    assert reset.main(["2"]) == 0
    assert german.read_text() == "wie am Anfang\n"
    assert english.read_text() == "as it was\n"
    said = capsys.readouterr().out
    assert f"de/{german.name} is back to the original; yours is now" in said


def test_a_notebook_that_was_not_changed_leaves_no_copy(clone: Path) -> None:
    assert reset.take_back_file(notebook(clone)) is None
    assert not list(clone.glob("notebooks/*-kept-*"))


def test_a_saved_copy_isnt_mistaken_for_the_lessons_notebook(clone: Path) -> None:
    path = notebook(clone)
    path.write_text("my answers\n")
    assert reset.take_back_file(path)
    assert all_lessons()[2].path == path


def test_a_renamed_notebook_stays_and_the_original_comes_back(
    running_home: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = notebook(clone)
    own = path.rename(path.with_stem("02_my_notes"))
    own.write_text("my answers\n")
    assert reset.main(["2"]) == 0
    assert path.read_text() == "as it was\n"
    assert own.read_text() == "my answers\n"
    assert f"{path.name} was gone and is back" in capsys.readouterr().out


def test_only_the_original_of_a_duplicated_notebook_is_reset(
    running_home: Path, clone: Path
) -> None:
    path = notebook(clone)
    copy = path.with_stem(f"{path.stem}-Copy1")
    for one in (path, copy):
        one.write_text(f"{one.name}\n")
    assert reset.main(["2"]) == 0
    assert path.read_text() == "as it was\n"
    assert copy.read_text() == f"{copy.name}\n"


def test_commits_by_learners_or_nbgitpuller_dont_count_as_the_original(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    git(tmp_path, "clone", "--quiet", str(clone), str(own))
    monkeypatch.setattr(places, "ROOT", own)
    path = notebook(own)
    path.write_text("my answers\n")
    git(own, "commit", "--all", "--quiet", "--message", "Automatic commit")
    kept = reset.take_back_file(path)
    assert kept is not None
    assert kept.read_text() == "my answers\n"
    assert path.read_text() == "as it was\n"


def test_a_notebook_comes_back_even_if_its_read_only_or_its_folder_is_gone(
    clone: Path,
) -> None:
    path = notebook(clone)
    path.write_text("mine")
    path.chmod(0o444)
    before = path.stat().st_ino
    kept = reset.take_back_file(path)
    assert kept is not None
    assert kept.read_text() == "mine"
    assert path.stat().st_ino != before, "a read-only file can only be replaced"
    shutil.rmtree(path.parent)
    assert reset.take_back_file(path) is None
    assert path.read_text() == "as it was\n"
    assert [*path.parent.iterdir()] == [path]


def test_what_a_learner_pushed_to_a_fork_doesnt_count_as_the_original(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork, own = tmp_path / "fork", tmp_path / "own"
    git(tmp_path, "clone", "--quiet", "--bare", str(clone), str(fork))
    git(tmp_path, "clone", "--quiet", str(fork), str(own))
    monkeypatch.setattr(places, "ROOT", own)
    path = notebook(own)
    path.write_text("my answers\n")
    git(own, "config", "user.email", "learner@example.com")
    mine = ("-c", "user.email=learner@example.com")
    git(own, *mine, "commit", "--all", "--quiet", "--message", "My answers")
    git(own, "push", "--quiet")
    assert reset.take_back_file(path) is not None
    assert path.read_text() == "as it was\n"


def test_line_endings_and_spaces_dont_change_a_notebook(clone: Path) -> None:
    path = notebook(clone)
    for text in ('{"cells": [],\n "nbformat": 4}\n', '{"cells":[],\r\n"nbformat":4}'):
        path.write_bytes(text.encode())
        if "\r" not in text:
            git(clone, "commit", "--all", "--quiet", "--message", "As shipped")
    assert reset.take_back_file(path) is None


def test_a_course_from_a_zip_is_reset_from_the_setups_copies(
    tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "ROOT", tmp_path / "unzipped")
    shutil.copytree(clone / "notebooks", places.ROOT / "notebooks")
    pristine.keep(places.notebooks())
    path = notebook(places.ROOT)
    german = path.parent / "de" / path.name
    german.parent.mkdir()
    german.write_text("wie am Anfang\n")
    pristine.keep(places.translated_notebooks())
    for one in (path, german):
        one.write_text("my answers\n")
    pristine.keep([*places.notebooks(), *places.translated_notebooks()])
    assert reset.take_back_file(path) is not None
    assert path.read_text() == "as it was\n"
    assert reset.take_back_file(german) is not None
    assert german.read_text() == "wie am Anfang\n"


def test_files_in_git_arent_copied(clone: Path) -> None:
    pristine.keep(places.notebooks())
    assert not (clone / ".data").exists()


def test_without_git_nothing_is_lost_and_it_says_what_to_do(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = notebook(clone)
    path.write_text("my answers\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(reset.ResetError, match="Get the file again"):
        reset.take_back_file(path)
    assert path.read_text() == "my answers\n"


def test_resetting_one_notebook_resets_its_state_and_progress(
    running_home: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(1)
    start(2)
    before = SupportDesk.open().open_chat()["conversation"]["id"]
    start(3)
    progress.note("2.1", "correct")
    progress.note("3.1", "correct")
    notebook(clone, 3).write_text("my answers\n")
    desk = SupportDesk.open()
    made = desk.open_chat()["conversation"]["id"]

    assert reset.main(["03"]) == 0

    said = capsys.readouterr().out
    assert f"yours is now {notebook(clone, 3).stem}-kept-1.ipynb" in said
    assert "as they were before you began it" in said
    assert progress.done().keys() & {"2.1", "3.1"} == {"2.1"}
    assert desk.conversations.get(before)["id"] == before
    with pytest.raises(NotFoundError):
        desk.conversations.get(made)
    assert not progress.has_begun(3)  # so the next start saves this state again


def test_reset_of_a_notebook_that_was_never_begun_leaves_the_sandbox(
    running_home: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress.forget_all()
    start(2)
    chat = SupportDesk.open().open_chat()["conversation"]["id"]
    assert reset.main(["1"]) == 0
    assert "was never begun" in capsys.readouterr().out
    assert SupportDesk.open().conversations.get(chat)["id"] == chat


def test_resetting_everything_restores_the_first_day(
    running_home: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(2)
    places.env_file().open("a").write("AGENT_PASSWORD=mine\n")
    progress.note("2.1", "correct")
    notebook(clone, 1).write_text("my answers\n")

    assert reset.main([]) == 0

    said = capsys.readouterr().out
    assert "yours is now 01_application_and_key-kept-1.ipynb" in said
    assert said.count("was not changed") == len(all_lessons()) - 1
    assert progress.done() == {}
    settings = Settings.load()
    assert settings.application_id is None
    assert settings.agent_password is not None
    assert "demonstration" in current_application().private_key_file.name
    assert start(0).website.url


def test_one_file_that_cannot_be_reset_doesnt_stop_the_rest(
    running_home: Path, clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start(1)
    git(clone, "rm", "--quiet", "--cached", str(notebook(clone, 1)))
    git(clone, "commit", "--quiet", "--message", "Without it")
    assert reset.main(["1"]) == 1
    said = capsys.readouterr()
    assert "git doesn't have it" in said.err
    assert "as they were before you began it" in said.out


def test_an_unknown_notebook_cannot_be_reset(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        reset.main(["77"])
    assert "invalid choice" in capsys.readouterr().err
