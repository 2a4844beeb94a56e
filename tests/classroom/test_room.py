"""The view of the room: learners opt in, and the page follows them live."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

import headless
import httpx
import pytest
from playwright.sync_api import expect

from livechat_helpers.classroom.room.app import Room
from livechat_helpers.classroom.room.store import Report, Store
from livechat_helpers.lessons import room
from livechat_helpers.lessons.lesson_servers import LessonServers
from livechat_helpers.lessons.running import RunningLesson, find
from livechat_helpers.private_files import keep_private
from livechat_helpers.settings import Settings

Json = dict[str, Any]


class Running:
    """A room in a separate process."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "livechat_helpers.classroom.room.command_line"),
                *("--port", str(port or 0), "--bind", "127.0.0.1"),
                *("--file", str(folder / "room.sqlite3")),
            ],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.ready: Json = json.loads(self._process.stdout.readline())
        self.address: str = self.ready["join"]
        page, _, self.key = self.ready["page"].partition("#key=")
        self.page = page.replace("localhost", "127.0.0.1")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)

    def state(self) -> Json:
        """Return the first thing that a page gets."""
        with httpx.Client(base_url=self.page, trust_env=False, timeout=60) as page:
            page.post("/api/open", json={"key": self.key}).raise_for_status()
            with page.stream("GET", "/api/view") as stream:
                for line in stream.iter_lines():
                    if line.startswith("data: "):
                        return json.loads(line.removeprefix("data: "))
        raise AssertionError("the page was told nothing")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("room"))
    yield running
    running.stop()


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningLesson:
    """Notebook 02, in a fresh home, with a wrong answer."""
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    monkeypatch.setattr(room, "_PATIENCE", 60)
    servers = LessonServers(Settings.load(), sandbox=None, website=None)
    names = {"exp_in": lambda minutes: minutes * 60}
    return RunningLesson(find(2), servers, names)


def test_a_learner_who_joined_is_shown_with_exercise_and_mistake(
    running: Running, lesson: RunningLesson
) -> None:
    lesson.check("2.1")  # not reported: the learner hasn't joined yet
    assert "mia" not in {one["name"] for one in running.state()["learners"]}
    assert "mia" in repr(lesson.join(running.address, "mia"))
    lesson.check("2.1")
    room.settle(60)
    state = running.state()
    [mia] = [one for one in state["learners"] if one["name"] == "mia"]
    assert (mia["notebook"], mia["exercise"], mia["state"]) == (2, "2.1", "not yet")
    [mistake] = state["mistakes"]
    assert (mistake["exercise"], mistake["people"]) == ("2.1", 1)
    assert mistake["mistake"] == mia["mistake"] == "duration"
    assert "how long the token lives" in mistake["says"]
    lesson.join(running.address, "mia")  # again, in another notebook
    assert running.state()["mistakes"]
    assert lesson.join(running.address, "noor").state != "not yet"
    state = running.state()
    assert "noor" in {one["name"] for one in state["learners"]}
    assert "mia" not in {one["name"] for one in state["learners"]}
    assert state["mistakes"] == [], "who left is forgotten"
    lesson.leave()
    assert "noor" not in {one["name"] for one in running.state()["learners"]}


def test_no_learners_code_is_sent(
    running: Running, lesson: RunningLesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Json] = []
    post = room._post

    def noted(url: str, body: Json, token: str = "") -> tuple[int, Json]:
        told.append(body)
        return post(url, body, token)

    monkeypatch.setattr(room, "_post", noted)
    lesson.join(running.address, "noa")
    lesson.check("2.1")
    room.settle(60)
    lesson.leave()
    names = {"code", "name", "notebook", "exercise", "state", "mistake"}
    assert {name for body in told for name in body} == names


def test_a_learner_is_one_learner_until_the_room_forgets(
    running: Running, lesson: RunningLesson
) -> None:
    code, _, at = running.address.partition("@")
    lesson.join(running.address, "li")
    [first] = [one for one in running.state()["learners"] if one["name"] == "li"]
    port = at.partition(":")[2]
    for again in (f"{code[:4]}-{code[4:].lower()}@{at}", f"{code}@localhost:{port}"):
        lesson.join(again, "li")
        [li] = [one for one in running.state()["learners"] if one["name"] == "li"]
        assert li["id"] == first["id"]
    member = room.joined()
    assert member is not None
    room._post(f"{member.url}/api/leave", {}, member.token)  # as if it were a new room
    lesson.join(running.address, "li")
    assert [one for one in running.state()["learners"] if one["name"] == "li"]


@pytest.mark.parametrize(
    "name", ["👩\u200d💻", "क्\u200dष", "<b>mia</b>", "5", "x" * 40]
)
def test_a_name_is_shown_as_it_was_chosen(
    running: Running, lesson: RunningLesson, name: str
) -> None:
    lesson.join(running.address, name)
    assert name in {one["name"] for one in running.state()["learners"]}
    lesson.leave()


