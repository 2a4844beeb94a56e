"""The agents' page: the same chats, seen from the other side."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from accessibility import violations
from people import AgentPage, Caller, Kit, Visitor
from playwright.sync_api import (
    APIResponse,
    BrowserContext,
    Error,
    Locator,
    Route,
    expect,
)
from waiting import eventually

from livechat_helpers.agent_links import link_code
from livechat_helpers.support_desk import SupportDesk

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def desk(kit: Kit, context: Contexts) -> Iterator[AgentPage]:
    """The front desk's page, signed in; nothing on it may fail."""
    page = AgentPage(context(), kit.url, link_code(kit.data))
    expect(page.page.get_by_role("navigation", name="Chats")).to_be_visible()
    yield page
    assert page.errors == []
    assert page.page.evaluate("violations") == []


@pytest.fixture
def visitor(kit: Kit, context: Contexts) -> Visitor:
    """A visitor who hasn't written yet."""
    return Visitor(context(), kit.url)


@pytest.fixture
def caller(kit: Kit) -> Caller:
    """A visitor without a browser."""
    return Caller(SupportDesk.open(kit.data))


def dialog(desk: AgentPage, opener: str) -> Locator:
    """Open a dialog and return it."""
    desk.page.get_by_role("button", name=opener).click()
    return desk.page.get_by_role("dialog")


def test_a_wrong_password_is_refused(kit: Kit, context: Contexts) -> None:
    desk = AgentPage(context(), kit.url)
    desk.sign_in("guess")
    expect(desk.page.get_by_role("alert")).to_contain_text("password")
    expect(desk.page.get_by_role("navigation")).to_be_hidden()
    desk.sign_in(kit.agent_password)
    expect(desk.page.get_by_role("navigation")).to_be_visible()


def test_a_link_signs_in_once_and_leaves_no_trace(kit: Kit, context: Contexts) -> None:
    code = link_code(kit.data, "ada")
    first, second = (AgentPage(context(), kit.url, code) for _ in range(2))
    expect(first.page.get_by_text("Ada", exact=True)).to_be_visible()
    assert first.page.url == f"{kit.url}agent"
    expect(second.page.get_by_role("alert")).to_have_text(
        "This link has already been used."
    )
    first.page.reload()
    expect(first.page.get_by_text("Ada", exact=True)).to_be_visible()
    first.page.get_by_role("button", name="Sign out").click()
    expect(first.page.get_by_label("Password")).to_be_visible()
    first.page.reload()
    expect(first.page.get_by_label("Password")).to_be_visible()


def test_two_chats_are_never_mixed_up(kit: Kit, desk: AgentPage) -> None:
    opener = SupportDesk.open(kit.data)
    callers = [Caller(opener) for _ in range(2)]
    for number, caller in enumerate(callers):
        caller.write(f"Question {number}")
    for number, caller in enumerate(callers):
        row = desk.find(caller)
        expect(row).to_contain_text(f"Question {number}")
        expect(row).to_contain_text("waiting")
        row.click()
        expect(desk.messages).to_have_text([f"Question {number}"])
        desk.write(f"Answer {number}")
        expect(row).not_to_contain_text("waiting")
    for number, caller in enumerate(callers):
        both = [f"Question {number}", f"Answer {number}"]
        eventually(lambda caller=caller, both=both: caller.texts() == both)
        desk.find(caller).click()
        expect(desk.messages).to_have_text(both)
    callers[0].write("Thank you")
    expect(desk.find(callers[0])).to_contain_text("Thank you")
    expect(desk.row(callers[0]).get_by_label("1 unread message")).to_be_visible()


def test_your_own_messages_are_on_the_right_on_both_sides(
    desk: AgentPage, visitor: Visitor
) -> None:
    visitor.begin("Question")
    desk.find(visitor).click()
    desk.write("Answer")
    for page, sides in ((desk, "left right"), (visitor, "right left")):
        expect(page.messages).to_have_text(["Question", "Answer"])
        area = page.log.bounding_box()
        assert area is not None
        middle = area["x"] + area["width"] / 2
        found = []
        for message in page.messages.all():
            box = message.bounding_box()
            assert box is not None
            centre = box["x"] + box["width"] / 2
            found.append("left" if centre < middle else "right")
        assert found == sides.split()


