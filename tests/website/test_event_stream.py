"""The events that Vonage sends, as a stream: each once, in order, across restarts."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from sandbox.running import Json
from waiting import eventually

from livechat_helpers.website import event_log, event_stream
from livechat_helpers.website.event_log import Delivery, EventLog, LoggedEvent
from livechat_helpers.website.event_stream import EventStream
from livechat_helpers.website.sign_in import COOKIE

from .conftest import MakeSite, Site
from .test_agent_api import signed_in
from .test_webhooks import deliver, signature


@contextmanager
def stream(agent: httpx.Client, **headers: str) -> Iterator[Iterator[tuple[int, Json]]]:
    """Yield the id and the event of each entry in a stream."""
    with agent.stream("GET", "/api/agent/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[tuple[int, Json]]:
    event_id = 0
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            event_id = int(value)
        elif name == "data":
            yield event_id, json.loads(value)


def say(site: Site, chat: Json, text: str) -> None:
    """Let the visitor of a chat write a message."""
    with site.caller(chat["jwt"]) as caller:
        path = f"/v1/conversations/{chat['conversation']['id']}/events"
        body = {"message_type": "text", "text": text}
        caller.post(path, json={"type": "message", "body": body}).raise_for_status()


def test_agents_follow_every_chat_live_and_resume_where_they_left_off(
    site: Site, chat: Json
) -> None:
    mine = chat["conversation"]["id"]
    said = [f"Message {number}" for number in range(20)]
    with signed_in(site) as agent:
        heard: list[tuple[int, str]] = []
        with stream(agent) as events:
            for text in said:
                say(site, chat, text)
            for event_id, event in events:
                if event["type"] == "message" and event["conversation_id"] == mine:
                    heard.append((event_id, event["body"]["text"]))
                if len(heard) == len(said):
                    break
        assert [text for _, text in heard] == said
        ids = [event_id for event_id, _ in heard]
        assert ids == sorted(set(ids))
        with stream(agent, **{"Last-Event-ID": str(ids[10])}) as events:
            again = [
                (event_id, event["body"]["text"])
                for event_id, event in (next(events) for _ in range(9))
                if event.get("conversation_id") == mine
            ]
        assert again == heard[11:]


def texts(events: Iterator[tuple[int, Json]], last: str) -> list[str]:
    """Return the texts of a stream's messages up to one."""
    found: list[str] = []
    for _, event in events:
        if event["type"] == "message":
            found.append(event["body"].get("text", ""))
        if found and found[-1] == last:
            break
    return found


def say_and_log(site: Site, chat: Json, text: str) -> None:
    """Let a visitor write, and wait for the log, because chats overtake each other."""
    say(site, chat, text)
    query = "SELECT count(*) FROM events WHERE body ->> '$.body.text' = ?"
    with sqlite3.connect(site.sandbox_dir / "website-events.sqlite3") as log:
        eventually(lambda: log.execute(query, (text,)).fetchone() != (0,))


def test_an_agent_only_gets_events_of_their_own_chats_and_the_queue(
    site: Site,
) -> None:
    with (
        signed_in(site) as agent,
        signed_in(site, "ada") as ada,
        signed_in(site, "ben") as ben,
        site.visitor() as one,
        site.visitor() as two,
        site.visitor() as three,
    ):
        adas, bens, queued = (
            each.post("/api/new").json() for each in (one, two, three)
        )
        for chat, to in ((adas, "ada"), (bens, "ben")):
            order = {"conversation": chat["conversation"]["id"], "to": to}
            agent.post("/api/agent/hand-over", json=order).raise_for_status()
        with stream(agent) as all_, stream(ada) as hers, stream(ben) as his:
            say_and_log(site, adas, "For Ada")
            say_and_log(site, bens, "For Ben")
            say_and_log(site, queued, "For anybody")
            assert texts(hers, "For anybody")[-2:] == ["For Ada", "For anybody"]
            assert texts(his, "For anybody")[-2:] == ["For Ben", "For anybody"]
            heard = texts(all_, "For anybody")
            assert not {"For Ada", "For Ben"} & set(heard)
            # The new agent gets what's handed over, and the old one nothing after that.
            order = {"conversation": adas["conversation"]["id"], "to": "ben"}
            agent.post("/api/agent/hand-over", json=order).raise_for_status()
            say_and_log(site, adas, "For Ben, too")
            say_and_log(site, queued, "Marker")
            assert texts(his, "Marker") == ["For Ben, too", "Marker"]
            assert texts(hers, "Marker") == ["Marker"]
        with stream(ada, **{"Last-Event-ID": "0"}) as events:
            assert not {"For Ben", "For Ada"} & set(texts(events, "Marker"))