def test_texts_that_arent_unicode_are_refused(running: Running) -> None:
    with httpx.Client(base_url=running.page, trust_env=False) as browser:
        broken = b'{"code": "\\ud800", "key": "\\ud800"}'
        for path in ("/api/join", "/api/open"):
            assert browser.post(path, content=broken).status_code == 403


def test_a_wrong_code_or_key_opens_nothing(
    running: Running, lesson: RunningLesson
) -> None:
    at = running.address.partition("@")[2]
    assert "isn't this room's code" in repr(lesson.join(f"AAAAAAAA@{at}", "eve"))
    assert "no room" in repr(lesson.join("AAAAAAAA@127.0.0.1:9", "eve"))
    assert "ask whether the room" in repr(lesson.join("A@https://" + at, "eve"))
    assert "An address looks like" in repr(lesson.join("somewhere", "eve"))
    with httpx.Client(base_url=running.page, trust_env=False) as browser:
        assert browser.get("/api/view").status_code == 403
        assert browser.post("/api/open", json={"key": "x"}).status_code == 403
        assert browser.post("/api/report", json={"notebook": 1}).status_code == 401
        assert browser.post("/api/join", content=b"x" * 3000).status_code == 413


def test_a_room_that_cant_be_reached_costs_a_learner_no_time(
    running: Running, lesson: RunningLesson
) -> None:
    lesson.join(running.address, "bo")
    member = room.joined()
    assert member is not None
    away = {**asdict(member), "url": "http://127.0.0.1:9"}
    room._file().write_text(json.dumps(away))
    assert room.joined()
    began = time.monotonic()
    assert lesson.check("2.1").state == "not yet"
    assert time.monotonic() - began < 20


def test_the_room_is_the_same_after_a_restart(tmp_path: Path) -> None:
    first = Store(tmp_path / "room.sqlite3")
    token = first.join("mia")
    learner = first.who(token)
    assert learner is not None
    first.note(learner, Report(2, "2.1", "not yet", "duration"))
    assert (tmp_path / "room.sqlite3").stat().st_mode & 0o077 == 0
    again = Store(tmp_path / "room.sqlite3")
    assert (again.code, again.key, again.who(token)) == (first.code, first.key, learner)
    assert again.mistakes(60)[0]["mistake"] == "duration"
    again.note(learner, Report(2, "2.1", "correct"))
    again.note(learner, Report(2, "2.1", "not yet", "duration"))
    assert again.mistakes(60) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ada\n", "Ada"),
        ("<b>Zoë</b> 😀", "<b>Zoë</b> 😀"),
        ("\u202eevil", "evil"),
        ("\ud800 Bo", "Bo"),
        ("x" * 300, None),
        (" \u200f ", None),
        (None, None),
        (["Ada"], "['Ada']"),
    ],
)
def test_a_name_is_a_single_printable_line(
    running: Running, name: object, shown: str | None
) -> None:
    said = json.dumps({"code": running.address.partition("@")[0], "name": name})
    url = f"{running.page}api/join"
    answer = httpx.post(url, content=said, trust_env=False, timeout=60)
    assert answer.json().get("name") == shown
    assert answer.status_code == (201 if shown else 400)


def test_one_report_cannot_stop_the_others(running: Running) -> None:
    code = running.address.partition("@")[0]
    with httpx.Client(base_url=running.page, trust_env=False, timeout=60) as class_:

        def post(path: str, text: str, token: str = "") -> httpx.Response:
            bearer = {"Authorization": f"Bearer {token or 0}"}
            return class_.post(path, content=text.encode(), headers=bearer)

        def joined(name: str) -> str:
            said = json.dumps({"code": code, "name": name})
            return post("api/join", said).json()["token"]

        mallory, pia = joined("mallory"), joined("pia")
        odd = json.dumps({"notebook": 2, "exercise": "\ud800", "state": "\udfff\0"})
        assert post("api/report", odd, mallory).status_code == 204
        assert post("api/report", "[" * 1900, mallory).status_code == 400
        fine = json.dumps({"notebook": 3, "exercise": "3.1", "state": "correct"})
        assert post("api/report", fine, pia).status_code == 204
    [pia] = [one for one in running.state()["learners"] if one["name"] == "pia"]
    assert (pia["exercise"], pia["state"]) == ("3.1", "correct")


def test_a_full_disk_is_reported_and_later_reports_are_stored(tmp_path: Path) -> None:
    store = Store(tmp_path / "room.sqlite3")
    learner = store.who(store.join("mia"))
    assert learner is not None
    store._db.execute("PRAGMA max_page_count = 1")  # as if the disk were full
    code = {"code": store.code, "name": "noa"}

    async def join() -> httpx.Response:
        transport = httpx.ASGITransport(Room(store).app())
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as one:
            while True:
                answer = await one.post("/api/join", json=code)
                if answer.status_code != 201:
                    return answer

    answer = asyncio.run(join())
    assert (answer.status_code, answer.json()["detail"]) == (
        500,
        "database or disk is full",
    )
    with pytest.raises(sqlite3.OperationalError):
        for number in range(200):
            store.note(learner, Report(2, f"2.{number}", "x" * 60, "y" * 60))
    store._db.execute("PRAGMA max_page_count = 1000000")
    store.note(learner, Report(2, "2.1", "correct"))


