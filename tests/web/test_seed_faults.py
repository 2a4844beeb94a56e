"""The faults of the tutorial's page: the 2019 page has each of them, and ours has none.

A probe says whether a page behaves correctly. It runs on both; on the 2019 page,
which never changes, only weekly.
"""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from people import SENT, Kit, Visitor
from playwright.sync_api import BrowserContext, Request, expect
from seed import SeedSite, SeedVisitor

from livechat_helpers.support_desk import SupportDesk

Contexts = Callable[..., BrowserContext]
Either = Visitor | SeedVisitor
Probe = Callable[[Either, Kit], bool]

# Runs what a message may have brought with it, if a page lets it.
MARKUP = '<img src="data:," onerror="window.broken = true">'


@pytest.fixture
def site(kit: Kit) -> Iterator[SeedSite]:
    with SeedSite(kit) as serving:
        yield serving
        serving.shutdown()


def in_view(visitor: Either, number: int) -> bool:
    """Return whether a message can be scrolled to."""
    if isinstance(visitor, Visitor):  # which scrolls to the end by itself
        expect(visitor.messages.last).to_be_in_viewport()
    message = visitor.messages.nth(number)
    message.scroll_into_view_if_needed()
    return message.evaluate(
        """async message => {
            const watch = () => new Promise(seen => new IntersectionObserver(
                ([entry]) => seen(entry.isIntersecting)).observe(message));
            return watch();
        }"""
    )


def shows_text_as_text(visitor: Either, kit: Kit) -> bool:
    """Fault 2: what somebody writes becomes part of the page."""
    shown = visitor.messages.count()
    visitor.hear(kit.agent(), MARKUP)
    expect(visitor.messages).to_have_count(shown + 1)
    visitor.page.evaluate("() => new Promise(requestAnimationFrame)")
    return not visitor.log.locator("img").count()


def reaches_the_first_of_many_messages(visitor: Either, kit: Kit) -> bool:
    """Fault 11: nobody can scroll back to earlier messages."""
    agent = kit.agent()
    shown = visitor.messages.count()
    for number in range(25):
        visitor.hear(agent, f"Message {number}")
    expect(visitor.messages).to_have_count(shown + 25)
    return in_view(visitor, shown)


def keeps_what_was_said_over_a_reload(visitor: Either, kit: Kit) -> bool:
    """Fault 15: a reload loses everything except the greeting, which is shown again."""
    shown = visitor.messages.count()
    visitor.hear(kit.agent(), "Remember this")
    expect(visitor.messages).to_have_count(shown + 1)
    visitor.page.reload()
    if isinstance(visitor, Visitor):
        visitor.wait_until_online()
        expect(visitor.message("Remember this")).to_have_count(1)
        return True
    visitor.open()
    return "Remember this" in visitor.messages.all_inner_texts()


def tells_a_second_agent_from_the_visitor(visitor: Either, kit: Kit) -> bool:
    """Fault 16: anybody whose name isn't "agent" counts as the visitor."""
    desk = SupportDesk.open(kit.data)
    desk.hand_over(visitor.conversation, "ada")
    shown = visitor.messages.count()
    visitor.hear(kit.agent("ada"), "I am Ada")
    expect(visitor.messages).to_have_count(shown + 1)
    said = visitor.messages.last.locator("..")
    return not {"me", "input"} & set((said.get_attribute("class") or "").split())


def sends_nothing_when_nothing_is_written(visitor: Either, kit: Kit) -> bool:
    """Fault 17: an empty message is sent, and nothing checks what happens to it."""
    sent: list[str] = []

    def note(request: Request) -> None:
        body = (request.post_data_json if request.method == "POST" else None) or {}
        if body.get("type") in ("message", "text"):
            sent.append(body["body"]["text"])

    visitor.page.on("request", note)
    visitor.write("")
    visitor.write("Hello")
    while "Hello" not in sent:
        visitor.page.wait_for_timeout(50)
    if isinstance(visitor, Visitor):
        expect(visitor.message("Hello").last).to_contain_text(SENT)
    return sent == ["Hello"]


def says_when_a_message_is_not_sent(visitor: Either, kit: Kit) -> bool:
    """Fault 17: the message is gone from the field, and isn't anywhere else."""
    with kit.faults.refuse(400, user=visitor.name, method="POST") as refusal:
        visitor.write("Can you read this?")
        while not refusal.met:
            visitor.page.wait_for_timeout(50)
        if isinstance(visitor, Visitor):
            expect(visitor.log).to_contain_text("Not sent.")
        return visitor.page.get_by_text("Can you read this?").count() == 1


def has_names_for_everything(visitor: Either, kit: Kit) -> bool:
    """Fault 18: the field and the button have no name; new messages aren't read out."""
    found = Axe().run(visitor.page, options={"runOnly": ["wcag2a", "wcag2aa"]})
    return not found.violations_count and visitor.page.get_by_role("log").count() == 1


