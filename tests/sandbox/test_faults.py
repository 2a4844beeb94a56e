"""Deliberate faults: each happens, affects nobody else, and ends when it should."""

import asyncio
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from requests.exceptions import ConnectionError
from vonage import Auth, HttpClientOptions, Vonage
from vonage_application import ApplicationConfig
from vonage_http_client.errors import RateLimitedError
from vonage_users import Users
from waiting import eventually
from websockets.exceptions import InvalidStatus

from livechat_helpers import places
from livechat_helpers.sandbox.remote import SandboxError, connect
from livechat_helpers.sandbox.remote.faults import Faults
from livechat_helpers.sandbox.storage import identity
from livechat_helpers.sandbox.testing import in_process

from . import running
from .callers import Application, Caller
from .receivers import Receiver
from .running import Json
from .sockets import Session
from .test_errors import check
from .test_tokens import EXPIRED
from .test_vonage_sdk import private_pem, user
from .test_webhooks import send_to


@pytest.fixture
def faults(ready: Json, sandbox_dir: Path) -> Iterator[Faults]:
    """The shared sandbox's faults, which are cleared after each test."""
    faults = connect(sandbox_dir).faults
    yield faults
    faults.clear()


@pytest.fixture
def aside() -> Iterator[Callable[..., Future[Any]]]:
    """Does something while the test continues."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit


@pytest.fixture
def receiver(account: Caller, app: Application) -> Iterator[Receiver]:
    """A receiver of the application's webhooks."""
    with Receiver() as receiver:
        send_to(account, app, receiver.url)
        yield receiver


def status(caller: Caller, path: str = "/v1/users") -> int:
    """Return the status of a GET."""
    return caller.get(path).status_code


def texts(session: Session, count: int) -> list[str]:
    """Return the texts of the next messages that a session gets."""
    return [session.until("message")["body"]["text"] for _ in range(count)]


# Refusing


@pytest.mark.parametrize(
    ("number", "code", "title"),
    [
        (400, "http:error:validation-fail", "Bad request."),
        (401, "system:error:invalid-token", "Unauthorized."),
        (403, "system:error:permission", "Forbidden."),
        (404, "http:error:not-found", "Not found."),
        (500, "system:error:internal-error", "Internal server error."),
        (429, None, "Rate Limit Hit"),
        (503, None, "Service Unavailable"),
        (599, None, "Refused"),
    ],
)
def test_a_refusal_is_vonages_own_answer_for_that_status(
    app: Application, faults: Faults, number: int, code: str | None, title: str
) -> None:
    with faults.refuse(number, application=app.id):
        answer = app.admin.get("/v1/users")
    assert answer.status_code == number
    body = answer.json()
    assert (body.get("code"), body["title"]) == (code, title)
    assert answer.headers.get("Retry-After") == ("1" if number == 429 else None)
    assert status(app.admin) == 200


def test_a_rate_limit_is_reported_the_way_vonage_does_it(
    app: Application, faults: Faults
) -> None:
    with faults.refuse(429, application=app.id, retry_after=7):
        answer = app.admin.get("/v1/users")
    body = answer.json()
    assert body.pop("instance")
    assert body == {
        "type": "https://developer.nexmo.com/api-errors#rate-limit",
        "title": "Rate Limit Hit",
        "detail": "Please wait, then retry your request",
    }
    assert answer.headers["Retry-After"] == "7"


def test_a_refusal_can_use_another_of_vonages_errors_or_a_custom_one(
    app: Application, faults: Faults
) -> None:
    with faults.refuse(404, code="user:error:not-found", application=app.id):
        assert app.admin.get("/v1/users/x").json()["code"] == "user:error:not-found"
    with faults.refuse(502, body={"out": "of order"}, application=app.id):
        assert app.admin.get("/v1/users").json() == {"out": "of order"}


def test_a_refused_request_isnt_carried_out(app: Application, faults: Faults) -> None:
    with faults.refuse(500, application=app.id) as fault:
        assert app.admin.post("/v1/users", {"name": "alice"}).status_code == 500
    assert fault.met == 1
    assert app.admin.get("/v1/users").json()["_embedded"]["users"] == []


