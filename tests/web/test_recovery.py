"""What breaks on the way heals: nothing is lost and nothing is there twice."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from people import AgentPage, Kit, Visitor
from playwright.sync_api import (
    BrowserContext,
    Locator,
    Route,
    WebSocketRoute,
    expect,
)

Contexts = Callable[..., BrowserContext]

SENT = re.compile("Sent|Delivered|Seen")


class Network:
    """The way between a page and the sandbox, which the test can spoil."""

    def __init__(self, context: BrowserContext) -> None:
        self.cut = False
        self.deaf = False
        self.unheard = 0
        self.lose_answers = False
        self.lose_history = False
        self._sockets: list[WebSocketRoute] = []
        context.route_web_socket(re.compile("/v2/rtc/"), self._open)
        context.route(re.compile("/v0.3/conversations/.*/events"), self._pass)

    def _open(self, socket: WebSocketRoute) -> None:
        if self.cut:
            socket.close()
            return
        server = socket.connect_to_server()
        self._sockets.append(socket)
        socket.on_message(server.send)

        def hear(frame: str | bytes) -> None:
            if self.deaf:
                self.unheard += 1
            else:
                socket.send(frame)

        server.on_message(hear)

    def _pass(self, route: Route) -> None:
        if self.lose_answers and route.request.method == "POST":
            route.fetch()
            route.abort()
        elif self.lose_history and route.request.method == "GET":
            route.abort()
        else:
            route.continue_()

    def break_connection(self) -> None:
        """Close the websocket, and refuse new ones until it is mended."""
        self.cut = True
        for socket in self._sockets:
            socket.close()


@pytest.fixture
def network_and_visitor(kit: Kit, context: Contexts) -> tuple[Network, Visitor]:
    own = context()
    network = Network(own)
    visitor = Visitor(own, kit.url)
    visitor.open()
    return network, visitor


def leave_alone(visitor: Visitor) -> None:
    """Wait until the chat has looked twice, as it does when it has connected."""
    while len(visitor.history) < 2:
        visitor.page.wait_for_timeout(50)


def try_again(visitor: Visitor) -> Locator:
    return visitor.log.get_by_role("button", name="Try again")


def test_the_sandbox_is_killed_and_started_again_and_both_sides_go_on(
    own_kit: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(), own_kit.url)
    visitor.open()
    visitor.write("Before")
    desk = AgentPage(context(), own_kit.url)
    desk.sign_in(own_kit.agent_password)
    desk.row(visitor).click()
    expect(desk.messages).to_have_text(["Before"])
    desk.write("Answered before")
    expect(visitor.messages).to_have_text(["Before", "Answered before"])

    own_kit.sandbox.kill()
    expect(visitor.banner).to_contain_text("Reconnecting")
    visitor.write("Meanwhile")
    own_kit.start_sandbox_again()
    visitor.wait_until_online()
    expect(visitor.message("Meanwhile")).to_contain_text(SENT)
    everything = ["Before", "Answered before", "Meanwhile"]
    expect(desk.messages).to_have_text(everything)
    desk.write("Answered after")
    everything.append("Answered after")
    expect(visitor.messages).to_have_text(everything)
    expect(desk.messages).to_have_text(everything)
    assert own_kit.agent().texts(visitor.conversation) == everything


def test_a_session_that_is_over_for_good_is_followed_by_a_new_one(
    own_kit: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(), own_kit.url)
    visitor.open()
    own_kit.sandbox.kill()
    with sqlite3.connect(own_kit.data / "sandbox.sqlite3") as database:
        database.execute("DELETE FROM sessions")
    database.close()
    with visitor.page.expect_request("**/api/new"):
        own_kit.start_sandbox_again()
    visitor.wait_until_online()
    agent = own_kit.agent()
    agent.say(visitor.conversation, "Welcome back")
    expect(visitor.messages).to_have_text(["Welcome back"])


def test_the_sdk_gives_up_after_five_attempts_and_the_chat_does_not(
    own_kit: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, own_kit.url)
    visitor.open()
    visitor.write("Before")
    expect(visitor.message("Before")).to_contain_text(SENT)
    asked = len(visitor.asked_for_chat)
    own_kit.sandbox.kill()
    # The page asks the website for its chat again when the SDK has given up.
    while len(visitor.asked_for_chat) == asked:
        own.clock.fast_forward(1000)
    expect(visitor.banner).to_contain_text("Reconnecting")
    visitor.write("Meanwhile")
    own_kit.start_sandbox_again()
    while visitor.widget.get_attribute("data-connection") != "online":
        own.clock.fast_forward(1000)
    expect(visitor.message("Meanwhile")).to_contain_text(SENT)
    agent = own_kit.agent()
    agent.say(visitor.conversation, "After")
    expect(visitor.messages).to_have_text(["Before", "Meanwhile", "After"])
    assert agent.texts(visitor.conversation) == ["Before", "Meanwhile", "After"]


def test_three_messages_that_came_while_the_socket_was_down_appear_once_each(
    kit: Kit, visitor: Visitor
) -> None:
    agent = kit.agent()
    visitor.open()
    visitor.write("Are you there?")
    expect(visitor.message("Are you there?")).to_contain_text(SENT)
    own = agent.messages(visitor.conversation)[0]["id"]
    with kit.faults.refuse(503, path="/v2/rtc/**", user=visitor.name):
        assert kit.faults.drop_sockets(user=visitor.name) == 1
        expect(visitor.banner).to_have_text("Reconnecting…")
        for text in ("One", "Two", "Three"):
            agent.say(visitor.conversation, text)
        agent.see(visitor.conversation, own)
    expect(visitor.messages).to_have_text(["Are you there?", "One", "Two", "Three"])
    visitor.wait_until_online()
    expect(visitor.message("Are you there?")).to_contain_text("Seen")
    agent.say(visitor.conversation, "Four")
    expect(visitor.messages).to_have_text(
        ["Are you there?", "One", "Two", "Three", "Four"]
    )


def test_events_that_come_twice_or_in_the_wrong_order_are_shown_once_and_in_order(
    kit: Kit, visitor: Visitor
) -> None:
    agent = kit.agent()
    visitor.open()
    texts = [f"Message {number}" for number in range(6)]
    with (
        kit.faults.duplicate_events(user=visitor.name),
        kit.faults.reorder_events(user=visitor.name),
    ):
        for text in texts:
            agent.say(visitor.conversation, text)
    expect(visitor.messages).to_have_text(texts)


def test_a_token_that_expires_in_mid_chat_costs_the_visitor_nothing(
    kit: Kit, visitor: Visitor
) -> None:
    agent = kit.agent()
    visitor.open()
    visitor.write("Before")
    expect(visitor.message("Before")).to_contain_text(SENT)
    leave_alone(visitor)
    asked = len(visitor.asked_for_chat)
    with kit.faults.expire_tokens(user=visitor.name):
        agent.say(visitor.conversation, "Meanwhile")
        everything = ["Before", "Meanwhile"]
        expect(visitor.messages).to_have_text(everything)
        assert len(visitor.asked_for_chat) > asked
        visitor.wait_until_online()
    with kit.faults.expire_tokens(user=visitor.name):
        visitor.write("After")
        expect(visitor.message("After")).to_contain_text(SENT)
        agent.say(visitor.conversation, "Heard both")
        everything += ["After", "Heard both"]
        expect(visitor.messages).to_have_text(everything)
    assert agent.texts(visitor.conversation) == everything


def test_a_laptop_that_slept_longer_than_its_token_lives_goes_on(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.open()
    with kit.faults.expire_tokens(user=visitor.name):
        own.clock.fast_forward("08:00:00")
        visitor.write("Good morning")
        while not visitor.message("Good morning").get_by_text(SENT).count():
            own.clock.fast_forward(500)
        kit.agent().say(visitor.conversation, "Good morning to you")
        expect(visitor.messages).to_have_text(["Good morning", "Good morning to you"])


def test_what_is_written_offline_goes_out_once_with_try_again(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    visitor = Visitor(own, kit.url)
    visitor.open()
    own.set_offline(True)
    expect(visitor.banner).to_have_text("You are offline. Reconnecting…")
    visitor.write("Hello?")
    expect(visitor.message("Hello?")).to_contain_text("Not sent.")
    own.set_offline(False)
    visitor.wait_until_online()
    try_again(visitor).click()
    expect(visitor.message("Hello?")).to_contain_text(SENT)
    expect(visitor.field).to_be_focused()
    expect(try_again(visitor)).to_have_count(0)
    expect(visitor.messages).to_have_text(["Hello?"])
    assert kit.agent().texts(visitor.conversation) == ["Hello?"]


def test_a_message_that_waits_stands_after_those_that_were_there_before_it(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.open()
    with kit.faults.refuse(503, path="/v2/rtc/**", user=visitor.name):
        kit.faults.drop_sockets(user=visitor.name)
        expect(visitor.banner).to_have_text("Reconnecting…")
        visitor.write("Mine")
        kit.agent().say(visitor.conversation, "Theirs")
    expect(visitor.message("Mine")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Theirs", "Mine"])
    visitor.page.reload()
    expect(visitor.messages).to_have_text(["Theirs", "Mine"])


def test_messages_of_a_short_drop_are_fetched_once_and_in_order(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    agent = kit.agent()
    agent.say(visitor.conversation, "One")
    expect(visitor.messages).to_have_text(["One"])
    network.break_connection()
    agent.say(visitor.conversation, "Two")
    agent.say(visitor.conversation, "Three")
    network.cut = False
    expect(visitor.messages).to_have_text(["One", "Two", "Three"])
    visitor.wait_until_online()
    agent.say(visitor.conversation, "Four")
    expect(visitor.messages).to_have_text(["One", "Two", "Three", "Four"])


def test_an_event_that_was_skipped_is_read_from_the_history(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    agent = kit.agent()
    leave_alone(visitor)
    agent.say(visitor.conversation, "One")
    expect(visitor.messages).to_have_text(["One"])
    network.deaf = True
    agent.say(visitor.conversation, "Two")
    while not network.unheard:
        visitor.page.wait_for_timeout(50)
    network.deaf = False
    agent.say(visitor.conversation, "Three")
    expect(visitor.messages).to_have_text(["One", "Two", "Three"])


def test_a_message_that_was_refused_goes_out_once_with_try_again(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    _, visitor = network_and_visitor
    page = visitor.page
    events = re.compile("/v0.3/conversations/.*/events")
    page.route(events, lambda route: route.abort())
    visitor.write("Hello?")
    expect(visitor.message("Hello?")).to_contain_text("Not sent.")
    page.unroute(events)
    try_again(visitor).click()
    expect(visitor.message("Hello?")).to_contain_text(SENT)
    expect(try_again(visitor)).to_have_count(0)
    assert kit.agent().texts(visitor.conversation) == ["Hello?"]


def test_a_message_whose_answer_was_lost_is_found_in_the_history(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    network.deaf = network.lose_answers = True
    visitor.write("Stored?")
    expect(visitor.message("Stored?")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Stored?"])
    assert kit.agent().texts(visitor.conversation) == ["Stored?"]


def test_try_again_does_not_send_what_was_stored(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    network.deaf = network.lose_answers = network.lose_history = True
    visitor.write("Stored?")
    expect(visitor.message("Stored?")).to_contain_text("Not sent.")
    network.deaf = network.lose_answers = network.lose_history = False
    try_again(visitor).click()
    expect(visitor.message("Stored?")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Stored?"])
    assert kit.agent().texts(visitor.conversation) == ["Stored?"]


def test_the_token_is_renewed_before_it_ends(kit: Kit, context: Contexts) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.launcher.click()
    visitor.write("Hello")
    expect(visitor.message("Hello")).to_contain_text(SENT)
    for _ in range(2):
        with (
            visitor.page.expect_request("**/api/token"),
            visitor.page.expect_response(re.compile("/v0.2/sessions/")) as renewed,
        ):
            own.clock.fast_forward("05:00")
        assert renewed.value.ok
