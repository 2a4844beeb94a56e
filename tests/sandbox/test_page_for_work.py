"""The page at ``/_sandbox/`` as a place to work: chats, users, controls."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    APIResponse,
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    expect,
)
from waiting import eventually

from livechat_helpers.sandbox.remote import RemoteSandbox
from livechat_helpers.sandbox.testing import running

from .callers import Application
from .test_options import application
from .test_trace_page import ATTACK, RULES

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RemoteSandbox]:
    """A sandbox only for these tests, which empty it and set its clock."""
    with running() as made:
        yield made


@pytest.fixture
def app(sandbox: RemoteSandbox, key: object) -> Application:
    """The one application of an empty sandbox."""
    sandbox.reset()
    return application(sandbox, key)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def open_page(
    chromium: Browser, sandbox: RemoteSandbox, app: Application
) -> Iterator[Open]:
    """Opens a view of the page. No script may fail or break the page's rules."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def make(view: str = "trace", **options: object) -> Page:
        info = sandbox.info
        context = chromium.new_context(
            http_credentials={
                "username": info.api_key,
                "password": info.api_secret.get_secret_value(),
            },
            **options,  # pyright: ignore[reportArgumentType]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text))
        page.goto(f"{sandbox.url}/_sandbox/#{view}")
        expect(page.get_by_role("status")).to_have_text("Live")
        return page

    yield make
    for context in contexts:
        context.close()
    # The browser logs every error answer.
    assert [text for text in wrong if "status of 4" not in text] == []


def control(page: Page, name: str, line: str) -> Locator:
    """Wait for the Python line next to a button, and return the button."""
    found = page.locator(".control", has=page.get_by_role("button", name=name)).first
    expect(found.locator("code")).to_have_text(line)
    return found.get_by_role("button").first


def test_a_member_can_find_a_chat_and_read_and_write_in_it(
    open_page: Open, app: Application, sandbox: RemoteSandbox
) -> None:
    chat, _ = app.chat("alice", "bob")
    app.chat("clara")
    sandbox.send(chat, "Do you have this in blue?", sender="alice")
    page = open_page("chats")
    expect(page.locator("#conversations li")).to_have_count(2)
    page.get_by_label("Find a chat").fill("ALI")
    expect(page.locator("#conversations li")).to_have_count(1)
    page.get_by_role("button", name="alice, bob").click()
    expect(page.locator("#events .says")).to_contain_text("in blue?")
    page.get_by_label("Send as").select_option("bob")
    page.get_by_label("Message").fill("Yes, we do.")
    expected = f'sandbox.send("{chat}", "Yes, we do.", sender="bob")'
    expect(page.locator("#send-line code")).to_have_text(expected)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#events .says")).to_have_count(2)
    [*_, last] = sandbox.conversation(chat)["events"]
    assert (last["sender"], last["body"]["text"]) == ("bob", "Yes, we do.")
    expect(page.get_by_label("Message")).to_have_value("")


def test_other_peoples_messages_appear_in_the_open_chat(
    open_page: Open, app: Application
) -> None:
    chat, [alice] = app.chat("alice")
    page = open_page("chats")
    page.get_by_role("button", name="alice").click()
    expect(page.locator("#chat")).to_be_visible()
    body = {"message_type": "text", "text": ATTACK}
    event = {"type": "message", "from": alice, "body": body}
    app.admin.post(f"/v1/conversations/{chat}/events", event)
    expect(page.locator("#events .says .what")).to_have_text(ATTACK)
    assert page.locator("#chats img").count() == 0, "it's text, not markup"


def test_users_are_listed_with_their_chats(open_page: Open, app: Application) -> None:
    app.chat("alice", "bob")
    app.chat("clara")
    app.user("dora", display_name="Dora the explorer")
    page = open_page("users")
    rows = page.locator("#user-rows tr")
    expect(rows).to_have_count(4)
    page.get_by_label("Find a user").fill("explorer")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("dora")
    page.get_by_label("Find a user").fill("bob")
    expect(rows).to_contain_text("bob")
    page.get_by_role("button", name="Chats of bob").click()
    expect(page.get_by_role("region", name="Chats")).to_be_visible()
    expect(page.locator("#conversations li")).to_have_count(1)
    expect(page.locator("#conversations li")).to_contain_text("alice, bob")


def test_a_fault_starts_and_ends_as_its_python_line_says(
    open_page: Open, app: Application, sandbox: RemoteSandbox
) -> None:
    page = open_page()
    page.get_by_role("spinbutton", name="Times").fill("2")
    page.get_by_role("textbox", name="Path").fill("/v1/users")
    line = 'sandbox.faults.refuse(503, times=2, path="/v1/users")'
    control(page, "Start", line).click()
    expect(page.locator("#active-faults li")).to_contain_text("hasn't happened yet")
    assert app.admin.get("/v1/users").status_code == 503
    expect(page.locator("#active-faults li")).to_contain_text("happened once")
    control(page, "End all", "sandbox.faults.clear()").click()
    expect(page.locator("#active-faults li")).to_have_count(0)
    assert app.admin.get("/v1/users").status_code == 200
    # What the line says does the same.
    eval("sandbox.faults.refuse(503, times=1)", {"sandbox": sandbox})
    assert app.admin.get("/v1/users").status_code == 503


LINES = {
    "delay": "sandbox.faults.delay(3, times=1)",
    "hang": "sandbox.faults.hang(times=1)",
    "drop_reply": "sandbox.faults.drop_reply(times=1)",
    "drop_sockets": "sandbox.faults.drop_sockets()",
    "half_open": "sandbox.faults.half_open()",
    "duplicate_events": "sandbox.faults.duplicate_events(times=1)",
    "reorder_events": "sandbox.faults.reorder_events(times=1)",
    "stop_webhooks": "sandbox.faults.stop_webhooks()",
    "duplicate_webhooks": "sandbox.faults.duplicate_webhooks(times=1)",
    "reorder_webhooks": "sandbox.faults.reorder_webhooks(times=1)",
    "expire_tokens": "sandbox.faults.expire_tokens()",
}


def test_every_fault_has_a_working_python_line(
    open_page: Open, sandbox: RemoteSandbox
) -> None:
    page = open_page()
    kinds = page.get_by_label("What happens")
    offered = kinds.locator("option").evaluate_all("all => all.map(one => one.value)")
    assert {*offered} == {*LINES, "refuse"}
    for kind, line in LINES.items():
        kinds.select_option(kind)
        start = control(page, "Start", line)
        with page.expect_response(lambda one: one.request.method == "POST"):
            start.click()
        if kind != "drop_sockets":
            expect(page.locator("#active-faults li code")).to_have_text(line)
        expect(page.locator("#said")).to_have_text("")
        sandbox.faults.clear()
        expect(page.locator("#active-faults li")).to_have_count(0)
        eval(line, {"sandbox": sandbox})
        sandbox.faults.clear()


def test_the_page_shows_what_python_changes(
    open_page: Open, sandbox: RemoteSandbox
) -> None:
    page = open_page()
    active = page.locator("#active-faults li")
    expect(active).to_have_count(0)
    sandbox.faults.expire_tokens(user="nobody")
    expect(active).to_have_count(1)
    sandbox.faults.clear()
    expect(active).to_have_count(0)


def test_a_late_answer_doesnt_replace_a_newer_one(
    open_page: Open, app: Application, sandbox: RemoteSandbox
) -> None:
    sandbox.faults.expire_tokens(user="nobody")
    page = open_page()
    active = page.locator("#active-faults li")
    expect(active).to_have_count(1)
    late: list[tuple[Route, APIResponse]] = []
    page.route(
        "**/_sandbox/faults",
        lambda route: late.append((route, route.fetch())),
        times=1,
    )
    app.user("alice")  # the page notices this
    while not late:
        page.wait_for_timeout(50)
    sandbox.faults.clear()
    expect(active).to_have_count(0)
    [(route, answer)] = late
    with page.expect_event("requestfinished"):
        route.fulfill(response=answer)
    page.wait_for_timeout(100)
    expect(active).to_have_count(0)


def test_the_clock_can_be_stepped_stopped_and_started(
    open_page: Open, sandbox: RemoteSandbox
) -> None:
    page = open_page()
    page.get_by_label("Seconds").last.fill("86400")
    before = sandbox.clock.now()
    step = page.locator("#clock .control").first
    expect(step.locator("code")).to_have_text("sandbox.clock.step(86400)")
    step.get_by_role("button").first.click()
    shown = page.get_by_label("The sandbox's time")
    expect(shown).not_to_contain_text(f"{before:%Y-%m-%d}")
    assert (sandbox.clock.now() - before).total_seconds() >= 86400
    page.get_by_role("button", name="Stop", exact=True).click()
    eventually(lambda: sandbox.clock.now() == sandbox.clock.now())
    page.get_by_role("button", name="Run", exact=True).click()
    expect(shown).to_contain_text(f"{before:%Y-%m-%d}")


def test_a_snapshot_can_be_saved_and_restored(
    open_page: Open, app: Application, sandbox: RemoteSandbox
) -> None:
    app.user("alice")
    page = open_page("users")
    page.get_by_label("Name", exact=True).fill("with-alice")
    control(page, "Save", 'sandbox.snapshot("with-alice")').click()
    back = page.get_by_role("button", name="Restore with-alice")
    expect(back).to_be_visible()
    app.user("bob")
    expect(page.locator("#user-rows tr")).to_have_count(2)
    control(page, "Restore with-alice", 'sandbox.restore("with-alice")')
    back.click()
    expect(page.locator("#user-rows tr")).to_have_count(1)
    assert sandbox.snapshots() == ["with-alice"]


def test_a_reset_asks_for_confirmation(
    open_page: Open, app: Application, sandbox: RemoteSandbox
) -> None:
    page = open_page()
    control(page, "Reset", "sandbox.reset()").click()
    sure = page.get_by_role("button", name="Empty everything?")
    expect(sure).to_be_visible()
    assert len(sandbox.applications()) == 1
    sure.click()
    expect(page.get_by_role("button", name="Reset", exact=True)).to_be_visible()
    expect(page.locator("#application option")).to_have_count(0)
    assert sandbox.applications() == []


def test_the_whole_state_is_exported_and_imported(
    open_page: Open, app: Application, sandbox: RemoteSandbox, tmp_path: Path
) -> None:
    app.user("alice")
    page = open_page()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Export", exact=True).click()
    file = tmp_path / "state.json"
    downloading.value.save_as(file)
    sandbox.reset()
    expect(page.locator("#application option")).to_have_count(0)
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Import", exact=True).click()
    choosing.value.set_files(file)
    expect(page.locator("#application option")).to_have_count(1)
    [found] = sandbox.applications()
    assert [user["name"] for user in sandbox.users(found["id"])] == ["alice"]
    file.write_text(json.dumps({"format": "something else"}))
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="Import", exact=True).click()
    choosing.value.set_files(file)
    expect(page.get_by_role("alert")).to_contain_text("wasn't written by export")


