"""A visitor on the page and an agent talk to each other."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from people import SENT, Agent, Json, Kit, Visitor
from playwright.sync_api import BrowserContext, Route, expect
from waiting import eventually

Contexts = Callable[..., BrowserContext]

# Counts the tones, and how often the page asked if it's allowed to play one.
LISTEN = """
  window.sounds = window.asked = 0;
  window.AudioContext = class extends AudioContext {
    constructor() { super(); window.sounds++; }
  };
  const request = navigator.locks.request.bind(navigator.locks);
  navigator.locks.request = (...given) => request(...given).finally(() => asked++);
"""

# The history, with the SDK's default settings.
HISTORY = """async () => {
  const answer = await fetch("api/new", { method: "POST" });
  const { conversation, jwt, sdk } = await answer.json();
  const { VonageClient } = await import("./sdk/vonageClientSDK.min.mjs");
  const client = new VonageClient();
  client.setConfig(sdk);
  await client.createSession(jwt);
  const { events } = await client.getConversationEvents(conversation.id, {});
  return JSON.parse(JSON.stringify(events));
}"""

MARKUP = [
    "<img src=https://evil.example/x.png onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "[click](javascript:alert(1))",
    "javascript:alert(1)",
    "![x](https://evil.example/y.png)",
    "data:text/html,<script>alert(1)</script>",
    '"><a href="javascript:alert(1)">x</a>',
    "&lt;b&gt;not bold&lt;/b&gt;",
]


@pytest.fixture
def agent(kit: Kit) -> Agent:
    return kit.agent()


def test_the_visitor_writes_the_agent_answers_and_both_see_both(
    visitor: Visitor, agent: Agent
) -> None:
    visitor.open()
    visitor.write("Do you ship to Norway?")
    expect(visitor.message("Do you ship to Norway?")).to_contain_text(SENT)
    agent.say(visitor.conversation, "We do.")
    expect(visitor.messages).to_have_text(["Do you ship to Norway?", "We do."])
    expect(visitor.message("We do.")).to_contain_text("Support Agent")
    expect(visitor.message("Do you ship to Norway?")).to_have_class(re.compile("me"))
    assert agent.texts(visitor.conversation) == ["Do you ship to Norway?", "We do."]


def test_the_sdk_reads_a_history_in_which_receipts_were_given(
    visitor: Visitor, agent: Agent
) -> None:
    visitor.open()
    visitor.write("Hello")
    expect(visitor.message("Hello")).to_contain_text(SENT)
    agent.say(visitor.conversation, "Hello to you")
    expect(visitor.messages).to_have_count(2)
    me = visitor.chat["member"]["id"]

    def received() -> list[Json]:
        events = visitor.page.evaluate(HISTORY)
        return events if me in (events[-1]["memberStatuses"] or {}) else []

    # A moment later, the message says who has received it.
    events = eventually(received)
    assert [event["kind"] for event in events] == [
        "member:joined",
        "member:joined",
        "message:text",
        "message:text",
    ]


def test_messages_written_before_the_chat_connects_go_out(
    visitor: Visitor, agent: Agent
) -> None:
    held: list[Route] = []
    visitor.page.route("**/web/chat-conversation.js", lambda route: held.append(route))
    visitor.launcher.click()
    visitor.write("Too fast?")
    expect(visitor.field).to_have_value("Too fast?")
    while not held:
        visitor.page.wait_for_timeout(50)
    held[0].continue_()
    expect(visitor.message("Too fast?")).to_contain_text(SENT)
    assert agent.texts(visitor.conversation) == ["Too fast?"]


def test_text_is_shown_exactly_as_it_was_written(
    visitor: Visitor, agent: Agent
) -> None:
    texts = ["I can't log in & <b>x</b>", 'AT&T "quoted" |/']
    visitor.open()
    for text in texts:
        visitor.write(text)
        expect(visitor.message(text)).to_contain_text(SENT)
    assert agent.texts(visitor.conversation) == texts
    assert visitor.messages.all_inner_texts() == texts


def test_markup_in_a_message_does_nothing(visitor: Visitor, agent: Agent) -> None:
    visitor.page.on("dialog", lambda dialog: visitor.errors.append(dialog.message))
    visitor.begin(MARKUP[0])
    for text in MARKUP:
        agent.say(visitor.conversation, text)
    expect(visitor.messages).to_have_count(len(MARKUP) + 1)
    assert set(visitor.messages.all_inner_texts()) == set(MARKUP)
    expect(visitor.messages.locator(":not(a)")).to_have_count(0)
    links = visitor.messages.locator("a")
    for link in links.all():
        assert (link.get_attribute("href") or "").startswith("https://evil.example/")
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(links).to_have_count(3)
    assert not [r for r in visitor.requests if "evil.example" in r.url]
    assert visitor.page.evaluate("violations") == []


def test_a_reload_keeps_the_history_the_draft_and_the_open_window(
    visitor: Visitor, agent: Agent
) -> None:
    visitor.open()
    visitor.write("First")
    expect(visitor.message("First")).to_contain_text("Sent")
    agent.receive(visitor.conversation, 3)  # two members joined before
    expect(visitor.message("First")).to_contain_text("Delivered")
    agent.say(visitor.conversation, "Second")
    expect(visitor.messages).to_have_text(["First", "Second"])
    visitor.field.fill("half a thou")
    conversation = visitor.conversation
    visitor.page.reload()
    expect(visitor.messages).to_have_text(["First", "Second"])
    expect(visitor.field).to_have_value("half a thou")
    expect(visitor.message("First")).to_contain_text("Delivered")
    expect(visitor.log.get_by_text("How can we help")).to_have_count(1)
    assert visitor.conversation == conversation


def test_another_visitor_gets_a_different_conversation_and_token(
    kit: Kit, visitor: Visitor, context: Contexts, agent: Agent
) -> None:
    other = Visitor(context(), kit.url)
    for each in (visitor, other):
        each.begin()
    assert visitor.conversation != other.conversation
    assert visitor.chat["user"]["id"] != other.chat["user"]["id"]
    assert visitor.chat["jwt"] != other.chat["jwt"]
    agent.say(visitor.conversation, "For one")
    agent.say(other.conversation, "For the other")
    expect(visitor.messages).to_have_text(["Hello", "For one"])
    expect(other.messages).to_have_text(["Hello", "For the other"])


def test_messages_are_counted_while_the_window_is_closed(
    visitor: Visitor, agent: Agent
) -> None:
    visitor.begin()
    visitor.launcher.click()
    expect(visitor.panel).to_be_hidden()
    agent.say(visitor.conversation, "Hello?")
    agent.say(visitor.conversation, "Still there?")
    expect(visitor.launcher).to_have_accessible_name(
        "Open live chat, 2 unread messages"
    )
    visitor.launcher.click()
    expect(visitor.launcher).to_have_accessible_name("Close live chat")
    expect(visitor.messages).to_have_text(["Hello", "Hello?", "Still there?"])
    visitor.launcher.click()
    visitor.page.reload()
    visitor.wait_until_online()
    expect(visitor.launcher).to_have_accessible_name("Open live chat")


def test_only_one_of_two_tabs_plays_a_sound_and_both_share_whats_read(
    kit: Kit, context: Contexts, agent: Agent
) -> None:
    tabs = two_tabs(kit, context)

    def heard(after_asking: int) -> int:
        for tab in tabs:
            while tab.page.evaluate("asked") < after_asking:
                tab.page.clock.fast_forward(500)
        return sum(tab.page.evaluate("sounds") for tab in tabs)

    agent.say(tabs[0].conversation, "Hello?")
    for tab in tabs:
        expect(tab.launcher).to_have_accessible_name("Open live chat, 1 unread message")
    assert heard(after_asking=1) == 1
    tabs[0].launcher.click()
    expect(tabs[0].messages).to_have_text(["Hello", "Hello?"])
    expect(tabs[1].launcher).to_have_accessible_name("Open live chat")
    agent.say(tabs[0].conversation, "Still there?")
    assert heard(after_asking=2) == 1


def two_tabs(kit: Kit, context: Contexts) -> list[Visitor]:
    """Return two tabs of one visitor: both connected, their windows closed again."""
    person = context()
    person.add_init_script(LISTEN)
    person.clock.install()
    tabs = [Visitor(person, kit.url) for _ in range(2)]
    tabs[0].begin()
    tabs[1].open()
    for tab in tabs:
        expect(tab.messages).to_have_text(["Hello"])
        tab.launcher.click()
        expect(tab.panel).to_be_hidden()
    assert tabs[0].conversation == tabs[1].conversation
    return tabs


def test_two_tabs_that_start_at_the_same_time_share_one_conversation(
    kit: Kit, context: Contexts, agent: Agent
) -> None:
    person = context()
    tabs = [Visitor(person, kit.url) for _ in range(2)]
    for tab in tabs:
        tab.open()
        tab.field.fill("Hello")
    for tab in tabs:
        send = "form => setTimeout(() => form.requestSubmit())"
        tab.widget.locator("form").evaluate(send)
    for tab in tabs:
        expect(tab.messages).to_have_text(["Hello", "Hello"])
    assert tabs[0].conversation == tabs[1].conversation
    assert agent.texts(tabs[0].conversation) == ["Hello", "Hello"]


def test_a_messages_state_goes_from_sent_to_seen_and_survives_a_reload(
    visitor: Visitor, agent: Agent
) -> None:
    visitor.begin()
    stored = agent.messages(visitor.conversation)[0]["id"]
    agent.receive(visitor.conversation, stored)
    expect(visitor.message("Hello")).to_contain_text("Delivered")
    agent.see(visitor.conversation, stored)
    expect(visitor.message("Hello")).to_contain_text("Seen")
    agent.receive(visitor.conversation, stored)  # reported again, later
    visitor.page.reload()
    expect(visitor.message("Hello")).to_contain_text("Seen")


def test_the_agent_learns_what_the_visitor_has_read_even_after_refusals(
    kit: Kit, visitor: Visitor, agent: Agent
) -> None:
    visitor.begin()
    me = visitor.chat["member"]["id"]

    def seen_by() -> Json:
        stored = agent.messages(visitor.conversation)[1]
        return stored.get("state", {}).get("seen_by", {})

    sending = "/**/conversations/*/events"
    refuse = partial(kit.faults.refuse, 503, path=sending, method="POST")
    with refuse(user=visitor.name, times=3) as fault:
        agent.say(visitor.conversation, "Yes?")
        expect(visitor.messages).to_have_text(["Hello", "Yes?"])
        while me not in seen_by():
            visitor.page.wait_for_timeout(50)
        assert fault.met == 3


def test_the_visitor_sees_the_agent_typing_until_they_stop_or_send(
    kit: Kit, context: Contexts, agent: Agent
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.begin()
    agent.type(visitor.conversation)
    expect(visitor.typing).to_have_text("Support Agent is typing…")
    agent.type(visitor.conversation, False)
    expect(visitor.typing).to_have_text("")
    agent.type(visitor.conversation)
    expect(visitor.typing).to_have_text("Support Agent is typing…")
    agent.say(visitor.conversation, "Yes?")
    expect(visitor.messages).to_have_text(["Hello", "Yes?"])
    expect(visitor.typing).to_have_text("")
    agent.type(visitor.conversation)  # the agent stops without saying so
    expect(visitor.typing).to_have_text("Support Agent is typing…")
    own.clock.fast_forward(6000)
    expect(visitor.typing).to_have_text("")


def test_typing_is_reported_now_and_then_and_its_end_once(
    kit: Kit, context: Contexts
) -> None:
    own = context()
    own.clock.install()
    visitor = Visitor(own, kit.url)
    visitor.begin()

    def told() -> list[bool]:
        posts = (r for r in visitor.requests if r.method == "POST")
        bodies = [post.post_data_json or {} for post in posts]
        return [b["body"]["typing"] for b in bodies if b.get("type") == "ephemeral"]

    own.clock.fast_forward(1500)
    before = len(told())
    visitor.field.press_sequentially("Hello")
    own.clock.fast_forward(1500)
    visitor.field.press_sequentially(" there")
    own.clock.fast_forward(5000)
    while len(told()) < before + 3:
        visitor.page.wait_for_timeout(50)
    assert told()[before:] == [True, True, False]


def test_the_senders_name_only_appears_where_the_sender_changes(
    visitor: Visitor,
) -> None:
    visitor.open()
    visitor.fill(
        [
            {"id": 3, "name": "Ada", "text": "A", "at": "2026-03-01T23:50:00"},
            {"id": 4, "name": "Ada", "text": "B", "at": "2026-03-01T23:51:00"},
            {"id": 5, "name": "Ada", "text": "C", "at": "2026-03-01T23:58:00"},
            {"id": 6, "name": "Ben", "text": "D", "at": "2026-03-01T23:59:00"},
            {"id": 7, "name": "Ben", "text": "E", "at": "2026-03-02T00:01:00"},
        ]
    )
    expect(visitor.messages).to_have_text(["A", "B", "C", "D", "E"])
    days = visitor.log.locator(".day:not(:empty)")
    expect(days).to_have_text(["Sunday, March 1, 2026", "Monday, March 2, 2026"])
    lines = visitor.log.locator("time")
    clips = lines.evaluate_all("all => all.map(e => getComputedStyle(e).clipPath)")
    assert [clip == "none" for clip in clips] == [False, True, True, True, True]
    for line in lines.all():  # a screen reader reads every name
        expect(line).to_contain_text(re.compile("Ada|Ben"))


def test_the_first_of_sixty_messages_can_be_reached_and_reading_isnt_disturbed(
    visitor: Visitor, agent: Agent
) -> None:
    visitor.begin()
    texts = ["Hello", *(f"Message {number}" for number in range(60))]
    visitor.page.context.set_offline(True)  # it's quicker to read them all at once
    for text in texts[1:]:
        agent.say(visitor.conversation, text)
    visitor.page.context.set_offline(False)
    expect(visitor.messages).to_have_text(texts)
    expect(visitor.messages.last).to_be_in_viewport()
    visitor.log.focus()
    visitor.page.keyboard.press("Home")
    expect(visitor.messages.first).to_be_in_viewport()
    agent.say(visitor.conversation, "New")
    jump = visitor.page.get_by_role("button", name="1 new message")
    expect(jump).to_be_visible()
    expect(visitor.messages.first).to_be_in_viewport()
    jump.click()
    expect(visitor.messages.last).to_be_in_viewport()
    expect(jump).to_be_hidden()
    expect(visitor.log).to_be_focused()
    visitor.page.reload()
    expect(visitor.messages).to_have_text([*texts, "New"])
    expect(visitor.messages.last).to_be_in_viewport()


def test_a_short_conversation_is_at_the_bottom(visitor: Visitor) -> None:
    visitor.open()
    visitor.write("Hello")
    expect(visitor.message("Hello")).to_contain_text(SENT)
    log, message = visitor.log.bounding_box(), visitor.messages.bounding_box()
    assert log is not None and message is not None
    assert message["y"] > log["y"] + log["height"] / 2
