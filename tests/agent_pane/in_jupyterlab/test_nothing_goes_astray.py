"""Whatever the agent does: nothing is sent, lost or moved by mistake."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect
from waiting import eventually

from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from ..jupyter import IMPORTS, SLOW, Lab, Notebook
from ..stand import Stand, name

# These tests have no second try: a message that's lost once is lost.
pytestmark = pytest.mark.flaky(reruns=0)

PANE = f"{IMPORTS}pane = AgentPane()\npane"

TWO_FRAMES = "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"


def forget_the_chats(stand: Stand, book: Notebook) -> None:
    """Empty the list, because rows out of view aren't drawn."""
    stand.sandbox.restore("empty")
    book.python("await pane.settle()", "len(pane.conversations)")


def greeted(stand: Stand, book: Notebook) -> Visitor:
    visitor = Visitor(stand.url)
    visitor.say("hello")
    expect(book.row(name(visitor))).to_contain_text("hello")
    return visitor


def said(visitor: Visitor) -> list[str]:
    return [text for _, text in visitor.messages()]


def test_a_note_stays_a_note(stand: Stand, book: Notebook) -> None:
    one, other = greeted(stand, book), greeted(stand, book)
    book.row(name(one)).click()
    book.mode("Note")
    book.note_box.fill("a bit slow, this one")
    book.mode("Reply")
    expect(book.box).to_have_value("")
    book.mode("Note")
    book.row(name(other)).click()
    expect(book.note_box).to_have_value("")  # still a note, and still this chat's
    book.row(name(one)).click()
    book.note_box.press("Enter")
    book.note_box.fill("and again")
    book.note_box.press("Enter")
    book.pane.get_by_role("button", name="Replies").click()
    book.pane.get_by_role("menuitem").first.click()
    book.note_box.press("Enter")
    greeting = f"Hello {name(one)}! How can I help you?"
    notes = ["a bit slow, this one", "and again", greeting]
    expect(book.log.locator(".lcp-note .lcp-text")).to_have_text(notes)
    book.mode("Reply")
    book.box.fill("/wait")
    book.box.press("Enter")
    book.box.press("Enter")
    expect(book.line("Let me look that up")).to_contain_text("Sent")
    assert said(one) == ["hello", "Let me look that up for you."]
    assert said(other) == ["hello"]


@contextmanager
def talking(visitors: list[Visitor]) -> Iterator[None]:
    """Let visitors write without a pause."""
    over = threading.Event()

    def talk() -> None:
        number = 0
        while not over.is_set():
            number += 1
            visitors[number % len(visitors)].say(f"and {number}")

    thread = threading.Thread(target=talk)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_a_click_works_and_the_focus_stays_while_messages_arrive(
    stand: Stand, book: Notebook
) -> None:
    visitors = [greeted(stand, book) for _ in range(4)]
    mouse = book.page.mouse
    with talking(visitors):
        for visitor in visitors:
            row = book.row(name(visitor))
            row.scroll_into_view_if_needed()
            box = row.bounding_box()
            assert box is not None
            at = box["x"] + 60, box["y"] + box["height"] / 2
            mouse.move(*at)
            aimed = book.page.evaluate(
                "([x, y]) => document.elementFromPoint(x, y).closest('.lcp-row')"
                ".querySelector('.lcp-name').textContent",
                at,
            )
            mouse.down()
            book.page.wait_for_timeout(300)
            mouse.up()
            expect(book.pane.locator(".lcp-title")).to_have_text(aimed)
        mouse.move(0, 0)
        book.row(name(visitors[0])).focus()
        book.page.evaluate(
            """() => { window.left = 0;
            document.addEventListener('focusout', () => { window.left += 1; }); }"""
        )
        book.page.wait_for_timeout(1500)
        assert book.page.evaluate("window.left") == 0
    expect(book.row(name(visitors[0]))).to_be_focused()


def test_a_click_on_a_failed_reply_works_while_messages_arrive(
    stand: Stand, book: Notebook
) -> None:
    visitor = greeted(stand, book)
    book.row(name(visitor)).click()
    visitor.say("\n".join("a long story" for _ in range(40)))  # a lot to scroll
    path = "/*/conversations/*/events"
    with stand.sandbox.faults.refuse(403, path=path, method="POST"):
        book.box.fill("the answer")
        book.box.press("Enter")
        expect(book.line("the answer")).to_contain_text("Not sent")
    # Playwright waits until the button stops moving: the log scrolls in the next frame.
    book.line("the answer").get_by_role("button", name="Try again").hover()
    book.page.mouse.down()
    visitor.say("quick, please")
    expect(book.line("quick, please")).to_be_visible()
    book.page.evaluate(TWO_FRAMES)  # the log has scrolled for it by then
    book.page.mouse.up()
    expect(book.line("the answer")).to_contain_text("Sent")


