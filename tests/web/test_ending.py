"""How a chat ends, from either side, and what the visitor can do then."""

from collections.abc import Callable
from pathlib import Path

from people import Kit, Visitor
from playwright.sync_api import BrowserContext, WebSocket, expect

from livechat_helpers.support_desk import SupportDesk

Contexts = Callable[..., BrowserContext]

ENDED = "This chat has ended."


def button(visitor: Visitor, name: str):
    return visitor.panel.get_by_role("button", name=name)


def end(visitor: Visitor) -> None:
    """End the chat, as the visitor does."""
    button(visitor, "End chat").click()
    button(visitor, "End chat").nth(1).click()
    expect(visitor.banner).to_have_text(ENDED)


def test_a_visitor_who_does_not_want_to_end_the_chat_goes_on(
    visitor: Visitor,
) -> None:
    visitor.open()
    visitor.field.fill("half a thou")
    button(visitor, "End chat").click()
    expect(button(visitor, "Keep chatting")).to_be_focused()
    button(visitor, "Keep chatting").click()
    expect(visitor.field).to_be_focused()
    expect(visitor.field).to_have_value("half a thou")


def test_who_has_ended_the_chat_rates_it_once(kit: Kit, visitor: Visitor) -> None:
    visitor.open()
    end(visitor)
    four = visitor.panel.get_by_role("radio", name="4 of 5 stars")
    four.press("Space")
    visitor.panel.get_by_role("textbox").fill("Quick & kind")
    button(visitor, "Send rating").click()
    expect(visitor.panel.get_by_text("Thank you for your rating.")).to_be_focused()
    events = SupportDesk.open(kit.data).conversations.events(visitor.conversation)
    ratings = [e["body"] for e in events if e["type"] == "custom:rating"]
    assert ratings == [{"stars": 4, "comment": "Quick & kind"}]


def test_a_rating_that_does_not_arrive_says_so_and_can_be_sent_again(
    visitor: Visitor,
) -> None:
    visitor.open()
    end(visitor)
    visitor.panel.get_by_role("radio", name="5 of 5 stars").check()
    visitor.page.route("**/api/rating", lambda route: route.abort())
    button(visitor, "Send rating").click()
    problem = visitor.panel.get_by_role("alert")
    expect(problem).to_have_text("That did not work. Please try again.")
    visitor.page.unroute("**/api/rating")
    button(visitor, "Send rating").click()
    expect(visitor.panel.get_by_text("Thank you for your rating.")).to_be_visible()


def test_the_transcript_is_a_text_of_everything_that_was_said(
    kit: Kit, visitor: Visitor, tmp_path: Path
) -> None:
    visitor.open()
    visitor.write("Do you ship to <Norway>?")
    expect(visitor.message("Do you ship to <Norway>?")).to_contain_text("Sent")
    kit.agent().say(visitor.conversation, "We do.")
    expect(visitor.messages).to_have_count(2)
    end(visitor)
    with visitor.page.expect_download() as saved:
        button(visitor, "Download transcript").click()
    assert saved.value.suggested_filename.endswith(".txt")
    saved.value.save_as(tmp_path / "transcript.txt")
    said = (tmp_path / "transcript.txt").read_text()
    assert [line.partition("] ")[2] for line in said.splitlines()] == [
        "You: Do you ship to <Norway>?",
        "Support Agent: We do.",
    ]


def test_a_chat_that_the_agent_closes_has_ended_in_every_tab_and_can_begin_anew(
    kit: Kit, context: Contexts
) -> None:
    person = context()
    tabs = [Visitor(person, kit.url) for _ in range(2)]
    for tab in tabs:
        tab.open()
    first = tabs[0]
    before = first.conversation
    first.write("Goodbye")
    expect(first.message("Goodbye")).to_contain_text("Sent")
    SupportDesk.open(kit.data).close_chat(before, "Solved")
    for tab in tabs:
        expect(tab.banner).to_have_text(ENDED)
        expect(tab.messages).to_have_text(["Goodbye"])
        expect(button(tab, "Send rating")).to_be_visible()
    button(first, "Start a new chat").click()
    first.wait_until_online()
    assert first.conversation != before
    expect(first.messages).to_have_count(0)
    first.write("Hello again")
    expect(first.message("Hello again")).to_contain_text("Sent")
    assert kit.agent().texts(first.conversation) == ["Hello again"]
    assert kit.agent().texts(before) == ["Goodbye"]


def test_a_chat_that_has_ended_is_no_longer_connected(
    kit: Kit, visitor: Visitor
) -> None:
    sockets: list[WebSocket] = []
    visitor.page.on("websocket", lambda socket: sockets.append(socket))
    visitor.open()
    end(visitor)
    assert sockets
    while not all(socket.is_closed() for socket in sockets):
        visitor.page.wait_for_timeout(50)
    assert len(visitor.asked_for_chat) == 1


def test_a_chat_that_ends_while_the_visitor_is_away_has_ended_on_return(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.open()
    with kit.faults.refuse(503, path="/v2/rtc/**", user=visitor.name):
        assert kit.faults.drop_sockets(user=visitor.name) == 1
        expect(visitor.banner).to_have_text("Reconnecting…")
        SupportDesk.open(kit.data).close_chat(visitor.conversation, "Solved")
    expect(visitor.banner).to_have_text(ENDED)
    assert len(visitor.asked_for_chat) == 1
