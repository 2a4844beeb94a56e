"""The page under JupyterLab's address, as on a hub, through jupyter-server-proxy.

A real Jupyter server runs under a path and has a password. Nothing else runs until
somebody opens the page.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from people import AgentPage, Visitor
from playwright.sync_api import BrowserContext, expect
from waiting import eventually

from livechat_helpers import services

Contexts = Callable[..., BrowserContext]

BASE = "/user/ada/"
TOKEN = "a-token-of-this-test"


class Hub:
    """JupyterLab as a hub starts it for a user.

    home: the user's. url: JupyterLab's address, with its path.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        options = {
            "ServerApp.base_url": BASE,
            "ServerApp.ip": "localhost",
            "ServerApp.root_dir": home,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "IdentityProvider.token": TOKEN,
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "livechat_helpers.launch.jupyter", *flags],
            env={**os.environ, "LIVECHAT_HOME": str(home)},
            stdin=subprocess.PIPE,  # it ends when this pipe closes
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]

    def let_in(self, context: BrowserContext) -> BrowserContext:
        """Sign a browser in, as the hub does."""
        page = context.new_page()
        page.goto(f"{self.url}api/status?token={TOKEN}")
        page.close()
        return context

    def stop(self) -> None:
        """End JupyterLab, and everything that it has started."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    running = Hub(tmp_path_factory.mktemp("hub"))
    yield running
    running.stop()
    data_dir = running.home / ".data/sandbox"
    eventually(lambda: services.find(data_dir) is None)


def test_both_sides_of_a_chat_can_go_through_jupyter_only(
    hub: Hub, context: Contexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(hub.let_in(context()), f"{hub.url}livechat/")
    visitor.begin("From under a path")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", BASE)
    link = services.agent_link(hub.home / ".data/sandbox")
    assert link.startswith(f"{BASE}livechat/agent#")
    url, code = link.removeprefix(BASE).split("agent#")
    desk = AgentPage(hub.let_in(context()), hub.url + url, code)
    desk.row(visitor).click()
    expect(desk.messages).to_have_text(["From under a path"])
    desk.write("Heard")
    expect(visitor.messages).to_have_text(["From under a path", "Heard"])
    origin = hub.url.removesuffix(BASE)
    websocket = origin.replace("http", "ws", 1)
    asked = [r.url for r in visitor.requests if not r.url.startswith("data:")]
    assert all(url.startswith((origin + BASE, websocket + BASE)) for url in asked)
    for page in (visitor.page, desk.page):
        assert page.evaluate("violations") == []
    assert visitor.errors == desk.errors == []
    [cookie] = [
        c for c in visitor.page.context.cookies() if "visitor" in c.get("name", "")
    ]
    assert cookie.get("path") == f"{BASE}livechat/", "other users have the host, too"
    visitor.page.reload()
    visitor.wait_until_online()
    expect(visitor.messages).to_have_text(["From under a path", "Heard"])


def test_a_browser_that_isnt_signed_in_to_jupyter_sees_nothing(hub: Hub) -> None:
    for path in ("livechat/", "livechat/api/new"):
        answer = httpx.get(hub.url + path)
        assert answer.status_code in (302, 403)
