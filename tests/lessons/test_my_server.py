"""The learner's program, served: a customer and an agent chat through it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import headless
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from waiting import eventually

from livechat_helpers import places
from livechat_helpers.lessons import pieces, start
from livechat_helpers.lessons.browser import Browser as Visitor
from livechat_helpers.lessons.my_server import MyServer
from livechat_helpers.sandbox.remote import connect


@pytest.fixture(scope="module")
def _served(_running: Path) -> Iterator[MyServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(_running))
        start(12)
        made = MyServer()
    yield made
    made.close()


@pytest.fixture
def server(running_home: Path, _served: MyServer) -> MyServer:
    """The learner's server."""
    return _served


@pytest.fixture(scope="module")
def _browser() -> Iterator[Browser]:
    with headless.chromium() as launched:
        yield launched


@pytest.fixture
def chromium(_browser: Browser) -> Iterator[Browser]:
    """A real browser, which closes its pages after the test."""
    yield _browser
    for context in _browser.contexts:
        context.close()


def customer(chromium: Browser, server: MyServer) -> Page:
    page = chromium.new_context().new_page()
    page.goto(server.url)
    page.get_by_role("button", name="Chat with us").click()
    page.locator("body[data-ready]").wait_for()
    return page


def agent(chromium: Browser, server: MyServer) -> Page:
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}agent")
    password = (places.sandbox_dir() / "agent-password").read_text()
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.locator("body[data-ready]").wait_for()
    return page


def write(page: Page, field: str, text: str) -> None:
    page.get_by_label(field).fill(text)
    page.get_by_label(field).press("Enter")


def test_a_customer_and_an_agent_chat_through_the_learners_server(
    server: MyServer, chromium: Browser
) -> None:
    kim = customer(chromium, server)
    write(kim, "Your message", "Where is <b>my</b> lamp?")
    bo = agent(chromium, server)
    expect(bo.get_by_text("Where is <b>my</b> lamp?")).to_be_visible()
    write(bo, "Your answer", "On its way.")
    expect(kim.locator(".theirs", has_text="On its way.")).to_be_visible()
    expect(kim.locator(".mine", has_text="lamp")).to_be_visible()
    kim.reload()
    kim.get_by_role("button", name="Chat with us").click()
    expect(kim.get_by_text("On its way.")).to_be_visible()


def test_an_agent_is_alerted_to_a_message_in_another_chat(
    server: MyServer, chromium: Browser
) -> None:
    kim = customer(chromium, server)
    write(kim, "Your message", "Where is my lamp?")
    bo = agent(chromium, server)
    expect(bo.get_by_text("Where is my lamp?")).to_be_visible()
    lea = customer(chromium, server)
    write(lea, "Your message", "Is it blue?")
    bo.get_by_role("button", name="New: Chat with").click()
    expect(bo.get_by_text("Is it blue?")).to_be_visible()
    write(bo, "Your answer", "It's green.")
    expect(lea.locator(".theirs", has_text="It's green.")).to_be_visible()
    expect(bo.get_by_role("button", name="New:")).to_be_hidden()
    expect(bo.get_by_label("Chat", exact=True).locator("option")).not_to_have_count(1)
    expect(kim.get_by_text("It's green.")).to_have_count(0)


def test_vonage_tells_the_learners_server_what_happens_in_its_chats(
    server: MyServer,
) -> None:
    sandbox = connect()
    mark = sandbox.trace.mark()
    chat = Visitor(server.url).post("/api/new").json()["conversation"]["id"]

    def told() -> list[tuple[str, int]]:
        calls = [one for one in sandbox.trace(after=mark) if one["kind"] == "webhook"]
        here = [one for one in calls if one["address"].startswith(server.url)]
        return [(one["event"], one["status"]) for one in here if chat in str(one)]

    eventually(lambda: len(told()) >= 3)
    assert told() == [
        ("conversation:created", 200),
        ("member:joined", 200),
        ("member:joined", 200),
    ]
    eventually(lambda: "member:joined" in server.log())


def test_two_threads_of_the_learners_server_do_not_share_a_client(
    running_home: Path,
) -> None:
    start(12)
    connection = import_module("my_chat.connection")

    def clients() -> set[int]:
        http = connection.vonage.http_client
        assert connection.conversations._http is http
        return {id(http)}

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(clients).result() != clients()


def test_a_link_signs_the_agent_in_and_a_cookie_keeps_them_signed_in(
    server: MyServer, chromium: Browser
) -> None:
    page = chromium.new_context().new_page()
    page.goto(server.frame("agent").address)
    page.locator("body[data-ready]").wait_for()
    assert "#" not in page.url
    server.restart()
    page.goto(f"{server.page}agent")
    page.locator("body[data-ready]").wait_for()


def test_a_stranger_gets_no_agent_token(server: MyServer, chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}agent")
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Sign in as an agent first.")


def test_a_stranger_doesnt_learn_what_the_learners_server_can_do(
    server: MyServer,
) -> None:
    for path in ("openapi.json", "docs", "redoc"):
        answer = httpx.get(f"{server.url}{path}", trust_env=False)
        assert answer.status_code == 404, path


def test_the_page_shows_the_learners_own_piece(
    server: MyServer, chromium: Browser
) -> None:
    shout = "function bubble(text) {\n  const p = document.createElement('p');\n"
    shout += "  p.textContent = text.toUpperCase();\n  return p;\n}\n"
    pieces.put("7.2", shout, {})
    kim = customer(chromium, server)
    write(kim, "Your message", "quiet")
    expect(kim.locator(".mine")).to_have_text("QUIET")
    pieces.use("7.2", "the kit's")
    kim.reload()
    kim.get_by_role("button", name="Chat with us").click()
    expect(kim.locator(".mine")).to_have_text("quiet")
