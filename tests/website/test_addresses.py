"""Behind a proxy: where the page finds Vonage, and whom its cookies are for."""

from urllib.parse import urlsplit

import httpx
import pytest

from .conftest import AGENT_PASSWORD, Site

HUB = {
    "Host": "hub.example.org",
    "Origin": "https://hub.example.org",
    "X-Forwarded-Proto": "https",
}


@pytest.mark.parametrize(
    ("prefix", "base"),
    [
        ("/user/ada/livechat", "/user/ada"),
        ("/livechat", ""),
        ("/user/ada@example.org/proxy/4711", "/user/ada@example.org"),
    ],
)
def test_the_sdk_goes_the_way_the_page_came(
    site: Site, visitor: httpx.Client, prefix: str, base: str
) -> None:
    answer = visitor.post("/api/new", headers={**HUB, "X-Forwarded-Prefix": prefix})
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
def test_cookies_are_for_this_website_and_for_https_alone(
    visitor: httpx.Client, call: str, body: dict | None, cookie: str
) -> None:
    there = {**HUB, "X-Forwarded-Prefix": "/user/ada/livechat"}
    said = visitor.post(call, json=body, headers=there).headers["set-cookie"]
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
def test_a_prefix_that_is_no_path_is_left_aside(
    site: Site, visitor: httpx.Client, prefix: str
) -> None:
    headers = [*HUB.items(), ("X-Forwarded-Prefix", prefix.encode().decode("latin-1"))]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    answer = visitor.post("/api/new", headers=raw)
    assert "Path=/;" in answer.headers["set-cookie"]
    assert answer.json()["sdk"]["apiUrl"] == site.vonage["http"]
