"""The stage: customers write, wait, get angry, drop out and come back, for real."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launch.processes import process_of
from waiting import eventually

from livechat_helpers import services
from livechat_helpers.classroom.stage import Stage, play, scenes
from livechat_helpers.classroom.stage.play import StageError
from livechat_helpers.classroom.stage.scene import Scene, SceneError, load, read
from livechat_helpers.lessons.running import all_lessons
from livechat_helpers.sandbox.remote import SandboxError
from livechat_helpers.support_desk import SupportDesk

FAST = 1000
HEAD = "title: A test\nlesson: 0\nshows: Nothing.\ncustomers:\n"

MakeStage = Callable[[str], Stage]


@pytest.fixture
def stage_of(home: Path, tmp_path: Path) -> Iterator[MakeStage]:
    """Return a function that puts customers on a new stage."""
    made: list[Stage] = []

    def make(customers: str) -> Stage:
        path = tmp_path / "scene.yaml"
        path.write_text(HEAD + customers, encoding="utf-8")
        made.append(Stage(path))
        return made[-1]

    yield make
    for stage in made:
        stage.reset()
        stage.close()


def texts(stage: Stage, name: str) -> list[str]:
    """Return the texts in a customer's conversation."""
    events = SupportDesk.open().conversations.events(room(stage, name))
    return [one["body"]["text"] for one in events if one["type"] == "message"]


def room(stage: Stage, name: str) -> str:
    for rooms in SupportDesk.open().conversations.list():
        if rooms["display_name" if "display_name" in rooms else "name"]:
            members = SupportDesk.open().conversations.members(rooms["id"])
            first = next(members)["_embedded"]["user"].get("display_name")
            if first == stage.cast[name].visitor:
                return rooms["id"]
    raise AssertionError(f"{name} has no conversation")


def test_a_customer_who_is_not_answered_gets_angry(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: Hello}, {wait: 20, angry: ['Hello?', HELLO]}]")
    stage.play(speed=FAST)
    stage.wait(60)
    assert texts(stage, "A") == ["Hello", "Hello?", "HELLO"]


def test_a_customer_who_is_answered_stays_calm(stage_of: MakeStage) -> None:
    stage = stage_of(
        "  A: [{write: Hello}, {wait: 9000, angry: [NO]}, {write: Thanks}]"
    )
    stage.play(speed=FAST)
    eventually(lambda: stage.cast["A"].doing == "is waiting for an answer")
    where = room(stage, "A")
    desk = SupportDesk.open()
    agent = desk.conversations.join(where, desk.of("ada").agent()["id"])
    desk.conversations.send_text(where, "Hi", member=agent["id"])
    stage.wait(60)
    assert texts(stage, "A") == ["Hello", "Hi", "Thanks"]


def test_a_customer_who_was_away_catches_up_and_writes_once_back(
    stage_of: MakeStage,
) -> None:
    stage = stage_of(
        "  A: [{write: Hello}, {pause: 300}, drop, {pause: 4000}, back,"
        " {wait: 9000}, {write: I see}]"
    )
    stage.play(speed=FAST)
    eventually(lambda: stage.cast["A"].doing == "has lost the connection")
    where, desk = room(stage, "A"), SupportDesk.open()
    agent = desk.conversations.join(where, desk.of("ada").agent()["id"])
    sent = desk.conversations.send_text(where, "Hi", member=agent["id"])
    stage.wait(60)
    assert texts(stage, "A") == ["Hello", "Hi", "I see"]
    kinds = [
        event["type"]
        for event in desk.conversations.events(where)
        if event.get("body", {}).get("event_id") == sent["id"]
    ]
    assert kinds == ["message:delivered", "message:seen"]


def test_a_paused_scene_stops_and_can_continue(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: One}, {pause: 3000}, {write: Two}]")
    stage.play(speed=FAST)
    eventually(lambda: stage.cast["A"].doing == "has sent a message")
    stage.pause()
    time.sleep(3.3)  # longer than the customer's pause
    assert texts(stage, "A") == ["One"]
    stage.play()
    stage.wait(60)
    assert texts(stage, "A") == ["One", "Two"]


