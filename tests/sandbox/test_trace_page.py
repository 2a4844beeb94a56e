"""The live page at ``/_sandbox/``, in a real browser."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from waiting import eventually

from . import running
from .callers import Application, Caller, message
from .running import Json
from .sockets import Session

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ATTACK = "<img src=x onerror=\"document.title='owned'\">"


Open = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, ready: Json) -> Iterator[Open]:
    """Opens the page in a browser that has the account's key.

    The page's own rules mustn't refuse anything, and no script may fail.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def make(url: str = "", info: Json = ready, **options: object) -> Page:
        context = chromium.new_context(
            http_credentials={
                "username": info["api_key"],
                "password": info["api_secret"],
            },
            **options,  # pyright: ignore[reportArgumentType]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text))
        page.goto(url or f"{info['http']}/_sandbox/")
        return page

    yield make
    for context in contexts:
        context.close()
    refused = [text for text in wrong if "ERR_" not in text]  # it was stopped
    assert refused == []


@pytest.fixture
def page(open_page: Open, account: Caller, app: Application) -> Page:
    """The page, with nothing in it yet."""
    account.delete("/_sandbox/trace")
    page = open_page()
    expect(page.get_by_role("status")).to_have_text("Live")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    return page


class Line:
    """One line of the table, found by its content."""

    def __init__(self, page: Page, what: str) -> None:
        self.row = page.locator("tr.entry", has_text=what)
        self.button = self.row.get_by_role("button")
        self.detail = page.locator("tr.detail")


def shown(page: Page) -> list[str]:
    """Return the visible lines' buttons, from top to bottom."""
    return page.locator("tr.entry:visible button").all_inner_texts()


def test_events_appear_at_once_with_the_newest_on_top(
    page: Page, app: Application
) -> None:
    app.user("alice")
    expect(Line(page, "/v1/users").row).to_contain_text("201")
    expect(page.get_by_text("Nothing yet.")).to_be_hidden()
    app.admin.get("/v1/users/nobody-here")
    expect(page.locator("tr.entry").first).to_contain_text("/v1/users/nobody-here")
    expect(page.locator("tr.entry").first).to_contain_text("404")
    expect(page.locator("tr.entry").first).to_contain_text("application")


def test_frames_and_requests_of_a_session_are_distinguished(
    page: Page, app: Application, ready: Json
) -> None:
    conversation, _ = app.chat("alice", "bob")
    with Session(ready["http"], app.token("alice")) as session:
        path = f"/v1/conversations/{conversation}/events"
        app.caller("alice").post(path, message("Hello"))
        session.until("message")
        expect(page.locator("[data-kind=frame]", has_text="message")).to_be_visible()
        sent = page.locator(f'tr.entry button[title="{path}"]')
        expect(sent).to_contain_text(f"/{conversation[:8]}…/events")
        page.get_by_label("Kind").select_option("frames")
        eventually(lambda: {"frame" in text for text in shown(page)} == {True})
        page.get_by_label("Kind").select_option("webhooks")
        expect(page.get_by_text("No entry matches")).to_be_visible()
        page.get_by_label("Kind").select_option("all")
        page.get_by_label("Text").fill("BOB")
        expect(page.locator("tr.entry:visible").first).to_contain_text("/v1/")
        eventually(lambda: {"frame" in text for text in shown(page)} == {False})


def test_an_entry_opens_with_mouse_or_keyboard_and_shows_bodies_and_notes(
    page: Page, app: Application
) -> None:
    app.admin.post("/v1/users", {"name": "alice", "colour": "blue"})
    line = Line(page, "POST /v1/users")
    expect(line.row).to_contain_text("1 note")
    line.row.get_by_text("application").click()
    expect(line.detail).to_contain_text('"colour": "blue"')
    expect(line.detail.get_by_role("listitem")).to_contain_text("colour")
    expect(line.detail.locator("h2")).to_have_text(
        ["Notes", "Body", "Answer", "Details"]
    )
    expect(line.button).to_have_attribute("aria-expanded", "true")
    line.row.get_by_text("application").click()
    expect(line.detail).to_have_count(0)
    line.button.focus()
    page.keyboard.press("Enter")
    expect(line.detail).to_have_count(1)
    page.keyboard.press("Space")
    expect(line.detail).to_have_count(0)
    expect(line.button).to_be_focused()


def test_a_pause_freezes_the_table(page: Page, app: Application) -> None:
    app.user("alice")
    expect(page.locator("tr.entry")).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_have_text("Paused")
    app.user("bob")
    app.user("clara")
    go_on = page.get_by_role("button", name="Continue (2)")
    expect(go_on).to_be_visible()
    expect(page.locator("tr.entry")).to_have_count(1)
    go_on.click()
    expect(page.locator("tr.entry")).to_have_count(3)
    expect(page.get_by_role("status")).to_have_text("Live")


def test_clearing_empties_every_open_page(
    page: Page, open_page: Open, app: Application
) -> None:
    app.user("alice")
    other = open_page()
    expect(other.locator("tr.entry")).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    for each in (page, other):
        expect(each.locator("tr.entry")).to_have_count(0)
        expect(each.get_by_text("Nothing yet.")).to_be_visible()


def test_what_people_send_is_never_treated_as_markup(
    page: Page, app: Application
) -> None:
    app.user(ATTACK, display_name=ATTACK)
    app.caller(ATTACK).get("/v1/users/me")
    line = Line(page, "GET /v1/users/me")
    expect(line.row).to_contain_text(ATTACK)
    line.button.click()
    expect(line.detail).to_contain_text(ATTACK.replace('"', '\\"'))
    assert page.locator("#entries img").count() == 0
    assert page.title() == "Sandbox"


def test_the_page_only_allows_its_own_scripts(ready: Json, account: Caller) -> None:
    policy = account.get("/_sandbox/").headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy
    source = account.get("/_sandbox/").text
    assert not re.search(r"<script>|style=| on\w+=|https?://", source)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1200, "light"),
        (360, "dark"),
        pytest.param(1200, "dark", marks=pytest.mark.weekly),
        pytest.param(360, "light", marks=pytest.mark.weekly),
    ],
)
def test_the_page_is_accessible(
    open_page: Open, app: Application, scheme: str, width: int
) -> None:
    app.admin.post("/v1/users", {"name": "alice", "colour": "blue"})
    app.admin.get("/v1/users/nobody-here")
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    Line(page, "POST /v1/users").button.last.click()
    expect(page.locator("tr.detail")).to_be_visible()
    page.mouse.move(0, 0)
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_a_page_outlives_its_sandbox_and_shows_the_next_one(
    open_page: Open, tmp_path: Path
) -> None:
    program = running.sandbox(tmp_path)
    info = program.ready()
    page = open_page(info=info)
    expect(page.get_by_role("status")).to_have_text("Live")
    with httpx.Client(base_url=info["http"], trust_env=False) as client:
        client.get("/first-life")
        expect(Line(page, "/first-life").row).to_be_visible()
        assert program.stop() == 0
        expect(page.get_by_role("status")).to_contain_text("doesn't answer")
        expect(Line(page, "/first-life").row).to_be_visible()
        program = running.sandbox(tmp_path)
        assert program.ready() == info
        client.get("/second-life")
    expect(Line(page, "/second-life").row).to_be_visible()
    expect(Line(page, "/first-life").row).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("Live")
    assert program.stop() == 0
    assert program.errors() == ""


def test_the_page_works_below_a_proxys_path(
    open_page: Open, ready: Json, app: Application
) -> None:
    class Proxy(BaseHTTPRequestHandler):
        """Passes /learner/... on to the sandbox, as a hub does, including streams."""

        def do_GET(self) -> None:
            if not self.path.startswith("/learner/"):
                self.send_error(404)
                return
            path = self.path.removeprefix("/learner")
            asked = {"Authorization": self.headers.get("Authorization", "")}
            with httpx.stream(
                "GET", ready["http"] + path, headers=asked, trust_env=False
            ) as answer:
                self.send_response(answer.status_code)
                for name in ("content-type", "www-authenticate", "location"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.end_headers()
                for part in answer.iter_raw():
                    self.wfile.write(part)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    # Without the slash at the end, it still leads to the page.
    page = open_page(f"http://127.0.0.1:{server.server_port}/learner/_sandbox")
    app.user("through-the-proxy")
    page.get_by_label("Text").fill("through-the-proxy")
    expect(Line(page, "POST /v1/users").row.first).to_be_visible()
    page.goto("about:blank")
    server.shutdown()
