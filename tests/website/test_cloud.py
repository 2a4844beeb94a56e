"""A website on the cloud, which is a sandbox that only ``.env`` names."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sandbox.running import Program

from .conftest import UNUSED, Site

API, REALTIME = "https://api-eu.example.com", "https://ws-eu.example.com"


@pytest.fixture
def visitor(site: Site, tmp_path: Path) -> Iterator[httpx.Client]:
    """A new visitor to a website with an account in the European data centre."""
    made = json.loads((site.sandbox_dir / "demonstration.json").read_bytes())
    settings = {
        "VONAGE_MODE": "cloud",
        "VONAGE_API_HOST": site.vonage["tls"].removeprefix("https://"),
        "VONAGE_SDK_API_URL": API,
        "VONAGE_REALTIME_URL": REALTIME,
        "VONAGE_API_KEY": site.vonage["api_key"],
        "VONAGE_API_SECRET": site.vonage["api_secret"],
        "VONAGE_APPLICATION_ID": made["id"],
        "VONAGE_PRIVATE_KEY_PATH": str(site.sandbox_dir / "demonstration.key"),
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (tmp_path / ".env").write_text("".join(lines))
    website = Program(
        *("-m", "livechat_helpers.website", "--sandbox-dir", str(tmp_path / "own")),
        variables={
            "LIVECHAT_HOME": str(tmp_path),
            "REQUESTS_CA_BUNDLE": site.vonage["ca"],
            "NO_PROXY": "127.0.0.1",
        },
    )
    with httpx.Client(
        base_url=website.ready()["url"], trust_env=False, timeout=60, verify=UNUSED
    ) as client:
        yield client
    website.kill()


def test_a_page_is_sent_to_the_data_centre_of_the_account_and_nowhere_else(
    site: Site, visitor: httpx.Client
) -> None:
    policy = visitor.get("/").headers["content-security-policy"]
    websocket = REALTIME.replace("https", "wss")
    assert f"connect-src 'self' {API} {REALTIME} {websocket};" in policy
    chat = visitor.post("/api/new").json()
    assert chat["sdk"] == {
        "apiUrl": API,
        "websocketUrl": REALTIME,
        "websocketPath": "/v2/rtc",
    }
    with site.application() as vonage:
        found = vonage.get(f"/v1/conversations/{chat['conversation']['id']}")
        assert found.status_code == 200