def test_a_page_can_read_a_refusal_and_its_preflight_passes(
    app: Application, faults: Faults
) -> None:
    origin = {"Origin": "http://localhost:8080"}
    asks = {**origin, "Access-Control-Request-Method": "GET"}
    with faults.refuse(503, path="/v1/users"):
        refused = app.http.get("/v1/users", headers=origin)
        preflight = app.http.options("/v1/users", headers=asks)
    assert refused.status_code == 503
    allowed = "Access-Control-Allow-Origin"
    assert refused.headers[allowed] == origin["Origin"]
    assert preflight.status_code == 200
    assert preflight.headers[allowed] == origin["Origin"]


# Late, lost and never


def test_a_delayed_answer_arrives_late(app: Application, faults: Faults) -> None:
    with faults.delay(0.3, application=app.id) as fault:
        answer = app.admin.get("/v1/users")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.3
    app.admin.get("/v1/users")
    assert fault.met == 1


@pytest.mark.parametrize("kind", ["delay", "hang"])
def test_a_request_is_carried_out_long_before_a_delayed_answer(
    app: Application, faults: Faults, aside: Callable[..., Future[Any]], kind: str
) -> None:
    order: dict[str, Callable[..., Any]] = {
        "delay": lambda **which: faults.delay(60, **which),
        "hang": faults.hang,
    }
    with order[kind](method="POST", application=app.id, times=1) as fault:
        waiting = aside(app.user, "alice")
        users = eventually(
            lambda: app.admin.get("/v1/users").json()["_embedded"]["users"]
        )
        assert [user["name"] for user in users] == ["alice"]
        assert fault.active, "it still holds an answer back"
        assert app.user("bob"), "it has happened as often as requested"
        assert not waiting.done()
    assert waiting.result()["name"] == "alice"
    assert (fault.met, fault.active) == (1, False)


def test_the_server_doesnt_wait_for_an_impatient_client(
    app: Application, faults: Faults
) -> None:
    with faults.hang(application=app.id), pytest.raises(httpx.ReadTimeout):
        app.http.get(
            "/v1/users",
            headers={"Authorization": f"Bearer {app.minter.mint()}"},
            timeout=httpx.Timeout(60, read=0.1),
        )
    assert status(app.admin) == 200


def test_a_request_whose_reply_is_dropped_is_still_carried_out(
    app: Application, faults: Faults
) -> None:
    with (
        faults.drop_reply(application=app.id) as fault,
        pytest.raises(httpx.RemoteProtocolError, match="without sending a response"),
    ):
        app.user("alice")
    assert fault.met == 1
    assert app.admin.get("/v1/users/alice").status_code in (200, 404)
    users = app.admin.get("/v1/users").json()["_embedded"]["users"]
    assert [user["name"] for user in users] == ["alice"]


