"""What holds for the customer page itself: keyboard, access, weight, safety."""

import gzip
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from people import Kit, Visitor
from playwright.sync_api import BrowserContext, expect

from livechat_helpers import places

Contexts = Callable[..., BrowserContext]

WEB = places.ROOT / "web"
WIDGET = [
    "embed.js",
    "strings.js",
    "chat-store.js",
    "chat-client.js",
    "chat-widget.js",
    "chat-widget.css",
]
SENT = re.compile("Sent|Delivered")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def test_the_keyboard_opens_writes_and_closes(visitor: Visitor) -> None:
    visitor.launcher.focus()
    visitor.page.keyboard.press("Enter")
    expect(visitor.field).to_be_focused()
    visitor.wait_until_online()
    visitor.page.keyboard.type("one")
    visitor.page.keyboard.press("Shift+Enter")
    visitor.page.keyboard.type("two")
    visitor.page.keyboard.press("Enter")
    expect(visitor.messages).to_have_text(["one\ntwo"])
    expect(visitor.field).to_be_focused()
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.localName") == "body"


def test_a_window_that_was_open_opens_again_and_leaves_the_focus_to_the_page(
    visitor: Visitor,
) -> None:
    visitor.open()
    visitor.page.reload()
    visitor.wait_until_online()
    expect(visitor.panel).to_be_visible()
    assert visitor.page.evaluate("document.activeElement.localName") == "body"
    visitor.field.press("Escape")
    expect(visitor.panel).to_be_hidden()
    expect(visitor.launcher).to_be_focused()
    visitor.page.reload()
    expect(visitor.launcher).to_be_visible()
    expect(visitor.panel).to_be_hidden()


def test_on_a_phone_the_window_fills_the_screen_and_keeps_the_focus(
    kit: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(viewport={"width": 390, "height": 844}), kit.url)
    visitor.open()
    expect(visitor.panel).to_have_js_property("clientWidth", 390)
    expect(visitor.panel).to_have_js_property("clientHeight", 844)
    assert visitor.panel.evaluate("panel => panel.matches(':modal')")
    visitor.page.keyboard.press("Escape")
    expect(visitor.launcher).to_be_focused()


def test_nothing_of_the_sdk_is_fetched_before_somebody_opens_the_chat(
    visitor: Visitor,
) -> None:
    expect(visitor.launcher).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    fetched = [r for r in visitor.requests if not r.url.startswith("data:")]
    assert not [r for r in fetched if "/sdk/" in r.url or "/api/" in r.url]
    assert len(fetched) <= 6, [r.url for r in fetched]
    visitor.open()
    assert [r for r in visitor.requests if "/sdk/" in r.url]


def test_the_content_security_policy_is_never_broken(visitor: Visitor) -> None:
    visitor.open()
    visitor.write("Hello")
    expect(visitor.message("Hello")).to_contain_text(SENT)
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("violations") == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"viewport": {"width": 390, "height": 844}},
        {"viewport": {"width": 320, "height": 256}},
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
    ],
    ids=["desktop", "phone", "zoomed", "dark", "forced colours"],
)
def test_axe_finds_nothing(kit: Kit, context: Contexts, options: dict) -> None:
    visitor = Visitor(context(reduced_motion="reduce", **options), kit.url)
    agent = kit.agent()

    def violations() -> list[str]:
        found = Axe().run(visitor.page, options={"runOnly": RULES})
        return [
            f"{violation['id']}: {node['html']}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]

    assert violations() == []
    visitor.open()
    for number in range(3):
        visitor.write(f"Question {number}")
        agent.say(visitor.conversation, f"Answer {number}, see https://example.org")
    visitor.page.route("**/v0.3/**", lambda route: route.abort())
    visitor.write("Lost")
    expect(visitor.message("Lost")).to_contain_text("Not sent.")
    expect(visitor.messages).to_have_count(7)
    assert violations() == []


def test_the_slide_in_moves_nothing_for_those_who_ask_for_calm(
    kit: Kit, context: Contexts
) -> None:
    calm = Visitor(context(reduced_motion="reduce"), kit.url)
    calm.launcher.click()
    assert calm.panel.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"


def test_the_slide_in_animates_the_transform_alone(visitor: Visitor) -> None:
    moved = visitor.launcher.evaluate(
        "launcher => { launcher.click();"
        " return launcher.getRootNode().querySelector('dialog').getAnimations()"
        "   .map(animation => animation.transitionProperty); }"
    )
    assert set(moved) - {"display", "overlay"} == {"transform"}


def test_the_theme_attribute_wins_over_the_system(visitor: Visitor) -> None:
    visitor.launcher.click()
    colour = "e => getComputedStyle(e).backgroundColor"
    assert visitor.panel.evaluate(colour) == "rgb(255, 255, 255)"
    visitor.page.locator("chat-widget").evaluate("e => e.setAttribute('theme','dark')")
    assert visitor.panel.evaluate(colour) != "rgb(255, 255, 255)"


def test_the_widget_stays_within_its_budget() -> None:
    files = [(WEB / name).read_bytes() for name in WIDGET]
    assert sum(map(len, files)) <= 24 * 1024
    assert sum(len(gzip.compress(data, 9)) for data in files) <= 10 * 1024


def test_no_file_writes_html_from_a_script() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|DOMParser"
    )
    for path in WEB.glob("*.js"):
        assert not forbidden.search(path.read_text()), path.name


class _Prefixed(BaseHTTPRequestHandler):
    """Hands /user/ada/proxy/... on to the website, as a JupyterHub does."""

    prefix = "/user/ada/proxy/"
    website: str

    def _hand_on(self) -> None:
        if not self.path.startswith(self.prefix):
            self.send_error(404)
            return
        kept = ("content-type", "cookie", "origin", "sec-fetch-site")
        headers = {k: v for k, v in self.headers.items() if k.lower() in kept}
        headers["X-Forwarded-Host"] = self.headers["Host"]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = self.website + self.path.removeprefix(self.prefix)
        answer = httpx.request(self.command, url, headers=headers, content=body)
        self.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    do_GET = do_POST = _hand_on

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def prefixed_url(kit: Kit) -> Iterator[str]:
    handler = type("Handler", (_Prefixed,), {"website": kit.url})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}{_Prefixed.prefix}"
    server.shutdown()
    server.server_close()


def test_the_page_works_under_a_path_of_another_server(
    kit: Kit, prefixed_url: str, context: Contexts
) -> None:
    visitor = Visitor(context(), prefixed_url)
    visitor.open()
    visitor.write("From under a path")
    kit_agent = kit.agent()
    expect(visitor.message("From under a path")).to_contain_text(SENT)
    kit_agent.say(visitor.conversation, "Heard")
    expect(visitor.messages).to_have_text(["From under a path", "Heard"])
    assert visitor.page.evaluate("violations") == []
