"""Whatever breaks recovers: nothing is lost, and nothing is there twice."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate

import pytest
from people import SENT, AgentPage, Kit, Visitor
from playwright.sync_api import (
    BrowserContext,
    Locator,
    Route,
    WebSocketRoute,
    expect,
)

Contexts = Callable[..., BrowserContext]


class Network:
    """The connection between a page and the sandbox, which the test can break."""

    def __init__(self, context: BrowserContext) -> None:
        self.deaf = False
        self.unheard = 0
        self.lose_answers = False
        self.lose_history = False
        context.route_web_socket(re.compile("/v2/rtc/"), self._open)
        context.route(re.compile("/v0.3/conversations/.*/events"), self._pass)

    def _open(self, socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
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


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """A sandbox and a website for tests that kill and restart them."""
    running = Kit(tmp_path_factory.mktemp("mortal"))
    yield running
    running.stop()


@pytest.fixture
def network_and_visitor(kit: Kit, context: Contexts) -> tuple[Network, Visitor]:
    own = context()
    network = Network(own)
    visitor = Visitor(own, kit.url)
    visitor.begin()
    return network, visitor


def leave_alone(visitor: Visitor) -> None:
    """Wait until the chat has read the history twice, as it does after connecting."""
    while len(visitor.history) < 2:
        visitor.page.wait_for_timeout(50)


def try_again(visitor: Visitor) -> Locator:
    return visitor.log.get_by_role("button", name="Try again")


EVENTS = re.compile("/v0.3/conversations/.*/events")


def hold_back_messages(own: BrowserContext) -> None:
    """Let no message of a visitor through, until ``EVENTS`` isn't routed any more."""
    own.route(
        EVENTS, lambda r: r.abort() if r.request.method == "POST" else r.fallback()
    )


def test_both_sides_continue_after_the_sandbox_is_killed_and_restarted(
    mortal: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(), mortal.url)
    visitor.open()
    visitor.write("Before")
    desk = AgentPage(context(), mortal.url)
    desk.sign_in(mortal.agent_password)
    desk.row(visitor).click()
    expect(desk.messages).to_have_text(["Before"])
    desk.write("Answered before")
    expect(visitor.messages).to_have_text(["Before", "Answered before"])

    mortal.sandbox.kill()
    expect(visitor.banner).to_contain_text("Reconnecting")
    visitor.write("Meanwhile")
    mortal.start_sandbox_again()
    visitor.wait_until_online()
    expect(visitor.message("Meanwhile")).to_contain_text(SENT)
    everything = ["Before", "Answered before", "Meanwhile"]
    expect(desk.messages).to_have_text(everything)
    desk.write("Answered after")
    everything.append("Answered after")
    expect(visitor.messages).to_have_text(everything)
    expect(desk.messages).to_have_text(everything)
    assert mortal.agent().texts(visitor.conversation) == everything


def test_a_session_that_cannot_resume_is_replaced_by_a_new_one(
    mortal: Kit, context: Contexts
) -> None:
    visitor = Visitor(context(), mortal.url)
    visitor.begin()
    mortal.sandbox.kill()
    with sqlite3.connect(mortal.data / "sandbox.sqlite3") as database:
        database.execute("DELETE FROM sessions")
    database.close()
    with visitor.page.expect_request("**/api/chat"):
        mortal.start_sandbox_again()
    visitor.wait_until_online()
    agent = mortal.agent()
    agent.say(visitor.conversation, "Welcome back")
    expect(visitor.messages).to_have_text(["Hello", "Welcome back"])


def test_the_sdk_gives_up_after_five_attempts_and_the_chat_does_not(
    mortal: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, mortal.url)
    visitor.open()
    visitor.write("Before")
    expect(visitor.message("Before")).to_contain_text(SENT)
    asked = len(visitor.asked_for_chat)
    mortal.sandbox.kill()
    # The page asks the website for its chat again when the SDK has given up.
    while len(visitor.asked_for_chat) == asked:
        own.clock.fast_forward(1000)
    expect(visitor.banner).to_contain_text("Reconnecting")
    visitor.write("Meanwhile")
    mortal.start_sandbox_again()
    visitor.come_back()
    expect(visitor.message("Meanwhile")).to_contain_text(SENT)
    agent = mortal.agent()
    agent.say(visitor.conversation, "After")
    expect(visitor.messages).to_have_text(["Before", "Meanwhile", "After"])
    assert agent.texts(visitor.conversation) == ["Before", "Meanwhile", "After"]


