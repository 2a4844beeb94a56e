"""``start``: you can begin with any notebook, as if you'd run all earlier ones."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from livechat_helpers.applications import current_application
from livechat_helpers.client import account_client
from livechat_helpers.lessons import pieces, reset, start
from livechat_helpers.lessons.running import all_lessons
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.settings import Settings

LAST = all_lessons()[-1]


def names_of_applications() -> list[str]:
    found, _ = account_client().application.list_applications()
    return [each.name for each in found]


@pytest.fixture
def fresh_home(running_home: Path) -> Path:
    """A home with a fresh, running sandbox."""
    reset.take_back_everything()
    return running_home


def test_a_new_learner_can_begin_with_the_last_notebook(
    fresh_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = start(LAST.number)
    assert capsys.readouterr().out == (
        f"Notebook {LAST.number:02} is ready. It runs on the sandbox.\n"
    )
    for each in all_lessons():
        if each.number < LAST.number:
            assert all(step.holds() for step in each.leaves), each.title
    assert lesson.application == current_application()
    assert names_of_applications().count("Support chat") == 1


def test_the_first_notebooks_create_no_application(fresh_home: Path) -> None:
    before = names_of_applications()
    start(0)
    start(1)
    assert names_of_applications() == before == ["Live chat demonstration"]
    assert Settings.load().application_id is None


def test_starting_again_creates_nothing_new(fresh_home: Path) -> None:
    first = start(LAST.number).application
    again = start(LAST.number).application
    assert first == again
    assert names_of_applications().count("Support chat") == 1


def test_a_notebook_says_whose_pieces_it_uses(
    fresh_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kits = "mint (my_chat/tokens.py): the kit's, until your answer to 2.5 is correct."
    start(10)
    assert kits in capsys.readouterr().out.splitlines()
    pieces.put("2.5", pieces.kits_pieces()["2.5"].code, {})
    start(10)
    assert "mint (my_chat/tokens.py): yours." in capsys.readouterr().out.splitlines()


def test_the_learners_own_application_is_used(fresh_home: Path) -> None:
    mine = start(2).application
    assert start(LAST.number).application == mine


def test_running_a_cell_again_shows_its_calls_again(fresh_home: Path) -> None:
    lesson = start(2)
    names_of_applications()
    lesson.application.minter()
    shown = repr(lesson.calls())
    assert "GET /v2/applications?page_size=100  200" in shown
    assert repr(lesson.calls()) == shown
    assert repr(lesson.calls(path="/nothing")) == "Nothing was traced."


def test_calls_by_panes_and_other_notebooks_dont_count_as_a_cells(
    fresh_home: Path,
) -> None:
    lesson = start(2)
    desk = lesson.desk
    desk.agent()
    lesson.calls()
    desk.of("agent").agent()  # as a pane does
    other = (
        "from livechat_helpers.client import account_client; "
        "account_client().application.list_applications()"
    )
    subprocess.run([sys.executable, "-c", other], check=True, timeout=60)
    desk.agent()
    calls = repr(lesson.calls()).splitlines()
    assert [call.partition("?")[0] for call in calls] == [
        "application → Vonage: GET /v1/users",
        "application → Vonage: GET /v1/users/USR-1  200",
    ], calls


def test_requested_calls_are_waited_for(fresh_home: Path) -> None:
    lesson = start(2)
    late = threading.Timer(0.3, names_of_applications)
    late.start()
    shown = repr(lesson.calls(last=1))
    late.join()
    assert shown == "account → Vonage: GET /v2/applications?page_size=100  200"


def test_the_websites_calls_arent_listed_among_the_learners(fresh_home: Path) -> None:
    lesson = start(3)
    desk = lesson.desk
    trace = connect().trace
    mark = trace.mark()
    desk.open_chat()
    # The website is running.
    lesson.calls(last=1, kind="webhook", to=lesson.website.url)
    assert {each.get("actor") for each in trace(after=mark)} == {"application", None}


def test_the_given_material_can_be_fetched(fresh_home: Path) -> None:
    assert {*start(2).given("suspects")} == {*"abcde"}


def test_a_lesson_uses_the_cloud_only_if_both_keys_are_set(
    fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start(LAST.number).cloud is None
    monkeypatch.setenv("VONAGE_API_KEY", "abcd1234")
    assert start(LAST.number).cloud is None
    monkeypatch.setenv("VONAGE_API_SECRET", "a-secret")
    cloud = start(LAST.number).cloud
    assert cloud is not None
    assert cloud.mode == "cloud"