def test_the_trace_can_be_searched_by_words_and_by_result(
    open_page: Open, app: Application
) -> None:
    app.user("alice")
    app.admin.get("/v1/users/nobody-here")
    app.admin.post("/v1/users", {"name": "bob", "colour": "blue"})
    page = open_page()
    entries = page.locator("tr.entry:visible")
    expect(entries).to_have_count(4)
    page.get_by_label("Text").fill("alice POST")
    expect(entries).to_have_count(1)
    page.get_by_label("Text").fill("")
    page.get_by_label("Result").select_option("failed")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("nobody-here")
    page.get_by_label("Result").select_option("with notes")
    expect(entries).to_contain_text("1 note")


def test_font_size_and_colours_can_be_chosen_and_are_kept(open_page: Open) -> None:
    page = open_page(color_scheme="light")
    size = "parseFloat(getComputedStyle(document.body).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("button", name="Larger font").click()
    page.get_by_role("button", name="Larger font").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    expect(page.get_by_role("button", name="Light")).to_be_visible()
    eventually(lambda: page.evaluate(size) == pytest.approx(1.5 * before))
    expect(page.locator("body")).to_have_css("background-color", "rgb(20, 24, 29)")


@pytest.mark.parametrize(
    ("view", "scheme"),
    [
        ("chats", "light"),
        ("users", "dark"),
        pytest.param("chats", "dark", marks=pytest.mark.weekly),
        pytest.param("users", "light", marks=pytest.mark.weekly),
    ],
)
def test_each_view_is_accessible_and_fits_a_phone(
    open_page: Open, app: Application, sandbox: RemoteSandbox, scheme: str, view: str
) -> None:
    chat, _ = app.chat("alice", "bob")
    sandbox.send(chat, "Hello", sender="alice")
    sandbox.snapshot("before")
    sandbox.faults.refuse(503)
    page = open_page(view, color_scheme=scheme, viewport={"width": 360, "height": 800})
    if view == "chats":
        page.get_by_role("button", name="alice, bob").click()
        expect(page.locator("#events .says")).to_be_visible()
    expect(page.locator("#active-faults li")).to_be_visible()
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sandbox.faults.clear()
