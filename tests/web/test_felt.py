"""Small things that a visitor notices."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from people import SENT, Kit, Visitor
from playwright.sync_api import BrowserContext, expect

from livechat_helpers.support_desk import SupportDesk

Contexts = Callable[..., BrowserContext]

UNFOCUSED = "document.hasFocus = () => false; dispatchEvent(new Event('blur'))"
WATCH = """log => {
    window.told = [];
    new MutationObserver(records => {
        for (const { target } of records) {
            const element = target.closest ? target : target.parentNode;
            if (!element.closest('[aria-live=off]')) told.push(element.outerHTML);
        }
    }).observe(log, { subtree: true, childList: true, characterData: true });
}"""

CONTRAST = """field => {
    const light = colour => {
        const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(each => each / 255)
            .map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2];
    };
    const { color, opacity } = getComputedStyle(field, '::placeholder');
    const back = getComputedStyle(field.closest('dialog')).backgroundColor;
    const [a, b] = [light(color), light(back)].sort((x, y) => y - x);
    return opacity === '1' ? (a + .05) / (b + .05) : 0;
}"""

BACK = {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 29)"}
"""The window's background."""


def test_a_window_that_nobody_chats_in_isnt_a_chat(kit: Kit, visitor: Visitor) -> None:
    conversations = SupportDesk.open(kit.data).conversations
    before = len(list(conversations.list()))
    visitor.open()
    visitor.page.reload()
    visitor.wait_until_online()
    assert len(list(conversations.list())) == before
    visitor.write("Now")
    expect(visitor.message("Now")).to_contain_text(SENT)
    assert len(list(conversations.list())) == before + 1


def test_a_new_tab_shows_the_answer_that_arrived_in_the_meantime(
    kit: Kit, context: Contexts
) -> None:
    person = context()
    visitor = Visitor(person, kit.url)
    visitor.begin()
    visitor.page.close()
    kit.agent().say(visitor.conversation, "Here you are")
    tab = Visitor(person, kit.url)
    expect(tab.launcher).to_have_accessible_name("Open live chat, 1 unread message")
    expect(tab.panel).to_be_hidden()


def test_a_visitor_whose_cookie_was_cleared_is_told_that_the_chat_is_gone(
    visitor: Visitor,
) -> None:
    visitor.begin()
    visitor.page.context.clear_cookies()
    visitor.page.reload()
    expect(visitor.banner).to_have_text("That chat no longer exists.")
    visitor.write("Then again")
    expect(visitor.message("Then again")).to_contain_text(SENT)
    expect(visitor.banner).to_have_text("")
    visitor.page.reload()
    expect(visitor.messages).to_have_text(["Then again"])


