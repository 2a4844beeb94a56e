"""A customer and an agent, each in a browser, through the proxy."""

import time
from collections.abc import Iterator

import headless
import pytest
from playwright.sync_api import Browser, expect
from web.people import SENT, AgentPage, Visitor

from livechat_helpers.agent_links import link_code

from .machine import Machine


@pytest.fixture(scope="module")
def browser(online: Machine) -> Iterator[Browser]:
    """A Chromium that knows the machine's names, and trusts its certificate."""
    with headless.chromium(*online.browser_flags()) as launched:
        yield launched


def somebody_new(machine: Machine) -> str:
    """Open another visitor's chat, write something, and return its conversation."""
    with machine.client() as visitor:
        chat = visitor.post("/api/new").raise_for_status().json()
        room: str = chat["conversation"]["id"]
        told = {"Authorization": f"Bearer {chat['jwt']}"}
        if machine.engine == "matrix":
            path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/1"
            body = {"msgtype": "m.text", "body": "Is anybody there?"}
            sent = visitor.put(machine.engine_url + path, json=body, headers=told)
        else:
            path = f"/v0.3/conversations/{room}/events"
            text = {"message_type": "text", "text": "Is anybody there?"}
            body = {"type": "message", "from": chat["member"]["id"], "body": text}
            sent = visitor.post(machine.engine_url + path, json=body, headers=told)
        sent.raise_for_status()
    return room


def test_a_chat_continues_both_ways_while_a_website_process_dies_and_then_ends(
    online: Machine, browser: Browser
) -> None:
    machine = online
    mine, theirs = browser.new_context(), browser.new_context()
    visitor = Visitor(mine, machine.url)
    sockets: list[str] = []
    visitor.page.on("websocket", lambda socket: sockets.append(socket.url))
    code = link_code(machine.engine_dir)
    desk = AgentPage(theirs, machine.url, code)
    visitor.begin("Before")
    desk.find(visitor).click()
    desk.write("Both are here")
    expect(visitor.message("Both are here")).to_be_visible()
    for number in ("1", "2"):  # either process may have the agent's events
        name = f"livechat-website@{number}"
        machine.kill(name)
        visitor.write(f"Without {number}")
        expect(visitor.message(f"Without {number}")).to_contain_text(SENT)
        expect(desk.messages.last).to_have_text(f"Without {number}")
        desk.write(f"Answer without {number}")
        expect(visitor.message(f"Answer without {number}")).to_be_visible()
        # The page learns of a new visitor only through the website's webhooks.
        desk.search.fill("")
        expect(desk.page.locator(f"[id='row-{somebody_new(machine)}']")).to_be_visible()
        machine.start("livechat-website@", number, again=True)  # as systemd does
        machine.wait_for(f"800{number}", "/health")
    visitor.page.reload()
    desk.page.reload()
    said = [
        *("Before", "Both are here", "Without 1", "Answer without 1"),
        *("Without 2", "Answer without 2"),
    ]
    visitor.wait_until_online()
    expect(visitor.messages).to_have_text(said)
    desk.find(visitor).click()
    expect(desk.messages).to_have_text(said)
    expect(visitor.message("Without 2")).to_contain_text("Seen")
    desk.field.press_sequentially("By")
    expect(visitor.typing).to_contain_text("typing")
    desk.page.get_by_role("button", name="End chat").click()
    desk.page.get_by_label("Reason").fill("Solved")
    desk.page.get_by_role("dialog").get_by_role("button", name="End chat").click()
    expect(visitor.log).to_contain_text("Solved")
    visitor.panel.get_by_role("radio", name="5 of 5 stars").check()
    visitor.panel.get_by_role("button", name="Send rating").click()
    expect(visitor.panel.get_by_text("Thank you for your rating.")).to_be_visible()
    assert visitor.errors == desk.errors == []
    for page in (visitor.page, desk.page):
        assert page.evaluate("violations") == []
        assert page.evaluate("isSecureContext")
    called = [request.url for request in visitor.requests]
    assert {url.partition("://")[0] for url in called} == {"https"}, "mixed content"
    if machine.engine == "matrix":
        assert any(f"{machine.engine_url}/_matrix" in url for url in called)
    else:
        assert sockets
    assert all(url.startswith("wss://engine.example.org") for url in sockets)
    mine.close()
    theirs.close()


def test_events_pass_the_proxy_as_they_happen(online: Machine) -> None:
    """The proxy doesn't hold the stream back, even if there's little in it."""
    machine = online
    code = link_code(machine.engine_dir)
    with machine.client() as agent, machine.client() as visitor:
        agent.post("/api/jwt/agent", json={"code": code}).raise_for_status()
        with agent.stream("GET", "/api/agent/events") as stream:
            lines = stream.iter_lines()
            assert next(lines).startswith("retry:")
            began = time.monotonic()
            chat = visitor.post("/api/new").json()
            conversation = chat["conversation"]["id"]
            assert any(conversation in line for line in lines)
            assert time.monotonic() - began < 20
