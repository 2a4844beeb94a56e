"""Every request gets an answer, never a 5xx, and harms nobody else."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from waiting import eventually

from .callers import Application, Caller
from .conftest import MakeApplication
from .running import Json

DEEP = b"[" * 100_000 + b"]" * 100_000

EVERYWHERE = [
    ("POST", "/v1/users"),
    ("PATCH", "/v1/users/alice"),
    ("POST", "/v0.3/conversations"),
    ("PUT", "/v0.3/conversations/here"),
    ("PATCH", "/v0.3/conversations/here"),
    ("POST", "/v0.3/conversations/here/members"),
    ("PATCH", "/v0.3/conversations/here/members/me"),
    ("POST", "/v0.3/conversations/here/events"),
    ("POST", "/beta/users"),
    ("PUT", "/beta/users/alice"),
    ("POST", "/beta/conversations"),
    ("PUT", "/beta/conversations/here"),
    ("POST", "/beta/conversations/here/members"),
    ("PUT", "/beta/conversations/here/members/me"),
    ("POST", "/beta/conversations/here/events"),
    ("PUT", "/v0.2/sessions/SES-1"),
]


@pytest.fixture(scope="module")
def busy(make_application: MakeApplication) -> Iterator[Application]:
    """An application with a user and a conversation, which survives each attack."""
    app = make_application()
    app.user("alice")
    app.conversation(name="here")
    app.member("here", "alice")
    yield app
    assert app.http.get("/_sandbox/health").json()["status"] == "ok"
    assert app.admin.post("/v1/users", {"name": "afterwards"}).status_code == 201
    assert app.caller("alice").get("/v0.3/conversations/here/events").is_success


def check(answer: Any) -> None:
    """Check that a request got an answer in the API's form, whatever it was."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        # The 2019 paths answer with a description.
        assert answer.json().keys() & {"title", "description"}


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00",
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32"),
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\\UD800", "display_name": "\\uD83D"}',
        b'{"properties": {"custom_data": {"\\udfff": 1}}}',
        b'{"name": "\\u0000", "display_name": "\\u0000"}',
        b'{"name": "n", "name": 5}',
        b'{"name": NaN}',
        b'{"properties": {"custom_data": {"x": Infinity}}}',
        b'{"properties": {"custom_data": {"x": 1e400}}}',
        b'{"properties": {"custom_data": {"x": -1e400}}}',
        b'{"properties": {"custom_data": {"x": 1e-400}}}',
        b'{"properties": {"ttl": 1e400}}',
        b'{"properties": {"ttl": 1' + b"0" * 4000 + b"}}",
        b'{"properties": {"ttl": 1' + b"0" * 9000 + b"}}",
        b'{"properties": {"custom_data": {"x": ' + b"9" * 4000 + b"}}}",
        DEEP,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"properties": {"custom_data": {"x": ' + DEEP + b"}}}",
        b"{" + b'"a": 1,' * 100_000 + b'"b": 1}',
        b'{"type": "custom:x", "body": {"x": "' + b"a" * 1_000_000 + b'"}}',
        b'{"type": "message", "body": {"message_type": "text", "text": "\\ud83d"}}',
        b'{"type": "message:seen", "body": {"event_id": 1e2}}',
        b'{"type": "message:seen", "body": {"event_id": 18446744073709551616}}',
        b'{"state": ["joined"], "user": [], "channel": 7}',
        b'{"state": "joined", "user": {"id": "\\u0000"}, "channel": {"type": null}}',
        b'{"state": "left", "reason": {"code": [], "text": {}}}',
        b'{"type": {"$ne": null}, "body": "x"}',
    ],
)
def test_any_body_gets_an_answer(busy: Application, raw: bytes) -> None:
    for method, path in EVERYWHERE:
        check(busy.caller("alice").send(method, path, raw))
        check(busy.admin.send(method, path, raw))


@pytest.mark.parametrize("levels", [*range(90, 110), 300, 500, *range(900, 1001, 5)])
def test_a_body_of_any_depth_is_refused_or_stored(
    busy: Application, levels: int
) -> None:
    inner = b"[" * levels + b"]" * levels
    for method, path, raw in (
        ("POST", "users", b'{"properties":{"custom_data":{"x":' + inner + b"}}}"),
        ("POST", "conversations/here/events", b'{"type":"custom:x","body":{"x":%b}}'),
    ):
        answer = busy.admin.send(
            method, f"/v1/{path}", raw if b"%b" not in raw else raw % inner
        )
        check(answer)
        if answer.is_success:
            again = busy.admin.get(answer.json()["_links"]["self"]["href"])
            assert again.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/users/%00",
        "/v1/users/%ff%fe",
        "/v1/users/%",
        "/v1/users/%zz",
        "/v1/users/%ed%a0%80",
        "/v1/users/..%2f..%2fetc%2fpasswd",
        "/v1/users/" + "a" * 30_000,
        "/v1/users/%F0%9F%99%82",
        "/v1/conversations/%0d%0aX-Evil:%201/events",
        "/v1/conversations/here/events/%D9%A1",
        "/v1/conversations/here/events/1e1",
        "/v1/conversations/here/members/%00",
        "/v1//users",
        "/v1/users//conversations",
        "/v1/users?page_size=99999999999999999999",
        "/v1/users?page_size=%D9%A1",
        "/v1/users?page_size=1&page_size=--1",
        "/v1/users?order[]=asc&order=%00",
        "/v1/users?name=%ff%00",
        "/v1/users?cursor=%ff",
        "/v1/users?&&&=&==&%&",
        "/v1/users?" + "a=1&" * 5000,
        "/v1/conversations/here/events?event_type=" + "*" * 5000,
        "/v1/conversations/here/events?event_type=%5B%5B%5D%00",
        "/v1/conversations/here/events?start_id=%D9%A1",
        "/v1/users/alice/conversations?state=%ff",
        "/v1/users/alice/conversations?state=",
        "/beta/users/%00/conversations",
        "/beta/conversations?record_index=%D9%A1",
        "/beta/conversations?record_index=999999999&page_size=100",
        "/beta2/conversations/here/events?cursor=%ff&start_id=-1",
        "/v2/rtc/metrics",
    ],
)
def test_any_address_gets_an_answer(busy: Application, path: str) -> None:
    base = str(busy.http.base_url).rstrip("/")
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        check(busy.caller("alice", "/**").call(method, base + path, {}))


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"\r\n" * 1000,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\xfe\r\n\r\n",
        b"GET /v1/users HTTP/1.1\r\nHost: [::1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /v2/rtc/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\n\r\n",
    ],
)
def test_bytes_that_arent_a_request_do_no_harm(
    busy: Application, request_bytes: bytes
) -> None:
    where = urlsplit(str(busy.http.base_url))
    with socket.create_connection((where.hostname, where.port), timeout=60) as stranger:
        stranger.sendall(request_bytes)
    assert busy.admin.get("/v1/users").status_code == 200


