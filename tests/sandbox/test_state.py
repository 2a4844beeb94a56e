"""Snapshots of the state, repeatable ids, and a clock that can be set."""

import asyncio
import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from waiting import eventually

from livechat_helpers.sandbox.local_vonage import Options, Sandbox
from livechat_helpers.sandbox.remote import RemoteSandbox, SandboxError
from livechat_helpers.sandbox.rules import expiry
from livechat_helpers.sandbox.testing import in_process, running

from .callers import Application, Caller
from .receivers import Receiver
from .running import Json
from .sockets import Session, Socket
from .test_options import application


@pytest.fixture(scope="module")
def one() -> Iterator[RemoteSandbox]:
    """A sandbox that only the tests of this module use."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(one: RemoteSandbox) -> RemoteSandbox:
    """An empty sandbox."""
    one.reset()
    return one


@pytest.fixture
def chat(sandbox: RemoteSandbox, key: RSAPrivateKey) -> Application:
    """An application on the sandbox."""
    return application(sandbox, key)


def everything(app: Application) -> list[Json]:
    """Return what an application has: users, conversations, members and events."""
    found = [app.admin.get("/v1/users").json()["_embedded"]]
    conversations = app.admin.get("/v1/conversations").json()["_embedded"]
    found.append(conversations)
    for conversation in conversations["conversations"]:
        path = f"/v1/conversations/{conversation['id']}"
        found += [app.admin.get(path + part).json() for part in ("/members", "/events")]
    return found


def test_a_reset_leaves_nothing_but_the_account(
    sandbox: RemoteSandbox, chat: Application, key: RSAPrivateKey
) -> None:
    chat.chat("alice")
    with Session(sandbox.url, chat.token("alice")) as session:
        sandbox.reset()
        assert session.ended()[-1] == "41", "sessions end"
    assert len(sandbox.trace()) == 0
    listed = chat.account.get("/v2/applications").json()
    assert (listed["total_items"], listed["total_pages"]) == (0, 1)
    assert chat.admin.get("/v1/users").status_code == 401, "so do applications"
    again = application(sandbox, key)
    assert everything(again)[:2] == [{"users": []}, {"conversations": []}]


def test_a_snapshot_is_restored_as_a_whole(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    conversation, [alice] = chat.chat("alice")
    chat.say(conversation, "Hello", alice)
    before = everything(chat)
    sandbox.snapshot("before-the-break")
    chat.say(conversation, "lost")
    chat.user("bob")
    chat.admin.delete("/v1/users/alice")
    sandbox.reset()
    for _ in range(2):
        sandbox.restore("before-the-break")
        assert everything(chat) == before
        assert chat.say(conversation, "on")["id"] == 3, "ids continue from there"


def test_a_snapshot_survives_the_process(tmp_path: Path, key: RSAPrivateKey) -> None:
    with running(tmp_path) as sandbox:
        app = application(sandbox, key)
        app.user("alice")
        sandbox.snapshot("lesson-2")
        folder = tmp_path / "snapshots"
        assert folder.stat().st_mode & 0o077 == 0
        (folder / "lesson-3.half").write_text("as if a power cut had ended it")
        sandbox.snapshot("lesson-3")
        app.user("bob")
    with running(tmp_path) as sandbox:
        sandbox.restore("lesson-3")
        app.http.base_url = sandbox.url
        assert len(everything(app)[0]["users"]) == 1


@pytest.mark.parametrize("name", ["nothing", "../../etc", "a b", "x" * 65, "."])
def test_a_state_that_was_never_saved_cannot_be_restored(
    sandbox: RemoteSandbox, chat: Application, name: str
) -> None:
    chat.user("alice")
    with pytest.raises(SandboxError):
        sandbox.restore(name)
    assert len(everything(chat)[0]["users"]) == 1, "and nothing is lost"


def ids(sandbox: RemoteSandbox, key: RSAPrivateKey) -> list[str]:
    """Do the same steps every time, and return the new ids."""
    app = application(sandbox, key)
    conversation, [member] = app.chat("alice")
    return [app.id, conversation, member, app.user("bob")["id"]]


def test_a_seed_produces_the_same_ids_again(
    sandbox: RemoteSandbox, key: RSAPrivateKey
) -> None:
    sandbox.reset(seed="lesson 3")
    first = ids(sandbox, key)
    sandbox.reset(seed="lesson 3")
    assert ids(sandbox, key) == first
    sandbox.reset(seed="lesson 4")
    assert not {*ids(sandbox, key)} & {*first}
    sandbox.reset()
    assert not {*ids(sandbox, key)} & {*first}


def test_a_restarted_sandbox_with_a_seed_uses_no_id_twice(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    made: list[str] = []
    for run in range(3):
        with running(tmp_path, Options(seed="7")) as sandbox:
            app = application(sandbox, key)
            made += [app.id, app.user(f"user {run}")["id"]]
            with Session(sandbox.url, app.token(f"user {run}")) as session:
                made.append(session.id)
    assert len({*made}) == 9


def test_a_restored_state_with_a_seed_continues_with_its_own_ids(
    sandbox: RemoteSandbox, key: RSAPrivateKey
) -> None:
    sandbox.reset(seed="7")
    first = application(sandbox, key)
    sandbox.snapshot("one-application")
    second = application(sandbox, key)
    again = []
    for _ in range(2):
        sandbox.restore("one-application", seed="7")
        again.append(application(sandbox, key).id)
    assert again[0] == again[1]
    assert again[0] not in (first.id, second.id)


class Slow:
    """A verified request that hasn't sent its body yet."""

    def __init__(self, caller: Caller, path: str) -> None:
        url = caller.http.base_url
        self._socket = socket.create_connection((url.host, url.port), timeout=60)
        self._body = json.dumps({"name": "late"}).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {url.host}\r\nConnection: close\r\n"
            f"Authorization: {caller.headers['Authorization']}\r\n"
            f"Content-Length: {len(self._body)}\r\nExpect: 100-continue\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        # The server asks for the body.
        assert b"100 Continue" in self._socket.recv(1000)

    def status(self) -> int:
        """Send the body and return the status of the answer."""
        with self._socket:
            self._socket.sendall(self._body)
            return int(self._socket.recv(1000).split()[1])