def test_a_reset_deletes_the_chats_and_starts_over(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: One}]\n  B: [{write: Two}, end, {rate: 3}]")
    before = {one["id"] for one in SupportDesk.open().conversations.list()}
    stage.play(speed=FAST)
    stage.wait(60)
    assert len({one["id"] for one in SupportDesk.open().conversations.list()}) == (
        len(before) + 2
    )
    stage.reset()
    assert {one["id"] for one in SupportDesk.open().conversations.list()} == before
    assert stage.state == "ready"
    stage.play(speed=FAST)
    stage.wait(60)
    assert texts(stage, "A") == ["One"]


def test_drills_harm_no_customer_and_duplicate_no_message(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: One}, {pause: 3000}, {write: Two}, {write: Three}]")
    stage.play(speed=FAST)
    eventually(lambda: stage.cast["A"].doing == "has sent a message")
    for drill in ("drop", "lost answer", "twice", "tokens"):
        stage.drill(drill)
    stage.wait(60)
    stage.drill("calm")
    assert texts(stage, "A") == ["One", "Two", "Three"]


def test_a_snapshot_brings_back_what_was_there(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: One}]")
    before = [one["id"] for one in SupportDesk.open().conversations.list()]
    stage.snapshot()
    stage.play(speed=FAST)
    stage.wait(60)
    stage.restore()
    assert [one["id"] for one in SupportDesk.open().conversations.list()] == before


def test_twenty_customers_come_on_a_busy_monday(home: Path) -> None:
    stage = Stage("busy-monday")
    try:
        began = time.monotonic()
        stage.play(speed=60)
        eventually(lambda: all(part.visitor for part in stage.cast.values()))
        assert len({part.visitor for part in stage.cast.values()}) == 20
        print(f"20 customers in {time.monotonic() - began:.1f} s")
    finally:
        stage.reset()
        stage.close()


def test_a_stage_says_that_it_needs_the_sandbox(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VONAGE_MODE", "matrix")
    with pytest.raises(services.ServiceError, match="needs the sandbox"):
        Stage("busy-monday")


def test_every_scene_belongs_to_a_lesson_and_says_what_it_shows() -> None:
    numbers = {lesson.number for lesson in all_lessons()}
    assert len(scenes()) >= 7
    for scene in scenes():
        assert scene.lesson in numbers
        assert scene.title
        assert len(scene.shows) > 40
        assert scene.seconds < 600
    assert len(load("busy-monday").steps) == 20


def scene_of(folder: Path, text: str) -> Scene:
    """Return the scene that a file with a text holds."""
    path = folder / "scene.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("{shout: Hi}", "scene.yaml, line 6: A: .*isn't a step"),
        ("{pause: long}", "isn't a step"),
        ("{rate: 6}", "1 to 5"),
        ("{write: Hi, angry: [x]}", "isn't a step"),
        ("{drop: 3}", "`drop`"),
        ("{wait: .inf}", "isn't a step"),
        ("{wait: 5, angry: [x}", "line 6: expected"),
        ("{wait: 5, angry: {a: b}}", "isn't a step"),
        ("{write: ''}", "isn't a step"),
        ("pause:\n\t3", "line 7: there's a tab.\nIndent with spaces"),
        ("write: 'I'm here'", "line 6: expected"),
    ],
)
def test_a_wrong_step_is_named_with_its_location(
    tmp_path: Path, steps: str, said: str
) -> None:
    with pytest.raises(SceneError, match=said):
        scene_of(tmp_path, f"{HEAD}  A:\n    - {steps}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("hello", "line 1: lines like"),
        ("title: T\nlesson: 4\nspeed: 2\ncustomers: {A: [drop]}", "`shows` is missing"),
        (f"{HEAD}  A: [drop]\nspeed: 2", "line 6: a scene has no `speed`"),
        ("title:\nlesson: 4\nshows: S\ncustomers: {A: [drop]}", "line 1: `title`"),
        ("title: T\nlesson: x\nshows: S\ncustomers: {A: [drop]}", "line 2: .*number"),
        (f"{HEAD}  A:", "line 5: A has no list"),
        (f"{HEAD}  A: []", "line 5: A has no list"),
        (f"{HEAD}  A: [drop]\n  A: [back]", "line 6: A comes twice"),
        (f"{HEAD}  [A, B]: [drop]", "line 5: there's no name"),
        (HEAD, "line 4: there are no customers"),
        (f"{HEAD}  - A", "line 5: lines like"),
        ("title: T\nlesson: 0\nshows: S", "`customers` is missing"),
        ("\0", "isn't text"),
    ],
)
def test_a_file_that_isnt_a_scene_is_told_whats_missing(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SceneError, match=said):
        scene_of(tmp_path, text)