def test_a_stream_ends_with_the_session_and_says_nothing_after_it(
    site: Site, chat: Json
) -> None:
    with signed_in(site) as agent:
        cookie = f"{COOKIE}={agent.cookies[COOKIE]}"
        with stream(agent) as events:
            say_and_log(site, chat, "Before")
            assert texts(events, "Before")[-1] == "Before"
            httpx.post(
                f"{site.url}/api/agent/sign-out",
                headers={"Cookie": cookie},
                trust_env=False,
            ).raise_for_status()
            say_and_log(site, chat, "After")
            for _, event in events:
                assert event["body"].get("text") != "After"
        again = agent.get("/api/agent/events")
        assert again.status_code == 401


@pytest.mark.parametrize("last", ["-1", "x", "1.5", str(2**70)])
def test_an_invalid_id_is_refused(site: Site, last: str) -> None:
    with signed_in(site) as agent:
        answer = agent.get("/api/agent/events", headers={"Last-Event-ID": last})
        assert answer.status_code == 400


def test_a_stream_ends_cleanly_with_its_server_and_continues_on_another(
    make_site: MakeSite,
) -> None:
    site = make_site()
    password = (site.sandbox_dir / "agent-password").read_text()
    with site.visitor() as browser:
        chat = browser.post("/api/new").json()
        browser.post("/api/jwt/agent", json={"password": password}).raise_for_status()
        second = site.start_website()
        url = second.ready()["url"]
        # An event that one process receives also comes from the other.
        elsewhere = browser.stream("GET", f"{url}/api/agent/events")
        with elsewhere as answer, stream(browser) as events:
            there = _events(answer.iter_lines())
            last = 0
            for kind in ("conversation:created", "member:joined", "member:joined"):
                last, event = next(events)
                assert event["type"] == kind
                assert next(there) == (last, event)
            assert site.website.stop() == 0
            assert list(events) == [], "the stream ends cleanly"
            assert site.website.errors() == ""
            say(site, chat, "Nobody is there")
            site.website = site.start_website()
            assert site.website.ready()["url"] == site.url
            with stream(browser, **{"Last-Event-ID": str(last)}) as events:
                _, event = next(events)
                assert event["body"]["text"] == "Nobody is there"
        second.kill()


def test_an_event_that_is_sent_again_is_kept_once_in_its_place(
    site: Site, visitor: httpx.Client
) -> None:
    body = b'{"type":"message","id":7,"body":{"text":"Once"}}'
    kept: list[list[tuple[int]]] = []
    for _ in range(3):  # the answer got lost, and Vonage signs again
        assert deliver(visitor, signature(site, body), body) == 204
        with sqlite3.connect(site.sandbox_dir / "website-events.sqlite3") as database:
            query = "SELECT id FROM events WHERE body = ?"
            kept.append(database.execute(query, (body.decode(),)).fetchall())
    assert len(kept[0]) == 1
    assert kept == [kept[0]] * 3


def test_an_event_is_stored_before_it_is_acknowledged_even_if_the_website_is_killed(
    site: Site,
) -> None:
    body = b'{"type":"message","id":8,"body":{"text":"Just then"}}'
    file = site.sandbox_dir / "website-events.sqlite3"
    website = site.start_website()
    url = website.ready()["url"]
    signed = {"Authorization": f"Bearer {signature(site, body)}"}

    def kept() -> int:
        with closing(sqlite3.connect(file)) as log:
            query = "SELECT count(*) FROM events WHERE body = ?"
            return log.execute(query, (body.decode(),)).fetchone()[0]

    with (
        closing(sqlite3.connect(file, isolation_level=None)) as other,
        httpx.Client(trust_env=False, timeout=60) as vonage,
        ThreadPoolExecutor(1) as thread,
    ):
        other.execute("BEGIN IMMEDIATE")  # the website can't write now
        address = f"{url}/webhooks/event"
        answer = thread.submit(vonage.post, address, content=body, headers=signed)
        for _ in range(50):  # until the website is storing it
            vonage.get(f"{url}/health").raise_for_status()
        website.kill()
        other.execute("COMMIT")
        assert answer.exception() or answer.result().status_code == 503
        assert kept() == 0
        address = f"{site.url}/webhooks/event"
        assert vonage.post(address, content=body, headers=signed).status_code == 204
        assert kept() == 1


def everything(events: Sequence[LoggedEvent]) -> Sequence[LoggedEvent]:
    """Let an agent read everything."""
    return events


