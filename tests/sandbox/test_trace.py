"""What the trace keeps, what it shows to whom, and what it never shows."""

import asyncio
import json
import pickle
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from waiting import eventually

from livechat_helpers.sandbox.http.request_notes import current, note
from livechat_helpers.sandbox.lab.redaction import Redactor
from livechat_helpers.sandbox.lab.trace_log import (
    KEPT,
    LARGEST_KEPT,
    MOST_NOTES,
    Client,
    Trace,
)
from livechat_helpers.sandbox.local_vonage import Options, Sandbox

from . import running
from .callers import Application, Caller, message
from .running import Json
from .sockets import Session, Socket

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl"


class Reader:
    """Reads everything that a sandbox traces from now on."""

    def __init__(self, account: Caller) -> None:
        self._account = account
        self._start = account.get("/_sandbox/trace", limit=0).json()["last"]

    def entries(self, **wanted: Any) -> list[Json]:
        """Return the entries with these fields."""
        query = {"after": self._start, "limit": KEPT}
        found = self._account.get("/_sandbox/trace", **query).json()["entries"]
        return [e for e in found if wanted.items() <= e.items()]

    def entry(self, **wanted: Any) -> Json:
        """Return the one entry with these fields, as soon as it's there."""
        return eventually(lambda: self.entries(**wanted))[0]


@pytest.fixture
def traced(account: Caller, app: Application) -> Reader:
    """What was traced since the test began, with a new application."""
    return Reader(account)


# What is kept


def test_a_request_is_recorded_with_both_bodies_and_its_sender(
    traced: Reader, app: Application
) -> None:
    answer = app.admin.post("/v1/users", {"name": "alice"})
    entry = traced.entry(method="POST", path="/v1/users")
    assert entry["kind"] == "request"
    assert entry["actor"] == "application"
    assert entry["application_id"] == app.id
    assert entry["status"] == 201
    assert json.loads(entry["body"]) == {"name": "alice"}
    assert json.loads(entry["answer"]) == answer.json()
    assert 0 < entry["seconds"] < 20
    assert entry["notes"] == []
    assert entry["at"].endswith("Z")


def test_the_trace_names_a_user_the_account_or_nobody_as_the_actor(
    traced: Reader, app: Application, account: Caller, anyone: Caller
) -> None:
    app.user("alice")
    app.caller("alice").get("/v1/users/alice")
    assert traced.entry(path="/v1/users/alice")["actor"] == "alice"
    account.get(f"/v2/applications/{app.id}")
    assert traced.entry(path=f"/v2/applications/{app.id}")["actor"] == "account"
    anyone.get("/v1/conversations")
    entry = traced.entry(path="/v1/conversations")
    assert (entry["actor"], entry["status"]) == ("nobody", 401)


@pytest.mark.parametrize(
    ("path", "body", "notes"),
    [
        (
            "/v1/users?size=1",
            {"name": "bob", "colour": "blue"},
            ["size", "colour"],
        ),
        (
            "/v2/applications?size=1",
            {"name": "x", "id": "1", "privacy": {"improve": True}},
            ["size", "id", "privacy.improve"],
        ),
    ],
)
def test_an_unknown_key_that_was_accepted_is_noted(
    traced: Reader, app: Application, path: str, body: Json, notes: list[str]
) -> None:
    caller = app.account if path.startswith("/v2/") else app.admin
    assert caller.post(path, body).status_code == 201
    entry = traced.entry(method="POST", path=path.partition("?")[0])
    assert entry["notes"] == [
        f'"{name}" is not known, so it was ignored' for name in notes
    ]


ODD_TOKENS: list[tuple[Callable[[int], Json], str]] = [
    (
        lambda now: {"exp": now * 1000 + 86400},
        "exp is in milliseconds, and should be in seconds",
    ),
    (lambda now: {"exp": str(now + 900)}, "exp is a string, and should be a number"),
    (lambda now: {"exp": now + 90_000}, "exp is more than 24 hours after iat"),
    (
        lambda now: {"iat": now, "exp": now + 29},
        "exp is less than 30 seconds after iat",
    ),
    (lambda now: {"jti": "one"}, "jti was used by another token"),
    (
        lambda now: {"acl": {"paths": {"/**": {"filters": {"a": 1}}}}},
        "the filters of the ACL path '/**' are ignored",
    ),
    (
        lambda now: {"acl": {"paths": {"v1/users": {}, "/**": {}}}},
        "the ACL path 'v1/users' covers nothing: it has no / first",
    ),
]