def test_without_a_connection_dropping_a_reply_raises_an_error(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        account = identity.account(tmp_path)
        basic = (account.api_key, account.api_secret)
        async with in_process(tmp_path) as http:
            order = {"kind": "drop_reply", "method": "POST", "path": "/v2/**"}
            await http.post("/_sandbox/faults", json=order, auth=basic)
            with pytest.raises(ConnectionResetError, match="reply was dropped"):
                await http.post("/v2/applications", json={"name": "x"}, auth=basic)
            made = await http.get("/v2/applications", auth=basic)
            assert made.json()["total_items"] == 1

    asyncio.run(scenario())


def test_the_trace_marks_faults(
    app: Application, account: Caller, faults: Faults
) -> None:
    with (
        faults.drop_reply(path="/v1/users/lost", application=app.id),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        app.admin.get("/v1/users/lost")

    def lost() -> list[Json]:
        entries = account.get("/_sandbox/trace").json()["entries"]
        return [entry for entry in entries if entry.get("path") == "/v1/users/lost"]

    [entry] = eventually(lost)
    assert entry["notes"] == ["fault: drop_reply"]
    assert entry["status"] is None


# Who it affects


@pytest.mark.parametrize(
    ("which", "met"),
    [
        ({"path": "/v1/users"}, {"alice's users", "bob's users"}),
        ({"path": "/v1/*/*"}, {"alice herself"}),
        ({"path": "/*/users/**"}, {"alice's users", "alice herself", "bob's users"}),
        ({"path": "/v1/users/**", "method": "POST"}, set[str]()),
        ({"path": "/v1/**", "method": "GET", "user": "bob"}, {"bob's users"}),
        ({"path": "/v0.3/users"}, set[str]()),
    ],
)
def test_a_fault_only_applies_to_the_requests_it_is_for(
    app: Application, faults: Faults, which: Any, met: set[str]
) -> None:
    alice, bob = app.caller("alice", "/**"), app.caller("bob", "/**")
    app.user("alice")
    requests = {
        "alice's users": (alice, "/v1/users"),
        "alice herself": (alice, "/v1/users/alice"),
        "bob's users": (bob, "/v1/users"),
    }
    with faults.refuse(503, application=app.id, **which) as fault:
        hit = {name for name, request in requests.items() if status(*request) == 503}
    assert hit == met
    assert fault.met == len(met)


def test_a_fault_doesnt_apply_to_another_application(
    app: Application, make_application: Callable[[], Application], faults: Faults
) -> None:
    other = make_application()
    with faults.refuse(503, application=app.id):
        assert status(app.admin) == 503
        assert status(other.admin) == 200


def test_a_fault_for_all_requests_spares_only_the_one_that_ends_it(
    app: Application, account: Caller, anyone: Caller, faults: Faults
) -> None:
    with faults.refuse(503):
        assert status(app.admin) == 503
        assert status(account, "/v2/applications") == 503
        assert status(anyone, "/nowhere") == 503
        assert status(anyone, "/_sandbox/health") == 200
        assert len(faults.active()) == 1


def test_the_newest_fault_applies_first_and_others_combine_with_it(
    app: Application, faults: Faults
) -> None:
    with (
        faults.refuse(500, application=app.id) as hidden,
        faults.refuse(503, application=app.id),
        faults.delay(0.2, application=app.id),
    ):
        answer = app.admin.get("/v1/users")
    assert answer.status_code == 503
    assert answer.elapsed.total_seconds() >= 0.2
    assert hidden.met == 0


# When it ends


def test_a_fault_happens_as_often_as_requested(
    app: Application, faults: Faults, aside: Callable[..., Future[Any]]
) -> None:
    with faults.refuse(503, application=app.id, times=5) as fault:
        found = [aside(status, app.admin) for _ in range(20)]
        assert sorted(each.result() for each in found) == [200] * 15 + [503] * 5
        assert (fault.met, fault.active) == (5, False)
        assert faults.active() == []


def test_a_fault_can_apply_to_a_later_request_than_the_first(
    app: Application, faults: Faults
) -> None:
    users = "/v1/users"
    with faults.refuse(503, path=users, application=app.id, skip=2, times=1) as fault:
        assert status(app.admin, "/v0.3/conversations") == 200  # it isn't counted
        met = [status(app.admin) for _ in range(4)]
    assert met == [200, 200, 503, 200]
    assert fault.met == 1


def test_a_fault_ends_when_its_time_is_up(app: Application, faults: Faults) -> None:
    fault = faults.hang(application=app.id, lasting=3)
    assert status(app.admin) == 200, "it arrived after the fault ended"
    assert (fault.met, fault.active) == (1, False)


def test_a_fault_ends_with_its_block_whatever_happens_in_it(
    app: Application, faults: Faults
) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        faults.refuse(503, application=app.id) as fault,
    ):
        assert status(app.admin) == 503
        raise ZeroDivisionError
    assert status(app.admin) == 200
    assert (fault.met, fault.active) == (1, False)


def test_a_fault_ends_even_if_the_program_that_started_it_was_killed(
    app: Application, faults: Faults, sandbox_dir: Path
) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from livechat_helpers.sandbox.remote import connect\n"
        "faults = connect(Path(sys.argv[1])).faults\n"
        "with faults.refuse(503, application=sys.argv[2], lasting=5):\n"
        "    print('inside', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(sandbox_dir), app.id],
        cwd=places.ROOT,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"inside\n"
        assert status(app.admin) == 503
        holder.kill()
        assert holder.wait() == -signal.SIGKILL
    assert status(app.admin) == 503
    eventually(lambda: status(app.admin) == 200)


def test_undoing_twice_or_too_late_isnt_an_error(
    app: Application, faults: Faults
) -> None:
    fault = faults.refuse(503, application=app.id, times=1)
    assert status(app.admin) == 503
    fault.undo()
    fault.undo()
    assert fault.met == 1


def test_all_faults_are_listed_and_undone_together(
    app: Application, faults: Faults
) -> None:
    faults.refuse(503, path="/v1/users", application=app.id, times=3)
    faults.stop_webhooks(application=app.id, lasting=60)
    assert [fault.order for fault in faults.active()] == [
        {
            "kind": "refuse",
            "status": 503,
            "path": "/v1/users",
            "application": app.id,
            "times": 3,
            "lasting": 300.0,
        },
        {"kind": "stop_webhooks", "application": app.id, "lasting": 60},
    ]
    assert repr(faults.active()[0]) == (
        "<refuse(status=503, path='/v1/users', "
        f"application='{app.id}', times=3): met 0>"
    )
    faults.clear()
    assert faults.active() == []
    assert status(app.admin) == 200


# On a separate sandbox


def test_a_sandbox_that_starts_has_no_faults(tmp_path: Path) -> None:
    first = running.sandbox(tmp_path)
    url = first.ready()["http"]
    with connect(tmp_path).faults.refuse(503) as fault:
        assert httpx.get(f"{url}/v1/users", trust_env=False).status_code == 503
        first.kill()
        with pytest.raises(SandboxError, match="doesn't answer"):
            _ = fault.met
        fault.undo()  # nobody is connected, so nobody gets it
        second = running.sandbox(tmp_path)
        url = second.ready()["http"]
        assert httpx.get(f"{url}/v1/users", trust_env=False).status_code == 401
    assert connect(tmp_path).faults.active() == []
    assert second.stop() == 0


def test_a_sandbox_that_is_reset_has_no_faults(tmp_path: Path) -> None:
    program = running.sandbox(tmp_path)
    url = program.ready()["http"]
    sandbox = connect(tmp_path)
    with sandbox.faults.refuse(503) as fault:
        sandbox.reset()
        assert httpx.get(f"{url}/v1/users", trust_env=False).status_code == 401
        assert not fault.active
    assert program.stop() == 0
    assert program.errors() == ""


def test_a_sandbox_that_stops_answers_pending_calls(tmp_path: Path) -> None:
    program = running.sandbox(tmp_path)
    url = program.ready()["http"]
    fault = connect(tmp_path).faults.hang()
    answers: list[int] = []
    client = threading.Thread(
        target=lambda: answers.append(
            httpx.get(f"{url}/v1/users", trust_env=False, timeout=60).status_code
        )
    )
    client.start()
    eventually(lambda: fault.met == 1)
    assert program.stop() == 0
    client.join()
    assert answers == [401]
    assert program.errors() == ""


# Orders


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"kind": "earthquake"}, "kind must be one of delay, refuse, .*expire_tokens"),
        ({}, "kind must be one of"),
        ({"kind": ["delay"]}, "kind must be one of"),
        ({"kind": "delay"}, "seconds is required"),
        ({"kind": "delay", "seconds": -1}, "seconds must be .* from 0 to 3600"),
        ({"kind": "delay", "seconds": True}, "seconds must be a number"),
        ({"kind": "delay", "seconds": "1"}, "seconds must be a number"),
        ({"kind": "delay", "seconds": 10**400}, "seconds must be a number"),
        ({"kind": "refuse"}, "status is required"),
        ({"kind": "refuse", "status": 399}, "status must be .* from 400 to 599"),
        ({"kind": "refuse", "status": 600}, "status must be"),
        ({"kind": "refuse", "status": 404, "code": "x"}, "one of those of status 404"),
        ({"kind": "refuse", "status": 503, "code": "x"}, "none: give a body"),
        ({"kind": "refuse", "status": 503, "body": [1]}, "body must be a JSON object"),
        ({"kind": "refuse", "status": 503, "retry_after": -1}, "retry_after must be"),
        ({"kind": "hang", "times": -1}, "times must be a whole number, at least 1"),
        ({"kind": "hang", "times": 0}, "times must be"),
        ({"kind": "hang", "times": 1.5}, "times must be"),
        ({"kind": "hang", "skip": -1}, "skip must be a whole number, at least 0"),
        ({"kind": "hang", "lasting": 0}, "lasting must be .* above 0, at most 3600"),
        ({"kind": "hang", "lasting": 3601}, "lasting must be"),
        ({"kind": "hang", "path": "v1/users"}, "path must be a path such as"),
        ({"kind": "hang", "path": "/v1/user*"}, r"\* is one whole segment"),
        ({"kind": "hang", "path": 7}, "path must be"),
        ({"kind": "hang", "method": "FETCH"}, "method must be one of"),
        ({"kind": "hang", "user": ""}, "user must be a string that is not empty"),
        ({"kind": "hang", "seconds": 1}, "hang takes no seconds, only path, method"),
        ({"kind": "stop_webhooks", "times": 1}, "stop_webhooks takes no times"),
        ({"kind": "hang", "a": 1, "times": 0}, "hang takes no a, only .*; times must"),
    ],
)
def test_a_wrong_order_is_refused_with_a_reason(
    account: Caller, faults: Faults, order: Json, why: str
) -> None:
    answer = account.post("/_sandbox/faults", order)
    assert answer.status_code == 400
    assert re.search(why, answer.json()["detail"])
    assert faults.active() == []