async def forever() -> bool:
    """Sign an agent in."""
    return True


def delivery(number: int) -> Delivery:
    """Return a unique webhook."""
    return Delivery(f"jti-{number}", 2e9, f"hash-{number}", json.dumps({"n": number}))


def test_the_log_keeps_only_the_newest_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "MOST_KEPT", 10)
    log = EventLog(tmp_path / "log.sqlite3")

    async def fill() -> None:
        for start in range(0, 40, 8):
            batch = (log.take(delivery(n)) for n in range(start, start + 8))
            assert all(await asyncio.gather(*batch))

    asyncio.run(fill())
    assert [json.loads(body)["n"] for _, body in log.after(0, 100)] == [*range(30, 40)]


def test_an_event_is_on_disk_before_vonage_is_answered(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite3")
    [synchronous] = log._written.execute("PRAGMA synchronous").fetchone()
    assert synchronous == 2, "a commit waits for the disk"
    other = sqlite3.connect(tmp_path / "log.sqlite3", isolation_level=None)

    async def take() -> None:
        other.execute("BEGIN IMMEDIATE")  # nobody else can write now
        taking = asyncio.create_task(log.take(delivery(1)))
        done, _ = await asyncio.wait({taking}, timeout=0.5)
        assert not done
        assert log.after(0, 100) == []
        other.execute("COMMIT")
        assert await taking
        query = "SELECT body FROM events"
        assert other.execute(query).fetchall() == [('{"n": 1}',)]

    asyncio.run(take())


def test_a_full_disk_is_reported_to_vonage_and_not_to_others(
    tmp_path: Path,
) -> None:
    log = EventLog(tmp_path / "log.sqlite3")

    async def take() -> None:
        assert await log.take(delivery(1))
        log._written.execute("PRAGMA query_only = ON")
        with pytest.raises(sqlite3.Error):
            await log.take(delivery(2))
        log._written.execute("PRAGMA query_only = OFF")
        assert await log.take(delivery(2))

    asyncio.run(take())
    assert len(log.after(0, 100)) == 2


def test_a_silent_stream_has_a_heartbeat_and_ends_eventually(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.0)
    monkeypatch.setattr(event_stream, "LONGEST", 1.2)
    events = EventStream(EventLog(tmp_path / "log.sqlite3"))

    async def listen() -> list[str]:
        return [part async for part in events.follow(None, everything, forever)]

    said = asyncio.run(listen())
    assert said[0] == "retry: 2000\n\n"
    assert set(said[1:]) == {": still here\n\n"}


def test_new_clients_get_the_newest_events_and_returning_ones_get_all(
    tmp_path: Path,
) -> None:
    log = EventLog(tmp_path / "log.sqlite3")

    async def read(last: int | None, count: int) -> list[int]:
        following = EventStream(log).follow(last, everything, forever)
        await anext(following)
        parts = [await anext(following) for _ in range(count)]
        return [int(part.partition("\n")[0].removeprefix("id: ")) for part in parts]

    async def both() -> tuple[list[int], list[int]]:
        await asyncio.gather(*(log.take(delivery(n)) for n in range(350)))
        return await read(None, 100), await read(0, 350)

    newest, whole = asyncio.run(both())
    assert newest == [*range(251, 351)]
    assert whole == [*range(1, 351)]


def test_the_pages_see_an_event_at_once(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite3")

    async def listen() -> str:
        following = EventStream(log).follow(None, everything, forever)
        await anext(following)
        hearing = asyncio.ensure_future(anext(following))
        await log.take(delivery(1))
        return await hearing

    assert asyncio.run(listen()) == 'id: 1\ndata: {"n": 1}\n\n'


def test_a_silent_stream_ends_when_the_agent_signs_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.0)
    monkeypatch.setattr(event_stream, "LONGEST", 1.2)
    events = EventStream(EventLog(tmp_path / "log.sqlite3"))

    async def signed_out() -> bool:
        return False

    async def listen() -> list[str]:
        return [part async for part in events.follow(0, everything, signed_out)]

    assert asyncio.run(listen()) == ["retry: 2000\n\n"]


def test_old_signatures_are_forgotten(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.sqlite3")

    async def take() -> None:
        for number, until in enumerate((1.0, 2e9, 2e9)):
            assert await log.take(Delivery(f"jti-{number}", until, f"{number}", "{}"))

    asyncio.run(take())
    query = "SELECT jti FROM seen ORDER BY jti"
    assert log._written.execute(query).fetchall() == [("jti-1",), ("jti-2",)]