@pytest.mark.parametrize("end", ["reset", "deletion"])
@pytest.mark.parametrize("path", ["/v1/users", "/v1/conversations", "/beta/users"])
def test_a_token_verified_before_the_end_writes_nothing_after_it(
    tmp_path: Path, key: RSAPrivateKey, end: str, path: str
) -> None:
    with running(tmp_path) as sandbox:
        app = application(sandbox, key)
        late = Slow(app.admin, path)
        if end == "reset":
            sandbox.reset()
        else:
            info = sandbox.info
            basic = (info.api_key, info.api_secret.get_secret_value())
            gone = app.http.delete(f"/v2/applications/{app.id}", auth=basic)
            assert gone.status_code == 204
        assert late.status() == 401
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as file:
        for table in ("users", "conversations"):
            assert file.execute(f"SELECT * FROM {table}").fetchall() == []


async def _first_ids(folder: Path) -> list[str]:
    """Reset twice while somebody waits to write; return the id of the next write."""
    sandbox = Sandbox(folder, Options(synchronous="OFF"))
    made = []
    for _ in range(2):
        _, first = await asyncio.gather(
            sandbox.state.reset("lesson"), sandbox.store.write(lambda tx: tx.ids.new())
        )
        made.append(first)
    sandbox.stop()
    await sandbox.close()
    return made


def test_the_first_write_after_a_reset_has_the_first_id(tmp_path: Path) -> None:
    first, again = asyncio.run(_first_ids(tmp_path))
    assert first == again