def leaves_no_notes_on_the_console(visitor: Either, kit: Kit) -> bool:
    """Fault 20: debugging code was left in."""
    shown = visitor.messages.count()
    visitor.hear(kit.agent(), "Hello")
    expect(visitor.messages).to_have_count(shown + 1)
    return visitor.said == []


def goes_on_when_its_token_expires(visitor: Either, kit: Kit) -> bool:
    """Fault 22: the token is never renewed."""
    conversations = SupportDesk.open(kit.data).conversations
    with kit.faults.expire_tokens(user=visitor.name) as expiry:
        visitor.write("Still there?")
        while not expiry.met:
            visitor.page.wait_for_timeout(50)
        if isinstance(visitor, Visitor):
            expect(visitor.message("Still there?")).to_contain_text(SENT)
        stored = conversations.events(visitor.conversation, event_type="message")
        return "Still there?" in [event["body"].get("text") for event in stored]


def shows_that_the_agent_types(visitor: Either, kit: Kit) -> bool:
    """Fault 22: nothing shows that the other side is typing, or has read a message."""
    before = visitor.page.locator("body").aria_snapshot()
    kit.agent().type(visitor.conversation)
    if isinstance(visitor, Visitor):  # it disappears after six seconds
        expect(visitor.typing).to_have_text("Support Agent is typing…")
        return True
    typing = visitor.page.locator("body").aria_snapshot() != before
    shown = visitor.messages.count()
    visitor.hear(kit.agent(), "Done")  # so the typing signal has come, too
    expect(visitor.messages).to_have_count(shown + 1)
    return typing


def can_be_ended(visitor: Either, kit: Kit) -> bool:
    """Fault 22: a conversation never ends."""
    return bool(visitor.page.get_by_role("button", name="End chat").count())


def takes_scripts_from_itself_alone(visitor: Either, kit: Kit) -> bool:
    """Fault 23: another website can change its script at any time."""
    strangers = "script[src*='//']:not([integrity])"
    return not visitor.page.locator(strangers).count()


def wraps_long_words(visitor: Either, kit: Kit) -> bool:
    """A long word makes the list scroll sideways."""
    shown = visitor.messages.count()
    visitor.hear(kit.agent(), "x" * 400)
    expect(visitor.messages).to_have_count(shown + 1)
    fits = "element => element.scrollWidth <= element.clientWidth"
    return visitor.log.evaluate(fits) and visitor.messages.last.evaluate(fits)


def moves_the_focus_into_the_window(visitor: Either, kit: Kit) -> bool:
    """The focus stays outside the window that the keyboard has opened."""
    if isinstance(visitor, Visitor):
        expect(visitor.field).to_be_focused()
    return visitor.field.evaluate("e => e.getRootNode().activeElement === e")


def leaves_the_tab_order_when_it_closes(visitor: Either, kit: Kit) -> bool:
    """Escape does nothing, and Tab still reaches what's out of view."""
    visitor.page.keyboard.press("Escape")
    if isinstance(visitor, SeedVisitor):
        visitor.launcher.click()
    else:
        expect(visitor.panel).to_be_hidden()
    field = visitor.page.locator("textarea, #textbox")
    field.evaluate("field => field.focus()")
    return not field.evaluate("e => e.getRootNode().activeElement === e")


PROBES: list[Probe] = [
    moves_the_focus_into_the_window,  # before anything has been written there
    shows_text_as_text,
    keeps_what_was_said_over_a_reload,
    leaves_no_notes_on_the_console,  # before the browser logs what was refused
    sends_nothing_when_nothing_is_written,
    has_names_for_everything,
    shows_that_the_agent_types,
    can_be_ended,
    takes_scripts_from_itself_alone,
    wraps_long_words,
    reaches_the_first_of_many_messages,
    tells_a_second_agent_from_the_visitor,  # by then, the first agent has left
    says_when_a_message_is_not_sent,
    goes_on_when_its_token_expires,  # the 2019 page doesn't
    leaves_the_tab_order_when_it_closes,
]


@pytest.mark.weekly
def test_the_2019_page_has_every_fault(
    kit: Kit, site: SeedSite, context: Contexts
) -> None:
    seed = SeedVisitor(context(), site)
    seed.open()
    assert [probe.__name__ for probe in PROBES if probe(seed, kit)] == []


def test_our_page_has_none_of_the_faults(kit: Kit, visitor: Visitor) -> None:
    visitor.open()
    faults = [] if PROBES[0](visitor, kit) else [PROBES[0].__name__]
    # A conversation begins with the first message.
    visitor.write("Good morning")
    expect(visitor.message("Good morning")).to_contain_text(SENT)
    faults += [probe.__name__ for probe in PROBES[1:] if not probe(visitor, kit)]
    assert faults == []
    assert visitor.errors == []


def test_the_2019_page_as_published_doesnt_start(
    site: SeedSite, context: Contexts
) -> None:
    """Fault 10: the script looks for a button that isn't in the markup."""
    seed = SeedVisitor(context(), site, "as-printed/")
    seed.page.wait_for_load_state("networkidle")
    assert [error for error in seed.errors if "null" in error]
    expect(seed.page).to_have_title("The chat of 2019")
