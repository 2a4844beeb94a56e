"""Live events in client-sdk 2.3.1's raw frames: login, events, drops and the end."""

import json
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from waiting import eventually
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from livechat_helpers.tokens import Minter, acl

from . import running
from .callers import Application, Caller, basic, message
from .conftest import MakeApplication, StepClock
from .running import Json, Program
from .sockets import FIRST_LOGIN, OldSocket, Session, Socket


@pytest.fixture
def url(ready: Json) -> str:
    """The plain listener."""
    return ready["http"]


LogIn = Callable[..., Session]


@pytest.fixture
def log_in(app: Application, url: str, request: pytest.FixtureRequest) -> LogIn:
    """Return a function that logs a user in; the test's end closes the sockets."""

    def open_session(name: str, **more: str) -> Session:
        session = Session(url, app.token(name), **more)
        request.addfinalizer(session.close)
        return session

    return open_session


def open_sessions(app: Application) -> int:
    """Return how many sessions the sandbox has open."""
    return app.http.get("/_sandbox/health").json()["sessions"]


def test_the_server_opens_connections_like_engine_io_4(url: str) -> None:
    with Socket(url) as stranger:
        opening = stranger.join()
    assert opening["sid"]
    assert opening["upgrades"] == []
    assert (opening["pingInterval"], opening["pingTimeout"]) == (25000, 20000)


def test_a_login_returns_the_users_identity(
    app: Application, log_in: LogIn, ready: Json
) -> None:
    user = app.user("alice")
    session = log_in("alice")
    assert session.id
    assert session.user == {
        "id": session.id,
        "user_id": user["id"],
        "name": "alice",
        "api_key": ready["api_key"],
    }


def refusal(url: str, **query: str) -> tuple[str, Json]:
    """Return the event that refuses a first login."""
    with Socket(url, **FIRST_LOGIN, **query) as stranger:
        stranger.join()
        name, payload = stranger.event()
        stranger.send("41")  # the SDK disconnects after a refusal
        assert stranger.ended() == []
    return name, payload


def test_each_refused_login_gets_the_reason(app: Application, url: str) -> None:
    app.user("alice")
    other_key = Minter(app.id, rsa.generate_private_key(65537, 2048))
    everything = acl(["/**"])
    for token, wanted in (
        ("junk", "system:error:invalid-token"),
        ("", "system:error:invalid-token"),
        (other_key.mint("alice", everything), "system:error:invalid-token"),
        (app.token("alice", seconds=-1), "system:error:expired-token"),
        (app.token("nobody"), "user:error:invalid-user"),
        (app.minter.mint(), "user:error:invalid-user"),
        (app.minter.mint("alice"), "system:error:permission"),
        (app.token("alice", "/*/conversations/**"), "system:error:permission"),
    ):
        name, payload = refusal(url, token=token)
        assert name == wanted
        assert payload["body"]["title"]
    no_token, _ = refusal(url)
    assert no_token == "system:error:invalid-token"
    resumed, _ = refusal(url, token=app.token("alice"), session_id="SES-unknown")
    assert resumed == "session:error:invalid"


def test_a_visitors_token_is_enough_to_log_in(app: Application, url: str) -> None:
    conversation, _ = app.chat("alice")
    token = app.token("alice", "/*/sessions/**", f"/*/conversations/{conversation}/**")
    with Session(url, token) as session:
        app.say(conversation, "Hello")
        assert session.event()[0] == "message"


def test_a_message_reaches_everybody_including_its_sender(
    app: Application, log_in: LogIn
) -> None:
    conversation, [alice, _] = app.chat("alice", "bob")
    user = app.admin.get("/v1/users/alice").json()
    sessions = [log_in("alice"), log_in("bob")]
    answer = app.caller("alice").post(
        f"/v0.3/conversations/{conversation}/events",
        {"cid": conversation, **message("hello agent"), "from": alice},
    )
    for session in sessions:
        name, payload = session.event()
        assert name == "message"
        assert payload == {
            "id": 3,
            "cid": conversation,
            "timestamp": answer.json()["timestamp"],
            "body": {"message_type": "text", "text": "hello agent"},
            "application_id": app.id,
            "from": alice,
            "_embedded": {
                "from_user": {
                    "id": user["id"],
                    "name": "alice",
                },
                "from_member": {"id": alice},
            },
        }