def test_the_longest_wait_stands_out(
    kit: Kit, context: Contexts, caller: Caller
) -> None:
    caller.write("Hello?")
    own = context()
    own.clock.install()
    desk = AgentPage(own, kit.url, link_code(kit.data))
    expect(desk.find(caller)).to_contain_text("waiting")
    own.clock.fast_forward("06:00")
    expect(desk.row(caller).locator(".waiting.long")).to_have_text("waiting 6 min")


def test_a_quick_reply_can_be_changed_before_it_is_sent(
    desk: AgentPage, caller: Caller
) -> None:
    caller.write("It is me again")
    desk.find(caller).click()
    desk.page.get_by_role("button", name="One moment").click()
    expect(desk.field).to_be_focused()
    expect(desk.field).to_have_value("One moment, please. Let me look that up.")
    assert caller.texts() == ["It is me again"]
    desk.page.keyboard.type(" Stay here.")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("article.sending")).to_have_count(0)
    assert caller.texts() == [
        "It is me again",
        "One moment, please. Let me look that up. Stay here.",
    ]


def test_a_chat_goes_to_a_colleague_and_back(
    kit: Kit, context: Contexts, desk: AgentPage, caller: Caller
) -> None:
    caller.write("Hello")
    desk.find(caller).click()
    expect(desk.messages).to_have_text(["Hello"])
    ada = AgentPage(context(), kit.url, link_code(kit.data, "ada"))
    expect(ada.page.get_by_role("navigation")).to_be_visible()

    ask = dialog(desk, "Hand over")
    ask.get_by_label("To").select_option("ada")
    ask.get_by_role("button", name="Hand over").click()
    expect(desk.row(caller)).to_have_count(0)
    expect(desk.log).to_have_count(0)
    ada.find(caller).click()
    expect(ada.messages).to_have_text(["Hello"])
    ada.write("I have it now")
    expect(ada.page.locator("article.sending")).to_have_count(0)
    assert caller.texts() == ["Hello", "I have it now"]

    ask = dialog(ada, "Hand over")
    ask.get_by_label("To").select_option("agent")
    ask.get_by_role("button", name="Hand over").click()
    expect(
        ada.page.get_by_role("list", name="Queue").locator(ada.row(caller))
    ).to_have_count(1)
    expect(ada.log).to_have_count(0)
    desk.find(caller).click()
    expect(desk.messages).to_have_text(["Hello", "I have it now"])
    desk.page.reload()
    desk.find(caller).click()
    expect(desk.messages).to_have_text(["Hello", "I have it now"])


def test_a_chat_is_ended_with_a_reason_and_can_still_be_read(
    desk: AgentPage, visitor: Visitor, kit: Kit
) -> None:
    visitor.begin("Thank you, that is all")
    desk.find(visitor).click()
    ask = dialog(desk, "End chat")
    ask.get_by_label("Reason").fill("Solved")
    ask.get_by_role("button", name="End chat").click()
    expect(visitor.banner).to_contain_text("ended")
    expect(ask).to_be_hidden()
    expect(desk.page.get_by_role("button", name="End chat")).to_be_hidden()
    expect(desk.field).to_be_hidden()
    expect(desk.messages).to_have_text(["Thank you, that is all"])
    expect(desk.log).to_contain_text(
        "Support ended this chat.\nSolved", use_inner_text=True
    )
    desk.page.get_by_text("Ended", exact=True).click()
    expect(desk.past.filter(has_text="that is all")).to_have_count(1)
    expect(desk.open.filter(has_text="that is all")).to_have_count(0)
    desk.page.reload()
    desk.search.fill("that is ALL")
    expect(desk.page.get_by_text("Only ended chats match.")).to_be_visible()
    desk.search.press("ArrowDown")
    expect(desk.row(visitor)).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(desk.open.filter(has_text="that is all")).to_have_count(0)
    expect(desk.log).to_contain_text("Solved")
    expect(desk.field).to_be_hidden()


def test_a_chat_that_the_visitor_ends_moves_down_and_stops_waiting(
    desk: AgentPage, caller: Caller
) -> None:
    caller.write("Never mind then")
    desk.find(caller).click()
    expect(desk.open.filter(has_text="Never mind then")).to_have_count(1)
    caller.end()
    expect(desk.open.filter(has_text="Never mind then")).to_have_count(0)
    expect(desk.log).to_contain_text("The visitor ended this chat.")
    desk.page.get_by_text("Ended", exact=True).click()
    expect(desk.past.filter(has_text="Never mind then")).not_to_contain_text("waiting")


