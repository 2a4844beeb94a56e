"""The whole chat as people see it: real JupyterLab, real page, real SDK."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Frame, Locator, Page, expect
from waiting import eventually

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from ..jupyter import IMPORTS, SLOW, Lab, Notebook
from ..stand import Stand

PICTURES = os.environ.get("LIVECHAT_PICTURES")
"""A folder to keep screenshots in; those in notebooks/images were made this way."""

ATTACK = "<img src=x onerror=\"document.title='owned'\"><script>1</script>"


def open_chat(page: Page | Frame) -> None:
    page.get_by_role("button", name="Open live chat").click()
    expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")


def write(page: Page | Frame, text: str) -> None:
    box = page.get_by_role("textbox", name="Your message")
    box.fill(text)
    box.press("Enter")


def messages(page: Page | Frame) -> Locator:
    return page.get_by_role("log").locator("article > p:not(.day)")


def type_(visitor: Visitor) -> None:
    event = {"type": "ephemeral", "body": {"typing": True}}
    visitor._conversations.send_event(visitor.conversation, event)


def keep_picture(place: Locator, name: str) -> None:
    if PICTURES:
        place.scroll_into_view_if_needed()
        place.screenshot(path=Path(PICTURES) / name)


def test_a_busy_desk_looks_like_this(stand: Stand, book: Notebook) -> None:
    visitors = [Visitor(stand.url) for _ in range(3)]
    visitors[0].say("Hello, my parcel has not come yet.")
    book.answer("my parcel", "Good morning! What is the number of your order?")
    expect(book.line("Good morning!")).to_contain_text("Sent")
    visitors[0].say("It is 20391. I ordered it last Monday.")
    expect(book.line("20391")).to_be_visible()
    visitors[1].say("Hi! Do you ship to Iceland?")
    visitors[1].say("And how long does it take?")
    visitors[2].say("I was charged twice for order 4711.")
    chat = visitors[0].conversation
    book.python(f"pane.note('At the depot in Leeds since Tuesday', {chat!r})")
    book.box.fill("It is at the depot in Leeds. You will have it tomorrow.")
    book.box.press("Enter")
    answer = book.line("You will have it tomorrow")
    expect(answer).to_contain_text("Sent")
    seen = book.python("", f"pane.transcript({chat!r})[-1]['id']")
    receipt = {"type": "message:seen", "body": {"event_id": seen}}
    visitors[0]._conversations.send_event(chat, receipt)
    expect(answer).to_contain_text("Seen")
    type_(visitors[0])
    expect(book.pane).to_contain_text("is typing")
    book.page.mouse.move(0, 0)
    expect(book.pane.locator(".lcp-unread:visible")).to_have_text(
        ["2 unread", "1 unread"]
    )
    keep_picture(book.pane, "agent-pane.png")


def test_chats_continue_while_a_cell_blocks(
    lab: Lab, book: Notebook, stand: Stand
) -> None:
    free = lab.folder / "free"
    book.run(1)
    running = book.page.locator(".jp-InputPrompt", has_text="[*]")
    expect(running).to_have_count(1)
    visitor = Visitor(stand.url)
    visitor.say("Are you busy?")
    book.answer("Are you busy?", "Not too busy for you")
    assert visitor.wait_for("Not too busy", seconds=60)
    expect(book.line("Not too busy for you")).to_contain_text("Sent")
    expect(running).to_have_count(1)
    free.touch()
    expect(running).to_have_count(0)


def test_messages_written_without_a_kernel_are_sent_once_by_the_next_one(
    lab: Lab, stand: Stand
) -> None:
    notebook = lab.open(lab.write("dead.ipynb", f"{IMPORTS}p = AgentPane()\np"))
    notebook.run()
    visitor = Visitor(stand.url)
    visitor.say("Before the end")
    notebook.row("Before the end").click()
    notebook.restart_kernel()
    expect(notebook.status).to_have_text("Ended")
    expect(notebook.pane).to_contain_text("Run the cell again")
    notebook.box.fill("After the restart")
    notebook.box.press("Enter")
    expect(notebook.line("After the restart")).to_contain_text("Waiting for the kernel")
    notebook.run()
    # The same chat is open again, and what was written is sent once.
    expect(notebook.line("After the restart")).to_contain_text("Sent")

    notebook.menu("Kernel", "Shut Down Kernel")
    expect(notebook.status).to_have_text("Ended")
    notebook.box.fill("Without a kernel")
    notebook.box.press("Enter")
    expect(notebook.line("Without a kernel")).to_contain_text("Waiting for the kernel")
    notebook.mode("Note")
    notebook.note_box.fill("a note, too")
    notebook.note_box.press("Enter")
    expect(notebook.line("a note, too")).to_contain_text("not sent")
    notebook.mode("Reply")
    notebook.start_kernel()
    notebook.run()
    expect(notebook.line("Without a kernel")).to_contain_text("Sent")
    texts = notebook.log.locator(".lcp-text")
    expect(texts).to_have_count(4)
    assert texts.all_inner_texts()[:2] == ["Before the end", "After the restart"]
    # The kernel keeps the note and sends the reply at the same time.
    assert {*texts.all_inner_texts()[2:]} == {"a note, too", "Without a kernel"}
    notebook.python("await p.settle()")
    assert [text for _, text in visitor.messages()] == [
        "Before the end",
        "After the restart",
        "Without a kernel",
    ]
    notebook.close()


def test_a_reload_a_second_view_and_a_page_without_secure_context_show_the_same(
    lab: Lab, stand: Stand
) -> None:
    book = lab.open(lab.write("views.ipynb", f"{IMPORTS}pane = AgentPane()\npane"))
    book.run()
    visitor = Visitor(stand.url)
    visitor.say("Do you all see me?")
    book.answer("Do you all see me?", "We do")
    expect(book.line("We do")).to_contain_text("Sent")
    book.menu("File", "Save Notebook")
    widget = "application/vnd.jupyter.widget-view+json"
    eventually(lambda: widget in (lab.folder / "views.ipynb").read_text())

    output = book.page.locator(".jp-OutputArea-output").first
    output.click(button="right", position={"x": 2, "y": 2})
    book.page.get_by_text("Create New View for Cell Output").click()
    views = book.page.locator(".livechat-pane")
    expect(views).to_have_count(2)
    other = lab.open("views.ipynb", host="desk.test")
    other.find_pane()
    assert not other.page.evaluate("isSecureContext")
    for view in (views.nth(0), views.nth(1), other.pane):
        view.locator(".lcp-row", has_text="We do").click()
        expect(view.get_by_role("log").locator(".lcp-text")).to_have_text(
            ["Do you all see me?", "We do"]
        )
    visitor.say("Good")
    other.box.fill("Bye")
    other.box.press("Enter")
    expect(other.line("Bye")).to_contain_text("Sent")
    book.reload()
    for view in (book.pane, other.pane):  # both show the chat that was open
        expect(view.get_by_role("log").locator(".lcp-text")).to_have_text(
            ["Do you all see me?", "We do", "Good", "Bye"], timeout=SLOW
        )
    other.close()
    book.close()


def test_a_chat_is_taken_from_a_colleague_and_handed_back(
    stand: Stand, book: Notebook
) -> None:
    visitor = Visitor(stand.url)
    visitor.say("Who has me?")
    with AgentPane(SupportDesk.open(agent="ada")) as ada:

        def for_ada() -> str:
            states = {one["id"]: one["state"] for one in ada.conversations}
            return states.get(visitor.conversation, "")

        eventually(lambda: for_ada() == "queue")
        book.row("Who has me?").click()
        ada.send("I do, says Ada", visitor.conversation)
        # The front desk sees who has it, can't answer by mistake, and can take it back.
        expect(book.pane).to_contain_text("Ada has this chat now.")
        expect(book.box).to_be_disabled()
        book.pane.get_by_role("button", name="Take it").click()
        expect(book.pane.locator(".lcp-sub")).to_have_text("You have this chat")
        expect(book.line("I do, says Ada")).to_be_visible()
        eventually(lambda: for_ada() == "queue")
        book.pane.get_by_role("button", name="Hand over").click()
        book.pane.get_by_role("menuitem", name="Ada").click()
        expect(book.pane).to_contain_text("Ada has this chat now.")
        eventually(lambda: for_ada() == "yours")


def test_page_and_pane_can_chat_and_a_reload_keeps_the_history(
    start_here: Notebook,
) -> None:
    page = start_here.customer()
    open_chat(page)
    write(page, "Hello! My lamp hums, what can I do?")
    start_here.answer("My lamp hums", "Is it on a dimmer? Try it without.")
    expect(start_here.line("My lamp hums")).to_be_visible()
    expect(messages(page).last).to_have_text("Is it on a dimmer? Try it without.")
    answer = start_here.line("Is it on a dimmer?")
    # The real SDK reports this.
    expect(answer).to_contain_text(re.compile("Delivered|Seen"))
    write(page, "That's it, it's quiet now & I'm happy <3")
    expect(start_here.line("it's quiet now & I'm happy <3")).to_be_visible()
    expect(start_here.row("it's quiet now")).to_be_visible()

    page.evaluate("location.reload()")
    expect(messages(start_here.customer())).to_have_text(
        [
            "Hello! My lamp hums, what can I do?",
            "Is it on a dimmer? Try it without.",
            "That's it, it's quiet now & I'm happy <3",
        ]
    )


def test_what_people_write_is_never_treated_as_markup(start_here: Notebook) -> None:
    page = start_here.customer()
    write(page, ATTACK)
    expect(start_here.line(ATTACK)).to_be_visible()
    start_here.answer(ATTACK[:20], ATTACK)
    expect(start_here.line(ATTACK)).to_have_count(2)
    start_here.python(f"pane.note({ATTACK!r})")
    expect(start_here.line(ATTACK)).to_have_count(3)
    start_here.pane.get_by_role("button", name="Search").click()
    start_here.search_box.fill("onerror")
    expect(start_here.pane.locator(".lcp-found li")).to_have_count(3)
    assert start_here.pane.locator("img, script").count() == 0
    assert "owned" not in start_here.page.title()
    start_here.pane.get_by_role("button", name="Done").click()


def test_nothing_is_loaded_from_other_sites(
    lab: Lab, book: Notebook, start_here: Notebook
) -> None:
    asked = {urlsplit(url) for url in lab.asked}
    hosts = {url.hostname for url in asked if url.scheme not in ("data", "blob")}
    assert "localhost" in hosts
    assert hosts <= {"localhost", "127.0.0.1", "desk.test"}
    assert not [url for url in asked if url.path.endswith("/api/build")]
