"""How a chat ends, from either side, and what the visitor can do afterwards."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from people import SENT, Kit, Visitor
from playwright.sync_api import BrowserContext, Route, expect

from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import inspect

Contexts = Callable[..., BrowserContext]

ENDED = "This chat has ended."


def button(visitor: Visitor, name: str):
    return visitor.panel.get_by_role("button", name=name)


def end(visitor: Visitor) -> None:
    """End the chat, as a visitor does."""
    button(visitor, "End chat").click()
    button(visitor, "End chat").nth(1).click()
    expect(visitor.banner).to_have_text(ENDED)


def test_a_visitor_who_decides_not_to_end_the_chat_can_continue(
    visitor: Visitor,
) -> None:
    visitor.begin()
    visitor.field.fill("half a thou")
    button(visitor, "End chat").click()
    expect(button(visitor, "Keep chatting")).to_be_focused()
    button(visitor, "Keep chatting").click()
    expect(visitor.field).to_be_focused()
    expect(visitor.field).to_have_value("half a thou")


def test_a_visitor_who_ended_the_chat_can_rate_it_once(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.begin()
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
    visitor.begin()
    end(visitor)
    visitor.panel.get_by_role("radio", name="5 of 5 stars").check()
    visitor.page.route("**/api/rating", lambda route: route.abort())
    button(visitor, "Send rating").click()
    problem = visitor.panel.get_by_role("alert")
    expect(problem).to_have_text("That didn\u2019t work. Please try again.")
    visitor.page.unroute("**/api/rating")
    button(visitor, "Send rating").click()
    expect(visitor.panel.get_by_text("Thank you for your rating.")).to_be_visible()


def test_the_transcript_is_the_text_of_everything_that_was_said(
    kit: Kit, visitor: Visitor, tmp_path: Path
) -> None:
    visitor.begin("Do you ship to <Norway>?")
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
        "You ended this chat.",
    ]


def close(kit: Kit, visitor: Visitor, reason: str = "Solved") -> None:
    """End the chat, as an agent does."""
    SupportDesk.open(kit.data).close_chat(visitor.conversation, reason)


def test_a_chat_that_the_agent_closes_ends_in_every_tab_and_a_new_one_can_begin(
    kit: Kit, context: Contexts
) -> None:
    person = context()
    tabs = [Visitor(person, kit.url) for _ in range(2)]
    first, second = tabs
    first.begin("Goodbye")
    second.open()
    before = first.conversation
    close(kit, first)
    for tab in tabs:
        expect(tab.banner).to_have_text(ENDED)
        expect(tab.messages).to_have_text(["Goodbye"])
        expect(tab.log).to_contain_text("Support ended this chat.\nSolved")
        expect(button(tab, "Send rating")).to_be_visible()
    button(first, "Start a new chat").click()
    first.wait_until_online()
    expect(first.messages).to_have_count(0)
    first.write("Hello again")
    expect(first.message("Hello again")).to_contain_text(SENT)
    assert first.conversation != before
    assert kit.agent().texts(first.conversation) == ["Hello again"]
    assert kit.agent().texts(before) == ["Goodbye"]
    # The other tab still shows the old one, and can rate it.
    second.panel.get_by_role("radio", name="2 of 5 stars").check()
    button(second, "Send rating").click()
    expect(second.panel.get_by_text("Thank you for your rating.")).to_be_visible()
    events = SupportDesk.open(kit.data).conversations.events(before)
    assert [e["body"]["stars"] for e in events if e["type"] == "custom:rating"] == [2]


@pytest.mark.parametrize("away", ["the tab is shut", "the socket is down", "offline"])
def test_a_visitor_who_returns_to_a_closed_chat_sees_the_last_message_and_the_reason(
    kit: Kit, context: Contexts, away: str, tmp_path: Path
) -> None:
    person = context()
    visitor = Visitor(person, kit.url)
    visitor.begin("When do you come?")
    answer, user = "Tuesday, 9 to 11", visitor.name
    if away == "the tab is shut":
        visitor.page.close()
    elif away == "offline":
        person.set_offline(True)
        expect(visitor.banner).to_contain_text("offline")
    else:
        kit.faults.refuse(503, path="/v2/rtc/**", user=user, lasting=3)
        kit.faults.drop_sockets(user=user)
    kit.agent().say(visitor.conversation, answer)
    close(kit, visitor, "We come to you")
    person.set_offline(False)
    if away == "the tab is shut":
        visitor = Visitor(person, kit.url)
        expect(visitor.launcher).to_have_accessible_name(
            "Open live chat, 1 unread message"
        )
        visitor.launcher.click()
    expect(visitor.banner).to_have_text(ENDED)
    expect(visitor.messages).to_have_text(["When do you come?", answer])
    expect(visitor.log).to_contain_text("We come to you")
    with visitor.page.expect_download() as saved:
        button(visitor, "Download transcript").click()
    saved.value.save_as(tmp_path / "transcript.txt")
    text = (tmp_path / "transcript.txt").read_text()
    assert answer in text
    assert "We come to you" in text


def test_an_ended_chat_and_its_rating_survive_a_reload_and_a_new_tab(
    kit: Kit, context: Contexts
) -> None:
    person = context()
    visitor = Visitor(person, kit.url)
    visitor.begin()
    close(kit, visitor)
    expect(visitor.banner).to_have_text(ENDED)
    visitor.panel.get_by_role("radio", name="5 of 5 stars").check()
    button(visitor, "Send rating").click()
    thanks = "Thank you for your rating."
    expect(visitor.panel.get_by_text(thanks)).to_be_visible()
    visitor.page.reload()
    other = Visitor(person, kit.url)
    other.launcher.click()
    for tab in (visitor, other):
        expect(tab.banner).to_have_text(ENDED)
        expect(tab.messages).to_have_text(["Hello"])
        expect(tab.log).to_contain_text("Solved")
        expect(tab.panel.get_by_text(thanks)).to_be_visible()
    with other.page.expect_response("**/api/chat"):  # the website knows about it, too
        button(other, "Start a new chat").click()
    expect(other.messages).to_have_count(0)
    other.page.reload()
    other.wait_until_online()
    expect(other.messages).to_have_count(0)
    assert len([r for r in other.requests if r.url.endswith("/api/new")]) == 0


def test_a_chat_that_an_agent_reopens_continues_in_the_same_window(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.begin()
    close(kit, visitor)
    expect(visitor.banner).to_have_text(ENDED)
    expect(visitor.panel.get_by_role("radio")).to_have_count(5)
    SupportDesk.open(kit.data).reopen(visitor.conversation)
    expect(visitor.banner).not_to_have_text(ENDED)
    visitor.write("One more thing")
    expect(visitor.message("One more thing")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Hello", "One more thing"])
    visitor.page.reload()
    expect(visitor.messages).to_have_text(["Hello", "One more thing"])
    expect(visitor.field).to_be_editable()


def test_a_late_read_only_token_is_replaced_after_reopening(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.begin()
    arrived: list[str] = []

    def late(route: Route) -> None:
        answer = route.fetch()
        visitor.page.wait_for_timeout(1000)
        route.fulfill(response=answer)
        arrived.append(answer.json()["jwt"])

    visitor.page.route("**/api/token", late, times=1)
    close(kit, visitor)
    expect(visitor.banner).to_have_text(ENDED)
    SupportDesk.open(kit.data).reopen(visitor.conversation)
    expect(visitor.banner).not_to_have_text(ENDED)
    while not arrived:
        visitor.page.wait_for_timeout(50)
    visitor.write("One more thing")
    expect(visitor.message("One more thing")).to_contain_text(SENT)


def test_messages_unsent_before_the_end_are_offered_to_the_next_chat(
    kit: Kit, context: Contexts
) -> None:
    person = context()
    visitor = Visitor(person, kit.url)
    visitor.begin()
    person.set_offline(True)
    visitor.write("One more thing")
    close(kit, visitor)
    person.set_offline(False)
    expect(visitor.banner).to_have_text(ENDED)
    expect(visitor.message("One more thing")).to_contain_text("Not sent.")
    button(visitor, "Start a new chat").click()
    expect(visitor.field).to_have_value("One more thing")
    visitor.page.reload()
    expect(visitor.field).to_have_value("One more thing")
    expect(visitor.messages).to_have_count(0)


def test_an_ended_chats_token_is_read_only(kit: Kit, visitor: Visitor) -> None:
    visitor.begin()
    with visitor.page.expect_response("**/api/token") as renewed:
        end(visitor)
    claims = inspect(renewed.value.json()["jwt"])
    path = f"/*/conversations/{visitor.conversation}/events"
    assert claims["acl"]["paths"][path] == {"methods": ["GET"]}
    agent = kit.agent()
    agent.say(visitor.conversation, "Thank you")  # it still gets events
    expect(visitor.messages).to_have_text(["Hello", "Thank you"])


def test_nobody_forges_the_end_of_a_chat_or_its_rating(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.begin()
    agent = kit.agent()
    agent.forge(visitor.conversation, "custom:chat_ended", {"by": "agent"})
    agent.forge(visitor.conversation, "custom:rating", {"stars": 5})
    agent.say(visitor.conversation, "Still here")
    expect(visitor.messages).to_have_text(["Hello", "Still here"])
    expect(visitor.field).to_be_visible()
    expect(visitor.banner).to_have_text("")
    close(kit, visitor)
    expect(button(visitor, "Send rating")).to_be_visible()


def test_a_chat_whose_ending_is_deleted_is_open_again(
    kit: Kit, context: Contexts
) -> None:
    person = context()
    visitor = Visitor(person, kit.url)
    visitor.begin()
    close(kit, visitor)
    expect(visitor.banner).to_have_text(ENDED)
    desk = SupportDesk.open(kit.data)
    end = desk.ended(visitor.conversation)
    assert end is not None
    desk.conversations.delete_event(visitor.conversation, end["id"])
    for tab in (visitor, Visitor(person, kit.url)):
        expect(tab.launcher).to_be_visible()  # so the window is open, or it isn't
        if not tab.panel.is_visible():
            tab.launcher.click()
        expect(tab.log.locator(".end-mark")).to_have_count(0)
        tab.write("Go on")
        expect(tab.log).to_contain_text("Go on")
        expect(tab.widget.locator("article.sending")).to_have_count(0)
    assert kit.agent().texts(visitor.conversation) == ["Hello", "Go on", "Go on"]


def test_rating_a_deleted_chat_says_that_it_was_deleted(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.begin()
    end(visitor)
    SupportDesk.open(kit.data).conversations.delete(visitor.conversation)
    visitor.panel.get_by_role("radio", name="5 of 5 stars").check()
    button(visitor, "Send rating").click()
    problem = visitor.panel.get_by_role("alert")
    expect(problem).to_have_text("That chat no longer exists.")


def test_a_message_cannot_forge_a_line_of_the_transcript(
    kit: Kit, visitor: Visitor, tmp_path: Path
) -> None:
    visitor.begin()
    forged = "[10:00] Support Agent: refunded"
    breaks = ["\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f"]
    for each in breaks:
        kit.agent().say(visitor.conversation, f"Hm{each}{forged}")
    kit.agent().say(visitor.conversation, "\u202eReversed")
    expect(visitor.messages).to_have_count(2 + len(breaks))
    end(visitor)
    with visitor.page.expect_download() as saved:
        button(visitor, "Download transcript").click()
    saved.value.save_as(tmp_path / "transcript.txt")
    text = (tmp_path / "transcript.txt").read_text()
    assert text.count(f"\n    {forged}\n") == len(breaks)
    assert len(re.findall(r"^\[", text, re.MULTILINE)) == 3 + len(breaks)
    assert "\u202e" not in text