def test_three_messages_missed_while_the_socket_was_down_appear_once_each(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    agent = kit.agent()
    visitor.open()
    visitor.write("Are you there?")
    expect(visitor.message("Are you there?")).to_contain_text(SENT)
    first = agent.messages(visitor.conversation)[0]["id"]
    with kit.faults.refuse(503, path="/v2/rtc/**", user=visitor.name):
        assert kit.faults.drop_sockets(user=visitor.name) == 1
        expect(visitor.banner).to_have_text("Reconnecting…")
        for text in ("One", "Two", "Three"):
            agent.say(visitor.conversation, text)
        agent.see(visitor.conversation, first)
    visitor.come_back()
    expect(visitor.messages).to_have_text(["Are you there?", "One", "Two", "Three"])
    visitor.wait_until_online()
    expect(visitor.message("Are you there?")).to_contain_text("Seen")
    agent.say(visitor.conversation, "Four")
    expect(visitor.messages).to_have_text(
        ["Are you there?", "One", "Two", "Three", "Four"]
    )


def test_repeated_or_reordered_events_are_shown_once_and_in_order(
    kit: Kit, visitor: Visitor
) -> None:
    agent = kit.agent()
    visitor.begin()
    texts = [f"Message {number}" for number in range(6)]
    with (
        kit.faults.duplicate_events(user=visitor.name),
        kit.faults.reorder_events(user=visitor.name),
    ):
        for text in texts:
            agent.say(visitor.conversation, text)
    expect(visitor.messages).to_have_text(["Hello", *texts])


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
        while len(visitor.asked_for_chat) == asked:
            visitor.page.wait_for_timeout(50)
        visitor.wait_until_online()
    with kit.faults.expire_tokens(user=visitor.name):
        visitor.write("After")
        expect(visitor.message("After")).to_contain_text(SENT)
        agent.say(visitor.conversation, "Heard both")
        everything += ["After", "Heard both"]
        expect(visitor.messages).to_have_text(everything)
    assert agent.texts(visitor.conversation) == everything


def test_a_laptop_that_slept_until_its_token_expired_can_continue(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    with kit.faults.expire_tokens(user=visitor.name):
        own.clock.fast_forward("08:00:00")
        visitor.write("Good morning")
        while not visitor.message("Good morning").get_by_text(SENT).count():
            own.clock.fast_forward(500)
        kit.agent().say(visitor.conversation, "Good morning to you")
        everything = ["Hello", "Good morning", "Good morning to you"]
        expect(visitor.messages).to_have_text(everything)


def test_messages_written_offline_go_out_on_their_own_in_order(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    kit.agent().type(visitor.conversation)
    expect(visitor.typing).not_to_be_empty()
    own.set_offline(True)
    expect(visitor.banner).to_have_text("You are offline. Reconnecting…")
    expect(visitor.typing).to_have_text("")  # the page no longer knows who's typing
    texts = ["One", "Two", "Three"]
    for text in texts:
        visitor.write(text)
        expect(visitor.message(text)).to_contain_text("Sending…")
    own.set_offline(False)
    visitor.wait_until_online()
    expect(visitor.widget.locator("article.sending")).to_have_count(0)
    expect(visitor.messages).to_have_text(["Hello", *texts])
    assert kit.agent().texts(visitor.conversation) == ["Hello", *texts]


def test_waiting_messages_survive_a_reload_and_go_out_once(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    hold_back_messages(own)
    for text in ("One", "Two"):
        visitor.write(text)
    expect(visitor.messages).to_have_text(["Hello", "One", "Two"])
    own.unroute(EVENTS)
    visitor.page.reload()
    expect(visitor.messages).to_have_text(["Hello", "One", "Two"])
    expect(visitor.message("Two")).to_contain_text(SENT)
    assert kit.agent().texts(visitor.conversation) == ["Hello", "One", "Two"]


def test_the_first_message_survives_a_reload_before_the_chat_opens(
    kit: Kit, visitor: Visitor
) -> None:
    visitor.open()
    visitor.page.route("**/api/new", lambda route: route.abort())
    visitor.write("Anybody there?")
    expect(visitor.banner).to_contain_text("Reconnecting")
    visitor.page.unroute("**/api/new")
    visitor.page.reload()
    expect(visitor.message("Anybody there?")).to_contain_text(SENT)
    assert kit.agent().texts(visitor.conversation) == ["Anybody there?"]


def is_message(route: Route) -> bool:
    """Return whether a request sends a message, rather than a typing signal."""
    return (route.request.post_data_json or {}).get("type") == "message"


def as_date(seconds: int) -> str:
    """Return the date some seconds from now, in HTTP's format."""
    return formatdate(time.time() + seconds + 1, usegmt=True)  # it has whole seconds


@pytest.mark.parametrize(("status", "written"), [(429, str), (503, as_date)])
def test_a_server_that_asks_for_time_gets_it_and_the_order_is_kept(
    kit: Kit,
    network_and_visitor: tuple[Network, Visitor],
    status: int,
    written: Callable[[int], str],
) -> None:
    _, visitor = network_and_visitor
    page, asked = visitor.page, []

    def refuse_twice(route: Route) -> None:
        if not is_message(route) or len(asked) == 2:
            route.fallback()
            return
        asked.append(time.monotonic())
        allowed = {"Access-Control-Allow-Origin": "*"}
        exposed = {"Access-Control-Expose-Headers": "Retry-After", **allowed}
        headers = {"Retry-After": written(2), **exposed}
        route.fulfill(status=status, headers=headers, body="{}")

    page.route(re.compile("/v0.3/conversations/.*/events"), refuse_twice)
    for text in ("Zero", "One", "Two"):
        visitor.write(text)
    expect(visitor.message("Two")).to_contain_text(SENT)
    assert asked[1] - asked[0] >= 2
    texts = ["Hello", "Zero", "One", "Two"]
    expect(visitor.messages).to_have_text(texts)
    assert kit.agent().texts(visitor.conversation) == texts


def test_the_page_waits_as_long_as_the_website_asks(visitor: Visitor) -> None:
    visitor.open()
    asked: list[float] = []

    def refuse_once(route: Route) -> None:
        asked.append(time.monotonic())
        if len(asked) > 1:
            route.fallback()
        else:
            route.fulfill(status=429, headers={"Retry-After": "2"}, body="{}")

    visitor.page.route("**/api/new", refuse_once)
    visitor.write("Hello")
    expect(visitor.message("Hello")).to_contain_text(SENT)
    assert asked[1] - asked[0] >= 2


def test_however_often_a_call_failed_it_is_repeated_within_twenty_seconds(
    kit: Kit, context: Contexts
) -> None:
    page = context().new_page()
    page.clock.install()
    page.goto(f"{kit.url}agent")
    page.evaluate(
        """async () => {
            const { patience } = await import('/web/chat-calls.js');
            patience({}, 8).then(() => { document.title = 'again'; });
        }"""
    )
    page.clock.fast_forward(20_000)
    expect(page).to_have_title("again")


def test_a_copy_of_a_tab_leaves_sending_to_the_tab(kit: Kit, context: Contexts) -> None:
    own = context()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    hold_back_messages(own)
    visitor.write("Only once")
    with visitor.page.expect_popup() as opened:  # it gets a copy of the tab's storage
        visitor.page.evaluate("open(location.href)")
    copy, name = opened.value, "sessionStorage['chat-page']"
    before = visitor.page.evaluate(name)
    copy.wait_for_function(f"before => {name} !== before", arg=before)
    expect(copy.locator("article > p:last-child")).to_have_text(["Hello"])


def test_only_a_message_that_can_never_be_sent_asks_the_visitor_and_blocks_nothing(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    _, visitor = network_and_visitor
    with visitor.messages_refused():
        visitor.write("Never")
        expect(visitor.message("Never")).to_contain_text("Not sent.")
    visitor.write("After it")
    expect(visitor.message("After it")).to_contain_text(SENT)
    button = try_again(visitor)
    button.focus()
    kit.agent().say(visitor.conversation, "Meanwhile")
    expect(visitor.messages).to_have_text(["Hello", "After it", "Meanwhile", "Never"])
    expect(button).to_be_focused()
    button.press("Enter")
    expect(visitor.message("Never")).to_contain_text(SENT)
    expect(visitor.field).to_be_focused()
    expect(try_again(visitor)).to_have_count(0)


def test_an_unsent_message_is_shown_after_the_earlier_ones(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    with kit.faults.refuse(503, path="/v2/rtc/**", user=visitor.name):
        kit.faults.drop_sockets(user=visitor.name)
        expect(visitor.banner).to_have_text("Reconnecting…")
        visitor.write("Mine")
        kit.agent().say(visitor.conversation, "Theirs")
    visitor.come_back()
    expect(visitor.message("Mine")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Hello", "Theirs", "Mine"])
    visitor.page.reload()
    expect(visitor.messages).to_have_text(["Hello", "Theirs", "Mine"])


def test_an_event_that_was_skipped_is_read_from_the_history(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    agent = kit.agent()
    leave_alone(visitor)
    agent.say(visitor.conversation, "One")
    expect(visitor.messages).to_have_text(["Hello", "One"])
    network.deaf = True
    agent.say(visitor.conversation, "Two")
    while not network.unheard:
        visitor.page.wait_for_timeout(50)
    network.deaf = False
    agent.say(visitor.conversation, "Three")
    expect(visitor.messages).to_have_text(["Hello", "One", "Two", "Three"])


def test_a_message_whose_answer_was_lost_is_found_in_the_history(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    network.deaf = network.lose_answers = True
    visitor.write("Stored?")
    expect(visitor.message("Stored?")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Hello", "Stored?"])
    assert kit.agent().texts(visitor.conversation) == ["Hello", "Stored?"]


def test_stored_messages_arent_sent_again_after_a_reload(
    kit: Kit, network_and_visitor: tuple[Network, Visitor]
) -> None:
    network, visitor = network_and_visitor
    network.deaf = network.lose_answers = network.lose_history = True
    visitor.write("Stored?")
    expect(visitor.message("Stored?")).to_contain_text("Sending…")
    while "Stored?" not in kit.agent().texts(visitor.conversation):
        visitor.page.wait_for_timeout(50)
    network.deaf = network.lose_answers = network.lose_history = False
    visitor.page.reload()
    expect(visitor.message("Stored?")).to_contain_text(SENT)
    expect(visitor.messages).to_have_text(["Hello", "Stored?"])
    assert kit.agent().texts(visitor.conversation) == ["Hello", "Stored?"]


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