def test_a_refusal_is_shown_where_it_was_asked_for(
    desk: AgentPage, caller: Caller
) -> None:
    caller.write("Hello")
    desk.find(caller).click()
    ask = dialog(desk, "End chat")
    desk.page.route("**/api/agent/close", lambda route: route.abort())
    ask.get_by_role("button", name="End chat").click()
    expect(ask.get_by_role("alert")).not_to_be_empty()
    desk.page.unroute("**/api/agent/close")
    ask.get_by_role("button", name="End chat").click()
    expect(ask).to_be_hidden()
    expect(desk.log).to_contain_text("Support ended this chat.")


def test_typing_shows_in_the_list_and_on_the_visitors_page(
    desk: AgentPage, visitor: Visitor
) -> None:
    visitor.begin()
    row = desk.find(visitor)
    expect(row).to_be_visible()
    visitor.field.press_sequentially("Hm")
    expect(row).to_contain_text("typing…")
    row.click()
    desk.field.press_sequentially("Ye")
    expect(visitor.typing).to_contain_text("Support Agent is typing")


def test_webhook_events_show_as_they_arrive(desk: AgentPage, caller: Caller) -> None:
    events = desk.page.get_by_role("list", name="Webhook events")
    desk.page.get_by_text("Webhook events").click()
    caller.write("Is this seen?")
    name = caller.chat["user"]["display_name"]
    mine = events.get_by_role("listitem").filter(has_text=name)
    expect(mine.filter(has_text="member:joined")).to_have_count(2)
    expect(mine.get_by_text("message", exact=True)).to_have_count(1)


def test_the_list_of_events_keeps_only_the_newest_hundred(desk: AgentPage) -> None:
    told = [f'data: {{"type": "number-{number}"}}\n\n' for number in range(103)]
    body, kind = "".join(told), "text/event-stream"
    desk.page.route(
        "**/api/agent/events",
        lambda route: route.fulfill(content_type=kind, body=body),
        times=1,
    )
    desk.page.get_by_text("Webhook events").click()
    events = desk.page.get_by_role("list", name="Webhook events")
    expect(events.get_by_text("number-102")).to_be_visible()
    expect(events.get_by_role("listitem")).to_have_count(100)


def test_an_agent_who_is_no_longer_signed_in_is_asked_again(desk: AgentPage) -> None:
    desk.page.context.clear_cookies()
    with suppress(Error):  # The page may be reloading at this moment.
        desk.page.reload()
    expect(desk.page.get_by_label("Password")).to_be_focused()


def test_everything_can_be_done_with_the_keyboard(
    kit: Kit, context: Contexts, visitor: Visitor
) -> None:
    visitor.begin("Keys only")
    desk = AgentPage(context(), kit.url)
    keys = desk.page.keyboard
    expect(desk.page.get_by_label("Password")).to_be_focused()
    keys.type(kit.agent_password)
    keys.press("Enter")
    expect(desk.search).to_be_visible()

    def tab_to(wanted: Locator) -> None:
        for _ in range(60):
            keys.press("Tab")
            if wanted.evaluate("e => e.matches(':focus')"):
                return
        raise AssertionError(f"Tab does not lead to {wanted}")

    tab_to(desk.search)
    keys.type("keys ONLY")
    row = desk.row(visitor)
    expect(row).to_contain_text("Keys only")
    keys.press("ArrowDown")
    expect(row).to_be_focused()
    keys.press("Enter")
    expect(desk.field).to_be_focused()
    expect(row).to_have_attribute("aria-current", "true")
    keys.type("Heard")
    keys.press("Enter")
    expect(visitor.messages).to_have_text(["Keys only", "Heard"])
    tab_to(desk.page.get_by_role("button", name="Hello", exact=True))
    keys.press("Space")
    expect(desk.field).to_be_focused()
    opener = desk.page.get_by_role("button", name="End chat")
    tab_to(opener)
    keys.press("Enter")
    expect(desk.page.get_by_label("Reason")).to_be_focused()
    keys.press("Escape")
    expect(opener).to_be_focused()
    keys.press("Enter")
    expect(desk.page.get_by_label("Reason")).to_be_focused()
    keys.type("Done")
    keys.press("Enter")
    expect(visitor.banner).to_contain_text("ended")


