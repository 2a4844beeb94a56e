"""Serves and uses the 2019 chat, to show its page's faults."""

import json
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from people import Agent, Json, Kit
from playwright.sync_api import BrowserContext, Locator, Page, expect

from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import Minter, acl

TESTS = Path(__file__).parents[1]
SDK = TESTS / "clients/node_modules/nexmo-client-6/dist/nexmoClient.min.js"
WIDE = ("/*/users/**", "/*/conversations/**", "/*/sessions/**", "/*/image/**")
BUTTON = re.compile(r"\s*<button id=.showChat.*")


class SeedSite(ThreadingHTTPServer):
    """The part of the tutorial's server that its page needs: one chat for everybody.

    Under ``as-printed/``, it serves the page as printed in the article, without the
    button that the script looks for.
    """

    def __init__(self, kit: Kit) -> None:
        chat = SupportDesk.open(kit.data).open_chat()
        self.conversation: str = chat["conversation"]["id"]
        self.name: str = chat["user"]["name"]
        http = kit.sandbox.ready["http"]
        self.answer = {
            "conversation": {"id": self.conversation},
            "jwt": _wide_token(kit, chat["user"]["name"]),
            "urls": {
                "url": http.replace("http", "ws", 1),
                "nexmo_api_url": http,
                "ips_url": f"{http}/v1/image",
                "path": "/rtc",
            },
        }
        pages = Path(__file__).parent / "seed_page"
        handler = partial(_Handler, self.answer, directory=str(pages))
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        Thread(target=self.serve_forever, daemon=True).start()


def _wide_token(kit: Kit, name: str) -> str:
    """Mint a token as the tutorial does: it allows everything, for a day."""
    desk = SupportDesk.open(kit.data)
    minter = desk._minter  # pyright: ignore[reportPrivateUsage]
    assert isinstance(minter, Minter)
    return minter.mint(name, acl(WIDE), seconds=86_400)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, answer: Json, *given: Any, **options: Any) -> None:
        self._answer = answer
        super().__init__(*given, **options)

    def do_GET(self) -> None:
        path = self.path.removeprefix("/as-printed")
        if path == "/api/new":
            self._send(json.dumps(self._answer), "application/json")
        elif path != self.path and path == "/":
            page = (Path(self.directory) / "index.html").read_text()
            self._send(BUTTON.sub("", page), "text/html")
        else:
            self.path = path
            super().do_GET()

    def _send(self, content: str, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


class SeedVisitor:
    """Somebody on the 2019 page."""

    def __init__(self, context: BrowserContext, site: SeedSite, path: str = "") -> None:
        self.conversation = site.conversation
        self.name = site.name
        self.said: list[str] = []  # by the console
        self.errors: list[str] = []
        context.route("https://cdn.example/*", lambda route: route.fulfill(path=SDK))
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(site.url + path)
        self.launcher = self.page.locator("#showChat")
        self.log: Locator = self.page.locator("#message-area")
        self.field: Locator = self.page.locator("#textbox")
        self.messages: Locator = self.log.locator("p")

    def open(self) -> None:
        """Open the chat and wait until it is connected."""
        expect(self.page).to_have_title("ready")
        self.launcher.click()

    def write(self, text: str) -> None:
        """Type a message and send it with Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def hear(self, agent: Agent, text: str) -> None:
        """Let the agent write something: a "text", as it was called in 2019."""
        agent.say_as_in_2019(self.conversation, text)
