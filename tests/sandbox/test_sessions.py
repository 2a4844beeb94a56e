"""Sessions over REST: listed, opened before a websocket, and ended."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from livechat_helpers.sandbox.remote import connect
from livechat_helpers.sandbox.testing import in_process
from livechat_helpers.sandbox.testing import running as run

from . import running
from .callers import Application, Caller
from .running import Json
from .sockets import Session, Socket
from .test_options import application


def test_a_users_sessions_are_listed(app: Application, ready: Json) -> None:
    app.user("alice")
    app.user("bob")
    alice = app.caller("alice")
    with (
        Session(ready["http"], app.token("alice")) as one,
        Session(ready["http"], app.token("alice")) as other,
        Session(ready["http"], app.token("bob")),
    ):
        listed = alice.get("/v0.3/users/me/sessions").json()
        sessions = listed["_embedded"]["sessions"]
        assert [session["id"] for session in sessions] == [one.id, other.id]
        embedded = sessions[0]["_embedded"]
        assert embedded["user"]["name"] == "alice"
        assert embedded["api_key"] == ready["api_key"]
        assert sessions[0]["properties"]["ttl"] > 0
        assert app.admin.get("/v1/users/alice/sessions").json()["_embedded"]
        page = alice.get("/v0.3/users/me/sessions", page_size=1).json()
        assert "next" in page["_links"]
        refused = alice.get("/v0.3/users/bob/sessions")
        assert refused.status_code == 403, "not somebody else's"


def test_a_websocket_can_continue_a_session_opened_over_rest(
    app: Application, ready: Json
) -> None:
    app.user("alice")
    made = app.caller("alice").post("/v0.3/sessions")
    assert made.status_code == 201
    with Session(ready["http"], app.token("alice"), session_id=made.json()["id"]) as it:
        assert it.id == made.json()["id"]


def test_a_session_can_be_ended_over_rest(app: Application, ready: Json) -> None:
    app.user("alice")
    alice = app.caller("alice")
    with Session(ready["http"], app.token("alice")) as session:
        path = f"/v0.3/sessions/{session.id}"
        assert alice.post(f"{path}/touch").status_code == 204
        assert alice.delete(path).status_code == 204
        assert session.ended() == ["41"], "its client is told that it has ended"
        assert alice.delete(path).status_code == 404
        assert alice.post(f"{path}/touch").status_code == 404


def test_nobody_can_end_somebody_elses_session(app: Application, ready: Json) -> None:
    app.user("alice")
    app.user("bob")
    with Session(ready["http"], app.token("alice")) as session:
        refused = app.caller("bob").delete(f"/v0.3/sessions/{session.id}")
        assert refused.status_code == 404
        assert refused.json()["code"] == "session:error:not-found"


def test_a_session_that_a_power_cut_ended_is_forgotten_eventually(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    program = running.sandbox(tmp_path)
    url = program.ready()["http"]
    app = application(connect(tmp_path), key)
    app.user("alice")
    with Session(url, app.token("alice")) as session:
        program.kill()
    program = running.sandbox(tmp_path)
    program.ready()
    with Session(url, app.token("alice"), session_id=session.id) as again:
        assert again.id == session.id, "at first, it can come back"
        program.kill()
    program = running.sandbox(tmp_path)
    program.ready()
    connect(tmp_path).clock.step(16 * 60)
    token = app.token("alice", seconds=3600)
    with Socket(url, token=token, session_id=session.id) as late:
        late.join()
        assert late.ended() == ["41"]
    assert program.stop() == 0


async def _delete_and_open(
    folder: Path, admin: Caller, alice: Caller
) -> list[httpx.Response]:
    """Delete alice while she opens sessions. The deletion wins."""
    async with in_process(folder) as http:
        return await asyncio.gather(
            http.delete("/v1/users/alice", headers=admin.headers),
            *(http.post("/v0.3/sessions", headers=alice.headers) for _ in range(8)),
        )


def test_a_user_being_deleted_gets_no_session(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    with run(tmp_path) as sandbox:
        app = application(sandbox, key)
        app.user("alice")
    deleted, *opened = asyncio.run(
        _delete_and_open(tmp_path, app.admin, app.caller("alice"))
    )
    assert deleted.status_code == 204
    assert {answer.status_code for answer in opened} == {404}
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as file:
        assert file.execute("SELECT count(*) FROM sessions").fetchone() == (0,)


def test_sessions_that_nobody_continues_are_deleted(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    with run(tmp_path) as sandbox:
        app = application(sandbox, key)
        app.user("alice")
        alice = app.bearer(app.token("alice", seconds=3600))
        for minutes in (0, 0, 16):
            sandbox.clock.step(minutes * 60)
            assert alice.post("/v0.3/sessions").status_code == 201
        with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as file:
            assert file.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