def test_a_hundred_learners_at_once_are_seen_within_two_seconds(
    running: Running,
) -> None:
    code = running.address.partition("@")[0]

    async def learner(number: int) -> list[float]:
        where = urlsplit(running.page)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)

        async def post(path: str, body: Json, token: str = "") -> Json:
            text = json.dumps(body)
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
                f"Authorization: Bearer {token}\r\n"
                f"Content-Length: {len(text)}\r\n\r\n{text}".encode()
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            assert head.split()[1] in ("201", "204")
            length = re.search(r"content-length: (\d+)", head)
            found = await reader.readexactly(int(length[1])) if length else b""
            return json.loads(found) if found else {}

        said = {"code": code, "name": f"learner {number}"}
        token = (await post("/api/join", said))["token"]
        taken: list[float] = []
        for attempt in range(5):
            wrong = {"state": "not yet", "mistake": ("duration", "minutes")[number % 2]}
            right = {"state": "correct", "mistake": ""}
            report = {"notebook": 2, "exercise": f"2.{attempt % 3 + 1}"}
            outcome = right if attempt > 2 and number % 5 else wrong
            began = time.perf_counter()
            await post("/api/report", {**report, **outcome}, token)
            taken.append(time.perf_counter() - began)
        writer.close()
        return taken

    async def everybody() -> list[float]:
        found = await asyncio.gather(*map(learner, range(100)))
        return sorted(each for one in found for each in one)

    began = time.monotonic()
    taken = asyncio.run(everybody())
    reported = time.monotonic() - began
    began = time.monotonic()
    state = running.state()
    shown = time.monotonic() - began
    assert sum(one["name"].startswith("learner") for one in state["learners"]) == 100
    assert state["mistakes"][0]["people"] >= 50
    print(
        f"100 learners, 500 reports in {reported:.2f} s; the middle one took "
        f"{taken[250] * 1000:.0f} ms, the 99th of 100 {taken[495] * 1000:.0f} ms; "
        f"a page has the whole room {shown * 1000:.0f} ms after it opens"
    )


def test_the_page_survives_a_restart_and_takes_a_new_key(tmp_path: Path) -> None:
    room = Running(tmp_path)
    port = urlsplit(room.page).port
    with headless.chromium() as chromium:
        page = chromium.new_page()
        page.goto(f"{room.page}#key={room.key}")
        expect(page.locator("#counts")).to_have_text("0 learners")
        page.reload()
        expect(page.locator("#counts")).to_have_text("0 learners")
        room.stop()
        expect(page.locator("#counts")).to_contain_text("Trying again")
        room = Running(tmp_path, port)
        expect(page.locator("#counts")).to_have_text("0 learners")
        room.stop()
        (tmp_path / "room.sqlite3").unlink()  # a new class
        room = Running(tmp_path, port)
        expect(page.locator("#counts")).to_contain_text("Open the link")
        page.goto(f"{room.page}#key={room.key}")
        expect(page.locator("#counts")).to_have_text("0 learners")
    room.stop()


def test_a_hub_service_serves_the_room_below_its_path(tmp_path: Path) -> None:
    store = Store(tmp_path / "room.sqlite3")
    transport = httpx.ASGITransport(Room(store).app("/services/room/"))

    async def visit() -> None:
        async with httpx.AsyncClient(
            transport=transport, base_url="http://hub/services/room/"
        ) as hub:
            page = await hub.get("")
            assert "The room" in page.text
            assert page.headers["x-content-type-options"] == "nosniff"
            policy = page.headers["content-security-policy"]
            assert "frame-ancestors 'self'" in policy
            joined = await hub.post(
                "api/join", json={"code": store.code, "name": "mia"}
            )
            assert joined.status_code == 201
            opened = await hub.post("api/open", json={"key": store.key})
            cookie = opened.headers["set-cookie"].split("; ")
            assert {"HttpOnly", "SameSite=strict", "Path=/services/room/"} < {*cookie}

    asyncio.run(visit())


def test_a_room_that_answers_slowly_holds_up_no_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    monkeypatch.setattr(room, "_waiting", Queue(1))
    monkeypatch.setattr(room, "_sender", lambda: None)  # it's waiting for the room
    member = room.Membership("http://127.0.0.1:9", "token", "mia")
    keep_private(room._file(), json.dumps(asdict(member)).encode())
    reports = threading.Thread(
        target=lambda: [room.report(2) for _ in range(3)], daemon=True
    )
    reports.start()
    reports.join(5)
    assert not reports.is_alive()
    assert room._waiting.qsize() == 1
