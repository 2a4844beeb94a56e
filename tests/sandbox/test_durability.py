"""Power cuts: everything that was answered is there afterwards, once and complete."""

import contextlib
import itertools
import json
import random
import sqlite3
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from waiting import eventually
from websockets.exceptions import WebSocketException

from . import running
from .callers import Application, basic, message
from .running import Json, Program
from .sockets import Session

CLIENTS = 4
NOBODY = "http://127.0.0.1:9/events"
"""A receiver that isn't running, so the webhooks wait."""


class Writer(threading.Thread):
    """A client that writes until the sandbox dies, and records the answers."""

    def __init__(self, app: Application, conversation: str, url: str) -> None:
        super().__init__(daemon=True)
        self.answered: dict[int, str] = {}
        self.refused: list[bytes] = []
        self._where = urlsplit(url).netloc
        self._path = f"/v1/conversations/{conversation}/events"
        self._headers = {"Authorization": f"Bearer {app.minter.mint()}"}
        self.start()

    def run(self) -> None:
        http = HTTPConnection(self._where, timeout=60)
        with contextlib.suppress(OSError, HTTPException), contextlib.closing(http):
            for number in itertools.count():
                text = f"{self.name} {number}"
                http.request(
                    "POST", self._path, json.dumps(message(text)), self._headers
                )
                with http.getresponse() as answer:
                    told = answer.read()  # it is cut short if the power goes out
                if answer.status != 201:
                    self.refused.append(told)
                    return
                self.answered[json.loads(told)["id"]] = text


class Listener(threading.Thread):
    """A session that records what it receives until the sandbox dies.

    session_id: of the session to continue; None for a new one.
    """

    def __init__(self, app: Application, url: str, session_id: str | None) -> None:
        super().__init__(daemon=True)
        self.session_id = session_id
        self.heard: dict[int, str] = {}
        self.refused: list[str] = []
        self._url = url
        self._token = app.token("alice")
        self.start()

    def run(self) -> None:
        known = {"session_id": self.session_id} if self.session_id else {}
        with contextlib.suppress(OSError, EOFError, WebSocketException):
            try:
                session = Session(self._url, self._token, **known)
            except AssertionError as error:
                self.refused.append(repr(error))
                return
            with session:
                self.session_id = session.id
                while True:
                    _, event = session.event()
                    self.heard[event["id"]] = event["body"].get("text")


def read_all(folder: Path, conversation: str) -> dict[int, str]:
    """Check the file, and return the messages in it."""
    file = sqlite3.connect(folder / "sandbox.sqlite3")
    try:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = file.execute(
            "SELECT id, body ->> 'text' FROM events WHERE conversation_id = ?"
            " ORDER BY id",
            (conversation,),
        ).fetchall()
        waiting = file.execute(
            "SELECT body ->> 'id' FROM webhooks WHERE conversation_id = ?"
            " AND body ->> 'id' NOT NULL ORDER BY position",
            (conversation,),
        ).fetchall()
        [[last]] = file.execute(
            "SELECT sequence_number FROM conversations WHERE id = ?", (conversation,)
        ).fetchall()
    finally:
        file.close()
    ids = [row[0] for row in rows]
    assert ids == list(range(1, len(ids) + 1)), "there's no gap, and no id twice"
    assert last == len(ids)
    queued = [row[0] for row in waiting]
    assert queued, "nobody takes them"
    assert queued == list(range(queued[0], last + 1)), "each event has its webhook"
    return dict(rows)


def wait_until_at_work(listener: Listener, writers: list[Writer]) -> None:
    """Wait for an answer and for an event."""
    eventually(lambda: listener.heard and any(w.answered for w in writers))


def cut_the_power(folder: Path, key: RSAPrivateKey, rounds: int) -> None:
    """Kill a sandbox repeatedly while clients write to it."""
    program = running.sandbox(folder)
    ready = program.ready()
    http = httpx.Client(base_url=ready["http"], trust_env=False)
    account = basic(http, ready)
    app = Application(http, account, key)
    rtc = {"webhooks": {"event_url": {"address": NOBODY}}}
    fields = {"name": "Power cuts", "capabilities": {"rtc": rtc}}
    assert account.put(f"/v2/applications/{app.id}", fields).status_code == 200
    conversation, _ = app.chat("alice")
    answered: dict[int, str] = {}
    heard: dict[int, str] = {}
    session_id: str | None = None
    for number in range(rounds):
        listener = Listener(app, ready["http"], session_id)
        writers = [Writer(app, conversation, ready["http"]) for _ in range(CLIENTS)]
        # Every other time, it's killed at any moment, even before the first write.
        if number % 2:
            wait_until_at_work(listener, writers)
        time.sleep(random.uniform(0, 0.08))
        program.kill()
        listener.join(timeout=60)
        assert not listener.is_alive()
        assert listener.refused == [], "a session continues after a power cut"
        session_id = listener.session_id
        heard |= listener.heard
        for writer in writers:
            writer.join(timeout=60)
            assert not writer.is_alive()
            assert writer.refused == []
            assert not answered.keys() & writer.answered.keys(), "an id was reused"
            answered |= writer.answered
        if number % 10 == 9 or number == rounds - 1:
            kept = read_all(folder, conversation)
            for known in (answered, heard):
                lost = {id: text for id, text in known.items() if kept.get(id) != text}
                assert lost == {}
            assert len(set(kept.values())) == len(kept), "a message is there twice"
            unanswered = len(kept) - 1 - len(answered)  # one is alice's join
            assert unanswered <= (number + 1) * CLIENTS, (
                "there's more than was in progress"
            )
        program = running.sandbox(folder)
        assert program.ready() == ready, "it comes back at the same address"
    assert len(answered) >= rounds // 2, "the clients have written"
    assert len(heard) >= rounds // 2, "the session has received something"
    after = app.say(conversation, "after all that")
    assert after["id"] == len(read_all(folder, conversation))
    assert program.stop() == 0
    http.close()


@pytest.mark.parametrize("cuts", [5, pytest.param(200, marks=pytest.mark.weekly)])
@pytest.mark.timeout(900)  # a start takes seconds on a busy machine
def test_power_cuts_lose_nothing_that_was_confirmed(
    tmp_path: Path, key: RSAPrivateKey, cuts: int
) -> None:
    cut_the_power(tmp_path, key, cuts)


def test_everything_survives_a_restart(tmp_path: Path, key: RSAPrivateKey) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        account = basic(http, ready)
        app = Application(http, account, key)
        conversation, [alice] = app.chat("alice")
        said = app.say(conversation, "Hello", alice)

        def everything() -> list[Json]:
            return [
                caller.get(path).json()
                for caller, path in (
                    (account, "/v2/applications"),
                    (app.admin, "/v1/users/alice"),
                    (app.admin, f"/v1/conversations/{conversation}"),
                    (app.admin, f"/v1/conversations/{conversation}/members/{alice}"),
                    (app.admin, f"/v1/conversations/{conversation}/events"),
                )
            ]

        before = everything()
        for end in (Program.stop, Program.kill):
            end(program)
            program = running.sandbox(tmp_path)
            assert program.ready() == ready, "the same ports, account and authority"
            assert everything() == before
        assert app.say(conversation, "next")["id"] == said["id"] + 1
    program.stop()
