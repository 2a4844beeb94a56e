"""What every part of the view does, with mouse and keyboard, in JupyterLab."""

import itertools
import re

import requests
from axe_playwright_python.sync_playwright import Axe
from faint import too_faint
from playwright.sync_api import expect
from waiting import eventually

from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from ..jupyter import Notebook
from ..stand import Stand, name

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVENTS = "/*/conversations/*/events"


def in_chat(book: Notebook, visitor: Visitor, method: str) -> object:
    """A property of a chat, read in Python."""
    chats = f"[c for c in pane.conversations if c['id'] == {visitor.conversation!r}]"
    return book.python("", f"{chats}[0][{method!r}]")


def test_python_and_clicks_do_the_same_and_both_show_it(
    book: Notebook, visitor: Visitor
) -> None:
    book.box.fill("by hand")
    book.box.press("Enter")
    expect(book.line("by hand")).to_contain_text("Sent")
    chat = repr(visitor.conversation)
    book.python(f"pane.send('by code', {chat})\npane.note('noted by code', {chat})")
    expect(book.log.locator(".lcp-text")).to_have_text(
        ["hello", "by hand", "by code", "noted by code"]
    )
    book.pane.get_by_role("button", name="Note").click()
    book.pane.get_by_role("textbox", name="Your note").fill("noted by hand")
    book.page.keyboard.press("Enter")
    kept = book.log.locator(".lcp-line:not(.lcp-pending)", has_text="noted by hand")
    expect(kept).to_contain_text("not sent")
    book.mode("Reply")
    said = book.python("", f"repr(pane.transcript({chat}, notes=True))")
    assert said == (
        "visitor: hello\nagent: by hand\nagent: by code\n"
        "note: noted by code\nnote: noted by hand"
    )
    assert [text for _, text in visitor.messages()] == ["hello", "by hand", "by code"]