def test_a_wrong_order_raises_an_error_right_away(faults: Faults) -> None:
    with pytest.raises(SandboxError, match="times must be a whole number"):
        faults.refuse(503, times=-1)
    with pytest.raises(SandboxError, match="status must be"):
        faults.refuse(200)
    with pytest.raises(SandboxError, match="path must be"):
        faults.delay(1, path="users")


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"x"', b"{" * 200_000])
def test_a_command_that_isnt_an_object_is_refused(
    account: Caller, faults: Faults, raw: bytes
) -> None:
    answer = account.send("POST", "/_sandbox/faults", raw)
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert faults.active() == []


def test_only_the_account_can_start_faults(
    app: Application, anyone: Caller, faults: Faults
) -> None:
    with faults.refuse(503, path="/nowhere") as fault:
        one = f"/_sandbox/faults/{fault.order['kind']}"
        for caller in (anyone, app.admin):
            assert status(caller, "/_sandbox/faults") == 401
            assert status(caller, one) == 401
            assert caller.delete(one).status_code == 401
            assert caller.delete("/_sandbox/faults").status_code == 401
            order = {"kind": "hang", "path": "/nowhere"}
            assert caller.post("/_sandbox/faults", order).status_code == 401
        assert [each.kind for each in faults.active()] == ["refuse"]


