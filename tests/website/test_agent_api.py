"""The calls of the agents' page: who gets in, and what an agent can do there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sandbox.running import Json

from livechat_helpers.agent_links import link_code
from livechat_helpers.website.passwords import password_file
from livechat_helpers.website.sign_in import COOKIE, SESSION_LIFE

from .conftest import AGENT_PASSWORD, MakeSite, Site
from .test_chat_api import inside

HEADERS = {"Content-Type": "application/json"}


def password_of(site: Site, agent: str) -> str:
    """Return an agent's own password."""
    if agent == "agent":
        return AGENT_PASSWORD
    return password_file(site.sandbox_dir, agent).read_text()


def sign_in(browser: httpx.Client, agent: str, password: str) -> httpx.Response:
    """Send a name and a password."""
    body = {"agent": agent, "password": password}
    return browser.post("/api/jwt/agent", json=body)


@contextmanager
def signed_in(site: Site, agent: str = "agent") -> Iterator[httpx.Client]:
    """Yield the browser of an agent who has signed in with their own password."""
    with site.visitor() as browser:
        answer = sign_in(browser, agent, password_of(site, agent))
        assert answer.status_code == 200, answer.text
        yield browser


@pytest.fixture
def agent(site: Site) -> Iterator[httpx.Client]:
    """The browser of an agent who has signed in."""
    with signed_in(site) as browser:
        yield browser


def members(site: Site, chat: Json) -> list[str]:
    """Return the names of a chat's members."""
    with site.application() as application:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/members"
        found = application.get(path).json()["_embedded"]["members"]
    return [m["_embedded"]["user"]["name"] for m in found if m["state"] == "JOINED"]


def test_the_agent_can_sign_in_with_the_password(site: Site, chat: Json) -> None:
    with site.visitor() as browser:
        body = {"password": AGENT_PASSWORD}
        answer = browser.post("/api/jwt/agent", json=body)
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert answer.headers["cache-control"] == "no-store"
        got = answer.json()
        assert set(got) == {"jwt", "user", "agent", "sdk", "team"}
        assert got["agent"] == "agent"
        assert inside(got["jwt"])["sub"] == got["user"]["name"] == "agent"
        assert got["sdk"] == chat["sdk"]
        assert got["team"] == ["agent", "ada", "ben"]
        # From now on, the cookie is enough.
        again = browser.post("/api/jwt/agent", json={})
        assert again.status_code == 200
        assert again.json()["user"] == got["user"]
        assert again.json()["jwt"] != got["jwt"]
        browser.post("/api/agent/sign-out")
        assert browser.post("/api/jwt/agent", json={}).status_code == 401
    with site.caller(got["jwt"]) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        assert caller.get(path).status_code == 200


def test_a_cookie_reused_after_signing_out_signs_nobody_in(
    site: Site,
) -> None:
    with signed_in(site, agent="ada") as browser, signed_in(site, agent="ada") as other:
        earlier = browser.cookies[COOKIE]
        # The answer to an earlier call may come after the sign-out.
        assert browser.post("/api/jwt/agent", json={}).status_code == 200
        late = browser.cookies[COOKIE]
        assert browser.post("/api/agent/sign-out").status_code == 200
        assert COOKIE not in browser.cookies
        for cookie in (earlier, late):
            with site.visitor() as again:
                again.cookies.set(COOKIE, cookie)
                answer = again.post("/api/jwt/agent", json={})
                assert answer.status_code == 401
                assert "set-cookie" not in answer.headers
        assert other.post("/api/jwt/agent", json={}).status_code == 200
        assert browser.post("/api/agent/sign-out").status_code == 200, "once is enough"


def test_an_agent_can_sign_out_while_the_sandbox_is_away(make_site: MakeSite) -> None:
    site = make_site()
    with site.visitor() as browser:
        code = link_code(site.sandbox_dir)
        assert browser.post("/api/jwt/agent", json={"code": code}).status_code == 200
        cookie = browser.cookies[COOKIE]
        site.sandbox.stop()
        assert browser.post("/api/agent/sign-out").status_code == 200
        assert COOKIE not in browser.cookies
        site.sandbox = site.start_sandbox()
        site.sandbox.ready()
        browser.cookies.set(COOKIE, cookie)
        assert browser.post("/api/jwt/agent", json={}).status_code == 401


def test_each_colleague_signs_in_with_their_own_password(site: Site) -> None:
    with signed_in(site, "ada") as ada:
        again = ada.post("/api/jwt/agent", json={}).json()
        assert again["agent"] == again["user"]["name"] == "ada"