def test_two_sessions_of_one_user_get_the_same_events(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice")
    one, two = log_in("alice"), log_in("alice")
    assert one.id != two.id
    app.say(conversation, "Hello")
    assert one.event() == two.event()


def test_nobody_gets_another_conversations_events(
    app: Application, log_in: LogIn
) -> None:
    first, _ = app.chat("alice")
    second, _ = app.chat("bob")
    alice, bob = log_in("alice"), log_in("bob")
    app.say(first, "for alice")
    app.say(second, "for bob")
    assert alice.event()[1]["body"]["text"] == "for alice"
    assert bob.event()[1]["body"]["text"] == "for bob"
    app.say(first, "again")
    assert alice.event()[1]["body"]["text"] == "again"


def test_events_arrive_in_the_order_of_their_ids(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice = log_in("alice")
    threads = [
        threading.Thread(target=lambda: [app.say(conversation, "x") for _ in range(15)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    ids = [alice.event()[1]["id"] for _ in range(60)]
    for thread in threads:
        thread.join()
    assert ids == list(range(3, 63))


def test_receipts_and_custom_events_and_typing_are_pushed(
    app: Application, log_in: LogIn
) -> None:
    conversation, [_, bob] = app.chat("alice", "bob")
    app.say(conversation, "Hello")
    alice = log_in("alice")
    for event in (
        {"type": "message:delivered", "body": {"event_id": 3}},
        {"type": "message:seen", "body": {"event_id": 3}},
        {"type": "custom:handover", "body": {"to": "sales"}},
        {"type": "ephemeral", "body": {"typing": True}},
        {"type": "text:typing:on", "body": {"activity": 1}},
    ):
        path = f"/v0.3/conversations/{conversation}/events"
        assert app.caller("bob").post(path, event).status_code == 201
        name, payload = alice.event()
        assert (name, payload["body"]) == (event["type"], event["body"])
        assert payload["from"] == bob
        stored = event["type"] not in ("ephemeral", "text:typing:on")
        assert ("id" in payload) == stored


def test_a_deletion_is_pushed(app: Application, log_in: LogIn) -> None:
    conversation, _ = app.chat("alice")
    app.say(conversation, "Hello")
    alice = log_in("alice")
    app.admin.delete(f"/v1/conversations/{conversation}/events/2")
    name, payload = alice.event()
    assert (name, payload["body"]) == ("event:delete", {"event_id": 2})


def test_invitations_joins_and_departures_are_pushed_in_full(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice")
    app.user("bob", display_name="Bob")
    alice, bob = log_in("alice"), log_in("bob")
    path = f"/v0.3/conversations/{conversation}/members"
    app.caller("alice").post(path, {"state": "invited", "user": {"name": "bob"}})
    invited = bob.event()
    assert alice.event() == invited
    name, payload = invited
    member = payload["body"]["member_id"]
    assert name == "member:invited"
    assert payload["body"]["conversation"]["conversation_id"] == conversation
    assert payload["body"]["media"]["audio_settings"]["enabled"] is False

    app.caller("bob").patch(f"{path}/{member}", {"state": "joined"})
    joined = bob.event()
    assert alice.event() == joined
    assert joined[0] == "member:joined"
    app.caller("bob").delete(f"/v0.2/conversations/{conversation}/members/{member}")
    left = bob.event()
    assert alice.event() == left, "the member who leaves gets it, too"
    assert left[0] == "member:left"
    for _, payload in (invited, joined, left):
        assert isinstance(payload["id"], int)
        assert payload["cid"] == conversation
        assert payload["timestamp"]
        # The SDK drops an event that lacks one of these.
        body = payload["body"]
        assert body["member_id"] == member
        assert (body["user"]["name"], body["user"]["display_name"]) == ("bob", "Bob")
        assert body["user"]["id"].startswith("USR-")
        assert body["channel"]["type"] == "app"
    app.say(conversation, "without bob")
    assert alice.event()[0] == "message"
    other = app.conversation()
    app.member(other, "bob")
    assert bob.event()[1]["cid"] == other, "it gets nothing after that"


def test_a_dropped_session_continues_under_its_id(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice")
    before = log_in("alice")
    sessions = open_sessions(app)
    before.drop()
    eventually(lambda: open_sessions(app) == sessions - 1)
    app.say(conversation, "missed")
    after = log_in("alice", session_id=before.id)
    assert after.id == before.id
    app.say(conversation, "live again")
    assert after.event()[1]["body"]["text"] == "live again"


def test_a_returning_client_replaces_its_half_open_connection(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice")
    before = log_in("alice")
    after = log_in("alice", session_id=before.id)
    app.say(conversation, "once")
    assert after.event()[1]["body"]["text"] == "once"
    assert before.ended() == []
    again = log_in("alice", session_id=before.id)
    assert again.id == before.id
    app.say(conversation, "twice")
    assert again.event()[1]["body"]["text"] == "twice"


def test_only_sessions_that_once_acknowledged_are_asked_to_acknowledge(
    app: Application, log_in: LogIn, url: str
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice = log_in("alice")
    bob = log_in("bob", acknowledge_events="false")
    for number in range(3):
        app.say(conversation, str(number))
        assert alice.event() == bob.event()
    assert alice.asked_to_acknowledge == [0, 1, 2]
    assert bob.asked_to_acknowledge == []
    alice.drop()
    with Session(url, app.token("alice"), session_id=alice.id) as again:
        app.say(conversation, "back")
        assert again.event()[0] == "message"
        assert again.asked_to_acknowledge == [0], "its setting is remembered"


def test_unacknowledged_events_arent_sent_again(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice")
    before = log_in("alice")
    app.say(conversation, "unread")
    assert '"unread"' in before.frame()  # and nothing acknowledges it
    before.drop()
    after = log_in("alice", session_id=before.id)
    assert set(after.user) == {"id", "user_id", "name", "api_key"}
    app.say(conversation, "new")
    assert after.event()[1]["body"]["text"] == "new"


def test_invitations_wait_for_a_session_that_is_away(
    app: Application, log_in: LogIn
) -> None:
    app.user("alice")
    app.user("bob")
    before, bob = log_in("alice"), log_in("bob")
    sessions = open_sessions(app)
    before.drop()
    bob.drop()
    eventually(lambda: open_sessions(app) == sessions - 2)
    conversation = app.conversation()
    member = app.member(conversation, "alice", "invited")
    app.say(conversation, "not this")
    after = log_in("alice", session_id=before.id)
    [pending] = after.user["pending_events"]
    assert pending["type"] == "member:invited"
    assert (pending["id"], pending["cid"]) == (1, conversation)
    assert pending["body"]["member_id"] == member["id"]
    assert pending["body"]["media"]
    assert "pending_events" not in log_in("bob", session_id=bob.id).user
    after.drop()
    again = log_in("alice", session_id=before.id)
    assert "pending_events" not in again.user, "once is enough"


def test_a_client_that_returns_as_the_old_connection_ends_stays_connected(
    app: Application, log_in: LogIn, url: str, sandbox_dir: Path
) -> None:
    app.user("alice")
    session = log_in("alice")
    old: Socket = session
    with closing(sqlite3.connect(sandbox_dir / "sandbox.sqlite3")) as file:
        for _ in range(40):
            new = Socket(url, token=app.token("alice"), session_id=session.id)
            assert new.frame().startswith("0")
            new.send("40")
            old.drop()
            assert new.frame().startswith("40")
            assert new.until("session:success")["body"]["id"] == session.id
            old.ended()
            old.close()
            old = new
        app.conversation()  # by now, everything is written
        query = "SELECT dropped FROM sessions WHERE id = ?"
        assert file.execute(query, [session.id]).fetchone() == (None,)
    old.close()


@pytest.mark.parametrize("whose", ["unknown", "bob's", "logged out", "expired"])
def test_a_client_that_cannot_resume_is_told_that_its_session_ended(
    app: Application, log_in: LogIn, url: str, whose: str
) -> None:
    # After anything but 41, the SDK stops listening without telling its page.
    app.user("alice")
    app.user("bob")
    token = app.token("alice")
    session_id = "SES-unknown"
    if whose == "bob's":
        session_id = log_in("bob").id
    elif whose == "logged out":
        session = log_in("alice")
        session_id = session.id
        session.leave()
        session.ended()
    elif whose == "expired":
        session_id = log_in("alice").id
        token = app.token("alice", seconds=-1)

    def end() -> list[str]:
        with Socket(url, token=token, session_id=session_id) as stranger:
            stranger.join()
            return stranger.ended()

    if whose == "logged out":  # it's forgotten a moment after the goodbye
        eventually(lambda: end() == ["41"])
    else:
        assert end() == ["41"]


def test_a_session_ends_with_its_token_and_continues_with_a_new_one(
    app: Application, url: str, step_clock: StepClock
) -> None:
    app.user("alice")
    with Session(url, app.token("alice", seconds=300)) as session:
        step_clock(301)
        assert session.ended() == ["41"]
    with Session(url, app.token("alice"), session_id=session.id) as again:
        assert again.id == session.id


def test_a_new_token_keeps_a_session_alive(
    app: Application, url: str, step_clock: StepClock
) -> None:
    conversation, _ = app.chat("alice")
    with Session(url, app.token("alice", seconds=300)) as session:
        fresh = app.token("alice", seconds=600)
        # The SDK sends two quotes as the body.
        answer = app.bearer(fresh).send("PUT", f"/v0.2/sessions/{session.id}", b'""')
        assert answer.status_code == 200
        assert answer.json() == {"session_id": session.id}
        step_clock(301)
        app.say(conversation, "still here")
        assert session.event()[0] == "message"
        step_clock(300)
        assert session.ended() == ["41"]


def test_a_new_token_can_be_shorter_than_the_old_one(
    app: Application, log_in: LogIn, step_clock: StepClock
) -> None:
    app.user("alice")
    session = log_in("alice")
    short = app.bearer(app.token("alice", seconds=300))
    assert short.put(f"/v0.2/sessions/{session.id}", {}).status_code == 200
    step_clock(301)
    assert session.ended() == ["41"]


def test_nobody_can_refresh_somebody_elses_session(
    app: Application, log_in: LogIn
) -> None:
    app.user("alice")
    app.user("bob")
    session = log_in("alice")
    path = f"/v0.2/sessions/{session.id}"
    answer = app.caller("bob").put(path, {})
    assert answer.status_code == 404
    assert answer.json()["code"] == "session:error:not-found"
    assert app.admin.put(path, {}).status_code == 400
    unknown = app.caller("alice").put("/v0.2/sessions/SES-unknown", {})
    assert unknown.status_code == 404
    expired = app.bearer(app.token("alice", seconds=-1)).put(path, {})
    assert expired.json()["code"] == "system:error:expired-token"


def test_a_client_that_logs_out_is_gone(app: Application, log_in: LogIn) -> None:
    app.user("alice")
    session = log_in("alice")
    sessions = open_sessions(app)
    session.leave()
    assert session.ended() == ['42["session:logged-out",{"rid":"1","body":{}}]']
    eventually(lambda: open_sessions(app) == sessions - 1)


def test_a_deleted_user_gets_no_more_events(app: Application, log_in: LogIn) -> None:
    app.chat("alice")
    session = log_in("alice")
    app.admin.delete("/v1/users/alice")
    left, *rest = session.ended()
    assert '"member:left"' in left
    assert rest == ["41"]


def test_a_deleted_applications_sessions_end(
    app: Application, account: Caller, make_application: MakeApplication, ready: Json
) -> None:
    other = make_application()
    app.user("alice")
    other.user("alice")
    with (
        Session(ready["http"], app.token("alice")) as gone,
        Session(ready["http"], other.token("alice")) as there,
    ):
        assert account.delete(f"/v2/applications/{app.id}").status_code == 204
        assert gone.ended() == ["41"]
        conversation = other.conversation()
        other.member(conversation, "alice")
        assert there.event()[0] == "member:joined", (
            "the other application's session continues"
        )


@pytest.fixture
def fault(account: Caller, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that sets a fault, which is cleared at the end of the test."""

    def order(kind: str, **what: str) -> None:
        answer = account.post("/_sandbox/faults", {"kind": kind, **what})
        assert answer.status_code == 201, answer.text
        undo = f"/_sandbox/faults/{answer.json()['id']}"
        request.addfinalizer(lambda: account.delete(undo))

    return order


def test_sockets_that_are_dropped_on_purpose_come_back(
    app: Application, log_in: LogIn, fault: Callable[..., None]
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    fault("drop_sockets", user="alice", application=app.id)
    assert alice.ended() == [], "it closes without a goodbye"
    again = log_in("alice", session_id=alice.id)
    app.say(conversation, "Hello")
    assert again.event() == bob.event()


def test_a_half_open_socket_receives_nothing_until_the_fault_ends(
    app: Application, account: Caller, log_in: LogIn, fault: Callable[..., None]
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    fault("half_open", user="alice", application=app.id)
    alice.send("2probe")
    for number in range(3):
        app.say(conversation, str(number))
        assert bob.event()[1]["body"]["text"] == str(number), "nobody else waits"
    with pytest.raises(TimeoutError):
        alice.frame(seconds=0.3)
    account.delete("/_sandbox/faults")
    frames = [alice.frame() for _ in range(4)]
    assert frames.pop(frames.index("3probe"))
    for number, frame in enumerate(frames):
        assert f'"text":"{number}"' in frame
    app.say(conversation, "mended")
    assert alice.event()[1]["body"]["text"] == "mended"


def test_a_half_open_sockets_messages_arrive_once_the_fault_ends(
    app: Application, account: Caller, log_in: LogIn, fault: Callable[..., None]
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    sessions = open_sessions(app)
    fault("half_open", user="alice", application=app.id)
    alice.leave()
    app.say(conversation, "Hello")
    assert bob.event()[0] == "message"
    assert open_sessions(app) == sessions
    account.delete("/_sandbox/faults")
    eventually(lambda: open_sessions(app) == sessions - 1)


def test_a_client_that_gives_up_a_half_open_socket_gets_through_on_another(
    app: Application, log_in: LogIn, fault: Callable[..., None]
) -> None:
    conversation, _ = app.chat("alice")
    alice = log_in("alice")
    fault("half_open", user="alice", application=app.id)
    again = log_in("alice", session_id=alice.id)
    app.say(conversation, "Hello")
    assert again.event()[0] == "message"


def test_a_client_can_ask_whether_the_server_is_running(
    app: Application, log_in: LogIn
) -> None:
    app.user("alice")
    session = log_in("alice")
    session.send("2probe")
    assert session.frame() == "3probe"
    session.send("3")  # this answers a ping that was never sent


GARBAGE = [
    "",
    "4",
    "42",
    "42[",
    "42[]",
    "42{}",
    "42[1]",
    "42null",
    '42["session:logout"',
    '42["nothing",{}]',
    '42["message",{"body":1}]',
    '427["session:update",[]]',
    "437[]",
    "43[",
    "45",
    "6",
    "9" * 1000,
    "\u0000",
    "🙂",
    "42" + "[" * 100_000,
    "42" + "1" * 100_000,
    "0{}",
    "40",
    "40/admin,{}",
    "2" * 500,
    b"",
    b"\x00\xff",
    b"42[]",
]


def test_garbage_in_a_session_does_no_harm(app: Application, log_in: LogIn) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    for frame in GARBAGE:
        bob.send(frame)
    app.say(conversation, "Hello")
    assert alice.event()[0] == "message"
    # The message takes another path, and may overtake the last answers.
    heard = {"hello": 0, "strange": 0, "refused": 0}
    while heard != {"hello": 1, "strange": 1, "refused": 3}:
        frame = bob.frame()
        if '"Hello"' in frame:
            heard["hello"] += 1
        elif frame.startswith("44/admin,"):  # there's only one namespace
            heard["strange"] += 1
        elif not frame.startswith("3"):
            assert frame.startswith('42["system:error:invalid-event"'), frame
            heard["refused"] += 1
    app.say(conversation, "Bye")
    while '"Bye"' not in (frame := bob.frame()):
        assert frame.startswith("3"), "each event has one answer; only pings have more"


@pytest.mark.parametrize("garbage", [*GARBAGE, "1", "41"])
def test_garbage_instead_of_a_login_does_no_harm(
    url: str, app: Application, garbage: str | bytes
) -> None:
    with Socket(url, **FIRST_LOGIN, token="x") as stranger:
        assert stranger.frame().startswith("0")
        stranger.send(garbage)
        with suppress(ConnectionClosed):  # the garbage may end the connection
            stranger.send("41")
        for frame in stranger.ended():
            known = ("3", "40", "44/admin,", '42["system:error:invalid-token"')
            assert frame.startswith(known)
    assert app.http.get("/_sandbox/health").status_code == 200


def test_a_frame_that_is_too_large_only_ends_its_own_connection(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    # The connection may be cut while it's still sending.
    try:
        bob.send("x" * 1_500_000)
        bob.ended()
    except (ConnectionClosed, OSError):
        pass
    app.say(conversation, "Hello")
    assert alice.event()[0] == "message"


def test_invalid_text_only_ends_its_own_connection(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    bob.raw.send(b"42\xff", text=True)
    bob.ended()
    app.say(conversation, "Hello")
    assert alice.event()[0] == "message"


def test_bytes_that_arent_a_websocket_do_no_harm(
    app: Application, log_in: LogIn, url: str
) -> None:
    conversation, _ = app.chat("alice")
    alice = log_in("alice")
    where = urlsplit(url)
    handshake = (
        f"GET /v2/rtc/?EIO=4&token=x HTTP/1.1\r\nHost: {where.netloc}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()
    for after in (
        b"\xff" * 100,  # no frame at all
        b"\x81\x05hello",  # not masked
        b"\x81\xfe",  # half a frame
        b"\x81\x82\x00\x00\x00\x00\xff\xff",  # not UTF-8
        b"\x81\xff" + b"\x7f" + b"\xff" * 7,  # nine exabytes
        b"",
    ):
        with socket.create_connection((where.hostname, where.port)) as stranger:
            stranger.sendall(handshake)
            assert stranger.recv(100).startswith(b"HTTP/1.1 101")
            stranger.sendall(after)
    app.say(conversation, "Hello")
    assert alice.event()[0] == "message"


def test_a_client_that_doesnt_read_delays_nobody_is_dropped_and_can_return(
    app: Application, log_in: LogIn, url: str
) -> None:
    conversation, _ = app.chat("alice", "bob")
    bob = log_in("bob")
    sessions = open_sessions(app)
    where = urlsplit(url)
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.connect((where.hostname, where.port))
    stuck.sendall(
        (
            f"GET /v2/rtc/?EIO=4&token={app.token('alice')} HTTP/1.1\r\n"
            f"Host: {where.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        ).encode()
    )
    assert stuck.recv(12) == b"HTTP/1.1 101"
    stuck.sendall(b"\x81\x82\x00\x00\x00\x0040")
    eventually(lambda: open_sessions(app) == sessions + 1)
    missed = app.say(conversation, "missed")["id"]
    assert bob.event()[1]["id"] == missed
    # Ephemeral events are fast to send, and these are more than the queue and buffers
    # hold.
    path = f"/v0.3/conversations/{conversation}/events"
    event = {"type": "ephemeral", "body": {"x": "y" * 20_000}}
    admin = app.admin
    for sent in range(4000):
        started = time.monotonic()
        assert admin.post(path, event).status_code == 201
        assert bob.event()[0] == "ephemeral"
        assert time.monotonic() - started < 20
        if sent % 50 == 0 and open_sessions(app) == sessions:
            break
    else:
        pytest.fail("the connection that does not read was never dropped")
    stuck.close()
    # Its session continues, and what it missed is in the log.
    [its] = admin.get("/v1/users/alice/sessions").json()["_embedded"]["sessions"]
    with Session(url, app.token("alice"), session_id=its["id"]) as again:
        log = app.events(conversation, start_id=str(missed))
        assert [event["body"]["text"] for event in log] == ["missed"]
        app.say(conversation, "live again")
        assert again.event()[1]["body"]["text"] == "live again"


def test_the_sdk_can_report_how_it_reconnected(app: Application) -> None:
    report = {"body": {"sessionId": "SES-1", "metrics": [{"name": "X", "time": 1}]}}
    answer = app.http.post("/v2/rtc/metrics", json=report)
    assert answer.status_code == 200


def test_a_session_over_tls_gets_events_too(app: Application, ready: Json) -> None:
    conversation, _ = app.chat("alice")
    url = ready["tls"].replace("https", "wss", 1)
    address = f"{url}/v2/rtc/?EIO=4&transport=websocket&token={app.token('alice')}"
    trusting = ssl.create_default_context(cafile=ready["ca"])
    with connect(address, ssl=trusting, proxy=None) as secure:
        assert str(secure.recv(60)).startswith("0")
        secure.send("40")
        secure.recv(60)
        assert json.loads(str(secure.recv(60))[2:])[0] == "session:success"
        app.say(conversation, "Hello")
        assert json.loads(str(secure.recv(60))[2:])[0] == "message"


def test_sessions_follow_the_sandboxs_clock(
    tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        account = basic(http, ready)
        app, url = Application(http, account, key), ready["http"]
        conversation, _ = app.chat("alice")

        def step(seconds: float) -> None:
            answer = account.patch("/_sandbox/clock", {"step": seconds})
            assert answer.status_code == 200, answer.text

        with (
            Session(url, app.token("alice", seconds=600)) as short,
            Session(url, app.token("alice", seconds=6000)) as long,
        ):
            step(590)
            app.say(conversation, "still here")
            assert short.event() == long.event()
            step(20)
            assert short.ended() == ["41"]
            app.say(conversation, "one is")
            assert long.event()[1]["body"]["text"] == "one is"
        eventually(lambda: open_sessions(app) == 0)
        token = app.token("alice", seconds=6000)
        with Session(url, token, session_id=long.id):
            pass
        eventually(lambda: open_sessions(app) == 0)
        app.conversation()  # this is written after the drop, whose time is set by then
        step(15 * 60 + 1)
        with Socket(url, token=token, session_id=long.id) as late:
            late.join()
            assert late.ended() == ["41"]
    assert program.stop() == 0
    assert program.errors() == ""


# The server's intervals, shortened in a separate process for these tests.

HASTY = """
import sys
from livechat_helpers.sandbox import server
from livechat_helpers.sandbox.rules import sessions
from livechat_helpers.sandbox.delivery import websocket
websocket.PING_INTERVAL, websocket.PING_TIMEOUT = 0.2, 4.0
sessions.SESSION_LIFE = 5.0
sys.exit(server.main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def hasty(
    tmp_path_factory: pytest.TempPathFactory, key: rsa.RSAPrivateKey
) -> Iterator[tuple[Application, str]]:
    """An application on a sandbox that pings and times out right away."""
    folder = str(tmp_path_factory.mktemp("hasty"))
    program = Program("-c", HASTY, "--data-dir", folder)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        yield Application(http, basic(http, ready), key), ready["http"]
    assert program.stop() == 0
    assert program.errors() == ""


def test_the_server_keeps_clients_that_answer_its_pings(
    hasty: tuple[Application, str],
) -> None:
    app, url = hasty
    conversation, _ = app.chat("alice")
    with Session(url, app.token("alice")) as session:
        for _ in range(25):  # longer than it waits
            assert session.frame() == "2"
            session.send("3")
        app.say(conversation, "still here")
        assert session.event()[0] == "message"


def test_a_client_from_2019_stays_connected_as_long_as_it_pings(
    hasty: tuple[Application, str],
) -> None:
    app, url = hasty
    app.user("carol")
    with OldSocket(url) as session:
        session.log_in(app.token("carol"))
        patience = time.monotonic() + 4.5
        while time.monotonic() < patience:
            session.send("2")
            assert session.frame() == "3", "nobody else pings"
        assert session.ended() == [], "it was then silent for too long"


def test_a_client_that_answers_no_ping_is_dropped_and_can_return_for_a_while(
    hasty: tuple[Application, str],
) -> None:
    app, url = hasty
    app.user("bob")
    with Session(url, app.token("bob")) as session:
        frames = session.ended()
        assert set(frames) == {"2"}, "not 41, because it can come back"
    with Session(url, app.token("bob"), session_id=session.id) as again:
        assert again.id == session.id
    last = time.monotonic()

    def comes_back() -> bool:
        nonlocal last
        if time.monotonic() - last < 5.3:  # every request restarts its lifetime
            return True
        last = time.monotonic()
        with Socket(url, token=app.token("bob"), session_id=session.id) as late:
            late.join()
            return late.frame() != "41"

    eventually(lambda: not comes_back())