def test_text_typed_while_the_chat_changes_reaches_nobody_else(
    stand: Stand, book: Notebook
) -> None:
    one, other = greeted(stand, book), greeted(stand, book)
    title = book.pane.locator(".lcp-title")
    cells = book.page.locator(".jp-Cell").count()

    def type_on() -> None:
        book.page.keyboard.type("bdd secret")
        book.page.keyboard.press("Enter")
        assert book.page.locator(".jp-Cell").count() == cells
        book.python("await pane.settle()")
        assert said(other) == ["hello"]

    # A callback opens another chat.
    book.row(name(one)).click()
    book.box.press_sequentially("for you al")
    book.python(f"pane.selected = {other.conversation!r}")
    expect(title).to_have_text(name(other))
    type_on()
    book.row(name(one)).click()
    expect(book.box).to_have_value("for you al")
    # The chat is deleted.
    SupportDesk.open().conversations.delete(one.conversation)
    book.python("await pane.settle()")
    greeted(stand, book)  # another row arrives
    expect(book.log).to_contain_text("This chat was deleted.")
    type_on()
    # A colleague takes the chat.
    book.row(name(other)).click()
    book.box.press_sequentially("half a")
    SupportDesk.open(agent="ada").take(other.conversation)
    expect(book.box).to_be_disabled()
    type_on()


def test_no_key_press_reaches_the_notebook_except_for_saving(
    stand: Stand, book: Notebook
) -> None:
    book.row(name(greeted(stand, book))).click()
    cells = book.page.locator(".jp-Cell").count()
    for part in (".lcp-title", ".lcp-sub", ".lcp-me", ".lcp-hint", ".lcp-heading"):
        book.pane.locator(part).first.click()
        for key in ("b", "a", "d", "d", "x", "Shift+Enter"):
            book.page.keyboard.press(key)
    assert book.page.locator(".jp-Cell").count() == cells
    book.page.locator(".jp-CodeCell .cm-content").nth(1).click()
    book.page.keyboard.type(" ")
    dirty = book.page.locator(".jp-mod-current.jp-mod-dirty")
    expect(dirty).to_have_count(1)
    book.box.click()
    book.page.keyboard.press("Control+s")
    expect(dirty).to_have_count(0)


def test_it_has_the_given_size_and_no_scroll_bars_of_its_own(
    stand: Stand, book: Notebook
) -> None:
    for _ in range(35):
        Visitor(stand.url).say("unread")
    eventually(lambda: book.python("", "pane.unread") >= 35)
    too_big = """() => [...document.querySelectorAll('.jp-Cell-outputWrapper *')]
      .filter((one) => !one.closest('.lcp-list, .lcp-log, .lcp-panel, .cm-editor'))
      .filter((one) => getComputedStyle(one).overflow !== 'visible')
      .filter((one) => one.scrollHeight > one.clientHeight + 1 && one.clientHeight > 1)
      .map((one) => `${one.className} ${one.scrollHeight} ${one.clientHeight}`)"""

    def scrolled() -> list[str]:
        return [one for one in book.page.evaluate(too_big) if "lcp-spoken" not in one]

    eventually(lambda: scrolled() == [])
    assert book.pane.locator(".lcp-row").count() < 30  # there are more than 35
    book.python("pane.layout.height = '380px'; pane.layout.width = '500px'")
    eventually(lambda: size(book) == (500, 380))
    book.python("pane.layout.height = pane.layout.width = None")
    forget_the_chats(stand, book)
    book.play(2)
    expect(book.pane).to_have_count(2)
    eventually(lambda: size(book)[0] > 500)
    book.python("box.close()")
    expect(book.pane).to_have_count(1)


def size(book: Notebook) -> tuple[int, int]:
    """Return the size of the newest pane in a notebook, in pixels."""
    box = book.pane.last.bounding_box()
    assert box is not None
    return round(box["width"]), round(box["height"])


def test_a_page_whose_kernel_is_gone_still_shows_the_chats(
    stand: Stand, lab: Lab
) -> None:
    path = lab.write("saved.ipynb", PANE)
    book = lab.open(path)
    book.run()
    book.row(name(greeted(stand, book))).click()
    book.box.fill("<b>Welcome</b>")
    book.box.press("Enter")
    expect(book.line("Welcome")).to_contain_text("Sent")
    expect(book.page.locator(".livechat-still")).to_be_hidden()

    def saved() -> str:
        book.menu("File", "Save Notebook")
        return (lab.folder / path).read_text()

    eventually(lambda: "Welcome" in saved())
    book.menu("Kernel", "Shut Down Kernel")
    book.page.reload()
    book.wait_until_shown()
    still = book.page.locator(".livechat-still")
    expect(still).to_contain_text("Support Agent: <b>Welcome</b>", timeout=SLOW)
    expect(still).to_be_visible()
    lost = book.page.get_by_text("Error displaying widget")
    lost.wait_for(state="attached")
    expect(lost).to_be_hidden()
    book.close()
