"""Webhooks: every event once, in order, signed, whatever happens to either side."""

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from vonage_jwt import verify_signature
from waiting import eventually

from livechat_helpers.sandbox.delivery.webhook_queue import (
    MOST_WAITING,
    PAUSES,
    SIDE_BY_SIDE,
)
from livechat_helpers.sandbox.storage.schema import STEPS
from livechat_helpers.tokens import inspect

from . import running
from .callers import Application, Caller, basic
from .receivers import Received, Receiver
from .running import Json, unused_port

DELETED = "conversation:deleted"
EXAMPLES = json.loads(Path(__file__).with_name("rtc_webhooks.json").read_text())


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that accepts everything."""
    with Receiver() as receiver:
        yield receiver


class Gate:
    """Only answers webhooks once it's open.

    closed_for: the text of the message that it holds; None for all messages.
    """

    def __init__(self, closed_for: str | None = None) -> None:
        self._closed_for = closed_for
        self._open = threading.Event()
        self.reached = threading.Event()

    def answer(self, webhook: Received) -> int:
        """Wait at the gate, then accept the webhook."""
        if self._closed_for in (None, webhook.event["body"].get("text")):
            self.reached.set()
            assert self._open.wait(60)
        return 200

    def open(self) -> None:
        """Let everything through."""
        self._open.set()


def send_to(account: Caller, app: Application, url: str, **more: Any) -> None:
    """Send an application's webhooks to an address.

    more: more of the ``rtc`` capability; ``http_method`` belongs to the address.
    """
    event_url = {"address": url, "http_method": more.pop("http_method", "POST")}
    rtc = {"webhooks": {"event_url": event_url}, **more}
    body = {"name": "A test", "capabilities": {"rtc": rtc}}
    answer = account.put(f"/v2/applications/{app.id}", body)
    assert answer.status_code == 200, answer.text


def waiting(folder: Path, application_id: str | None = None) -> list[str]:
    """Return the bodies of the webhooks in a sandbox's file."""
    with closing(sqlite3.connect(folder / "sandbox.sqlite3")) as file:
        rows = file.execute(
            "SELECT body FROM webhooks WHERE application_id = ?1 OR ?1 IS NULL"
            " ORDER BY position",
            (application_id,),
        )
        return [body for (body,) in rows]


def until_none_waits(folder: Path, app: Application) -> None:
    """Wait until every webhook of an application is delivered or given up."""
    eventually(lambda: not waiting(folder, app.id))


# What is sent


