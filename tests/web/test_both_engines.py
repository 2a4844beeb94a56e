"""What a chat has to do on both engines: on the sandbox, and on Matrix.

The same tests run on both, with ``-m weekly``. On each commit, a visitor and an
agent chat on Matrix in ``tests/online``. What Matrix lacks is in ``tests/engines.py``.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from engines import ENGINES
from people import AgentPage, Kit, Visitor
from playwright.sync_api import BrowserContext, Route, expect

from livechat_helpers.agent_links import link_code
from livechat_helpers.matrix import platforms
from livechat_helpers.support_desk import SupportDesk

Contexts = Callable[..., BrowserContext]

HERE = ENGINES[:1] if platforms.obstacle() else ENGINES
"""The engines that run on this system. The sandbox runs on every system."""

WEEKLY = [pytest.param(engine, marks=pytest.mark.weekly) for engine in HERE]
both = pytest.mark.parametrize("engine", WEEKLY)

OVER = "This chat has ended."

MakeKit = Callable[[str], Kit]


class People:
    """A visitor and the front desk's agent, both in a browser, in one chat."""

    def __init__(self, kit: Kit, context: Contexts) -> None:
        self.kit = kit
        self.desk: SupportDesk = kit.desk()
        self.person = context()
        self.visitor = Visitor(self.person, kit.url)
        self.visitor.begin("Hello")
        self.agents = context()
        self.agent = AgentPage(self.agents, kit.url, link_code(kit.data))
        self.agent.find(self.visitor).click()
        expect(self.agent.messages).to_have_text(["Hello"])

    @property
    def chat(self) -> str:
        """The id of the conversation."""
        return self.visitor.conversation

    def say(self, text: str) -> None:
        """Let the agent write something from a notebook."""
        owner = self.desk.owner(self.chat)
        assert owner is not None
        self.desk.conversations.send_text(self.chat, text, member=owner["id"])

    def stored(self) -> list[str]:
        """Return the messages in the history, in order."""
        events = self.desk.conversations.events(self.chat, event_type="message")
        return [event["body"].get("text", "") for event in events]

    def must_show(self, *texts: str) -> None:
        """Wait until both screens and the log have these messages and no others."""
        expect(self.visitor.messages).to_have_text([*texts])
        while self.stored() != [*texts]:  # a route's function needs this thread, too
            self.visitor.page.wait_for_timeout(50)
        expect(self.agent.messages).to_have_text([*texts])


@pytest.fixture
def people(
    request: pytest.FixtureRequest, kit_on: MakeKit, context: Contexts
) -> People:
    """A visitor and an agent on the engine that the test asks for."""
    return People(kit_on(request.getfixturevalue("engine")), context)


@both
def test_a_chat_goes_both_ways_and_ends(people: People, engine: str) -> None:
    visitor, agent = people.visitor, people.agent
    agent.write("What can I do?")
    people.must_show("Hello", "What can I do?")
    visitor.write("It <b>hasn't</b> come")
    people.must_show("Hello", "What can I do?", "It <b>hasn't</b> come")
    expect(visitor.message("It <b>hasn't</b> come")).to_contain_text("Seen")
    agent.field.press_sequentially("Let")
    expect(visitor.typing).to_contain_text("typing")
    visitor.page.reload()
    people.must_show("Hello", "What can I do?", "It <b>hasn't</b> come")
    agent.field.fill("")
    agent.page.get_by_role("button", name="End chat").click()
    agent.page.get_by_label("Reason").fill("Solved")
    agent.page.get_by_role("dialog").get_by_role("button", name="End chat").click()
    expect(visitor.log).to_contain_text("Solved")
    expect(visitor.banner).to_have_text(OVER)
    visitor.panel.get_by_role("radio", name="5 of 5 stars").check()
    visitor.panel.get_by_role("button", name="Send rating").click()
    expect(visitor.panel.get_by_text("Thank you for your rating.")).to_be_visible()
    assert visitor.errors == agent.errors == []