@pytest.mark.parametrize(
    ("odd", "note"),
    ODD_TOKENS,
    ids=["milliseconds", "string", "a day", "short", "jti", "filters", "no slash"],
)
def test_an_odd_token_that_was_accepted_is_noted(
    traced: Reader,
    app: Application,
    ready: Json,
    odd: Callable[[int], Json],
    note: str,
) -> None:
    app.user("alice")
    claims = {"acl": {"paths": {"/**": {}}}, **odd(int(time.time()))}
    if "jti" in claims:  # the first token with an id isn't odd
        first = app.minter.mint("alice", claims={**claims, "first": True})
        app.bearer(first).get("/v1/users/me")
        assert traced.entry(path="/v1/users/me")["notes"] == []
    token = app.minter.mint("alice", claims=claims)
    for _ in range(2):  # even if the sandbox already knows it
        assert app.bearer(token).get("/v1/users/alice").status_code == 200
    noted = [one["notes"] for one in traced.entries(path="/v1/users/alice")]
    assert noted == [[f"token: {note}"]] * 2
    with Session(ready["http"], token):
        assert traced.entry(path="/v2/rtc/")["notes"] == [f"token: {note}"]


def test_a_request_without_an_answer_yet_is_listed_without_a_status(
    traced: Reader, app: Application, ready: Json
) -> None:
    place = urlsplit(ready["http"])
    head = (
        "POST /v1/users HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n"
        f"Authorization: Bearer {app.minter.mint()}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(head.encode())
        entry = traced.entry(path="/v1/users")
        assert (entry["status"], entry["seconds"]) == (None, None)
        connection.sendall(b'{"name":"clara"}')
        assert connection.recv(100).startswith(b"HTTP/1.1 201")
    [answered] = traced.entries(path="/v1/users")
    assert (answered["id"], answered["status"]) == (entry["id"], 201)


def test_the_trace_leaves_out_the_sandboxs_own_paths_and_preflights(
    traced: Reader, account: Caller, http: httpx.Client
) -> None:
    account.get("/_sandbox/health")
    asked = http.options(
        "/v1/users",
        headers={
            "Origin": "http://localhost:8000",
            "Access-Control-Request-Method": "GET",
        },
    )
    assert asked.status_code == 200
    assert traced.entries(kind="request") == []


def test_a_long_body_is_cut_off_with_a_note(traced: Reader, app: Application) -> None:
    app.admin.post("/v1/users", {"name": "a", "properties": {"x": "y" * LARGEST_KEPT}})
    body = traced.entry(path="/v1/users")["body"]
    assert body.endswith("y… [cut]")
    assert len(body) < LARGEST_KEPT


def test_a_websocket_is_a_request_and_frames_both_ways(
    traced: Reader, app: Application, ready: Json
) -> None:
    app.user("dora")
    with Session(ready["http"], app.token("dora")) as session:
        opened = traced.entry(kind="request", status=101)
        assert (opened["method"], opened["actor"]) == ("GET", "dora")
        login = traced.entry(kind="frame", event="session:success")
        assert (login["actor"], login["direction"]) == ("dora", "out")
        assert login["session_id"] == session.id
        session.leave()
        left = traced.entry(kind="frame", event="session:logout")
        assert (left["actor"], left["direction"]) == ("dora", "in")
    opening, *_ = traced.entries(kind="frame")
    assert (opening["actor"], opening["event"]) == ("dora", None)
    assert opening["body"].startswith('0{"sid":')


def test_a_websocket_that_nobody_serves_is_refused(traced: Reader, ready: Json) -> None:
    place = urlsplit(ready["http"])
    head = (
        "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 403")
    assert traced.entry(path="/nowhere")["status"] == 403


def test_a_webhook_is_recorded_with_its_outcome() -> None:
    trace = Trace(strict=False)
    about: Json = {
        "application_id": "1",
        "conversation_id": "CON-1",
        "event_type": "message",
        "address": "http://user:canary@127.0.0.1:9/hook?token=canary",
        "seconds": 0.5,
    }
    trace.webhook(**about, attempt=1, outcome="no connection", given_up=False)
    trace.webhook(**about, attempt=2, outcome=204, given_up=False)
    failed, delivered = trace.entries()
    assert failed["kind"] == "webhook"
    assert (failed["status"], failed["notes"]) == (None, ["no connection"])
    assert (delivered["status"], delivered["attempt"]) == (204, 2)
    assert delivered["event"] == "message"
    assert "canary" not in json.dumps([failed, delivered])


def test_a_webhook_that_is_given_up_says_why_and_its_address_is_cut() -> None:
    trace = Trace(strict=False)
    trace.webhook(
        application_id="1",
        conversation_id="CON-1",
        event_type="message",
        address="http://127.0.0.1:9/" + "a" * 900_000,
        attempt=1,
        outcome="no connection",
        seconds=0.5,
        given_up=True,
    )
    [entry] = trace.entries()
    assert entry["notes"] == ["no connection", "given up"]
    assert entry["address"].endswith("a… [cut]")
    assert len(entry["address"]) < 3000
    assert _held(trace) < 10_000


def test_a_request_with_countless_oddities_leaves_a_few_short_notes() -> None:
    trace = Trace(strict=False)

    async def ask() -> None:
        _begin(trace, "/v1/users")
        for number in range(1000):
            note(f"{number} {'k' * 10_000}")

    asyncio.run(ask())
    [entry] = trace.entries()
    assert len(entry["notes"]) == MOST_NOTES
    assert entry["notes"][0].startswith("0 kkk")
    assert entry["notes"][0].endswith("k… [cut]")
    assert len(entry["notes"][0]) < 220
    assert entry["notes"][-1] == "and 981 more"
    assert _held(trace) < 20_000


def test_every_note_that_is_kept_is_shown() -> None:
    trace = Trace(strict=False)

    async def ask() -> None:
        _begin(trace, "/v1/users")
        for number in range(MOST_NOTES):
            note(str(number))

    asyncio.run(ask())
    [entry] = trace.entries()
    assert entry["notes"] == [str(number) for number in range(MOST_NOTES)]


def test_a_secret_at_the_cut_of_a_note_is_removed() -> None:
    trace = Trace(strict=False, secrets=["s3cr3t" * 5])

    async def ask() -> None:
        _begin(trace, "/v1/users")
        for size in range(180, 460):
            current.set(None)
            _begin(trace, "/v1/users")
            note("k" * size + "s3cr3t" * 5)

    asyncio.run(ask())
    assert "s3cr3t" not in json.dumps(list(trace.entries()))


def test_a_long_address_of_a_request_is_cut() -> None:
    trace = Trace(strict=False)
    _begin(trace, "/" + "p" * 100_000, b"q" * 100_000)
    [entry] = trace.entries()
    assert entry["path"].endswith("p… [cut]")
    assert entry["query"].endswith("q… [cut]")
    assert _held(trace) < 10_000


def _request(path: str, query: bytes = b"") -> Json:
    """Return ASGI's description of a request without headers."""
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query,
        "headers": [],
    }


