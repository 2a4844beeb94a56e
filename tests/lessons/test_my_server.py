"""The learner's program, served: a customer and an agent chat through it."""

from collections.abc import Iterator
from pathlib import Path

import headless
import pytest
from playwright.sync_api import Browser, Page, expect

from livechat_helpers import places
from livechat_helpers.lessons import pieces, start
from livechat_helpers.lessons.my_server import MyServer


@pytest.fixture
def server(running_home: Path) -> Iterator[MyServer]:
    """The learner's server."""
    start(12)
    made = MyServer()
    yield made
    made.close()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with headless.chromium() as launched:
        yield launched


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


def test_a_stranger_gets_no_agents_token(server: MyServer, chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}agent")
    page.get_by_label("Password").fill("a guess")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Sign in as an agent first.")


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