@pytest.mark.parametrize(
    ("agent", "whose"),
    [
        ("ada", "agent"),
        ("agent", "ada"),
        ("ben", "ada"),
        ("mallory", "agent"),
        ("../cookie.key", "agent"),
        ("", "agent"),
    ],
)
def test_nobody_can_sign_in_as_somebody_else(
    site: Site, agent: str, whose: str
) -> None:
    with site.visitor() as browser:
        answer = sign_in(browser, agent, password_of(site, whose))
        assert answer.status_code == 401
        assert answer.json()["detail"] == "The agent's name or password is wrong."
        assert "set-cookie" not in answer.headers


def test_changing_a_password_ends_the_sessions_that_used_it(
    site: Site,
) -> None:
    file = password_file(site.sandbox_dir, "ben")
    earlier = file.read_text()
    with signed_in(site, "ben") as ben, signed_in(site, "ada") as ada:
        try:
            file.write_text("a new one\n")
            answer = ben.post("/api/jwt/agent", json={})
            assert answer.status_code == 401
            assert "changed" in answer.json()["detail"]
            assert ben.get("/api/agent/chats").status_code == 401
            assert ada.get("/api/agent/chats").status_code == 200
            assert sign_in(ben, "ben", earlier).status_code == 401
            assert sign_in(ben, "ben", "a new one").status_code == 200
            file.write_text("")
            assert sign_in(ben, "ben", "").status_code == 401, "an empty file"
        finally:
            file.write_text(earlier)


def test_the_front_desks_password_in_the_settings_can_be_changed(site: Site) -> None:
    settings = site.env_file.read_text()
    with signed_in(site) as agent:
        try:
            site.env_file.write_text("AGENT_PASSWORD=another\n")
            assert agent.get("/api/agent/chats").status_code == 401
            assert sign_in(agent, "agent", "another").status_code == 200
        finally:
            site.env_file.write_text(settings)


def test_an_agent_who_leaves_the_team_is_signed_out_and_kept_out(site: Site) -> None:
    settings = site.env_file.read_text()
    with signed_in(site, "ben") as ben:
        try:
            site.env_file.write_text(f"{settings}SUPPORT_TEAM=ada\n")
            answer = ben.get("/api/agent/chats")
            assert answer.status_code == 401
            assert answer.json()["detail"].startswith("ben isn't one of the agents.")
            assert sign_in(ben, "ben", password_of(site, "ben")).status_code == 401
            link = {"code": link_code(site.sandbox_dir, "ben")}
            assert ben.post("/api/jwt/agent", json=link).status_code == 401
        finally:
            site.env_file.write_text(settings)


def test_a_session_ends_by_age_unless_it_is_renewed(site: Site) -> None:
    key = (site.sandbox_dir / "cookie.key").read_text()
    with signed_in(site, "ada") as ada:
        signer = URLSafeTimedSerializer(key, salt="agent-session")
        session = signer.loads(ada.cookies[COOKIE])
        for age, status in ((SESSION_LIFE - 60, 200), (SESSION_LIFE + 60, 401)):
            aged = URLSafeTimedSerializer(
                key, salt="agent-session", signer=signed_ago(age)
            )
            with site.visitor() as later:
                later.cookies.set(COOKIE, str(aged.dumps(session)))
                assert later.get("/api/agent/chats").status_code == status


def signed_ago(seconds: int) -> type[TimestampSigner]:
    """Return a signer that signs with an earlier time."""

    class Ago(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - seconds

    return Ago


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"password": "wrong"}, 401),
        ({"password": ""}, 401),
        ({"password": AGENT_PASSWORD + " "}, 401),
        ({"password": "é"}, 401),
        ({"password": "\ud800"}, 401),
        ({}, 401),
        ({"password": None}, 401),
        ({"code": "junk"}, 401),
        ({"code": ""}, 401),
        ({"code": "\ud800"}, 400),
        ({"password": 5}, 400),
        ({"password": [AGENT_PASSWORD]}, 400),
        ({"agent": "agent", "sub": "agent"}, 400),
    ],
    ids=repr,
)
def test_nobody_else_gets_in(visitor: httpx.Client, body: Json, status: int) -> None:
    raw = json.dumps(body).encode()
    answer = visitor.post("/api/jwt/agent", content=raw, headers=HEADERS)
    assert answer.status_code == status, answer.text
    assert "jwt" not in answer.json()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 30_000])
def test_a_body_that_isnt_an_object_is_refused(
    visitor: httpx.Client, raw: bytes
) -> None:
    answer = visitor.post("/api/jwt/agent", content=raw, headers=HEADERS)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_link_signs_in_once(site: Site) -> None:
    code = link_code(site.sandbox_dir, "ada")
    with site.visitor() as browser, site.visitor() as thief:
        answer = browser.post("/api/jwt/agent", json={"code": code})
        assert answer.json()["user"]["name"] == "ada"
        assert browser.post("/api/jwt/agent", json={}).status_code == 200
        again = thief.post("/api/jwt/agent", json={"code": code})
        assert again.status_code == 401
        assert again.json()["detail"] == "This link has already been used."