def _begin(trace: Trace, path: str, query: bytes = b"") -> None:
    """Start a request that's never answered."""

    async def nothing(*_: Any) -> Any: ...

    scope = _request(path, query)
    trace.request(scope, nothing, nothing)


def _held(trace: Trace) -> int:
    """Return the size of everything a trace keeps, as bytes of its pickle."""
    return len(pickle.dumps(list(trace._kept)))  # no public attribute has them


def test_only_the_last_entries_are_kept() -> None:
    trace = Trace(strict=False)
    for number in range(KEPT + 10):
        trace.frame("out", Client("alice", "SES-1"), f'42["message",{{"id":{number}}}]')
    entries = list(trace.entries(limit=2 * KEPT))
    assert len(entries) == KEPT
    assert entries[0]["id"] == 11
    assert trace.last == KEPT + 10


# Who reads it, and how


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/_sandbox/"),
        ("GET", "/_sandbox/trace"),
        ("DELETE", "/_sandbox/trace"),
        ("GET", "/_sandbox/trace/events"),
        ("GET", "/_sandbox/trace.js"),
    ],
)
def test_only_the_account_can_look_and_a_browser_asks_for_its_key(
    anyone: Caller, app: Application, method: str, path: str
) -> None:
    for caller in (anyone, app.admin):
        answer = caller.call(method, path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Basic realm="')


def test_a_call_with_the_last_number_gets_what_is_new(
    account: Caller, app: Application
) -> None:
    last = account.get("/_sandbox/trace").json()["last"]
    assert account.get("/_sandbox/trace", after=last).json() == {
        "entries": [],
        "last": last,
    }
    for name in ("one", "two", "three"):
        app.user(name)
    answer = account.get("/_sandbox/trace", after=last, limit=2).json()
    assert [json.loads(e["body"])["name"] for e in answer["entries"]] == [
        "two",
        "three",
    ]
    assert answer["last"] == answer["entries"][-1]["id"] == last + 3
    assert account.get("/_sandbox/trace", limit=0).json()["entries"] == []


def test_a_number_from_before_a_restart_hides_no_messages(
    account: Caller, app: Application
) -> None:
    app.user("one")
    answer = account.get("/_sandbox/trace", after=10**9).json()
    assert answer["entries"]


@pytest.mark.parametrize("given", ["-1", "x", "", "1.5", "9" * 30, "²"])
def test_an_invalid_number_is_refused(account: Caller, given: str) -> None:
    assert account.get("/_sandbox/trace", after=given).status_code == 400
    assert account.get("/_sandbox/trace", limit=given).status_code == 400


def test_clearing_forgets_everything_and_the_numbering_continues(
    account: Caller, app: Application
) -> None:
    before = account.get("/_sandbox/trace").json()["last"]
    assert account.delete("/_sandbox/trace").status_code == 204
    assert account.get("/_sandbox/trace").json() == {"entries": [], "last": before}
    app.user("next")
    [entry] = account.get("/_sandbox/trace").json()["entries"]
    assert entry["id"] == before + 1


def test_invalid_unicode_in_the_trace_can_still_be_read() -> None:
    trace = Trace(strict=False)
    trace.frame("in", Client("\ud800", "SES-1"), '42["\ud800\udfff"]')
    json.dumps(list(trace.entries()), ensure_ascii=False).encode()


@pytest.mark.parametrize("path", ["/_sandbox/trace", "/_sandbox/trace/events"])
def test_reading_a_full_trace_doesnt_block_others(tmp_path: Path, path: str) -> None:
    given = asyncio.run(_given_in_each_turn(tmp_path, path))
    assert given.total() == 200
    assert max(given.values()) <= 2


async def _given_in_each_turn(folder: Path, path: str) -> Counter[int]:
    """Return how many of 200 entries are sent in each turn of the event loop."""
    sandbox = Sandbox(folder, Options(synchronous="OFF"))
    for _ in range(200):
        sandbox.trace.frame("in", Client("alice", "SES-1"), '42["message",{}]')
    turn = 0
    given: Counter[int] = Counter()

    async def receive() -> Json:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        given[turn] += message.get("body", b"").count(b'"kind"')
        if given.total() == 200:
            sandbox.trace.close()  # otherwise, its stream never ends

    basic = httpx.BasicAuth(sandbox.account.api_key, sandbox.account.api_secret)
    asked = next(basic.auth_flow(httpx.Request("GET", "http://localhost")))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"limit=200",
        "headers": [(name.lower(), value) for name, value in asked.headers.raw],
    }
    answering = asyncio.ensure_future(sandbox.app()(scope, receive, send))
    while not answering.done():
        await asyncio.sleep(0)
        turn += 1
    await answering
    sandbox.stop()
    await sandbox.close()
    return given