async def _keep_at_once(folder: Path, basic: tuple[str, str]) -> set[int]:
    async with in_process(folder) as http:
        answers = await asyncio.gather(
            *(http.put("/_sandbox/snapshots/same", auth=basic) for _ in range(8))
        )
    return {answer.status_code for answer in answers}


def test_many_can_save_one_name_at_the_same_time(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    with running(tmp_path) as sandbox:
        application(sandbox, key).user("alice")
        info = sandbox.info
    basic = (info.api_key, info.api_secret.get_secret_value())
    assert asyncio.run(_keep_at_once(tmp_path, basic)) == {204}
    assert [file.name for file in (tmp_path / "snapshots").iterdir()] == [
        "same.sqlite3"
    ]


def test_a_session_saved_while_connected_counts_as_away_after_a_restore(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    chat.user("alice")
    with Session(sandbox.url, chat.token("alice")) as session:
        sandbox.snapshot("connected")
    sandbox.restore("connected")
    with Session(sandbox.url, chat.token("alice"), session_id=session.id) as again:
        assert again.id == session.id, "at first, it can come back"
    sandbox.restore("connected")
    sandbox.clock.step(16 * 60)
    token = chat.token("alice", seconds=3600)
    with Socket(sandbox.url, token=token, session_id=session.id) as late:
        late.join()
        assert late.ended() == ["41"]


def test_an_invitation_undone_by_a_restore_isnt_delivered(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    chat.user("alice")
    with Session(sandbox.url, chat.token("alice")) as session:
        pass
    health = f"{sandbox.url}/_sandbox/health"
    eventually(lambda: chat.http.get(health).json()["sessions"] == 0)
    sandbox.snapshot("uninvited")
    chat.member(chat.conversation(), "alice", "invited")
    sandbox.restore("uninvited")
    with Session(sandbox.url, chat.token("alice"), session_id=session.id) as again:
        assert "pending_events" not in again.user


def test_after_a_restore_the_restored_members_get_the_events(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    conversation, [alice] = chat.chat("alice")
    sandbox.snapshot("alice-is-in")
    path = f"/v1/conversations/{conversation}/members/{alice}"
    assert chat.admin.patch(path, {"state": "left"}).status_code == 200
    chat.say(conversation, "without alice")
    sandbox.restore("alice-is-in")
    with Session(sandbox.url, chat.token("alice")) as session:
        chat.say(conversation, "with alice")
        assert session.event()[1]["body"]["text"] == "with alice"


def test_a_snapshot_of_an_older_sandbox_empties_the_tables_it_did_not_have(
    tmp_path: Path,
) -> None:
    with running(tmp_path, Options(seed="7")) as sandbox:
        sandbox.snapshot("old")
        with closing(sqlite3.connect(tmp_path / "snapshots/old.sqlite3")) as file:
            file.executescript("DROP TABLE starts")
        sandbox.restore("old")
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as file:
        assert file.execute("SELECT * FROM starts").fetchall() == []


def test_after_a_reset_the_id_of_a_token_is_new(key: RSAPrivateKey) -> None:
    with running(options=Options(strict_jwt=True)) as sandbox:
        for seconds in (600, 601):
            sandbox.reset(seed="lesson")
            app = application(sandbox, key)
            token = app.minter.mint(seconds=seconds, claims={"jti": "1"})
            assert app.bearer(token).get("/v1/users").status_code == 200


def test_an_hour_later_a_token_has_expired_and_its_session_ends(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    chat.user("alice")
    token = chat.token("alice", seconds=900)
    with Session(sandbox.url, token) as session:
        before = sandbox.clock.now()
        assert sandbox.clock.step(600) - before >= timedelta(seconds=600)
        assert chat.bearer(token).get("/v0.3/users/me").status_code == 200
        sandbox.clock.step(600)
        answer = chat.bearer(token).get("/v0.3/users/me")
        assert answer.json()["code"] == "system:error:expired-token"
        assert session.ended()[-1] == "41"
    sandbox.clock.run()
    assert chat.bearer(token).get("/v0.3/users/me").status_code == 200
    assert abs(sandbox.clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_conversation_ends_with_its_ttl(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    made = chat.conversation(properties={"ttl": 3600})
    admin = chat.bearer(chat.minter.mint(seconds=40_000))
    sandbox.clock.step(3500)
    assert admin.get(f"/v1/conversations/{made}").status_code == 200
    sandbox.clock.step(200)
    assert admin.get(f"/v1/conversations/{made}").status_code == 404


def test_a_step_of_the_clock_ends_all_conversations_that_are_due(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    with Receiver() as receiver:
        callback = {"url": receiver.url, "event_mask": "conversation:deleted"}
        for _ in range(45):
            chat.conversation(properties={"ttl": 3600}, callback=callback)
        sandbox.clock.stop(sandbox.clock.now() + timedelta(seconds=3500))
        time.sleep(0.5)
        assert receiver.received == []
        sandbox.clock.step(200)
        eventually(lambda: len(receiver.received) == 45)


def test_a_restored_conversation_ends_with_its_ttl(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    with Receiver() as receiver:
        callback = {"url": receiver.url, "event_mask": "conversation:deleted"}
        chat.conversation(properties={"ttl": 3600}, callback=callback)
        sandbox.snapshot("short")
        sandbox.reset()
        sandbox.clock.step(3700)
        time.sleep(0.5)
        assert receiver.received == [], "it doesn't outlive its ttl"
        sandbox.restore("short")
        sandbox.clock.step(3700)
        eventually(lambda: len(receiver.received) == 1)


def test_an_expiry_that_the_file_refused_once_is_retried(
    tmp_path: Path,
    key: RSAPrivateKey,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(expiry, "_AFTER_TROUBLE", 0.1)
    told: list[str] = []

    def complained() -> bool:
        told.append(capsys.readouterr().err)
        return "cannot use its file: database is locked" in "".join(told)

    with (
        running(tmp_path) as sandbox,
        Receiver() as receiver,
        closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as other,
    ):
        chat = application(sandbox, key)
        callback = {"url": receiver.url, "event_mask": "conversation:deleted"}
        for seconds in (3600, 3700):
            chat.conversation(properties={"ttl": seconds}, callback=callback)
        other.execute("BEGIN IMMEDIATE")  # Nobody else can write until it ends.
        sandbox.clock.step(3700)
        eventually(complained)
        assert receiver.received == []
        other.execute("ROLLBACK")
        eventually(lambda: len(receiver.received) == 2)


def test_a_stopped_calendar_writes_one_time_and_keeps_tokens_valid(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    sandbox.clock.stop(datetime(2026, 1, 2, 9, tzinfo=UTC))
    conversation, [alice] = chat.chat("alice")
    written = {chat.say(conversation, text, alice)["timestamp"] for text in "abc"}
    assert written == {"2026-01-02T09:00:00.000Z"}
    sandbox.clock.step(1.5)
    assert chat.say(conversation, "d")["timestamp"] == "2026-01-02T09:00:01.500Z"


@pytest.mark.parametrize("seconds", [-1, 1e18, 1e12])
def test_an_impossible_step_is_refused(sandbox: RemoteSandbox, seconds: float) -> None:
    with pytest.raises(SandboxError, match=r"go forward|safe number"):
        sandbox.clock.step(seconds)
    assert abs(sandbox.clock.now().timestamp() - time.time()) < 60


def test_only_the_account_can_change_the_state(
    sandbox: RemoteSandbox, chat: Application
) -> None:
    chat.user("alice")
    for method, path in (
        ("POST", "/_sandbox/reset"),
        ("PUT", "/_sandbox/snapshots/x"),
        ("POST", "/_sandbox/snapshots/x/restore"),
        ("PATCH", "/_sandbox/clock"),
    ):
        refused = chat.admin.call(method, path, {})
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
    assert len(everything(chat)[0]["users"]) == 1