def test_an_old_or_altered_link_does_not_sign_in(
    site: Site, visitor: httpx.Client
) -> None:
    code = link_code(site.sandbox_dir)
    key = (site.sandbox_dir / "cookie.key").read_text()
    aged = URLSafeTimedSerializer(key, salt="agent-link", signer=signed_ago(301))
    old = str(aged.dumps({"agent": "agent", "once": "a1"}))
    for bad in (old, code[:-1], code.replace(".", "", 1)):
        answer = visitor.post("/api/jwt/agent", json={"code": bad})
        assert answer.status_code == 401
        assert answer.json()["detail"] == "This link is no longer valid."
    assert visitor.post("/api/jwt/agent", json={"code": code}).status_code == 200


def test_a_visitors_cookie_does_not_make_an_agent(
    visitor: httpx.Client, chat: Json
) -> None:
    forged = {"Cookie": f"livechat_agent={visitor.cookies['livechat_visitor']}"}
    answer = visitor.post("/api/jwt/agent", json={}, headers=forged)
    assert answer.status_code == 401


CALLS = [
    ("POST", "/api/agent/hand-over", {"conversation": "CON-1", "to": "ada"}),
    ("POST", "/api/agent/close", {"conversation": "CON-1"}),
    ("GET", "/api/agent/chats", None),
    ("GET", "/api/agent/events", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_only_agents_can_make_agents_calls(
    visitor: httpx.Client, chat: Json, method: str, path: str, body: Json | None
) -> None:
    answer = visitor.request(method, path, json=body)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Sign in first."


def test_a_chat_is_handed_over(site: Site, agent: httpx.Client, chat: Json) -> None:
    order = {"conversation": chat["conversation"]["id"], "to": "ada"}
    answer = agent.post("/api/agent/hand-over", json=order)
    assert answer.status_code == 200, answer.text
    assert answer.json()["owner"]["name"] == "ada"
    assert members(site, chat) == [chat["user"]["name"], "ada"]
    agent.post("/api/agent/hand-over", json={**order, "to": "agent"})
    assert members(site, chat) == [chat["user"]["name"], "agent"]


def test_a_chat_is_closed_with_a_reason(
    site: Site, agent: httpx.Client, visitor: httpx.Client, chat: Json
) -> None:
    order = {"conversation": chat["conversation"]["id"], "reason": "Solved"}
    for _ in range(2):
        assert agent.post("/api/agent/close", json=order).status_code == 200
    assert members(site, chat) == [chat["user"]["name"], "agent"]
    assert visitor.post("/api/rating", json={"stars": 5}).status_code == 200


def test_only_the_colleague_and_the_front_desk_can_act_in_a_colleagues_chat(
    site: Site, agent: httpx.Client, chat: Json
) -> None:
    conversation = chat["conversation"]["id"]
    with signed_in(site, "ada") as ada, signed_in(site, "ben") as ben:

        def hand_over(who: httpx.Client, to: str) -> httpx.Response:
            order = {"conversation": conversation, "to": to}
            return who.post("/api/agent/hand-over", json=order)

        def close(who: httpx.Client) -> httpx.Response:
            order = {"conversation": conversation}
            return who.post("/api/agent/close", json=order)

        assert hand_over(ada, "ada").status_code == 200, (
            "the queue belongs to everybody"
        )
        for refused in (hand_over(ben, "ben"), hand_over(ben, "agent"), close(ben)):
            assert refused.status_code == 403
            assert refused.json()["detail"] == (
                "This is Ada's chat. Ask Ada or the front desk."
            )
        assert members(site, chat) == [chat["user"]["name"], "ada"]
        assert hand_over(agent, "ben").status_code == 200
        assert hand_over(ada, "ada").status_code == 403
        assert close(ada).status_code == 403
        assert close(ben).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("hand-over", {"conversation": "CON-none", "to": "ada"}, 404),
        ("hand-over", {"conversation": "CON-none", "to": "mallory"}, 400),
        ("hand-over", {"conversation": "CON-none"}, 400),
        ("hand-over", {"conversation": "", "to": "ada"}, 400),
        ("hand-over", {"conversation": "../users", "to": "ada"}, 400),
        ("hand-over", {"conversation": "\ud800", "to": "ada"}, 400),
        ("hand-over", {"conversation": 5, "to": "ada"}, 400),
        ("close", {"conversation": "CON-none"}, 404),
        ("close", {"conversation": "CON-none", "reason": "a" * 201}, 400),
        ("close", {"conversation": "CON-none", "reason": "\ud800"}, 400),
        ("close", {"conversation": None}, 400),
    ],
    ids=repr,
)
def test_an_unknown_command_is_refused(
    agent: httpx.Client, path: str, body: Json, status: int
) -> None:
    raw = json.dumps(body).encode()
    answer = agent.post(f"/api/agent/{path}", content=raw, headers=HEADERS)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