@pytest.mark.parametrize("words", ["Yes", "42", "2026-11-30", "null", "שלום 👩‍💻"])
def test_customers_write_and_are_called_whatever_the_file_says(
    tmp_path: Path, words: str
) -> None:
    scene = scene_of(tmp_path, f"\ufeff{HEAD}  {words}: [{{write: {words}}}]\r\n")
    assert scene.steps[words][0].text == words


def test_a_scene_in_another_encoding_or_place_is_told_what_to_do(
    tmp_path: Path,
) -> None:
    (tmp_path / "old.yaml").write_bytes(f"{HEAD}  Jürgen: [drop]".encode("latin-1"))
    with pytest.raises(SceneError, match=r"old.yaml isn't in UTF-8.\nChoose that"):
        load(tmp_path / "old.yaml")
    with pytest.raises(SceneError, match=f"no file {tmp_path}/none.yaml"):
        load(tmp_path / "none.yaml")


def test_a_stage_says_what_it_can_do(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: One}]")
    for speed in (0, -1, 1e9, "fast"):
        with pytest.raises(StageError, match="1000 is the limit"):
            stage.play(speed=speed)  # type: ignore[arg-type]
    with pytest.raises(StageError, match="The drills are drop, "):
        stage.drill("Drop")
    closed = Stage("first-chat")
    closed.close()
    with pytest.raises(StageError, match="Make a new one"):
        closed.play()


def test_the_buttons_choose_an_instructors_own_scene_again(stage_of: MakeStage) -> None:
    stage = stage_of("  A: [{write: One}]")
    control = stage.control()
    own, kits = control.shown["scene"], control.scenes[0]["path"]
    for chosen in (kits, own):
        control._hear({"do": "choose", "with": chosen})
        assert control.shown["scene"] == chosen
    assert stage.scene.title == "A test"


@pytest.mark.parametrize("what", ["reset", "restore"])
def test_a_stage_goes_back_right_after_the_sandbox_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    (tmp_path / "scene.yaml").write_text(f"{HEAD}  A: [{{write: One}}]")
    stage = Stage(tmp_path / "scene.yaml")
    try:
        stage.snapshot()
        stage.play(speed=FAST)
        stage.wait(60)
        os.kill(process_of(tmp_path, "livechat_helpers sandbox"), signal.SIGKILL)
        getattr(stage, what)()
        assert not [*SupportDesk.open().conversations.list()]
        assert stage.state == "ready"
    finally:
        stage.close()
        services.let_go()


def test_one_angry_line_needs_no_list(tmp_path: Path) -> None:
    angry = scene_of(tmp_path, f"{HEAD}  A: [{{wait: 5, angry: Hello}}]")
    assert angry.steps["A"][0].angry == ("Hello",)


def test_a_stage_without_a_snapshot_says_so_and_can_play_again(
    stage_of: MakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "SNAPSHOT", "never-kept")
    stage = stage_of("  A: [{write: One}, {pause: 600}]")
    stage.play()
    with pytest.raises(SandboxError, match="never-kept"):
        stage.restore()
    assert stage.state == "ready"
    stage.play(speed=FAST)
    stage.wait(60)
