"""Live events for nexmo-client 6, with Engine.IO 3 and the token in a frame."""

from collections.abc import Iterator

import pytest
from waiting import eventually

from .callers import Application
from .conftest import StepClock
from .running import Json
from .sockets import OldSocket, Session, Socket
from .test_realtime import open_sessions


@pytest.fixture
def url(ready: Json) -> str:
    """The plain listener."""
    return ready["http"]


@pytest.fixture
def alice(app: Application, url: str) -> Iterator[OldSocket]:
    """Alice's websocket, not logged in yet."""
    app.user("alice")
    with OldSocket(url) as socket:
        yield socket


@pytest.mark.parametrize("path", ["/rtc", "/rtc/", "/v2/rtc", "/v2/rtc/"])
def test_each_path_serves_both_generations_of_clients(
    app: Application, url: str, path: str
) -> None:
    conversation, _ = app.chat("alice")
    token = app.token("alice")
    with OldSocket(url, path) as old, Socket(url, path, token=token) as new:
        old.log_in(token)
        new.join()
        new.until("session:success")
        app.say(conversation, "Hello")
        assert old.event() == new.event()


def test_a_login_is_answered_under_its_own_id(
    app: Application, alice: OldSocket, ready: Json
) -> None:
    name, payload = alice.ask("session:login", tid="mine", token=app.token("alice"))
    assert name == "session:success"
    user = app.admin.get("/v1/users/alice").json()
    assert payload["rid"] == "mine"
    assert payload["body"].pop("id").startswith("SES-")
    assert payload["body"] == {
        "user_id": user["id"],
        "name": "alice",
        "api_key": ready["api_key"],
    }


def test_a_refused_login_says_why_and_can_be_retried(
    app: Application, alice: OldSocket
) -> None:
    for token, wanted in (
        ("junk", "system:error:invalid-token"),
        (app.token("alice", seconds=-1), "system:error:expired-token"),
        (app.token("nobody"), "user:error:invalid-user"),
        (app.token("alice", "/*/conversations/**"), "system:error:permission"),
    ):
        name, payload = alice.ask("session:login", token=token)
        assert name == wanted
        assert payload["body"]["title"]
    assert alice.ask("session:login")[0] == "system:error:invalid-token"
    assert alice.log_in(app.token("alice"))["name"] == "alice"


def test_nothing_happens_on_a_websocket_before_its_login(
    app: Application, alice: OldSocket
) -> None:
    conversation = app.conversation()
    app.member(conversation, "alice")
    app.say(conversation, "too early")
    alice.log_in(app.token("alice"))
    app.say(conversation, "in time")
    assert alice.event()[1]["body"]["text"] == "in time"
    assert alice.asked_to_acknowledge == []


def test_the_client_pings(alice: OldSocket) -> None:
    alice.send("2")
    assert alice.frame() == "3"


def test_a_new_token_arrives_in_a_frame(
    app: Application, alice: OldSocket, step_clock: StepClock
) -> None:
    app.user("bob")
    update = "session:update-token"
    refused, _ = alice.ask(update, token=app.token("alice"))
    assert refused == "session:error:invalid", "there is no session yet"
    alice.log_in(app.token("alice", seconds=300))
    expired, _ = alice.ask(update, token=app.token("alice", seconds=-1))
    assert expired == "system:error:expired-token"
    foreign, _ = alice.ask(update, token=app.token("bob"))
    assert foreign == "session:error:invalid"
    assert alice.ask(update, tid="7", token=app.token("alice")) == (
        "session:update-token:success",
        {"rid": "7", "body": {}},
    )
    step_clock(301)
    alice.send("2")
    assert alice.frame() == "3", "it continues"
    short = app.token("alice", seconds=303)
    assert alice.ask(update, token=short)[0].endswith("success")
    assert alice.ended() == ["41"], "by itself"


def test_a_client_that_logs_out_gets_no_more_events_and_can_log_in_again(
    app: Application, alice: OldSocket
) -> None:
    conversation = app.conversation()
    app.member(conversation, "alice")
    first = alice.log_in(app.token("alice"))
    assert alice.ask("session:logout", tid="bye") == (
        "session:logged-out",
        {"rid": "bye", "body": {}},
    )
    assert alice.ask("session:logout")[0] == "session:error:invalid"
    app.say(conversation, "unheard")
    assert alice.log_in(app.token("alice"))["id"] != first["id"]
    app.say(conversation, "heard")
    assert alice.event()[1]["body"]["text"] == "heard"


def test_a_client_that_logs_in_twice_has_one_session(
    app: Application, alice: OldSocket
) -> None:
    conversation = app.conversation()
    app.member(conversation, "alice")
    before = open_sessions(app)
    for _ in range(2):
        alice.log_in(app.token("alice"))
    assert open_sessions(app) == before + 1
    app.say(conversation, "once")
    app.say(conversation, "and once")
    texts = [alice.event()[1]["body"]["text"] for _ in range(2)]
    assert texts == ["once", "and once"]


def test_an_unknown_event_is_refused_with_its_id(
    app: Application, alice: OldSocket
) -> None:
    for _ in ("before the login", "after it"):
        name, payload = alice.ask("conversation:get", tid="x")
        assert (name, payload["rid"]) == ("system:error:invalid-event", "x")
        alice.log_in(app.token("alice"))


def test_a_dropped_session_comes_back_at_its_address(
    app: Application, alice: OldSocket, url: str
) -> None:
    conversation = app.conversation()
    app.member(conversation, "alice")
    session = alice.log_in(app.token("alice"))["id"]
    alice.drop()
    token = app.token("alice")
    with OldSocket(url, token=token, session_id=session) as again:
        name, payload = again.event()
        assert (name, payload["body"]["id"]) == ("session:success", session)
        app.say(conversation, "live again")
        assert again.event()[1]["body"]["text"] == "live again"
    with OldSocket(url, token=token, session_id="SES-unknown") as lost:
        assert lost.ended() == ["41"]
    expired = app.token("alice", seconds=-1)
    with OldSocket(url, token=expired, session_id=session) as late:
        assert late.ended() == ["41"]


def test_a_session_can_change_generation(
    app: Application, alice: OldSocket, url: str
) -> None:
    session = alice.log_in(app.token("alice"))["id"]
    with Session(url, app.token("alice"), session_id=session) as newer:
        assert newer.id == session
        assert alice.ended() == []


def test_a_client_that_never_logs_in_leaves_nothing_behind(
    app: Application, url: str
) -> None:
    sessions = open_sessions(app)
    with OldSocket(url) as stranger:
        stranger.send("41")
        assert stranger.ended() == []
    eventually(lambda: open_sessions(app) == sessions)
