"""Limits for visitors, addresses and password guesses, and what they don't affect."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from limits import RateLimitItemPerSecond
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from waiting import eventually

from livechat_helpers.agent_links import link_code
from livechat_helpers.settings import Settings
from livechat_helpers.website import rate_limits
from livechat_helpers.website.json_errors import TooManyCalls
from livechat_helpers.website.rate_limits import (
    CALLS_OF_A_VISITOR,
    CHATS_OF_A_VISITOR,
    CHATS_OF_AN_ADDRESS,
    SIGN_INS,
    SIGN_INS_OF_AN_ADDRESS,
    RateLimits,
    address,
)
from livechat_helpers.website.sign_in import LINK_LIFE, SESSION_LIFE, SignIn

from .conftest import AGENT_PASSWORD, Site


def test_a_page_that_calls_too_often_is_told_to_wait(
    site: Site, visitor: httpx.Client
) -> None:
    visitor.post("/api/new").raise_for_status()
    for _ in range(CALLS_OF_A_VISITOR.amount - 1):
        visitor.post("/api/token").raise_for_status()
    for path in ("/api/token", "/api/new", "/api/end"):
        answer = visitor.post(path)
        assert answer.status_code == 429
        seconds = answer.json()["retry_after_seconds"]
        assert answer.headers["retry-after"] == str(seconds)
        assert 0 < seconds <= 61
        assert answer.json()["error"] == 429
    with site.visitor() as other:
        assert other.post("/api/new").status_code == 200, "everybody else can continue"


def test_the_number_of_chats_that_a_visitor_can_open_is_limited(
    visitor: httpx.Client,
) -> None:
    for _ in range(CHATS_OF_A_VISITOR.amount):
        visitor.post("/api/new").raise_for_status()
        visitor.post("/api/end").raise_for_status()
    assert visitor.post("/api/new").status_code == 429


def test_guesses_are_limited_and_a_right_password_resets_the_count(site: Site) -> None:
    def sign_in(password: str, origin: str) -> httpx.Response:
        who = {"X-Forwarded-For": f"198.51.100.1, {origin}"}
        with site.visitor() as agent:
            body = {"password": password}
            return agent.post("/api/jwt/agent", json=body, headers=who)

    most = SIGN_INS_OF_AN_ADDRESS.amount
    for _ in range(most - 1):
        assert sign_in("guess", "192.0.2.1").status_code == 401
    assert sign_in(AGENT_PASSWORD, "192.0.2.1").status_code == 200
    for _ in range(most):
        assert sign_in("guess", "192.0.2.1").status_code == 401
    refused = sign_in(AGENT_PASSWORD, "192.0.2.1")
    assert refused.status_code == 429
    assert refused.json()["retry_after_seconds"] <= 61
    assert sign_in(AGENT_PASSWORD, "192.0.2.2").status_code == 200


def test_a_visitor_who_deletes_the_cookie_is_counted_by_address(site: Site) -> None:
    counts = RateLimits(site.sandbox_dir / "website-counts.sqlite3")
    for _ in range(CHATS_OF_AN_ADDRESS.amount - 1):
        counts.count(CHATS_OF_AN_ADDRESS, "192.0.2.77")

    def open_chat(forwarded: str) -> int:
        with site.visitor() as nobody_yet:
            who = {"X-Forwarded-For": forwarded}
            return nobody_yet.post("/api/new", headers=who).status_code

    assert open_chat("192.0.2.77") == 200
    assert open_chat("192.0.2.77") == 429
    assert open_chat("198.51.100.9, 192.0.2.77") == 429, (
        "everything before it is made up"
    )
    assert open_chat("192.0.2.77, 198.51.100.9") == 200, "nobody else is affected"


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("127.0.0.1", None, "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("::1", "192.0.2.9, 192.0.2.1", "192.0.2.1"),
        (None, "192.0.2.9,192.0.2.1", "192.0.2.1"),
        ("203.0.113.5", None, "203.0.113.5"),
        ("203.0.113.5", "192.0.2.1", "203.0.113.5"),
        ("203.0.113.5", "127.0.0.1", "203.0.113.5"),
    ],
)
def test_only_a_proxy_on_this_machine_can_name_the_caller(
    peer: str | None, forwarded: str | None, counted: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    client = (peer, 4711) if peer else None
    scope = {"type": "http", "headers": headers, "client": client}
    assert address(Request(scope)) == counted


@pytest.fixture
def limits(tmp_path: Path) -> RateLimits:
    return RateLimits(tmp_path / "counts.sqlite3")


def test_two_hundred_visitors_at_one_address_can_open_ten_chats_each(
    limits: RateLimits,
) -> None:
    for _ in range(10 * 200):
        limits.count(CHATS_OF_AN_ADDRESS, "192.0.2.1")
    with pytest.raises(TooManyCalls) as caught:
        limits.count(CHATS_OF_AN_ADDRESS, "192.0.2.1")
    assert 590 < caught.value.retry_after <= 601
    limits.count(CHATS_OF_AN_ADDRESS, "192.0.2.2")


def test_a_count_expires(limits: RateLimits) -> None:
    brief = RateLimitItemPerSecond(1, 3)
    assert limits.is_first(brief, "a")
    assert not limits.is_first(brief, "a")
    ended = time.time() + 3
    eventually(lambda: limits.is_first(brief, "a"))
    assert time.time() >= ended - 0.2


def test_nobody_waits_longer_because_the_clock_was_set_back(
    limits: RateLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    brief, now = RateLimitItemPerSecond(1), time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now() + 86400)
        limits.count(brief, "a")
    limits.count(brief, "a")


def test_no_call_is_lost_however_many_processes_count(
    limits: RateLimits, tmp_path: Path
) -> None:
    # As another process would see them.
    others = RateLimits(tmp_path / "counts.sqlite3")

    def count(number: int) -> bool:
        which = (limits, others)[number % 2]
        return which.is_first(SIGN_INS_OF_AN_ADDRESS, "192.0.2.1")

    with ThreadPoolExecutor(8) as pool:
        within = list(pool.map(count, range(100)))
    assert sum(within) == SIGN_INS_OF_AN_ADDRESS.amount
    with sqlite3.connect(tmp_path / "counts.sqlite3") as database:
        assert database.execute("SELECT count FROM counts").fetchall() == [(100,)]


def asking(caller: str = "192.0.2.1", cookie: str = "") -> Request:
    """Return a request to the website."""
    headers = [(b"host", b"localhost"), (b"cookie", cookie.encode())]
    place = {"scheme": "http", "server": ("localhost", 80), "path": "/"}
    return Request(
        {"type": "http", "headers": headers, "client": (caller, 4711), **place}
    )


def test_guesses_from_many_addresses_are_limited_together(
    limits: RateLimits, tmp_path: Path
) -> None:
    settings = Settings.load()
    sign_in = SignIn(tmp_path, limits, settings)
    for number in range(SIGN_INS.amount):
        with pytest.raises(HTTPException, match="wrong"):
            sign_in.by_password(asking(f"192.0.2.{number}"), "ada", "guess", settings)
    with pytest.raises(TooManyCalls):
        sign_in.by_password(asking("198.51.100.1"), "ada", "guess", settings)


def test_what_was_used_up_stays_so_as_long_as_it_would_be_valid(
    limits: RateLimits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.load()
    sign_in = SignIn(tmp_path, limits, settings)
    code, answer = link_code(tmp_path, "ada"), Response()
    assert sign_in.by_link(code, settings) == "ada"
    sign_in.begin(asking(), answer, "ada", settings)
    signed_in = asking(cookie=answer.headers["set-cookie"].partition(";")[0])
    assert sign_in.agent(signed_in, settings) == "ada"
    sign_in.end(signed_in, Response())
    now = time.time()
    for later, use in (
        (LINK_LIFE - 1, lambda: sign_in.by_link(code, settings)),
        (SESSION_LIFE - 1, lambda: sign_in.agent(signed_in, settings)),
    ):
        clock = SimpleNamespace(time=lambda later=later: now + later)
        monkeypatch.setattr(rate_limits, "time", clock)
        with pytest.raises(HTTPException, match=r"already been used|Sign in first"):
            use()