@pytest.mark.parametrize("away", [False, True], ids=["here", "away"])
def test_a_deleted_message_disappears_from_the_screen(
    kit: Kit, context: Contexts, away: bool
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    wrong = kit.agent().say(visitor.conversation, "Wrong chat, sorry")
    expect(visitor.messages).to_have_text(["Hello", "Wrong chat, sorry"])
    assert wrong is not None
    with ExitStack() as faults:
        if away:
            back = kit.faults.refuse(503, path="/v2/rtc/**", user=visitor.name)
            faults.enter_context(back)
            kit.faults.drop_sockets(user=visitor.name)
            expect(visitor.banner).to_contain_text("Reconnecting")
        conversations = SupportDesk.open(kit.data).conversations
        conversations.delete_event(visitor.conversation, wrong)
    visitor.come_back()
    expect(visitor.messages).to_have_text(["Hello"])


def test_what_cannot_be_shown_has_a_placeholder(kit: Kit, visitor: Visitor) -> None:
    visitor.begin()
    url = "https://example.org/lamp"
    for kind, body in (
        ("image", {"image": {"url": url}}),
        ("file", {"file": {"url": url}}),
        ("custom", {"custom": {"a": 1}}),
    ):
        kit.agent().forge(
            visitor.conversation, "message", {"message_type": kind, **body}
        )
    expect(visitor.messages).to_have_text(
        [
            "Hello",
            *(
                f"{what} that can\u2019t be shown here"
                for what in ("An image", "A file", "A message")
            ),
        ]
    )


def test_seen_waits_until_the_window_has_the_focus(kit: Kit, visitor: Visitor) -> None:
    visitor.begin()
    visitor.page.evaluate(UNFOCUSED)
    agent = kit.agent()
    agent.say(visitor.conversation, "Look")
    expect(visitor.messages).to_have_text(["Hello", "Look"])
    expect(visitor.launcher).to_have_accessible_name(
        "Close live chat, 1 unread message"
    )
    me = visitor.chat["member"]["id"]
    stored = agent.messages(visitor.conversation)[1]
    assert me not in stored.get("state", {}).get("seen_by", {})
    visitor.page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    expect(visitor.launcher).to_have_accessible_name("Close live chat")


def test_on_a_touch_keyboard_enter_is_a_new_line(kit: Kit, context: Contexts) -> None:
    size = {"width": 390, "height": 844}
    phone = Visitor(context(viewport=size, has_touch=True, is_mobile=True), kit.url)
    phone.open()
    expect(phone.field).to_have_attribute("enterkeyhint", "enter")
    phone.field.press_sequentially("one")
    phone.field.press("Enter")
    phone.field.press_sequentially("two")
    expect(phone.field).to_have_value("one\ntwo")
    phone.panel.get_by_role("button", name="Send").tap()
    expect(phone.messages).to_have_text(["one\ntwo"])


def test_a_text_that_is_too_long_is_reported_and_nothing_is_lost(
    visitor: Visitor,
) -> None:
    visitor.open()
    visitor.write("x" * 3500)
    expect(visitor.widget.locator(".problem")).to_contain_text(
        "500 characters too long"
    )
    expect(visitor.field).to_have_value("x" * 3500)
    expect(visitor.messages).to_have_count(0)
    visitor.write("x" * 3000)
    expect(visitor.messages).to_have_count(1)


def test_a_link_doesnt_include_the_sentences_punctuation(
    visitor: Visitor,
) -> None:
    visitor.begin(
        "(see https://en.example.org/Heron_(lamp)), or https://example.org/a."
        " \u200fhttps://example.org/b/\u061f **https://example.org/c?d=[e]**"
        " https://example.org/f\u3002"
    )
    links = visitor.messages.locator("a")
    expect(links).to_have_text(
        [
            "https://en.example.org/Heron_(lamp)",
            *(f"https://example.org/{end}" for end in ("a", "b/", "c?d=[e]", "f")),
        ]
    )


def test_a_receipt_is_not_read_out(kit: Kit, visitor: Visitor) -> None:
    visitor.begin()
    agent = kit.agent()
    id = agent.messages(visitor.conversation)[0]["id"]
    visitor.log.evaluate(WATCH)
    agent.receive(visitor.conversation, id)
    expect(visitor.message("Hello")).to_contain_text("Delivered")
    agent.see(visitor.conversation, id)
    expect(visitor.message("Hello")).to_contain_text("Seen")
    assert visitor.page.evaluate("told") == []


def test_the_chat_is_not_printed(visitor: Visitor) -> None:
    visitor.begin()
    visitor.page.emulate_media(media="print")
    expect(visitor.launcher).to_be_hidden()
    expect(visitor.panel).to_be_hidden()


def test_in_arabic_an_empty_field_and_the_bubbles_follow_the_windows_direction(
    kit: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(), kit.url, arabic=True)
    visitor.open()
    expect(visitor.field).to_have_css("direction", "rtl")
    visitor.write("Hello")  # left-to-right text in a right-to-left window
    expect(visitor.messages).to_have_count(1)
    expect(visitor.messages).to_have_css("border-bottom-left-radius", "4px")
    expect(visitor.messages).to_have_css("border-bottom-right-radius", "18px")


def test_a_window_inside_the_page_works_as_well(kit: Kit, visitor: Visitor) -> None:
    expect(visitor.launcher).to_be_visible()
    visitor.page.evaluate(
        "document.querySelector('chat-widget').remove();"
        "const widget = document.createElement('chat-widget');"
        "widget.setAttribute('inline', '');"
        "document.querySelector('main').prepend(widget);"
    )
    field = visitor.widget.get_by_role("textbox")
    field.fill("Inside")
    field.press("Enter")
    expect(visitor.message("Inside")).to_contain_text(SENT)


def test_the_header_says_who_answers_or_when(kit: Kit, visitor: Visitor) -> None:
    visitor.begin()
    who = visitor.widget.locator(".who")
    expect(who).to_have_text("We reply within minutes")
    kit.agent().say(visitor.conversation, "Hi")
    expect(who).to_have_text("Support Agent")


def test_the_placeholder_is_readable(visitor: Visitor) -> None:
    visitor.open()
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)
        expect(visitor.panel).to_have_css("background-color", BACK[scheme])
        assert visitor.field.evaluate(CONTRAST) >= 4.5, scheme