def test_the_number_of_faults_has_a_limit(faults: Faults) -> None:
    for _ in range(100):
        faults.refuse(503, path="/nowhere")
    with pytest.raises(SandboxError, match="100 faults already"):
        faults.refuse(503, path="/nowhere")
    faults.clear()
    faults.refuse(503, path="/nowhere").undo()


def test_an_unknown_fault_is_not_found(account: Caller, faults: Faults) -> None:
    assert status(account, "/_sandbox/faults/nothing") == 404
    assert account.delete("/_sandbox/faults/nothing").json() is None


# Websockets


def test_a_new_websocket_can_be_refused_or_delayed(
    app: Application, faults: Faults, ready: Json
) -> None:
    app.user("alice")
    app.user("bob")
    of_alice: Any = {"application": app.id, "user": "alice"}
    with faults.refuse(503, path="/v2/rtc", **of_alice) as fault:
        with pytest.raises(InvalidStatus) as refused:
            Session(ready["http"], app.token("alice"))
        assert refused.value.response.status_code == 503
        Session(ready["http"], app.token("bob")).close()
        assert fault.met == 1
    late = faults.delay(0.1, path="/v2/rtc", times=1, **of_alice)
    with Session(ready["http"], app.token("alice")):
        assert (late.met, late.active) == (1, False)
    with faults.drop_reply(**of_alice) as fault:  # a fault of requests only
        Session(ready["http"], app.token("alice")).close()
        assert fault.met == 0


def test_dropped_sockets_break_without_notice_and_come_back(
    app: Application, faults: Faults, ready: Json
) -> None:
    conversation, _ = app.chat("alice", "bob")
    with (
        Session(ready["http"], app.token("alice")) as one,
        Session(ready["http"], app.token("alice")) as two,
        Session(ready["http"], app.token("bob")) as bob,
    ):
        assert faults.drop_sockets(user="alice", application=app.id) == 2
        assert (one.ended(), two.ended()) == ([], [])
        app.say(conversation, "hello")
        assert texts(bob, 1) == ["hello"]
        again = Session(ready["http"], app.token("alice"), session_id=one.id)
        with again:
            assert again.id == one.id
    assert faults.active() == [], "it happens once, and then it's over"