def test_on_a_phone_there_is_one_thing_at_a_time(
    kit: Kit, context: Contexts, caller: Caller
) -> None:
    caller.write("From afar")
    small = context(viewport={"width": 390, "height": 844})
    desk = AgentPage(small, kit.url, link_code(kit.data))
    desk.find(caller).click()
    expect(desk.messages).to_have_text(["From afar"])
    expect(desk.page.get_by_role("navigation")).to_be_hidden()
    desk.page.get_by_role("button", name="Back to the chats").click()
    expect(desk.row(caller)).to_be_focused()
    expect(desk.log).to_be_hidden()
    caller.write("Are you there?")
    expect(desk.row(caller).get_by_label("1 unread message")).to_be_visible()


def test_axe_finds_nothing(kit: Kit, context: Contexts, visitor: Visitor) -> None:
    desk = AgentPage(context(reduced_motion="reduce"), kit.url)
    page = desk.page
    desk.sign_in("wrong")
    expect(page.get_by_role("alert")).not_to_be_empty()
    found = violations(page, "signing in")
    desk.sign_in(kit.agent_password)
    visitor.begin("Question")
    for text in ("See https://example.org", "Hm"):
        visitor.write(text)
    expect(desk.find(visitor)).to_contain_text("Hm")
    page.get_by_text("Webhook events").click()
    expect(page.get_by_role("list", name="Webhook events")).not_to_be_empty()
    found += violations(page, "events")
    page.get_by_text("Webhook events").click()
    desk.row(visitor).click()
    desk.write("Answer")
    expect(visitor.messages).to_have_count(4)
    refusal = {"status": 400, "json": {"detail": "No."}}
    page.route("**/v0.3/*/*/events", lambda route: route.fulfill(**refusal))
    desk.write("Lost")
    expect(desk.log).to_contain_text("Not sent.")
    found += violations(page, "a chat")
    page.unroute("**/v0.3/*/*/events")
    for name in ("Hand over", "End chat"):
        dialog(desk, name)
        found += violations(page, name, "dialog[open]")
        page.keyboard.press("Escape")
    visitor.page.evaluate("fetch('api/end', { method: 'POST' })")
    expect(desk.field).to_be_hidden()
    found += violations(page, "ended", "main[aria-label]")
    assert found == []


def test_an_agent_takes_a_chat_from_the_queue(
    kit: Kit, context: Contexts, desk: AgentPage, caller: Caller
) -> None:
    caller.write("Who is there?")
    ada = AgentPage(context(), kit.url, link_code(kit.data, "ada"))
    ada.find(caller).click()
    expect(ada.page.get_by_role("main", name="Chat")).to_contain_text("Who is there?")
    expect(ada.field).to_have_count(0)
    looks: list[Route] = []
    ada.page.route("**/chat-widget.css", lambda route: looks.append(route))
    with ada.page.expect_response("**/chat-window.js"):
        ada.page.get_by_role("button", name="Take this chat").click()
    looks[0].continue_()  # its answer arrives after everything else
    expect(ada.field).to_be_focused()
    expect(ada.messages).to_have_text(["Who is there?"])
    desk.find(caller)
    expect(desk.row(caller)).to_have_count(0)
    ada.write("Ada")
    expect(ada.messages).to_have_text(["Who is there?", "Ada"])


def test_a_late_list_removes_no_chats(kit: Kit, context: Contexts) -> None:
    late: list[tuple[Route, APIResponse]] = []
    people = context()
    people.route(
        "**/api/agent/chats", lambda route: late.append((route, route.fetch())), times=1
    )
    ada = AgentPage(people, kit.url, link_code(kit.data, "ada"))
    expect(ada.page.get_by_text("Ada", exact=True)).to_be_visible()
    while not late:  # the list is read before the caller arrives
        ada.page.wait_for_timeout(50)
    caller = Caller(SupportDesk.open(kit.data))
    caller.write("Here I am")
    ada.find(caller).click()
    [(route, answer)] = late
    with ada.page.expect_event("requestfinished"):
        route.fulfill(response=answer)
    ada.page.wait_for_timeout(100)
    expect(ada.row(caller)).to_be_visible()
    expect(ada.page.get_by_role("main", name="Chat")).to_contain_text("Here I am")


