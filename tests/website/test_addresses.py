"""Behind a proxy: where the page finds Vonage, and which site its cookies are for."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from livechat_helpers.website.hosts import is_known

from .conftest import AGENT_PASSWORD, UNUSED, Site

HUB = {
    "Host": "hub.example.org",
    "Origin": "https://hub.example.org",
    "X-Forwarded-Proto": "https",
}


@pytest.fixture(scope="module")
def proxy(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A proxy in this account, which passes on what a browser sends."""
    path = tmp_path_factory.mktemp("proxy") / "socket"
    website = site.start_website("--unix-socket", str(path))
    website.ready()
    assert path.stat().st_mode & 0o077 == 0  # nobody else can connect
    way = httpx.HTTPTransport(uds=str(path), verify=UNUSED)
    with httpx.Client(base_url=site.url, transport=way, timeout=60) as client:
        yield client
    website.kill()


@pytest.mark.parametrize(
    ("prefix", "base"),
    [
        ("/user/ada/livechat", "/user/ada"),
        ("/livechat", ""),
        ("/user/ada@example.org/proxy/4711", "/user/ada@example.org"),
    ],
)
def test_the_sdk_uses_the_pages_way_in(
    site: Site, proxy: httpx.Client, prefix: str, base: str
) -> None:
    answer = proxy.post("/api/new", headers={**HUB, "X-Forwarded-Prefix": prefix})
    path = f"{base}/proxy/{urlsplit(site.vonage['http']).port}"
    assert answer.json()["sdk"] == {
        "apiUrl": f"https://hub.example.org{path}",
        "websocketUrl": "https://hub.example.org",
        "websocketPath": f"{path}/v2/rtc",
    }


@pytest.mark.parametrize(
    ("call", "body", "cookie"),
    [
        ("/api/new", None, "livechat_visitor"),
        ("/api/jwt/agent", {"password": AGENT_PASSWORD}, "livechat_agent"),
    ],
)
def test_cookies_only_go_to_this_website_over_https(
    visitor: httpx.Client,
    proxy: httpx.Client,
    call: str,
    body: dict | None,
    cookie: str,
) -> None:
    there = {**HUB, "X-Forwarded-Prefix": "/user/ada/livechat"}
    said = proxy.post(call, json=body, headers=there).headers["set-cookie"]
    assert said.startswith(f"{cookie}=")
    parts = said.split("; ")
    assert "Path=/user/ada/livechat/" in parts
    assert "Secure" in parts
    here = visitor.post(call, json=body).headers["set-cookie"].split("; ")
    assert "Path=/" in here
    assert "Secure" not in here


@pytest.mark.parametrize(
    "prefix",
    ["/a; Domain=example.org", "//evil.example", "a", "/a b", "/ä", "/a/", "/a,b"],
)
def test_a_prefix_that_isnt_a_path_is_ignored(
    site: Site, proxy: httpx.Client, prefix: str
) -> None:
    headers = [*HUB.items(), ("X-Forwarded-Prefix", prefix.encode().decode("latin-1"))]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    answer = proxy.post("/api/new", headers=raw)
    assert "Path=/;" in answer.headers["set-cookie"]
    assert answer.json()["sdk"]["apiUrl"] == site.vonage["http"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "notlocalhost",
        "",
        "[::1",
    ],
)
def test_an_unknown_host_name_is_refused(visitor: httpx.Client, host: str) -> None:
    for path in ("/", "/health", "/web/embed.js", "/api/new", "/webhooks/event"):
        for more in ({}, {"X-Forwarded-Host": "localhost", "X-Forwarded-For": "::1"}):
            answer = visitor.get(path, headers={"Host": host, **more})
            assert answer.status_code == 421
            assert "PUBLIC_URL" in answer.json()["detail"]
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host",
    [
        "localhost:4711",
        "LOCALHOST",
        "localhost.",
        "me.localhost",
        "192.0.2.7:80",
        "[::1]",
    ],
)
def test_a_host_name_that_cannot_belong_to_anybody_else_is_accepted(
    visitor: httpx.Client, host: str
) -> None:
    assert visitor.get("/health", headers={"Host": host}).status_code == 200


def test_the_public_name_is_accepted(site: Site, visitor: httpx.Client) -> None:
    settings = site.env_file.read_text()
    public = {"Host": "chat.example.org"}
    assert visitor.get("/health", headers=public).status_code == 421
    try:
        url = "https://Chat.example.org:8443/"
        site.env_file.write_text(f"{settings}PUBLIC_URL={url}\n")
        visitor.get("/")  # this makes the website read its settings
        assert visitor.get("/health", headers=public).status_code == 200
    finally:
        site.env_file.write_text(settings)
        visitor.get("/")


def test_without_a_public_address_no_name_is_public() -> None:
    assert not is_known("chat.example.org", None)
    assert not is_known("", "")
    assert not is_known("", "not a url")
