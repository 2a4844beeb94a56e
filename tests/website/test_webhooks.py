"""Webhooks: trusted if Vonage signed them just now, and answered at once."""

import hashlib
import socket
import sqlite3
import time
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import pytest
from sandbox.running import Json
from waiting import eventually

from livechat_helpers.webhooks import OLDEST, WebhookGuard

from .conftest import Site

BODY = b'{"type":"message","conversation_id":"CON-1","body":{"text":"Hello"}}'


def signature(site: Site, body: bytes = BODY, **claims: Any) -> str:
    """Return the token that Vonage sends with a webhook."""
    secret = claims.pop("secret", site.vonage["signature_secret"])
    algorithm = claims.pop("algorithm", "HS256")
    payload = {
        "iat": int(time.time()),
        "jti": str(uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": site.vonage["api_key"],
        **claims,
    }
    wanted = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(wanted, secret, algorithm=algorithm)


def deliver(visitor: httpx.Client, token: str | None, body: bytes = BODY) -> int:
    """POST a webhook and return the status of the answer."""
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    answer = visitor.post("/webhooks/event", content=body, headers=headers)
    if answer.status_code == 204:
        assert answer.content == b""
    else:
        assert answer.json()["detail"]
    return answer.status_code


def test_webhooks_that_vonage_signed_are_accepted(
    site: Site, visitor: httpx.Client
) -> None:
    assert deliver(visitor, signature(site)) == 204


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{"])
def test_a_signed_body_that_isnt_an_event_is_refused(
    site: Site, visitor: httpx.Client, body: bytes
) -> None:
    assert deliver(visitor, signature(site, body), body) == 400


@pytest.mark.parametrize("token", [None, "", "junk", "a.b.c", "é", "e30.e30."])
def test_an_unsigned_webhook_is_refused(
    visitor: httpx.Client, token: str | None
) -> None:
    headers = {}
    if token is not None:
        headers = {b"Authorization": b"Bearer " + token.encode("latin-1") + b"."}
    answer = visitor.post("/webhooks/event", content=BODY, headers=headers)
    assert answer.status_code == 401


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_another_secret_is_refused(site: Site, visitor: httpx.Client) -> None:
    assert deliver(visitor, signature(site, secret="x" * 64)) == 401
    assert deliver(visitor, signature(site, secret="", algorithm="none")) == 401
    assert deliver(visitor, signature(site, algorithm="HS512")) == 401


def test_a_body_that_was_altered_is_refused(site: Site, visitor: httpx.Client) -> None:
    assert deliver(visitor, signature(site), BODY.replace(b"Hello", b"Adieu")) == 401
    assert deliver(visitor, signature(site), BODY + b" ") == 401
    assert deliver(visitor, signature(site, payload_hash=None)) == 401
    assert deliver(visitor, signature(site, payload_hash="é")) == 401


def test_a_repeated_token_is_refused(site: Site, visitor: httpx.Client) -> None:
    token = signature(site)
    assert deliver(visitor, token) == 204
    assert deliver(visitor, token) == 401
    jti = str(uuid4())
    assert deliver(visitor, signature(site, jti=jti)) == 204
    with closing(sqlite3.connect(site.sandbox_dir / "website-events.sqlite3")) as log:
        query = "SELECT until FROM seen WHERE jti = ?"
        [until] = log.execute(query, (jti,)).fetchone()
    assert until > time.time() + OLDEST, "remembered until it would be too old"
    other = BODY.replace(b"Hello", b"Adieu")
    assert deliver(visitor, signature(site, other, jti=jti), other) == 401


def test_notebook_05s_guard_remembers_a_token_as_long_as_it_counts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard, token, now = WebhookGuard(), signature(site), time.monotonic()
    secret = site.vonage["signature_secret"]
    assert guard.is_genuine(token, BODY, secret)
    monkeypatch.setattr(time, "monotonic", lambda: now + OLDEST - 10)
    assert not guard.is_genuine(token, BODY, secret)


def test_a_refused_copy_does_not_use_up_the_real_one(
    site: Site, visitor: httpx.Client
) -> None:
    token = signature(site)
    assert deliver(visitor, token, b"altered") == 401
    assert deliver(visitor, token) == 204


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": lambda: int(time.time()) - 301},
        {"iat": lambda: int(time.time()) + 3600},
        {"iat": lambda: 0},
        {"iat": lambda: None},
        {"iat": lambda: "yesterday"},
        {"exp": lambda: int(time.time()) - 1},
        {"jti": lambda: None},
    ],
)
def test_a_webhook_that_is_old_or_has_no_age_is_refused(
    site: Site, visitor: httpx.Client, claims: dict[str, Any]
) -> None:
    chosen = {name: make() for name, make in claims.items()}
    assert deliver(visitor, signature(site, **chosen)) == 401


def test_a_webhook_from_a_few_minutes_ago_is_accepted(
    site: Site, visitor: httpx.Client
) -> None:
    assert deliver(visitor, signature(site, iat=int(time.time()) - 240)) == 204


def test_every_webhook_of_a_chat_is_accepted(site: Site, chat: Json) -> None:
    account = (site.vonage["api_key"], site.vonage["api_secret"])
    conversation = chat["conversation"]["id"]
    wanted = ["conversation:created", "member:joined", "member:joined", "message"]
    with site.caller(chat["jwt"]) as visitor:
        hello = {"message_type": "text", "text": "Hello"}
        path = f"/v1/conversations/{conversation}/events"
        sent = visitor.post(path, json={"type": "message", "body": hello})
        assert sent.status_code == 201, sent.text

    def tries() -> list[Json]:
        url = f"{site.vonage['http']}/_sandbox/trace?limit=1000"
        entries = httpx.get(url, auth=account, trust_env=False).json()["entries"]
        webhooks = [entry for entry in entries if entry["kind"] == "webhook"]
        return [w for w in webhooks if w["conversation_id"] == conversation]

    eventually(lambda: len(tries()) >= len(wanted))
    assert [webhook["event"] for webhook in tries()] == wanted
    for webhook in tries():
        assert webhook["address"] == f"{site.url}/webhooks/event"
        assert (webhook["status"], webhook["attempt"]) == (204, 1)


def test_a_client_that_leaves_early_causes_no_error(
    site: Site, visitor: httpx.Client
) -> None:
    address = urlsplit(site.url)
    for _ in range(3):
        with socket.create_connection((address.hostname, address.port)) as sender:
            sender.sendall(
                b"POST /webhooks/event HTTP/1.1\r\n"
                b"Host: localhost\r\nContent-Length: 2\r\n\r\n{"
            )
            # The website waits for the rest of the body.
            assert visitor.get("/health").status_code == 200
    assert visitor.get("/health").status_code == 200
    assert "Traceback" not in site.website.errors()
