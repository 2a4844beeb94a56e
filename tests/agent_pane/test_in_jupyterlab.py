"""The whole chat as a person sees it: real JupyterLab, real page, real SDK."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect, sync_playwright

from livechat_helpers import places
from livechat_helpers.launch import browser

from .conftest import Stand, start

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update"
)
SLOW = 30_000  # ms: a kernel starts, a notebook runs
PICTURES = os.environ.get("LIVECHAT_PICTURES")
"""A folder to keep screenshots in; the one in the README was made this way."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = browser.find()
    assert program is not None, "There is no browser: python -m livechat_helpers test"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=FLAGS.split()
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def lab(
    stand: Stand, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """JupyterLab with the first notebook, all its cells run."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(places.ROOT / "notebooks", folder / "notebooks")
    process, ready = start(
        "livechat_helpers.launch.jupyter",
        "--ServerApp.ip=localhost",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
    )
    page = chromium.new_page(viewport={"width": 1900, "height": 1000})
    page.set_default_timeout(SLOW)
    token = f"token={ready['token']}"
    page.goto(f"{ready['url']}lab/tree/notebooks/00_start_here.ipynb?{token}")
    page.locator(".jp-Notebook").wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    pane(page).get_by_text("Let me look that up").last.wait_for()
    yield page
    page.close()
    process.terminate()
    process.wait()


def pane(lab: Page) -> Locator:
    return lab.locator(".agent-pane")


def customer(lab: Page) -> Frame:
    """The customer's page, in the frame beside the pane."""
    beside = lab.locator("iframe[title='Customer page']")
    beside.scroll_into_view_if_needed()  # out of sight a frame draws nothing
    frame = beside.element_handle()
    content = frame.content_frame() if frame else None
    assert content is not None
    return content


def open_chat(page: Page | Frame) -> None:
    page.get_by_role("button", name="Open live chat").click()
    expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")


def write(page: Page | Frame, text: str) -> None:
    box = page.get_by_role("textbox", name="Your message")
    box.fill(text)
    box.press("Enter")


def messages(page: Page | Frame) -> Locator:
    return page.get_by_role("log").locator("article > p:not(.day)")


def answer(lab: Page, to: str, text: str) -> None:
    """Choose the chat in which a text stands last, and answer in it."""
    pane(lab).locator(".chat", has_text=to).click()
    pane(lab).get_by_role("textbox", name="Your answer").fill(text)
    pane(lab).get_by_role("button", name="Send").click()


def keep_picture(lab: Page, name: str) -> None:
    if PICTURES:
        side_by_side = lab.locator(".side-by-side")
        side_by_side.scroll_into_view_if_needed()
        side_by_side.screenshot(path=Path(PICTURES) / name)


def test_page_and_pane_chat_and_a_reload_keeps_the_history(lab: Page) -> None:
    page = customer(lab)
    open_chat(page)
    write(page, "Hello! My lamp hums, what can I do?")
    bubble = pane(lab).locator(".message", has_text="My lamp hums")
    answer(lab, "My lamp hums", "Is it on a dimmer? Try it without.")
    expect(bubble).to_be_visible()
    expect(messages(page).last).to_have_text("Is it on a dimmer? Try it without.")
    write(page, "That's it, it's quiet now & I'm happy <3")
    expect(
        pane(lab).locator(".message", has_text="it's quiet now & I'm happy <3")
    ).to_be_visible()
    keep_picture(lab, "first-chat.png")

    page.evaluate("location.reload()")
    page = customer(lab)
    expect(messages(page)).to_have_text(
        [
            "Hello! My lamp hums, what can I do?",
            "Is it on a dimmer? Try it without.",
            "That's it, it's quiet now & I'm happy <3",
        ]
    )


def test_a_second_visitor_has_a_chat_of_her_own(
    lab: Page, chromium: Browser, stand: Stand
) -> None:
    context = chromium.new_context()
    second = context.new_page()
    with second.expect_response("**/api/new") as opened:
        second.goto(stand.page)
        second.get_by_role("button", name="Open live chat").click()
    first_chat = customer(lab).evaluate(
        "fetch('api/new', {method: 'POST'}).then(answer => answer.json())"
    )
    second_chat = opened.value.json()
    assert second_chat["conversation"]["id"] != first_chat["conversation"]["id"]
    assert second_chat["jwt"] != first_chat["jwt"]

    write(second, "I am somebody else")
    answer(lab, "I am somebody else", "Good to meet you")
    expect(messages(second)).to_have_text(["I am somebody else", "Good to meet you"])
    expect(messages(customer(lab)).last).not_to_have_text("Good to meet you")
    context.close()


def test_both_go_on_after_a_power_cut_of_the_sandbox(lab: Page, stand: Stand) -> None:
    page = customer(lab)
    write(page, "Before the cut")
    answer(lab, "Before the cut", "I am here")
    expect(messages(page).last).to_have_text("I am here")
    known = messages(page).all_inner_texts()
    stand.kill_sandbox()
    expect(pane(lab).get_by_role("status")).to_contain_text("Reconnecting")
    write(page, "While it was down")
    stand.restart_sandbox()
    theirs = page.locator("article", has_text="While it was down")
    expect(theirs).not_to_have_attribute("data-state", "sending", timeout=SLOW)
    if theirs.get_attribute("data-state") == "failed":
        theirs.get_by_role("button", name="Try again").click()
    mine = pane(lab).locator(".message", has_text="While it was down")
    expect(mine).to_have_count(1, timeout=SLOW)
    answer(lab, "While it was down", "And on we go")
    expect(messages(page)).to_have_text(
        [*known, "While it was down", "And on we go"], timeout=SLOW
    )
    expect(mine).to_have_count(1)


def test_what_a_visitor_writes_is_never_markup(lab: Page) -> None:
    page = customer(lab)
    attack = "<img src=x onerror=\"document.title='owned'\"><script>1</script>"
    write(page, attack)
    expect(pane(lab).locator(".message p", has_text=attack)).to_be_visible()
    assert pane(lab).locator(".message img, .message script").count() == 0
    assert "owned" not in lab.title()


def test_the_keys_of_an_answer_do_not_run_the_cell(lab: Page) -> None:
    cell = lab.locator(".jp-CodeCell", has=pane(lab)).locator(".jp-InputPrompt")
    expect(cell).to_have_text("[3]:")
    box = pane(lab).get_by_role("textbox", name="Your answer")
    box.fill("first line")
    box.press("Shift+Enter")
    box.press_sequentially("second line")
    expect(box).to_have_value("first line\nsecond line")
    box.press("Control+b")
    expect(lab.locator("#jp-left-stack")).to_be_visible()
    expect(cell).to_have_text("[3]:")


def test_after_a_kernel_restart_the_text_is_kept_and_the_pane_says_so(
    lab: Page,
) -> None:
    lab.get_by_role("menuitem", name="Kernel", exact=True).click()
    lab.get_by_text("Restart Kernel…", exact=True).click()
    lab.locator(".jp-Dialog .jp-mod-accept").click()
    lab.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    box = pane(lab).get_by_role("textbox", name="Your answer")
    box.fill("Do not lose this")
    box.press("Enter")
    expect(pane(lab).get_by_role("status")).to_contain_text("does not answer")
    expect(pane(lab).get_by_role("button", name="Try again")).to_be_visible()
    expect(pane(lab).get_by_role("log")).to_contain_text("Do not lose this")