@both
def test_what_is_read_in_one_tab_is_read_in_the_other(
    people: People, context: Contexts, engine: str
) -> None:
    first = people.visitor
    first.launcher.click()
    second = Visitor(people.person, people.kit.url)
    people.say("Are you there?")
    expect(second.launcher).to_have_accessible_name(re.compile("1 "))
    second.launcher.click()
    expect(second.messages).to_have_text(["Hello", "Are you there?"])
    second.page.bring_to_front()
    expect(first.launcher).not_to_have_accessible_name(re.compile("1 "))
    second.write("Here")
    first.launcher.click()
    people.must_show("Hello", "Are you there?", "Here")


@both
def test_messages_sent_while_the_network_is_gone_arrive_once(
    people: People, engine: str
) -> None:
    people.person.set_offline(True)
    people.visitor.write("From the tunnel")
    people.say("One")
    people.say("Two")
    people.person.set_offline(False)
    people.must_show("Hello", "One", "Two", "From the tunnel")


@both
def test_a_message_whose_answer_is_lost_is_stored_once(
    people: People, engine: str
) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if route.request.method not in ("POST", "PUT") or len(lost) >= 2:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    people.person.route(re.compile("/events$|/send/m.room.message/"), lose)
    people.visitor.write("Stored?")
    people.visitor.write("Stored?")
    people.must_show("Hello", "Stored?", "Stored?")
    assert lost


@both
def test_deleted_messages_disappear_from_both_screens_for_good(
    people: People, engine: str
) -> None:
    people.visitor.write("My number is 555-0100")
    people.must_show("Hello", "My number is 555-0100")
    events = people.desk.conversations.events(people.chat, event_type="message")
    people.desk.conversations.delete_event(people.chat, [*events][-1]["id"])
    expect(people.visitor.messages).to_have_text(["Hello"])
    expect(people.agent.messages).to_have_text(["Hello"])
    people.visitor.page.reload()
    expect(people.visitor.messages).to_have_text(["Hello"])


@both
def test_a_reopened_chat_continues_in_both_windows(people: People, engine: str) -> None:
    people.desk.close_chat(people.chat, "Closed too early")
    expect(people.visitor.log).to_contain_text("Closed too early")
    expect(people.visitor.banner).to_have_text(OVER)
    people.desk.reopen(people.chat)
    expect(people.visitor.panel.get_by_role("radio")).to_have_count(0)
    people.visitor.write("One more thing")
    people.must_show("Hello", "One more thing")
    people.agent.write("Yes?")
    people.must_show("Hello", "One more thing", "Yes?")


@both
def test_a_chat_is_handed_over_with_everything_that_was_said(
    people: People, context: Contexts, engine: str
) -> None:
    ada = AgentPage(context(), people.kit.url, link_code(people.kit.data, "ada"))
    people.agent.page.get_by_role("button", name="Hand over").click()
    dialog = people.agent.page.get_by_role("dialog")
    dialog.get_by_label("To").select_option("ada")
    dialog.get_by_role("button", name="Hand over").click()
    ada.find(people.visitor).click()
    expect(ada.messages).to_have_text(["Hello"])
    ada.write("Ada here")
    expect(people.visitor.messages).to_have_text(["Hello", "Ada here"])
    people.visitor.write("Hello Ada")
    expect(people.visitor.messages).to_have_text(["Hello", "Ada here", "Hello Ada"])
    expect(ada.messages).to_have_text(["Hello", "Ada here", "Hello Ada"])
    owner = people.desk.owner(people.chat)
    assert owner is not None
    assert owner["_embedded"]["user"]["name"] == "ada"


@both
@pytest.mark.timeout(400)
def test_killing_engine_website_and_page_in_turn_loses_and_doubles_nothing(
    tmp_path: Path, context: Contexts, engine: str
) -> None:
    kit = Kit(tmp_path, engine)
    try:
        people = People(kit, context)
        visitor, said = people.visitor, ["Hello"]

        kit.sandbox.kill()
        visitor.write("The engine is dead")
        kit.start_sandbox_again()
        said.append("The engine is dead")
        people.must_show(*said)

        kit.website.kill()
        visitor.write("The website is dead")
        said.append("The website is dead")
        people.must_show(*said)
        kit.start_website_again()
        people.agent.write("It's back")
        said.append("It's back")
        people.must_show(*said)

        visitor.field.fill("The page is dead")
        visitor.field.press("Enter")
        visitor.page.goto("about:blank")
        visitor.page.go_back()
        people.visitor.wait_until_online()
        said.append("The page is dead")
        people.must_show(*said)
    finally:
        kit.stop()