def test_a_deleted_message_disappears_from_both_screens(
    desk: AgentPage, visitor: Visitor, kit: Kit
) -> None:
    visitor.begin("My card is 4111")
    visitor.write("Hello?")
    row = desk.find(visitor)
    row.click()
    expect(desk.messages).to_have_text(["My card is 4111", "Hello?"])
    agent = kit.agent()
    first, second = agent.messages(visitor.conversation)
    conversations = SupportDesk.open(kit.data).conversations
    conversations.delete_event(visitor.conversation, second["id"])
    for page in (desk, visitor):
        expect(page.messages).to_have_text(["My card is 4111"])
    expect(row).to_contain_text("My card is 4111")
    conversations.delete_event(visitor.conversation, first["id"])
    for page in (desk, visitor):
        expect(page.messages).to_have_count(0)
    expect(row).to_have_count(0)


def test_what_cannot_be_shown_has_a_placeholder(
    desk: AgentPage, caller: Caller
) -> None:
    image = {"message_type": "image", "image": {"url": "https://example.org/x"}}
    caller.send({"type": "message", "body": image})
    row = desk.find(caller)
    expect(row).to_contain_text("An image that can")
    row.click()
    expect(desk.log).to_contain_text("An image that can")


def test_the_longest_wait_comes_first_and_the_title_counts_unread_messages(
    own_kit: Kit, context: Contexts
) -> None:
    desk = AgentPage(context(), own_kit.url, link_code(own_kit.data))
    expect(desk.page).to_have_title("Support agent")
    opener = SupportDesk.open(own_kit.data)
    callers = [Caller(opener) for _ in range(3)]
    for number, caller in enumerate(callers):
        caller.write(f"Question {number}")
    names = [caller.chat["user"]["display_name"] for caller in callers]

    def in_this_order(*numbers: int, unread: int) -> None:
        expect(desk.open.locator("b")).to_have_text([names[each] for each in numbers])
        title = f"({unread}) Support agent" if unread else "Support agent"
        expect(desk.page).to_have_title(title)

    in_this_order(0, 1, 2, unread=3)
    desk.row(callers[0]).click()
    in_this_order(0, 1, 2, unread=2)
    desk.write("Yes?")
    in_this_order(1, 2, 0, unread=2)
    callers[1].write("Still here")  # writing again doesn't reset the wait
    in_this_order(1, 2, 0, unread=3)
    desk.row(callers[1]).click()
    desk.write("Sorry")
    in_this_order(2, 1, 0, unread=1)
    callers[0].write("One more thing")
    in_this_order(2, 0, 1, unread=2)
    desk.page.reload()
    in_this_order(2, 0, 1, unread=2)
    desk.search.fill("more THING")
    in_this_order(0, unread=2)
    desk.search.fill("nobody says this")
    expect(desk.page.get_by_text("No chats match.")).to_be_visible()


def test_an_agent_who_signs_out_in_one_tab_is_signed_out_in_the_others(
    kit: Kit, context: Contexts
) -> None:
    both = context()
    first = AgentPage(both, kit.url, link_code(kit.data, "ben"))
    expect(first.page.get_by_role("navigation")).to_be_visible()
    second = AgentPage(both, kit.url)
    expect(second.page.get_by_role("navigation")).to_be_visible()
    first.page.get_by_role("button", name="Sign out").click()
    expect(second.page.get_by_label("Password")).to_be_visible()


def test_only_the_rows_in_view_are_drawn_and_the_keys_reach_all_of_them(
    kit: Kit, context: Contexts
) -> None:
    many, opener = 40, SupportDesk.open(kit.data)
    for number in range(many):
        Caller(opener).write(f"No. {number}.")
    small = context(viewport={"width": 1280, "height": 500})
    desk = AgentPage(small, kit.url, link_code(kit.data))
    desk.search.fill("No. ")
    first = desk.open.filter(has_text="No. 0.")
    expect(first).to_be_visible()
    assert desk.open.count() < many / 2
    items = desk.page.get_by_role("list", name="Open").get_by_role("listitem")
    expect(items.first).to_have_attribute("aria-setsize", str(many))
    desk.search.press("ArrowDown")
    expect(first).to_be_focused()
    for _ in range(many - 1):
        desk.page.keyboard.press("ArrowDown")
    last = desk.open.filter(has_text=f"No. {many - 1}.")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    assert desk.open.count() < many / 2
    desk.page.locator("nav .rows").evaluate("list => { list.scrollTop = 0; }")
    expect(first).to_be_visible()
    expect(last).to_be_focused()  # so that the keys continue from there
