"""The proxy as strangers see it: names, addresses, limits, what stays closed."""

import re
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
from waiting import eventually
from websockets.sync.client import connect

from livechat_helpers.website.rate_limits import SIGN_INS_OF_AN_ADDRESS

from .machine import ENGINE, SITE, Machine


def test_plain_http_leads_to_https_which_browsers_then_remember(
    machine: Machine,
) -> None:
    with machine.client() as somebody:
        sent_on = somebody.get(f"{machine.plain_url}agent?a=b")
        assert sent_on.status_code == 301
        assert sent_on.headers["location"] == f"{machine.url}agent?a=b"
        for url in ("/", "/nothing", f"{machine.engine_url}/", "/webhooks/event"):
            said = somebody.get(url).headers["strict-transport-security"]
            assert said == "max-age=31536000"


def test_an_unknown_host_name_gets_no_answer(machine: Machine) -> None:
    with machine.client() as somebody:
        for url in (machine.url, machine.plain_url):
            other = url.replace(SITE, "other.example.org")
            try:
                said = somebody.get(other)
            except httpx.TransportError:
                continue
            raise AssertionError(said)


def test_calls_for_the_engine_or_its_owner_arent_public(
    machine: Machine,
) -> None:
    with machine.client() as somebody:
        for path in (
            "/webhooks/event",
            "/_matrix/app/v1/transactions/1",
            f"{machine.engine_url}/_sandbox/",
            f"{machine.engine_url}/v2/applications",
            f"{machine.engine_url}/_synapse/admin/v1/server_version",
            f"{machine.engine_url}/_matrix/federation/v1/version",
            f"{machine.engine_url}/_matrix/client/r0/admin/whois/x",
            "/.env",
            "/.data/sandbox/account.json",
        ):
            assert somebody.get(path).status_code == 404, path
            assert somebody.post(path, json={}).status_code in (404, 405), path


def test_a_websocket_reaches_the_engine(machine: Machine) -> None:
    engine = machine.engine_url.replace("https", "wss")
    trusting = ssl.create_default_context(cafile=machine.authority)
    way = socket.create_connection(("127.0.0.1", urlsplit(engine).port or 443))
    address = f"{engine}/v2/rtc/?EIO=4&transport=websocket"
    with connect(address, sock=way, ssl=trusting, server_hostname=ENGINE) as live:
        assert str(live.recv(timeout=60)).startswith("0{"), "the session's settings"
        live.send("2probe")
        assert live.recv(timeout=60) == "3probe"


def test_the_page_only_knows_the_public_names(machine: Machine) -> None:
    with machine.client() as visitor:
        page = visitor.get("/")
        policy = page.headers["content-security-policy"]
        engine = machine.engine_url
        websocket = engine.replace("https", "wss")
        assert f"connect-src 'self' {engine} {websocket};" in policy
        assert not re.search(r"127\.0\.0\.1:\d|http://(?!localhost|127)", policy)
        assert "; Secure" in page.headers["set-cookie"]
        answer = visitor.post("/api/new")
        assert answer.json()["sdk"] == {
            "apiUrl": engine,
            "websocketUrl": engine,
            "websocketPath": "/v2/rtc",
        }
        visitor.post("/api/end")


def test_another_websites_page_cannot_call(machine: Machine) -> None:
    with machine.client() as somebody:
        for headers in (
            {"Origin": "https://evil.example"},
            {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"},
        ):
            assert somebody.post("/api/new", headers=headers).status_code == 403
        asked = {
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "GET",
        }
        users = f"{machine.engine_url}/v0.3/users"
        said = somebody.options(users, headers=asked)
        assert "access-control-allow-origin" not in said.headers
        ours = {**asked, "Origin": machine.url.rstrip("/")}
        said = somebody.options(users, headers=ours)
        assert said.headers["access-control-allow-origin"] in (ours["Origin"], "*")


def test_strangers_cannot_fake_an_address_a_scheme_or_a_path(
    machine: Machine,
) -> None:
    """Both processes count guesses by the address that the proxy sees."""
    guess = {"password": "guess"}
    with machine.client("127.0.0.2") as stranger:
        answers = [
            stranger.post(
                "/api/jwt/agent",
                json=guess,
                headers={
                    "X-Forwarded-For": f"203.0.113.{number}",
                    "Forwarded": f"for=203.0.113.{number}",
                    "X-Real-IP": f"203.0.113.{number}",
                },
            ).status_code
            for number in range(SIGN_INS_OF_AN_ADDRESS.amount + 1)
        ]
        assert answers == [401] * SIGN_INS_OF_AN_ADDRESS.amount + [429]
        claims = {"X-Forwarded-Prefix": "/elsewhere", "X-Forwarded-Proto": "http"}
        cookie = stranger.get("/", headers=claims).headers["set-cookie"]
        assert "; Path=/;" in cookie
        assert "; Secure" in cookie
    with machine.client("127.0.0.3") as other:
        assert other.post("/api/jwt/agent", json=guess).status_code == 401


def test_a_caller_that_never_stops_is_told_in_json_to_wait(machine: Machine) -> None:
    with machine.client("127.0.0.4") as busy, ThreadPoolExecutor(8) as pool:

        def refused() -> list[httpx.Response]:
            answers = pool.map(busy.get, ["/web/nothing.js"] * 50)
            return [one for one in answers if one.status_code == 429]

        assert refused() == [], "a page can need that many at once"
        late = eventually(refused)
        assert late[0].json()["retry_after_seconds"] == 5
        assert late[0].headers["retry-after"] == "5"
    with machine.client("127.0.0.5") as other:
        assert other.get("/health").status_code == 200


def test_the_engines_log_and_ours_contain_no_secrets(machine: Machine) -> None:
    secret = "only-for-you-4711"
    with machine.client() as somebody:
        for url in (f"{machine.url}health", f"{machine.engine_url}/v0.3/users"):
            somebody.get(
                f"{url}?access_token={secret}",
                headers={"Authorization": f"Bearer {secret}", "Cookie": f"a={secret}"},
            )
    asked = (f"GET {SITE}/health 200", f"GET {ENGINE}/v0.3/users 401")
    eventually(lambda: all(line in machine.log() for line in asked))
    assert secret not in machine.log()