# The stream


@contextmanager
def stream(ready: Json) -> Iterator[Iterator[tuple[str, Any]]]:
    """Open the stream; yields the name and the data of each of its events."""
    url = f"{ready['http']}/_sandbox/trace/events"
    basic = (ready["api_key"], ready["api_secret"])
    with httpx.stream("GET", url, auth=basic, trust_env=False, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")

        def events() -> Iterator[tuple[str, Any]]:
            name = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, json.loads(line.removeprefix("data: "))

        yield events()


def test_the_stream_starts_with_the_past_and_continues_live(
    account: Caller, app: Application, ready: Json
) -> None:
    account.delete("/_sandbox/trace")
    app.user("before")
    with stream(ready) as events:
        assert next(events) == ("start", None)
        name, [entry] = next(events)
        assert (name, json.loads(entry["body"])) == ("entries", {"name": "before"})
        app.user("after")
        name, [entry] = next(events)
        assert (name, json.loads(entry["body"])) == ("entries", {"name": "after"})
        assert entry["status"] == 201
        account.delete("/_sandbox/trace")
        assert next(events) == ("start", None)


def test_a_request_reappears_on_the_stream_once_it_is_answered() -> None:
    async def scenario() -> None:
        trace = Trace(strict=False)
        scope = _request("/x")
        sent = []

        async def receive() -> Json:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        _, noted = trace.request(scope, receive, send)
        batches = trace.follow(back=10)
        assert await anext(batches) is None
        [waiting] = await anext(batches) or []
        assert waiting["status"] is None
        await noted({"type": "http.response.start", "status": 204, "headers": []})
        await noted({"type": "http.response.body", "body": b""})
        [answered] = await anext(batches) or []
        assert (answered["id"], answered["status"]) == (waiting["id"], 204)
        assert len(sent) == 2

    asyncio.run(scenario())


def test_a_slow_reader_of_the_stream_misses_what_was_forgotten_in_the_meantime() -> (
    None
):
    async def scenario() -> None:
        trace = Trace(strict=False)
        batches = trace.follow(back=10)
        assert await anext(batches) is None
        for number in range(3 * KEPT):
            trace.frame(
                "out", Client("alice", "SES-1"), f'42["message",{{"id":{number}}}]'
            )
        read: list[Json] = []
        while len(read) < KEPT:
            batch = list(await anext(batches) or [])
            assert 0 < len(batch) <= 50
            read += batch
        assert [entry["id"] for entry in read] == [*range(2 * KEPT + 1, 3 * KEPT + 1)]

    asyncio.run(scenario())


def test_an_open_stream_doesnt_keep_a_sandbox_from_stopping(tmp_path: Path) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    basic = (ready["api_key"], ready["api_secret"])
    url = f"{ready['http']}/_sandbox/trace/events"
    with httpx.stream("GET", url, auth=basic, trust_env=False, timeout=60) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 1000", "milliseconds, if the stream is lost"
        assert [next(lines), next(lines)] == ["", "event: start"]
        assert program.stop() == 0
        assert list(lines)  # the stream ended properly; it wasn't cut off
    assert program.errors() == ""


# Secrets


def test_no_secret_leaves_the_trace(
    account: Caller, app: Application, ready: Json, key: RSAPrivateKey
) -> None:
    traced = Reader(account)
    made = account.post("/v2/applications", {"name": "made"}).json()
    pem = key.private_bytes(  # a client might send this by mistake
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()
    tokens = [app.token("erik", seconds=900 + more) for more in range(4)]
    app.user("erik")
    app.admin.post(
        "/v1/conversations",
        {
            "name": f"with {ready['api_secret']} in it",
            "display_name": f"and {tokens[0]} too",
            "properties": {
                "custom_data": {
                    "key": pem,
                    "signature": ready["signature_secret"],
                    "token": "canary-by-name",
                }
            },
        },
    )
    app.admin.get(f"/v1/users/{tokens[0]}", token=tokens[1], api_secret="canary-query")
    with Session(ready["http"], tokens[1]) as session:
        app.bearer(tokens[2]).put(f"/v0.2/sessions/{session.id}", {})
        body = {"token": tokens[3], "password": "canary-in-frame"}
        frame = json.dumps(["session:login", {"tid": "1", "body": body}])
        session.send(f"42{frame}")
        eventually(lambda: traced.entries(event="session:login"))
    with Socket(ready["http"], token="canary-no-token", EIO="4") as refused:
        refused.join()
    with stream(ready) as events:
        next(events)
        streamed: list[Json] = []
        while len(streamed) < len(traced.entries()):
            streamed += next(events)[1]
    shown = json.dumps([traced.entries(), streamed])
    secrets = [
        *(token for token in tokens),
        *(token.split(".")[2] for token in tokens),
        *(token.split(".")[1] for token in tokens),
        *_lines_of_key(made["keys"]["private_key"]),
        *_lines_of_key(pem),
        ready["api_secret"],
        ready["signature_secret"],
        "canary",
    ]
    assert len(shown) > 5000
    for secret in secrets:
        assert secret not in shown
    assert "eyJ...[redacted]" in shown
    assert "Basic " not in shown and "Bearer " not in shown


def _lines_of_key(pem: str) -> list[str]:
    return [line for line in pem.splitlines() if "-----" not in line]


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        f"Bearer%20{JWT} and more",
        f'{{"a": "{JWT}"}}',
        f"/v1/users/{JWT}/conversations",
        f"tail {JWT[:30]}",
        '{"jwt":  "signature-of-alice\\" c2lnbmF0dXJlLW9mLWFsaWNl"}',
        "?x=1&token=c2lnbmF0dXJlLW9mLWFsaWNl&y=2",
        "-----BEGIN RSA PRIVATE KEY-----\\nc2lnbmF0dXJlLW9mLWFsaWNl",
        "http://someone:c2lnbmF0dXJlLW9mLWFsaWNl@example.com/",
        "a value: s3cr3t",
    ],
)
def test_a_secret_is_removed_from_any_text(text: str) -> None:
    shown = Redactor(["s3cr3t"])(text)
    assert "[redacted]" in shown
    for secret in ("c2lnbmF0dXJl", "eyJzdWI", "hbGciOi", "s3cr3t"):
        assert secret not in shown


