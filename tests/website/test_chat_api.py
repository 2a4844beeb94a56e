"""The calls a page makes: one chat for each visitor, and a token only for that."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import jwt
import pytest
from sandbox.running import Json, unused_port

from .conftest import AGENT_PASSWORD, MakeSite, Site

COOKIE = "livechat_visitor"


def inside(token: str) -> Json:
    """Return the claims of a token."""
    return jwt.decode(token, options={"verify_signature": False})


def test_a_new_chat_has_the_documented_fields(site: Site, chat: Json) -> None:
    assert set(chat) == {"user", "conversation", "member", "agent", "jwt", "sdk"}
    assert chat["user"]["id"].startswith("USR-")
    assert chat["user"]["name"]
    assert chat["user"]["display_name"]
    assert chat["conversation"]["id"].startswith("CON-")
    assert chat["member"]["id"].startswith("MEM-")
    assert chat["agent"]["id"].startswith("MEM-")
    assert chat["sdk"] == {
        "apiUrl": site.vonage["http"],
        "websocketUrl": site.vonage["http"],
        "websocketPath": "/v2/rtc",
    }


def test_scripts_and_other_sites_cannot_read_the_cookie(
    visitor: httpx.Client,
) -> None:
    answer = visitor.post("/api/new")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.headers["cache-control"] == "no-store"


def test_the_same_visitor_gets_the_same_chat_again(
    visitor: httpx.Client, chat: Json
) -> None:
    again = visitor.post("/api/new").json()
    fresh = again.pop("jwt")
    assert fresh != chat.pop("jwt")
    assert again == chat


def test_another_visitor_gets_a_different_chat(site: Site, chat: Json) -> None:
    with site.visitor() as other:
        theirs = other.post("/api/new").json()
    for part in ("user", "conversation", "member", "agent"):
        assert theirs[part]["id"] != chat[part]["id"]
    assert inside(theirs["jwt"])["sub"] != inside(chat["jwt"])["sub"]


def test_visitors_who_come_at_the_same_time_arent_mixed_up(site: Site) -> None:
    def open_chat(_: int) -> Json:
        with site.visitor() as visitor:
            first, second = (visitor.post("/api/new").json() for _ in range(2))
            assert first["conversation"]["id"] == second["conversation"]["id"]
            return first

    with ThreadPoolExecutor(8) as pool:
        chats = list(pool.map(open_chat, range(8)))
    assert len({chat["conversation"]["id"] for chat in chats}) == 8
    assert len({chat["user"]["id"] for chat in chats}) == 8
    for chat in chats:
        assert inside(chat["jwt"])["sub"] == chat["user"]["name"]


@pytest.mark.parametrize(
    "forge",
    [
        lambda cookie: "junk",
        lambda cookie: "",
        lambda cookie: cookie[:-2] + ("A" if cookie[-2] != "A" else "B") + cookie[-1],
        lambda cookie: "A" + cookie,
        lambda cookie: cookie.rpartition(".")[0],
        lambda cookie: "." + cookie.rpartition(".")[2],
        lambda cookie: "%00" * 100,
    ],
)
def test_a_forged_cookie_opens_a_new_chat(
    site: Site, visitor: httpx.Client, chat: Json, forge: object
) -> None:
    assert callable(forge)
    forged = str(forge(visitor.cookies[COOKIE]))
    with site.visitor() as forger:
        headers = {"Cookie": f"{COOKIE}={forged}"}
        answer = forger.post("/api/new", headers=headers)
        assert answer.status_code == 200
        assert answer.json()["conversation"]["id"] != chat["conversation"]["id"]
        assert forger.post("/api/token", headers=headers).status_code in (401,)


def test_another_websites_cookie_is_refused(site: Site, make_site: MakeSite) -> None:
    elsewhere = make_site()
    with elsewhere.visitor() as visitor, site.visitor() as here:
        foreign = visitor.post("/api/new").json()
        here.cookies.set(COOKIE, visitor.cookies[COOKIE])
        answer = here.post("/api/token")
        assert answer.status_code == 401
        mine = here.post("/api/new").json()
        assert mine["conversation"]["id"] != foreign["conversation"]["id"]


def test_a_deleted_chat_is_replaced_by_a_new_one(
    site: Site, visitor: httpx.Client, chat: Json
) -> None:
    with site.application() as application:
        path = f"/v0.3/conversations/{chat['conversation']['id']}"
        assert application.delete(path).status_code == 204
    again = visitor.post("/api/new")
    assert again.status_code == 200
    assert again.json()["conversation"]["id"] != chat["conversation"]["id"]


@pytest.mark.parametrize("ending", ["the visitor left", "the visitor was deleted"])
def test_a_visitor_whose_chat_is_over_gets_a_new_one(
    site: Site, visitor: httpx.Client, chat: Json, ending: str
) -> None:
    member = (
        f"/conversations/{chat['conversation']['id']}/members/{chat['member']['id']}"
    )
    with site.application() as application:
        if ending == "the visitor left":
            answer = application.patch(f"/v1{member}", json={"state": "left"})
        else:
            answer = application.delete(f"/v1/users/{chat['user']['id']}")
        assert answer.is_success
    again = visitor.post("/api/new")
    assert again.status_code == 200
    assert again.json()["conversation"]["id"] != chat["conversation"]["id"]
    assert again.json()["user"]["id"] != chat["user"]["id"]


def test_a_visitors_token_is_short_lived_and_allows_little(chat: Json) -> None:
    claims = inside(chat["jwt"])
    assert claims["sub"] == chat["user"]["name"]
    assert claims["exp"] - claims["iat"] == 15 * 60
    mine = f"/*/conversations/{chat['conversation']['id']}"
    assert all(
        path.startswith((mine, "/*/sessions")) for path in claims["acl"]["paths"]
    )


def test_a_visitor_gets_a_fresh_token_for_itself_only(
    visitor: httpx.Client, chat: Json
) -> None:
    answer = visitor.post("/api/token", json={"user": "agent", "sub": "agent"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    fresh, old = inside(answer.json()["jwt"]), inside(chat["jwt"])
    assert fresh["jti"] != old["jti"]
    assert (fresh["sub"], fresh["acl"]) == (old["sub"], old["acl"])


def test_a_visitor_without_a_chat_gets_no_token(visitor: httpx.Client) -> None:
    answer = visitor.post("/api/token")
    assert answer.status_code == 401
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/new", "/api/token", "/api/jwt/agent"])
def test_another_websites_page_cannot_ask(
    site: Site, visitor: httpx.Client, chat: Json, path: str
) -> None:
    body = {"password": AGENT_PASSWORD}
    for origin in (
        "https://example.com",
        "null",
        "http://127.0.0.1:1",
        f"{site.url}.example.com",
        site.url.replace("//", "//example."),
        "file://",
        "",
    ):
        answer = visitor.post(path, json=body, headers={"Origin": origin})
        assert answer.status_code == 403, origin
        assert "access-control-allow-origin" not in answer.headers
    own = visitor.post(path, json=body, headers={"Origin": site.url})
    assert own.status_code == 200
    # Behind a proxy, such as a hub's, the page has the proxy's name.
    hub = {"Origin": "https://hub.example.com", "X-Forwarded-Host": "hub.example.com"}
    assert visitor.post(path, json=body, headers=hub).status_code == 200


def test_a_body_that_is_too_large_isnt_read(visitor: httpx.Client) -> None:
    large = b'{"password": "' + b"a" * 70_000 + b'"}'
    for path in ("/api/new", "/api/jwt/agent", "/webhooks/event", "/nothing"):
        assert visitor.post(path, content=large).status_code == 413
    answer = visitor.post("/webhooks/event", content=iter([large]))
    assert answer.status_code == 411


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/new"), ("GET", "/api/token"), ("PUT", "/"), ("GET", "/api/jwt/x")],
)
def test_a_get_request_changes_nothing(
    visitor: httpx.Client, method: str, path: str
) -> None:
    answer = visitor.request(method, path)
    assert answer.status_code in (404, 405)
    assert answer.json()["detail"]
    assert not visitor.cookies


def test_a_changed_setting_is_picked_up_at_runtime(make_site: MakeSite) -> None:
    site = make_site()
    with site.visitor() as agent:

        def sign_in(password: str) -> int:
            body = {"password": password}
            return agent.post("/api/jwt/agent", json=body).status_code

        made = (site.sandbox_dir / "agent-password").read_text()
        assert sign_in(made) == 200
        site.env_file.write_text("AGENT_PASSWORD=chosen\n")
        assert sign_in("chosen") == 200
        assert sign_in(made) == 401
        site.env_file.write_text("this is no setting\n")
        answer = agent.post("/api/new")
        assert answer.status_code == 503
        assert "setting" not in answer.json()["detail"]
        site.env_file.unlink()
        assert sign_in(made) == 200


def test_an_application_created_later_is_used_from_then_on(
    make_site: MakeSite,
) -> None:
    site = make_site()
    with site.visitor() as visitor, site.visitor() as account:
        before = visitor.post("/api/new").json()
        demonstration = inside(before["jwt"])["application_id"]
        made = account.post(
            f"{site.vonage['http']}/v2/applications",
            json={"name": "Mine"},
            auth=(site.vonage["api_key"], site.vonage["api_secret"]),
        ).json()
        key = site.env_file.with_name("mine.key")
        key.write_text(made["keys"]["private_key"])
        site.env_file.write_text(
            f"VONAGE_APPLICATION_ID={made['id']}\nVONAGE_PRIVATE_KEY_PATH=mine.key\n"
        )
        stranger = visitor.post("/api/token")
        assert stranger.status_code == 401, "its chat is the old application's"
        after = visitor.post("/api/new").json()
        assert inside(after["jwt"])["application_id"] == made["id"] != demonstration
        assert after["conversation"]["id"] != before["conversation"]["id"]


def test_without_the_sandbox_it_says_so_and_continues_when_it_is_back(
    make_site: MakeSite,
) -> None:
    site = make_site()
    with site.visitor() as visitor:
        chat = visitor.post("/api/new").json()
        for end in ("kill", "stop"):
            getattr(site.sandbox, end)()
            for path in ("/api/new", "/api/token"):
                answer = visitor.post(path)
                if path == "/api/new" or end == "stop":
                    assert answer.status_code == 503
                    assert answer.json()["retry_after_seconds"] == 5
                    assert answer.json()["detail"]
            assert visitor.get("/health").json() == {"status": "ok"}
            with site.visitor() as newcomer:
                for page in ("/", "/agent", "/web/embed.js"):
                    assert newcomer.get(page).status_code == 200, "it tries again"
            # Start it on the same ports, and then on others.
            free = {
                "kill": ("--http-port", "0"),
                "stop": ("--tls-port", str(unused_port())),
            }[end]
            site.sandbox = site.start_sandbox(*free)
            ready = site.sandbox.ready()
            again = visitor.post("/api/new")
            assert again.status_code == 200
            assert again.json()["conversation"]["id"] == chat["conversation"]["id"]
            assert again.json()["sdk"]["apiUrl"] == ready["http"]
        assert "Traceback" not in site.website.errors()


def test_an_answer_keeps_nobody_waiting(visitor: httpx.Client) -> None:
    visitor.post("/api/new")

    def is_quick() -> bool:
        started = time.monotonic()
        assert visitor.get("/health").status_code == 200
        return time.monotonic() - started < 4

    assert is_quick() or is_quick()  # a busy machine may be slow once