def test_a_half_open_socket_delivers_nothing_until_the_fault_ends(
    app: Application, faults: Faults, ready: Json
) -> None:
    conversation, _ = app.chat("alice", "bob")
    with (
        Session(ready["http"], app.token("alice")) as alice,
        Session(ready["http"], app.token("bob")) as bob,
    ):
        with faults.half_open(user="alice", application=app.id) as fault:
            app.say(conversation, "hello")
            assert texts(bob, 1) == ["hello"]
            with pytest.raises(TimeoutError):
                alice.frame(0.2)
            assert fault.met == 1
        assert texts(alice, 1) == ["hello"]


def test_an_event_can_arrive_twice(
    app: Application, faults: Faults, ready: Json
) -> None:
    conversation, _ = app.chat("alice", "bob")
    with (
        Session(ready["http"], app.token("alice")) as alice,
        Session(ready["http"], app.token("bob")) as bob,
        faults.duplicate_events(
            user="alice", application=app.id, event="message", times=1
        ) as fault,
    ):
        app.say(conversation, "one")
        app.say(conversation, "two")
        assert texts(alice, 3) == ["one", "one", "two"]
        assert texts(bob, 2) == ["one", "two"]
        assert (fault.met, fault.active) == (1, False)
    assert [event["type"] for event in app.events(conversation)].count("message") == 2


def test_events_can_arrive_in_a_different_order(
    app: Application, faults: Faults, ready: Json
) -> None:
    conversation, _ = app.chat("alice", "bob")
    other = app.conversation()
    app.member(other, "alice")
    with (
        Session(ready["http"], app.token("alice")) as alice,
        Session(ready["http"], app.token("alice")) as second,
        Session(ready["http"], app.token("bob")) as bob,
    ):
        which: Any = {"user": "alice", "application": app.id}
        with faults.reorder_events(conversation=conversation, **which) as fault:
            for text in ("1", "2", "3"):
                app.say(conversation, text)
            app.say(other, "elsewhere")
            for session in (alice, second):
                assert texts(session, 3) == ["2", "1", "elsewhere"]
            assert texts(bob, 3) == ["1", "2", "3"]
            assert fault.met == 2
        for session in (alice, second):
            assert texts(session, 1) == ["3"], "nothing is held back forever"


def test_held_back_messages_of_a_closed_socket_do_no_harm(
    app: Application, faults: Faults, ready: Json
) -> None:
    conversation, _ = app.chat("alice")
    with faults.reorder_events(application=app.id):
        with Session(ready["http"], app.token("alice")):
            app.say(conversation, "1")
        with Session(ready["http"], app.token("alice")) as alice:
            app.say(conversation, "2")
            app.say(conversation, "3")
            assert texts(alice, 2) == ["3", "2"]


# Tokens


def test_tokens_can_be_expired_now(
    app: Application, faults: Faults, ready: Json
) -> None:
    app.user("alice")
    app.user("bob")
    old, bob = app.token("alice"), app.caller("bob")
    alice = app.bearer(old)
    assert status(alice, "/v1/users/me") == status(bob, "/v1/users/me") == 200
    with (
        Session(ready["http"], old) as session,
        Session(ready["http"], app.token("bob")) as other,
        faults.expire_tokens(user="alice", application=app.id) as fault,
    ):
        assert fault.met == 1
        assert session.ended() == ["41"]
        check(alice.get("/v1/users/me"), *EXPIRED)
        assert status(bob, "/v1/users/me") == 200
        assert status(app.admin) == 200
        assert status(app.caller("alice"), "/v1/users/me") == 200
        Session(ready["http"], app.token("alice")).close()
        other.send("2")
        assert other.frame() == "3"
    assert status(alice, "/v1/users/me") == 200


def test_a_token_expired_by_two_faults_works_again_when_both_have_ended(
    app: Application, faults: Faults
) -> None:
    assert status(app.admin) == 200
    with faults.expire_tokens(application=app.id):
        with faults.expire_tokens(application=app.id):
            check(app.admin.get("/v1/users"), *EXPIRED)
        check(app.admin.get("/v1/users"), *EXPIRED)
    assert status(app.admin) == 200