def test_ordinary_text_stays_as_it_is() -> None:
    text = json.dumps(message("heyJude, see www.example.com: token = 3?"))
    assert Redactor(["s3cr3t"])(text) == text


def test_a_secret_at_the_cut_is_removed(
    traced: Reader, app: Application, ready: Json
) -> None:
    for secret in (ready["api_secret"], JWT, "-----BEGIN PRIVATE KEY-----\nMII"):
        half = len(secret) // 2
        filler = "y" * (LARGEST_KEPT - half - len('{"name": "'))
        app.admin.post("/v1/users", {"name": filler + secret})
    entries = traced.entries(path="/v1/users")
    assert len(entries) == 3
    for entry in entries:
        assert entry["body"].endswith("y… [cut]")


@pytest.mark.parametrize("before", ["", "Bearer%20", "x", "a.b.", "eyJ_"])
@pytest.mark.parametrize("after", ["", ".", ". More", ", more", '"}'])
def test_a_token_is_found_wherever_it_is(before: str, after: str) -> None:
    shown = Redactor()(f"{before}{JWT}{after}")
    assert "[redacted]" in shown
    assert not re.search("hbGciOi|eyJzdWI|c2lnbmF0", shown)


def test_ordinary_words_with_dots_are_skipped_quickly() -> None:
    clean = Redactor(["s3cr3t"])
    calls: list[str] = []
    sys.setprofile(lambda frame, kind, _: calls.append(frame.f_code.co_name))
    try:
        clean("a.b www.example.com " * 500)
    finally:
        sys.setprofile(None)
    assert len(calls) < 100


def test_a_hostile_body_is_read_quickly() -> None:
    clean = Redactor(["s3cr3t"])
    for pattern in (
        "ey",
        "eyJ.",
        "-----BEGIN ",
        '"token":"',
        "://",
        "\\",
        "eyJa-",
        "eyJ",
    ):
        clean(pattern * (LARGEST_KEPT // len(pattern)))  # a test has a time limit