def test_the_visitor_sees_what_was_read(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    book.box.focus()
    visitor.say("Do you see this?")
    expect(book.line("Do you see this?")).to_be_visible()
    expect(book.row(name(visitor)).locator(".lcp-unread:visible")).to_have_count(0)

    def seen() -> list[object]:
        messages = [event for event in visitor.events() if is_message(event)]
        return [one.get("state", {}).get("seen_by") for one in messages]

    eventually(lambda: all(seen()))
    # Another chat stays unread until it's opened.
    other = Visitor(stand.url)
    for number in range(3):
        other.say(f"line {number}")
    unread = book.row(name(other)).locator(".lcp-unread:visible")
    expect(unread).to_have_text("3 unread")
    book.row(name(other)).click()
    expect(unread).to_have_count(0)
    assert in_chat(book, other, "unread") == 0


def is_message(event: dict) -> bool:
    return event["type"] == "message"


def test_the_longest_wait_comes_first(book: Notebook, stand: Stand) -> None:
    visitors = [Visitor(stand.url) for _ in range(3)]
    for visitor in visitors:
        visitor.say("Is anybody there?")
        expect(book.row(name(visitor))).to_contain_text("Is anybody there?")
    names = [name(visitor) for visitor in visitors]

    def waiting() -> list[str]:
        return [one for one in book.names_in("Waiting") if one in names]

    eventually(lambda: waiting() == names)  # the list rests while the mouse moves
    book.answer(names[0], "I am")
    eventually(lambda: book.names_in("Talking")[:1] == names[:1])


def test_the_keyboard_alone_is_enough(book: Notebook, stand: Stand) -> None:
    visitors = [Visitor(stand.url) for _ in range(2)]
    for number, visitor in enumerate(visitors):
        visitor.say(f"I am visitor {number}")
        expect(book.row(name(visitor))).to_contain_text(f"I am visitor {number}")
    press = book.page.keyboard.press
    title = book.pane.locator(".lcp-title")
    book.pane.locator(".lcp-row").first.focus()
    first, second = (book.row(name(visitor)) for visitor in visitors)
    for _ in range(30):
        if first.evaluate("row => row === document.activeElement"):
            break
        press("ArrowDown")
    expect(first).to_be_focused()
    press("ArrowDown")
    expect(second).to_be_focused()
    press("ArrowUp")
    press("Enter")
    expect(title).to_have_text(name(visitors[0]))
    expect(book.box).to_be_focused()
    book.page.keyboard.type("written")
    press("Enter")
    expect(book.line("written")).to_contain_text("Sent")
    # It isn't waiting any more, so it's no longer next to the other.
    book.row(name(visitors[1])).focus()
    press("Enter")
    expect(title).to_have_text(name(visitors[1]))
    press("Alt+ArrowDown")
    expect(title).to_have_text(name(visitors[0]))
    press("Alt+ArrowUp")
    expect(title).to_have_text(name(visitors[1]))
    press("Tab")  # moves to the modes
    press("Tab")
    press("Tab")
    expect(book.pane.get_by_role("button", name="Replies")).to_be_focused()
    press("Enter")
    press("ArrowDown")
    press("Enter")
    expect(book.box).to_have_value("Let me look that up for you.")
    expect(book.box).to_be_focused()
    book.box.fill("")
    book.pane.get_by_role("button", name="Search").focus()
    press("Enter")
    expect(book.search_box).to_be_focused()
    press("Escape")
    expect(book.search_box).to_be_hidden()
    expect(book.box).to_be_focused()


def test_keys_typed_into_an_answer_stay_in_the_pane(
    book: Notebook, visitor: Visitor
) -> None:
    prompt = book.page.locator(".jp-CodeCell .jp-InputPrompt").first
    before = prompt.inner_text()
    book.box.fill("first line")
    book.box.press("Shift+Enter")
    book.box.press_sequentially("second line")
    expect(book.box).to_have_value("first line\nsecond line")
    side_bar = book.page.locator("#jp-left-stack")
    was_open = side_bar.is_visible()
    for key in ("Control+b", "Control+Enter", "Alt+Enter"):
        book.box.press(key)
    assert side_bar.is_visible() == was_open
    expect(prompt).to_have_text(before)
    # Keys in the list or the transcript don't either, because nobody types there.
    cells = book.page.locator(".jp-Cell").count()
    for place in (book.log, book.pane.locator(".lcp-row").first):
        place.focus()
        for key in ("a", "b", "d", "d", "Shift+Enter"):
            book.page.keyboard.press(key)
    assert book.page.locator(".jp-Cell").count() == cells
    expect(prompt).to_have_text(before)
    book.row(name(visitor)).click()
    book.box.fill("")


def test_enter_in_an_input_method_sends_nothing(
    book: Notebook, visitor: Visitor
) -> None:
    book.box.fill("こんにちは")
    book.box.evaluate(
        """box => box.dispatchEvent(new KeyboardEvent('keydown',
        {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    expect(book.box).to_have_value("こんにちは")
    book.box.press("Enter")
    expect(book.line("こんにちは")).to_contain_text("Sent")
    expect(book.log.locator(".lcp-text")).to_have_text(["hello", "こんにちは"])


def test_both_sides_see_the_other_typing(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    before = stand.sandbox.trace.mark()

    def signals() -> int:
        entries = stand.sandbox.trace(after=before)
        asked = [entry for entry in entries if entry["kind"] == "request"]
        return sum('"ephemeral"' in (entry.get("body") or "") for entry in asked)

    text = "Let me see what I can do"
    book.box.press_sequentially(text)
    eventually(signals)
    book.python("await pane.settle()")
    assert signals() < len(text) / 2  # now and then, not for each letter
    book.box.fill("")
    event = {"type": "ephemeral", "body": {"typing": True}}
    visitor._conversations.send_event(visitor.conversation, event)
    expect(book.pane.locator(".lcp-typing")).to_have_text(f"{name(visitor)} is typing")
    expect(book.row(name(visitor))).to_contain_text("is typing…")
    event["body"] = {"typing": False}
    visitor._conversations.send_event(visitor.conversation, event)
    expect(book.pane.locator(".lcp-typing")).to_be_hidden()


def test_a_draft_stays_with_its_chat(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    book.box.fill("half a")
    other = Visitor(stand.url)
    other.say("hello")
    expect(book.row(name(other))).to_contain_text("hello")  # it has stopped moving
    book.row(name(other)).click()
    expect(book.box).to_have_value("")
    book.row(name(visitor)).click()
    expect(book.box).to_have_value("half a")
    book.box.fill("")


def test_a_reply_that_fails_can_be_tried_again_or_discarded(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    with stand.sandbox.faults.refuse(403, path=EVENTS, method="POST"):
        for text in ("this one again", "that one not"):
            book.box.fill(text)
            book.box.press("Enter")
            expect(book.line(text)).to_contain_text("Not sent: Vonage answers 403")
    book.line("this one again").get_by_role("button", name="Try again").click()
    expect(book.line("this one again")).to_contain_text("Sent")
    book.line("that one not").get_by_role("button", name="Discard").click()
    expect(book.log.locator(".lcp-text")).to_have_text(["hello", "this one again"])
    assert [text for _, text in visitor.messages()] == ["hello", "this one again"]


def test_a_chat_is_closed_by_hand_with_a_reason_and_opened_again(
    book: Notebook, visitor: Visitor
) -> None:
    book.pane.get_by_role("button", name="Close chat").click()
    reason = book.pane.get_by_role("textbox", name="Reason")
    expect(reason).to_be_focused()
    reason.fill("Solved")
    reason.press("Enter")
    expect(book.line("The chat was closed: Solved")).to_be_visible()
    expect(book.pane).to_contain_text("This chat has ended.")
    expect(book.box).to_be_disabled()
    assert in_chat(book, visitor, "state") == "ended"
    book.page.mouse.move(0, 0)
    book.filter.fill("ended")
    eventually(lambda: book.names_in("Done")[:1] == [name(visitor)])
    book.filter.fill("")
    book.pane.get_by_role("button", name="Reopen").click()
    expect(book.line("The chat was opened again.")).to_be_visible()
    expect(book.box).to_be_enabled()
    assert in_chat(book, visitor, "state") == "yours"


def test_the_header_shows_the_visitors_page_and_opens_earlier_chats(
    book: Notebook, stand: Stand
) -> None:
    desk = SupportDesk.open()
    with requests.Session() as browser:

        def begin(page: str, text: str) -> str:
            chat = browser.post(f"{stand.url}/api/new", json={"page": page}).json()
            room, me = chat["conversation"]["id"], chat["member"]["id"]
            desk.conversations.send_text(room, text, member=me)
            return room

        desk.close_chat(begin("/pricing", "What does it cost?"))
        begin("/help", "It does not start.")
    book.row("It does not start.").click()
    head = book.pane.locator(".lcp-sub")
    expect(head).to_have_text("You have this chat · wrote from /help · 1 earlier chat")
    book.pane.get_by_role("button", name="More", exact=True).click()
    book.pane.get_by_role("menuitem", name="Earlier chat, Today: What does").click()
    expect(book.line("What does it cost?")).to_be_visible()
    expect(head).to_have_text("Ended · wrote from /pricing")


def test_every_day_has_a_heading(book: Notebook, visitor: Visitor) -> None:
    # A test can't make an event from yesterday, but it can change the kernel's copy.
    visitor.say("on this day")
    expect(book.line("on this day")).to_be_visible()
    book.python(
        f"line = pane._chats.chats[{visitor.conversation!r}].lines[0]\n"
        "line.at = '2020-02-29T12:00:00.000Z'"
    )
    book.page.keyboard.press("Alt+ArrowUp")
    book.row(name(visitor)).click()
    expect(book.log.locator(".lcp-day")).to_have_text(
        [re.compile("Saturday.*2020"), "Today"]
    )
    expect(book.line("on this day").locator(".lcp-from")).to_have_text(name(visitor))


def test_the_connection_state_is_shown_in_words(book: Notebook, stand: Stand) -> None:
    expect(book.status).to_have_text("Online")
    with stand.sandbox.faults.refuse(503, path="/v2/rtc/**"):
        stand.sandbox.faults.drop_sockets(user="agent")
        expect(book.status).to_have_text("Reconnecting…")
        expect(book.pane).to_contain_text("No live events")
        with stand.sandbox.faults.refuse(503):
            expect(book.status).to_have_text("Offline")
    expect(book.status).to_have_text("Online")


def test_an_error_in_a_callback_is_shown(book: Notebook, visitor: Visitor) -> None:
    book.python("end = pane.on_message(lambda message: message['nothing'])")
    visitor.say("one")
    alert = book.pane.get_by_role("alert")
    expect(alert).to_contain_text("failed in line 1: KeyError('nothing')")
    alert.get_by_role("button", name="Dismiss").click()
    expect(alert).to_be_hidden()
    book.python("end()")


def test_with_forced_colours_bubbles_the_chosen_row_and_the_mode_are_visible(
    book: Notebook, visitor: Visitor
) -> None:
    book.page.emulate_media(forced_colors="active")
    bubble = book.log.locator(".lcp-text").first
    expect(bubble).to_have_css("border-top-width", "1px")
    chosen = book.pane.locator(".lcp-row[aria-current=true]")
    expect(chosen).to_have_css("outline-style", "solid")
    modes = book.pane.locator(".lcp-mode")
    colours = "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    eventually(lambda: len(set(modes.evaluate_all(colours))) == 2)
    book.page.emulate_media(forced_colors="none")


def test_its_font_size_follows_jupyterlabs(
    book: Notebook, visitor: Visitor, stand: Stand
) -> None:
    Visitor(stand.url).say("another row")
    expect(book.row("another row")).to_be_visible()
    tops = "rows => rows.map((row) => row.getBoundingClientRect().top)"
    rows = book.pane.locator(".lcp-row")
    size = "box => parseFloat(getComputedStyle(box).fontSize)"
    before = book.box.evaluate(size)
    # Presentation Mode does this to a notebook.
    style = "(book, size) => book.style.setProperty('--jp-content-font-size1', size)"
    paper = book.page.locator(".jp-Notebook")
    paper.evaluate(style, "20px")
    eventually(lambda: book.box.evaluate(size) > before * 1.1)
    height = rows.first.evaluate("row => row.offsetHeight")

    def gaps() -> list[float]:
        at = sorted(rows.evaluate_all(tops))
        return [low - high for high, low in itertools.pairwise(at)]

    eventually(lambda: min(gaps()) >= height - 1)
    paper.evaluate(style, "")
    eventually(lambda: book.box.evaluate(size) == before)


def test_axe_finds_nothing(book: Notebook, stand: Stand) -> None:
    book.mode("Reply")
    first, second = Visitor(stand.url), Visitor(stand.url)
    for visitor in (first, second):
        visitor.say("Hello, I was charged twice")
    book.row(name(first)).click()
    book.box.fill("Let me see")
    book.box.press("Enter")
    expect(book.line("Let me see")).to_contain_text("Sent")
    chat = repr(first.conversation)
    book.python(f"pane.note('a note', {chat})")
    with stand.sandbox.faults.refuse(403, path=EVENTS, method="POST"):
        book.box.fill("it will fail")
        book.box.press("Enter")
        expect(book.line("it will fail")).to_contain_text("Not sent")
    second.say("And again")
    expect(book.row(name(second)).locator(".lcp-unread:visible")).to_have_count(1)
    book.pane.get_by_role("button", name="Replies").click()
    assert_accessible(book)
    book.page.keyboard.press("Escape")
    book.pane.get_by_role("button", name="Note", exact=True).click()
    book.pane.get_by_role("button", name="Search").click()
    book.search_box.fill("e")
    expect(book.pane.locator(".lcp-found li").first).to_be_visible()
    assert_accessible(book)
    book.pane.get_by_role("button", name="Close chat").click()
    book.python(f"pane.discard()\npane.close_chat('Solved', {chat})")
    expect(book.pane).to_contain_text("This chat has ended.")
    assert_accessible(book)
    book.pane.get_by_role("button", name="Cancel").click()
    expect(book.pane.get_by_role("log")).to_have_count(1)
    book.theme("Light")


def assert_accessible(book: Notebook) -> None:
    """Let axe look at the pane in both themes."""
    is_light = book.page.locator("body[data-jp-theme-light=true]").count()
    options = {"runOnly": {"type": "tag", "values": RULES}}
    for theme in ("Light", "Dark") if is_light else ("Dark", "Light"):
        book.theme(theme)
        results = Axe().run(book.page, context=".livechat-pane", options=options)
        assert results.violations_count == 0, results.generate_report()
        assert too_faint(book.page, ".livechat-pane") == [], theme