_KINDS = {
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "id": r"((CON|USR|MEM)-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}


def form(value: Any) -> Any:
    """Return a value in which types replace texts and numbers."""
    if isinstance(value, dict):
        return {
            key: form(inner) if key != "custom_data" else "anything"
            for key, inner in value.items()
        }
    if isinstance(value, str):
        kinds = (kind for kind, text in _KINDS.items() if re.fullmatch(text, value))
        kind = next(kinds, "text")
        return value[:4] + kind if kind == "id" and value[3] == "-" else kind
    return type(value).__name__


def as_vonage_sends(name: str) -> Json:
    """Return the form of an example from Vonage."""
    example = json.loads(json.dumps(EXAMPLES[name]))
    if name == "member:invited":  # either nobody or bob invites; here it's bob
        example["body"]["initiator"]["invited"] = {
            "isSystem": False,
            **{key: example["body"]["user"][key] for key in ("user_id", "member_id")},
        }
    if name == "conversation:updated":  # here, the application updates it
        del example["from"], example["_embedded"]
    return form(example)


def test_every_event_has_the_documented_form(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    send_to(account, app, receiver.url)
    person = {
        "image_url": "https://example.com/a.png",
        "properties": {"custom_data": {"tier": "gold"}},
    }
    for name in ("alice", "bob"):
        app.user(name, display_name=name.title(), **person)
    conversation = app.conversation(name="support-42")
    alice, bob = app.caller("alice"), app.caller("bob")
    path = f"/v1/conversations/{conversation}"

    def join(caller: Caller, state: str, name: str) -> str:
        body = {"state": state, "user": {"name": name}, "channel": {"type": "app"}}
        return caller.post(f"{path}/members", body).json()["id"]

    def tell(kind: str, **body: Any) -> Json:
        answer = alice.post(f"{path}/events", {"type": kind, "body": body})
        assert answer.status_code == 201, answer.text
        return answer.json()

    join(bob, "joined", "bob")
    alices = join(bob, "invited", "alice")
    alice.patch(f"{path}/members/{alices}", {"state": "joined"})
    said = tell("message", message_type="text", text="Hello")["id"]
    tell("message", message_type="image", image={"url": "https://example.com/a.png"})
    tell("message:delivered", event_id=said)
    tell("message:seen", event_id=said)
    text = tell("text", text="Hello")["id"]
    tell("text:delivered", event_id=text)
    tell("text:seen", event_id=text)
    tell("text:typing:on", activity=1)
    tell("text:typing:off", activity=0)
    tell("ephemeral", x=1)
    tell("custom:order", sku="A1")
    tell("image", representations=EXAMPLES["image"]["body"]["representations"])
    assert alice.delete(f"{path}/events/{said}").status_code == 204
    changed = {"name": "support-42", "display_name": "Support 42"}
    assert app.admin.put(path, changed).status_code == 200
    leaving = {"state": "left", "reason": {"code": "done", "text": "solved"}}
    assert bob.patch(f"{path}/members/me", leaving).status_code == 200
    assert app.admin.delete(path).status_code == 204

    eventually(lambda: receiver.types(conversation)[-1:] == [DELETED])
    came = [webhook.event for webhook in receiver.of(conversation)]
    joined_after_invitation = came.pop(3)
    assert joined_after_invitation["body"]["timestamp"].keys() == {"invited", "joined"}
    sent = [
        "conversation:created",
        "member:joined",
        "member:invited",
        "message",
        "message(image)",
        "message:delivered",
        "message:seen",
        "text",
        "text:delivered",
        "text:seen",
        "text:typing:on",
        "text:typing:off",
        "custom",
        "image",
        "event:delete",
        "conversation:updated",
        "member:left",
        DELETED,
    ]
    assert [event["type"] for event in came] == [EXAMPLES[n]["type"] for n in sent]
    for event, name in zip(came, sent, strict=True):
        assert form(event) == as_vonage_sends(name), name
        assert list(event) == [k for k in EXAMPLES[name] if k in event], name
        assert event["application_id"] == app.id
    ids = [event["id"] for event in came if "id" in event]
    assert ids == [1, 2, *range(4, 4 + len(ids) - 2)], "event 3 is Alice joining"
    assert came[3]["_embedded"]["from_user"]["custom_data"] == {"tier": "gold"}
    assert came[-1]["body"]["reason"] == "deleted"


def test_an_event_from_the_application_itself_names_no_sender(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    send_to(account, app, receiver.url)
    app.say(app.conversation(), "from nobody")
    receiver.until("from nobody")
    event = receiver.received[-1].event
    assert not {"from", "_embedded"} & event.keys()
    assert receiver.received[-1].headers["content-type"] == "application/json"


def test_a_conversation_that_ends_by_its_ttl_is_reported_without_a_request(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    send_to(account, app, receiver.url)
    app.conversation(properties={"ttl": 3600})  # this one doesn't expire next
    over = app.conversation(properties={"ttl": 1})
    later = app.conversation(properties={"ttl": 60})
    app.admin.put(f"/v1/conversations/{later}", {"properties": {"ttl": 1}})
    both = [[DELETED], [DELETED]]
    eventually(lambda: [receiver.types(each)[-1:] for each in (over, later)] == both)
    for conversation in (over, later):
        told = receiver.of(conversation)[-1].event["body"]
        assert told["reason"] == "ttl"
        created, destroyed = (
            datetime.fromisoformat(told["timestamp"][name])
            for name in ("created", "destroyed")
        )
        assert destroyed - created == timedelta(seconds=1)
    kinds = [one.event["type"] for one in receiver.received]
    assert kinds.count(DELETED) == 2


def test_a_refused_request_creates_no_event(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    send_to(account, app, receiver.url)
    conversation = app.conversation(name="taken")
    assert app.admin.post("/v1/conversations", {"name": "taken"}).status_code == 409
    path = f"/v1/conversations/{conversation}/events"
    assert app.admin.post(path, {"type": "message", "body": {}}).status_code == 400
    app.say(conversation, "the end")
    receiver.until("the end")
    assert receiver.types(conversation) == ["conversation:created", "message"]
    assert len(receiver.received) == 2


def test_a_conversations_own_callback_gets_the_events_in_its_mask(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    with Receiver() as second:
        send_to(account, app, receiver.url)
        mask = "member:*, custom:order,conversation:deleted"
        callback = {"url": second.url, "event_mask": mask, "params": {"desk": "7"}}
        conversation = app.conversation(callback=callback)
        app.user("alice")
        app.member(conversation, "alice")
        path = f"/v1/conversations/{conversation}"
        app.say(conversation, "Hello")
        for name in ("custom:order", "custom:orders"):
            app.admin.post(f"{path}/events", {"type": name, "body": {}})
        app.admin.delete(path)
        wanted = ["member:joined", "custom:order", DELETED]
        eventually(lambda: second.types(conversation) == wanted)
        assert all(w.event["params"] == {"desk": "7"} for w in second.received)
        eventually(lambda: len(receiver.received) == 6)
        assert not any("params" in webhook.event for webhook in receiver.received)


def test_a_callback_works_without_an_event_url_and_can_be_taken_away(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    conversation = app.conversation(callback={"url": receiver.url})
    app.say(conversation, "one")
    receiver.until("one")
    assert receiver.types(conversation) == ["conversation:created", "message"]
    app.admin.put(f"/v1/conversations/{conversation}", {})
    app.say(conversation, "two")
    other = app.conversation(callback={"url": receiver.url})
    app.say(other, "three")
    assert receiver.until("three") == ["one", "three"]


def test_an_application_with_a_get_webhook_gets_the_event_in_the_query(
    account: Caller, app: Application, ready: Json
) -> None:
    with Receiver() as receiver:
        send_to(account, app, f"{receiver.url}?from_us=1", http_method="GET")
        conversation = app.conversation()
        app.say(conversation, "Grüße & more")
        eventually(lambda: len(receiver.received) == 2)
    webhook = receiver.received[-1]
    assert (webhook.method, webhook.path, webhook.raw) == ("GET", "/event", b"")
    query = webhook.query
    assert query["from_us"] == "1"
    assert (query["type"], query["id"]) == ("message", "1")
    assert query["conversation_id"] == conversation
    assert json.loads(query["body"])["text"] == "Grüße & more"
    assert verify_signature(webhook.token, ready["signature_secret"])
    assert inspect(webhook.token)["payload_hash"] == hashlib.sha256(b"").hexdigest()


# The signature


@pytest.mark.parametrize("asked", [{}, {"signed_callbacks": True}])
def test_a_webhook_is_signed_with_the_hash_of_its_body(
    account: Caller, app: Application, receiver: Receiver, ready: Json, asked: Json
) -> None:
    send_to(account, app, receiver.url, **asked)
    app.say(app.conversation(), "Hello")
    receiver.until("Hello")
    seen = set()
    for webhook in receiver.received:
        assert verify_signature(webhook.token, ready["signature_secret"])
        assert not verify_signature(webhook.token, "another secret" * 4)
        claims = inspect(webhook.token)
        assert claims["payload_hash"] == hashlib.sha256(webhook.raw).hexdigest()
        assert abs(claims["iat"] - time.time()) < 20
        assert claims["iss"] == "Vonage"
        assert claims["api_key"] == ready["api_key"]
        assert claims["application_id"] == app.id
        seen.add(claims["jti"])
    assert len(seen) == 2


def test_without_signed_callbacks_nothing_is_signed(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    send_to(account, app, receiver.url, signed_callbacks=False)
    app.say(app.conversation(callback={"url": receiver.url}), "Hello")
    eventually(lambda: len(receiver.received) == 4)
    assert not any("authorization" in w.headers for w in receiver.received)


# The order, and what waits for what


def test_ten_writers_at_once_are_delivered_in_the_order_of_the_event_ids(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    send_to(account, app, receiver.url)
    places = [app.conversation() for _ in range(2)]
    with ThreadPoolExecutor(10) as pool:
        for done in [
            pool.submit(app.say, places[number % 2], str(number))
            for number in range(100)
        ]:
            done.result()
    eventually(lambda: len(receiver.received) == 102)
    for place in places:
        [created, *messages] = [webhook.event for webhook in receiver.of(place)]
        assert created["type"] == "conversation:created"
        assert [event["id"] for event in messages] == list(range(1, 51))
        stored = [event["body"]["text"] for event in app.events(place)]
        assert [event["body"]["text"] for event in messages] == stored


def test_a_slow_receiver_holds_up_neither_the_api_nor_other_conversations(
    account: Caller, app: Application
) -> None:
    gate = Gate("slow")
    with Receiver(gate.answer) as receiver:
        send_to(account, app, receiver.url)
        first, second = app.conversation(), app.conversation()
        app.say(first, "slow")
        assert gate.reached.wait(60)
        app.say(first, "after it")
        app.say(second, "beside it")
        assert receiver.until("beside it") == ["slow", "beside it"]
        assert len(app.events(first)) == 2
        gate.open()
        assert receiver.until("after it") == ["slow", "beside it", "after it"]


def test_the_number_of_conversations_in_parallel_has_a_limit(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    gate = Gate()
    with Receiver(gate.answer) as busy:
        send_to(account, app, busy.url)
        many = [app.conversation() for _ in range(SIDE_BY_SIDE + 5)]
        eventually(lambda: len(busy.received) == SIDE_BY_SIDE)
        # A busy receiver doesn't hold up another one.
        send_to(account, app, receiver.url)
        app.say(many[-1], "elsewhere")
        receiver.until("elsewhere")
        assert len(busy.received) == SIDE_BY_SIDE
        gate.open()
        eventually(lambda: len(busy.received) == len(many))


# Receivers that don't accept what they get


def answers(*statuses: int) -> Receiver:
    """Return a receiver that answers with these statuses first, and then with 200."""
    left = list(statuses)

    def answer(webhook: Received) -> int:
        is_message = webhook.event["type"] == "message"
        return left.pop(0) if is_message and left else 200

    return Receiver(answer)


@pytest.mark.parametrize("failure", [500, 503, 0])
def test_each_retry_has_its_own_signature(
    account: Caller, app: Application, failure: int
) -> None:
    with answers(failure) as receiver:
        send_to(account, app, receiver.url)
        conversation = app.conversation()
        app.say(conversation, "Hello")
        app.say(conversation, "next")
        assert receiver.until("next") == ["Hello", "Hello", "next"]
        first, second = receiver.received[1:3]
        assert first.raw == second.raw
        assert inspect(first.token)["jti"] != inspect(second.token)["jti"]


def test_after_three_failures_a_webhook_is_given_up_and_the_next_is_sent(
    account: Caller, app: Application
) -> None:
    with answers(500, 502, 599) as receiver:
        send_to(account, app, receiver.url)
        conversation = app.conversation()
        app.say(conversation, "Hello")
        app.say(conversation, "next")
        assert receiver.until("next") == ["Hello", "Hello", "Hello", "next"]
        first, second, third = (webhook.came for webhook in receiver.received[1:4])
        assert second - first >= PAUSES[0] >= 0.5
        assert third - second >= PAUSES[1] > PAUSES[0]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 302, 206])
def test_a_webhook_that_the_receiver_rejects_isnt_retried(
    account: Caller, app: Application, receiver: Receiver, status: int
) -> None:
    refusals = [status]

    def answer(webhook: Received) -> int:
        return refusals.pop() if refusals else 200

    with Receiver(answer, headers={"Location": receiver.url}) as refusing:
        send_to(account, app, refusing.url)
        app.say(app.conversation(), "next")
        refusing.until("next")
        assert [w.event["type"] for w in refusing.received] == [
            "conversation:created",
            "message",
        ]
    assert receiver.received == [], "no redirect is followed"


@pytest.mark.parametrize("status", [201, 202, 204, 205])
def test_every_status_up_to_205_accepts_a_webhook(
    account: Caller, app: Application, status: int
) -> None:
    with answers(status) as receiver:
        send_to(account, app, receiver.url)
        conversation = app.conversation()
        app.say(conversation, "Hello")
        app.say(conversation, "next")
        assert receiver.until("next") == ["Hello", "next"]


def test_a_receiver_has_five_seconds(account: Caller, app: Application) -> None:
    over = threading.Event()

    def answer(webhook: Received) -> int:
        if len(receiver.received) == 1:
            assert over.wait(60)
        return 200

    with Receiver(answer) as receiver:
        send_to(account, app, receiver.url)
        app.conversation()
        eventually(lambda: len(receiver.received) == 2)
        over.set()
        first, second = receiver.received
        assert second.came - first.came > 4  # a busy machine notes the first one late
        assert first.raw == second.raw
    [late, _] = eventually(lambda: tries(account, app)[1:] and tries(account, app))
    assert late["notes"] == ["no answer within 5 s"]
    assert late["status"] is None


def test_a_restarted_receiver_misses_nothing(account: Caller, app: Application) -> None:
    port = unused_port()
    send_to(account, app, f"http://127.0.0.1:{port}/event")
    conversation = app.conversation()
    app.say(conversation, "Hello")
    app.say(conversation, "next")
    eventually(lambda: len(tries(account, app)) >= 3)
    with Receiver(port=port) as receiver:
        assert receiver.until("next") == ["Hello", "next"]


# The pauses if nobody listens, shortened in a separate process for this test.
HASTY = """
import sys
from livechat_helpers.sandbox import server
from livechat_helpers.sandbox.delivery import webhook_queue as webhooks
webhooks.PAUSES_FOR_NOBODY = tuple(s / 50 for s in webhooks.PAUSES_FOR_NOBODY)
sys.exit(server.main(sys.argv[1:]))
"""


def test_a_webhook_that_nobody_receives_is_given_up(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    program = running.Program("-c", HASTY, "--data-dir", str(tmp_path))
    with account_of(program) as account:
        app = Application(account.http, account, key)
        port = unused_port()
        send_to(account, app, f"http://127.0.0.1:{port}/event")
        conversation = app.conversation()
        until_none_waits(tmp_path, app)
        told = tries(account, app)
        assert [entry["attempt"] for entry in told] == [1, 2, 3, 4, 5, 6]
        assert all(e["notes"][0].startswith("nobody listens: ") for e in told)
        assert "given up" in told[-1]["notes"]
        with Receiver(port=port) as receiver:
            app.say(conversation, "somebody there?")
            receiver.until("somebody there?")
            assert receiver.types(conversation) == ["message"]
    assert program.stop() == 0
    assert program.errors() == ""


def test_an_invalid_address_is_retried_like_others_and_given_up(
    account: Caller, app: Application, sandbox_dir: Path
) -> None:
    for address in ("ftp://127.0.0.1/x", "http://127.0.0.1:80800/event", "http://[::1"):
        app.conversation(callback={"url": address})
    until_none_waits(sandbox_dir, app)
    told = tries(account, app)
    assert [entry["attempt"] for entry in told].count(3) == 3, "each was tried again"
    assert sum("given up" in entry["notes"] for entry in told) == 3


def test_a_receivers_cookies_and_long_answers_are_ignored(
    account: Caller, app: Application
) -> None:
    with Receiver(headers={"Set-Cookie": "who=you"}) as receiver:
        send_to(account, app, receiver.url)
        app.say(app.conversation(), "Hello")
        receiver.until("Hello")
        assert not any("cookie" in webhook.headers for webhook in receiver.received)


def tries(account: Caller, app: Application) -> list[Json]:
    """Return the trace's entries about an application's webhooks."""
    answer = account.get("/_sandbox/trace", limit=1000)
    return [
        entry
        for entry in answer.json()["entries"]
        if entry["kind"] == "webhook" and entry["application_id"] == app.id
    ]


def test_every_try_is_in_the_trace(
    account: Caller, app: Application, sandbox_dir: Path
) -> None:
    with answers(500, 500, 500, 404, 503) as receiver:
        send_to(account, app, f"{receiver.url}?key=value")
        conversation = app.conversation()
        for text in ("never", "refused", "late"):
            app.say(conversation, text)
        eventually(lambda: len(receiver.received) == 7)
        until_none_waits(sandbox_dir, app)
    send_to(account, app, f"http://127.0.0.1:{unused_port()}/")
    app.say(conversation, "nobody")
    eventually(lambda: len(tries(account, app)) >= 10)
    told = tries(account, app)[:10]
    assert [(entry["status"], entry["attempt"]) for entry in told] == [
        (200, 1),
        *((500, attempt) for attempt in (1, 2, 3)),
        (404, 1),
        *((503, 1), (200, 2)),
        *((None, attempt) for attempt in (1, 2, 3)),
    ]
    given_up = ["given up" in entry["notes"] for entry in told]
    assert [number for number, is_so in enumerate(given_up) if is_so] == [3, 4]
    assert all(entry["conversation_id"] == conversation for entry in told)
    assert [entry["event"] for entry in told[:2]] == ["conversation:created", "message"]
    assert told[-1]["notes"][0].startswith("nobody listens: ")


# Changes to the application


def test_a_changed_address_applies_to_later_events(
    account: Caller, app: Application, receiver: Receiver
) -> None:
    gate = Gate()
    with Receiver(gate.answer) as before:
        send_to(account, app, before.url)
        conversation = app.conversation()
        app.say(conversation, "one")
        assert gate.reached.wait(60)
        send_to(account, app, receiver.url)
        app.say(conversation, "two")
        assert receiver.until("two") == ["two"]
        gate.open()
        assert before.until("one") == ["one"]


def test_pending_webhooks_of_a_deleted_application_arent_sent(
    account: Caller, app: Application, sandbox_dir: Path
) -> None:
    gate = Gate()
    with Receiver(gate.answer) as receiver:
        send_to(account, app, receiver.url)
        conversation = app.conversation()
        assert gate.reached.wait(60)
        app.say(conversation, "too late")
        assert len(waiting(sandbox_dir, app.id)) == 2
        assert account.delete(f"/v2/applications/{app.id}").status_code == 204
        assert waiting(sandbox_dir, app.id) == []
        gate.open()
    assert receiver.texts() == []


def test_without_webhooks_nothing_is_stored_and_no_http_client_loaded(
    app: Application, sandbox_dir: Path
) -> None:
    conversation = app.conversation()
    app.say(conversation, "Hello")
    assert waiting(sandbox_dir, app.id) == []
    look = "import sys, livechat_helpers.sandbox.server; print('httpx' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True)
    assert said.stdout.strip() == b"False"


# The queue on disk


@contextmanager
def account_of(program: running.Program) -> Iterator[Caller]:
    """Yield the account of a sandbox that only one test uses, once it's ready."""
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        yield basic(http, ready)


def test_pending_webhooks_survive_a_power_cut_in_order(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    gate = Gate()
    with Receiver(gate.answer) as receiver:
        program = running.sandbox(tmp_path)
        ready = program.ready()
        with httpx.Client(base_url=ready["http"], trust_env=False) as http:
            account = basic(http, ready)
            app = Application(http, account, key)
            send_to(account, app, receiver.url)
            places = [app.conversation() for _ in range(2)]
            for number in range(10):
                app.say(places[number % 2], str(number))
            assert gate.reached.wait(60)
            program.kill()
            assert len(waiting(tmp_path)) == 12
            receiver.received.clear()
            gate.open()
            program = running.sandbox(tmp_path)
            assert program.ready() == ready
            eventually(lambda: len(receiver.received) == 12)
            for place in places:
                [_, *messages] = [webhook.event for webhook in receiver.of(place)]
                assert [event["id"] for event in messages] == [1, 2, 3, 4, 5]
            until_none_waits(tmp_path, app)
            app.say(places[0], "goes on")
            receiver.until("goes on")
        assert program.stop() == 0
        assert program.errors() == ""


def test_a_sandbox_that_stops_doesnt_wait_for_a_receiver(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    gate = Gate()
    with Receiver(gate.answer) as receiver:
        program = running.sandbox(tmp_path)
        with account_of(program) as account:
            app = Application(account.http, account, key)
            send_to(account, app, receiver.url)
            app.conversation()
            assert gate.reached.wait(60)
        assert program.stop() == 0
        assert program.errors() == ""
        assert len(waiting(tmp_path)) == 1
        gate.open()


def test_a_reset_forgets_pending_work_and_starts_over(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    before, after = Gate("on its way"), Gate("stays")
    with Receiver(before.answer) as old, Receiver(after.answer) as new:
        program = running.sandbox(tmp_path)
        with account_of(program) as account:
            app = Application(account.http, account, key)
            send_to(account, app, old.url)
            conversation = app.conversation()
            app.say(conversation, "on its way")
            assert before.reached.wait(60)
            app.say(conversation, "gone")
            assert account.post("/_sandbox/reset").is_success
            assert waiting(tmp_path) == []
            # A webhook stored now replaces the one that's on its way.
            app = Application(account.http, account, key)
            app.say(app.conversation(callback={"url": new.url}), "stays")
            assert after.reached.wait(60)
            before.open()
            other = app.conversation(callback={"url": old.url})
            eventually(lambda: old.types(other) and len(waiting(tmp_path)) == 1)
            assert "stays" in waiting(tmp_path)[0]
            after.open()
            until_none_waits(tmp_path, app)
        assert old.texts() == ["on its way"]
        assert program.stop() == 0
        assert program.errors() == ""


def test_a_ttl_that_ran_out_while_nothing_ran_is_reported_at_the_start(
    tmp_path: Path, key: RSAPrivateKey, receiver: Receiver
) -> None:
    program = running.sandbox(tmp_path)
    with account_of(program) as account:
        app = Application(account.http, account, key)
        send_to(account, app, receiver.url)
        over = app.conversation(properties={"ttl": 1})
    program.kill()
    time.sleep(1)
    program = running.sandbox(tmp_path)
    with account_of(program):
        eventually(lambda: receiver.types(over)[-1:] == [DELETED])
    assert program.stop() == 0


def test_a_file_from_an_earlier_version_gets_a_queue(
    tmp_path: Path, key: RSAPrivateKey, receiver: Receiver
) -> None:
    with closing(sqlite3.connect(tmp_path / "sandbox.sqlite3")) as file:
        file.executescript(f"{STEPS[0]}PRAGMA user_version = 1;")
    program = running.sandbox(tmp_path)
    with account_of(program) as account:
        app = Application(account.http, account, key)
        send_to(account, app, receiver.url)
        app.say(app.conversation(), "Hello")
        receiver.until("Hello")
    assert program.stop() == 0


def test_an_applications_queue_has_a_limit(tmp_path: Path, key: RSAPrivateKey) -> None:
    gate = Gate()
    with Receiver(gate.answer) as receiver:
        program = running.sandbox(tmp_path)
        with account_of(program) as account:
            app, other = (Application(account.http, account, key) for _ in range(2))
            send_to(account, app, receiver.url)
            send_to(account, other, receiver.url)
            conversation = app.conversation()
            others = other.conversation()
            assert gate.reached.wait(60)
            fill(tmp_path, app.id, MOST_WAITING - 1)
            app.say(conversation, "one more")
            app.say(conversation, "and one more")
            other.say(others, "not concerned")
            found = [json.loads(body) for body in waiting(tmp_path, app.id)]
            assert len(found) == MOST_WAITING
            assert [event["type"] for event in found[:2]] == ["copy 1", "copy 2"]
            assert found[-1]["body"]["text"] == "and one more"
            [*_, lost] = tries(account, app)
            assert lost["notes"] == [
                f"{MOST_WAITING} newer ones are waiting",
                "given up",
            ]
            gate.open()
            other.say(others, "goes on")
            eventually(lambda: "goes on" in receiver.texts())
        program.kill()
        assert program.errors() == ""


def fill(folder: Path, application_id: str, count: int) -> None:
    """Queue some more webhooks for an application, each with its number."""
    columns = "application_id, conversation_id, type, address, method, signed"
    with closing(sqlite3.connect(folder / "sandbox.sqlite3", timeout=60)) as file, file:
        [row] = file.execute(
            f"SELECT {columns} FROM webhooks WHERE application_id = ?",
            (application_id,),
        )
        file.executemany(
            f"INSERT INTO webhooks ({columns}, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (*row, json.dumps({"type": f"copy {n}", "body": {}}))
                for n in range(count)
            ],
        )