# Webhooks


def test_paused_webhooks_wait(
    app: Application, faults: Faults, receiver: Receiver
) -> None:
    stopped, other = app.conversation(), app.conversation()
    with faults.stop_webhooks(conversation=stopped, application=app.id) as fault:
        app.say(stopped, "one")
        app.say(stopped, "two")
        app.say(other, "three")
        assert receiver.until("three") == ["three"]
        eventually(lambda: fault.met == 1)  # it affects one conversation, later
    assert receiver.until("two") == ["three", "one", "two"]


def test_webhooks_can_arrive_twice(
    app: Application, faults: Faults, receiver: Receiver
) -> None:
    conversation = app.conversation()
    with faults.duplicate_webhooks(
        application=app.id, event="message", times=1
    ) as fault:
        app.say(conversation, "one")
        app.say(conversation, "two")
        assert receiver.until("two") == ["one", "one", "two"]
        assert (fault.met, fault.active) == (1, False)


def test_webhooks_can_arrive_in_a_different_order(
    app: Application, faults: Faults, receiver: Receiver
) -> None:
    conversation = app.conversation()
    app.say(conversation, "zero")
    assert receiver.until("zero") == ["zero"]
    with faults.reorder_webhooks(application=app.id, event="message", times=1) as fault:
        for text in ("one", "two", "three"):
            app.say(conversation, text)
        assert receiver.until("three") == ["zero", "two", "one", "three"]
        assert (fault.met, fault.active) == (1, False)


def test_a_fault_doesnt_apply_to_another_applications_webhooks(
    app: Application,
    make_application: Callable[[], Application],
    faults: Faults,
    receiver: Receiver,
) -> None:
    with (
        faults.stop_webhooks(application=make_application().id),
        faults.duplicate_webhooks(application=app.id, event="text"),
    ):
        app.say(app.conversation(), "one")
        assert receiver.until("one") == ["one"]


# PyPI vonage


class Sdk(NamedTuple):
    """The installed SDK, on a new application.

    application: its id. users: the SDK's calls about users.
    """

    application: str
    users: Users


@pytest.fixture
def sdk(ready: Json, monkeypatch: pytest.MonkeyPatch) -> Sdk:
    """PyPI ``vonage``, unchanged, with its retries."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ready["ca"])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    options = HttpClientOptions(api_host=ready["tls"].removeprefix("https://"))
    account = Vonage(Auth(ready["api_key"], ready["api_secret"]), options)
    made = account.application.create_application(ApplicationConfig(name="Faults"))
    auth = Auth(application_id=made.id, private_key=private_pem(made))
    return Sdk(made.id, Vonage(auth, options).users)


def test_the_sdk_creates_ten_users_when_every_reply_is_lost(
    sdk: Sdk, faults: Faults
) -> None:
    with (
        faults.drop_reply(
            path="/v1/users", method="POST", application=sdk.application
        ) as fault,
        pytest.raises(ConnectionError, match="RemoteDisconnected"),
    ):
        sdk.users.create_user(user(display_name="Alice"))
    assert fault.met == 10
    users, _ = sdk.users.list_users()
    assert len(users) == 10


def test_the_sdk_creates_two_users_when_one_reply_is_lost(
    sdk: Sdk, faults: Faults
) -> None:
    with faults.drop_reply(application=sdk.application, times=1):
        made = sdk.users.create_user(user(display_name="Alice"))
    users, _ = sdk.users.list_users()
    assert len(users) == 2
    assert users[1].id == made.id


def test_the_sdk_raises_an_error_when_a_post_hits_a_rate_limit(
    sdk: Sdk, faults: Faults
) -> None:
    with faults.refuse(429, application=sdk.application) as fault:
        with pytest.raises(RateLimitedError):
            sdk.users.create_user(user(display_name="Alice"))
        assert fault.met == 1, "it doesn't try again"


def test_the_sdk_waits_as_told_when_a_get_hits_a_rate_limit(
    sdk: Sdk, faults: Faults
) -> None:
    with faults.refuse(429, application=sdk.application, retry_after=1, times=1):
        before = time.monotonic()
        assert sdk.users.list_users() == ([], None)
        assert time.monotonic() - before >= 1