def test_a_client_that_disconnects_midway_harms_nobody(busy: Application) -> None:
    where = urlsplit(str(busy.http.base_url))
    head = (
        "POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
        f"Authorization: Bearer {busy.minter.mint()}\r\n\r\n"
    )
    for _ in range(20):
        with socket.create_connection((where.hostname, where.port)) as leaving:
            leaving.sendall(head.encode() + b'{"name": "ha')
    assert busy.admin.get("/v1/users").status_code == 200


def test_an_application_of_any_shape_doesnt_break_the_list(account: Caller) -> None:
    for raw in (
        DEEP,
        b'{"name": "x", "capabilities": {"rtc": {"x": 1e400}}}',
        b'{"name": "x", "capabilities": {"\\ud800": {}}}',
        b'{"name": "\\ud800"}',
        b'{"name": "x", "keys": {"public_key": "-----BEGIN PUBLIC KEY-----\\nMII="}}',
        b'{"name": "x", "privacy": {"improve_ai": null}}',
        b"[]",
        b"\xff",
    ):
        check(account.send("POST", "/v2/applications", raw))
    page = account.get("/v2/applications", page_size=100)
    assert page.status_code == 200


# Bodies from hypothesis: any JSON at all, and near misses.

ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=15,
)


def near(**fields: Any) -> st.SearchStrategy[Json]:
    """Return objects with some of these fields, right or wrong."""
    return st.fixed_dictionaries(
        {}, optional={name: good | ANY_JSON for name, good in fields.items()}
    )


NAMES = st.text(min_size=1, max_size=120)
TYPES = st.sampled_from(
    ["message", "text", "text:update", "image", "message:seen", "ephemeral", "custom:x"]
)
USERS = near(
    name=NAMES,
    display_name=NAMES,
    image_url=NAMES,
    properties=near(custom_data=st.dictionaries(NAMES, ANY_JSON, max_size=3)),
    channels=near(sms=st.lists(ANY_JSON, max_size=2)),
)
CONVERSATIONS = near(
    name=NAMES,
    display_name=NAMES,
    properties=near(ttl=st.integers(), type=NAMES, custom_data=ANY_JSON),
    callback=ANY_JSON,
)
MEMBERS = near(
    state=st.sampled_from(["joined", "INVITED", "left"]),
    user=near(name=st.just("alice"), id=NAMES),
    channel=near(type=st.sampled_from(["app", "SMS"]), **{"from": ANY_JSON}),
    knocking_id=NAMES,
    media=ANY_JSON,
)
EVENTS = near(
    type=TYPES,
    to=NAMES,
    body=near(
        message_type=st.sampled_from(["text", "image", "custom", "template", "random"]),
        text=NAMES,
        image=near(url=NAMES),
        custom=ANY_JSON,
        template=near(name=NAMES),
        event_id=st.integers(),
        original_event_id=st.integers(),
        representations=ANY_JSON,
    ),
    **{"from": NAMES},
)


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        ("/v1/users", USERS),
        ("/v1/conversations", CONVERSATIONS),
        ("/v0.3/conversations/here/members", MEMBERS),
        ("/v0.3/conversations/here/events", EVENTS),
    ],
)
def test_any_json_gets_an_answer_and_what_is_stored_can_be_read(
    busy: Application, path: str, bodies: st.SearchStrategy[Json]
) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(body=bodies | ANY_JSON)
    def send(body: Any) -> None:
        answer = busy.admin.send("POST", path, json.dumps(body).encode())
        check(answer)
        if answer.is_success and "_links" in answer.json():
            href = answer.json()["_links"]["self"]["href"]
            again = busy.admin.get(href)
            assert again.status_code == 200
            assert again.json() == answer.json()

    send()


def test_the_sandbox_still_works_after_all_that(busy: Application) -> None:
    health = eventually(lambda: busy.http.get("/_sandbox/health").json())
    assert health["status"] == "ok"
    for path in ("/v1/users", "/v1/conversations", "/v1/conversations/here/events"):
        assert busy.admin.get(path, page_size=100).status_code == 200
