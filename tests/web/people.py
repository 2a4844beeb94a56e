"""The participants of browser tests: the running kit, a visitor, an agent."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import httpx
from playwright.sync_api import (
    BrowserContext,
    Error,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from livechat_helpers import engines, places
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.sandbox.remote.faults import Faults
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import FRONT_DESK, SupportDesk

Json = dict[str, Any]

PATIENCE = 60_000
"""Milliseconds that a condition can take; two slow cores need more than the default."""

WATCH_VIOLATIONS = """
    window.violations = [];
    addEventListener('securitypolicyviolation', event =>
        violations.push(event.violatedDirective + ' ' + event.blockedURI));
"""

FILL = """async (widget, messages) => {
    const from = path => import(new URL(`web/${path}`, document.baseURI));
    const { ChatLog, view } = await from('chat-log.js');
    const log = new ChatLog();
    for (const { id, name, text, at } of messages) {
        const from = { kind: 'embeddedInfo', memberId: name, user: { id: name, name } };
        const kind = 'message:text';
        log.take({ id, kind, from, body: { text }, timestamp: at }, 'me');
    }
    widget.render({ ...widget.view, ...view(log) });
}"""

# Removes it and adds it again, each time with a chat that begins and ends.
AGAIN = """async (widget, times) => {
    const parent = widget.parentNode;
    for (let time = 0; time < times; time++) {
        widget.remove();
        await new Promise(resolve => setTimeout(resolve));
        parent.append(widget);
        await new Promise(resolve => setTimeout(resolve));
    }
}"""

IN_ARABIC = """
    new MutationObserver((_, observer) => {
        const root = document.documentElement;
        if (!root) return;
        Object.assign(root, { lang: 'ar', dir: 'rtl' });
        observer.disconnect();
    }).observe(document, { childList: true });
"""

SENT = re.compile("Sent|Delivered|Seen")


class Server:
    """A program of the kit that prints one JSON line when it's ready."""

    def __init__(
        self, module: str, *arguments: str, home: Path, mode: str = "sandbox"
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=places.ROOT,
            env={**os.environ, "LIVECHAT_HOME": str(home), "VONAGE_MODE": mode},
            stdout=subprocess.PIPE,
            text=True,
        )
        out: IO[str] | None = self._process.stdout
        assert out is not None
        line = out.readline()
        assert line, f"{module} ended before it was ready"
        self.ready: Json = json.loads(line)
        self.pid: int = self.ready.get("pid", self._process.pid)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it if it's still running, and wait until it's gone."""
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()


class Kit:
    """An engine and the website that uses it, in a separate folder.

    engine: ``sandbox`` or ``matrix``.
    """

    def __init__(self, folder: Path, engine: str = "sandbox") -> None:
        self._folder = folder
        self.engine = engine
        self.data = folder / engine
        self.sandbox = self._start_engine("0", "0")
        self.website = self._start_website("0")
        self.url: str = self.website.ready["url"] + "/"
        self._desks: dict[str, SupportDesk] = {}

    def _start_engine(self, http_port: str, tls_port: str) -> Server:
        if self.engine == "matrix":
            started = ("livechat_helpers", "matrix", "--data-dir", str(self.data))
            return Server(*started, home=self._folder, mode="matrix")
        return Server(
            "livechat_helpers.sandbox.server",
            *("--http-port", http_port, "--tls-port", tls_port),
            *("--data-dir", str(self.data)),
            home=self._folder,
        )

    def _start_website(self, port: str) -> Server:
        return Server(
            "livechat_helpers.website",
            *("--port", port, "--sandbox-dir", str(self.data)),
            home=self._folder,
            mode=self.engine,
        )

    def start_sandbox_again(self) -> None:
        """Start the engine on the same ports as before."""
        ready = self.sandbox.ready
        ports = [ready.get(name, "").rpartition(":")[2] for name in ("http", "tls")]
        self.sandbox = self._start_engine(*ports)

    def start_website_again(self) -> None:
        """Start the website on the same port as before."""
        self.website = self._start_website(self.url.rstrip("/").rpartition(":")[2])

    def desk(self) -> SupportDesk:
        """Return the front desk, on either engine."""
        settings = self._settings()
        return SupportDesk.on(engines.connect(settings, self.data), settings)

    def _settings(self) -> Settings:
        return Settings.load().model_copy(update={"mode": self.engine})

    def end_tokens(self, user: str) -> None:
        """Expire a user's tokens early. user: the name."""
        matrix = engines.connect(self._settings(), self.data).matrix
        if matrix is None:
            self.faults.expire_tokens(user=user, lasting=1)
        else:
            matrix.calls("POST", "/logout/all", {}, acting=matrix.people.id_of(user))
            matrix.minter.mint(user)  # the device is gone, and its tokens with it

    @cached_property
    def faults(self) -> Faults:
        """Faults between a page and the sandbox."""
        return connect(self.data).faults

    @property
    def agent_password(self) -> str:
        """The link that opens the agent page."""
        return (self.data / "agent-password").read_text()

    def agent(self, name: str = FRONT_DESK) -> "Agent":
        """Return an agent without a browser, by name."""
        if name not in self._desks:
            self._desks[name] = SupportDesk.open(self.data, agent=name)
        token = self._desks[name].agent_token()
        return Agent(self.sandbox.ready["http"], token)

    def stop(self) -> None:
        """End both."""
        self.website.stop()
        self.sandbox.stop()


class Agent:
    """The support agent as a Python program: plain REST with the agent's token.

    sandbox: its address. token: the agent's.
    """

    def __init__(self, sandbox: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=f"{sandbox}/v0.3/conversations/",
            headers={"Authorization": f"Bearer {token}"},
            verify=False,  # there's no TLS, so don't read certificates
        )

    def _post(self, conversation: str, kind: str, body: Json) -> int | None:
        event = {"type": kind, "body": body}
        answer = self._http.post(f"{conversation}/events", json=event)
        return answer.raise_for_status().json().get("id")

    def say(self, conversation: str, text: str) -> int | None:
        """Send a text message and return its id."""
        body = {"message_type": "text", "text": text}
        return self._post(conversation, "message", body)

    def say_as_in_2019(self, conversation: str, text: str) -> None:
        """Send a text message of the kind that the 2019 SDK understands."""
        self._post(conversation, "text", {"text": text})

    def type(self, conversation: str, typing: bool = True) -> None:
        """Report that the agent is typing, or has stopped."""
        self._post(conversation, "ephemeral", {"typing": typing})

    def receive(self, conversation: str, event: int) -> None:
        """Report that a message has arrived, as every SDK does automatically."""
        self._post(conversation, "message:delivered", {"event_id": event})

    def see(self, conversation: str, event: int) -> None:
        """Report that a message has been read."""
        self._post(conversation, "message:seen", {"event_id": event})

    def forge(self, conversation: str, kind: str, body: Json) -> None:
        """Send an event that only the application can send."""
        self._post(conversation, kind, body)

    def messages(self, conversation: str) -> list[Json]:
        """Return every stored message, in order."""
        messages: list[Json] = []
        query: Json = {"page_size": 100, "order": "asc", "event_type": "message"}
        while True:
            answer = self._http.get(f"{conversation}/events", params=query)
            page = answer.raise_for_status().json()
            messages += page["_embedded"]["events"]
            following = page["_links"].get("next")
            if following is None:
                return messages
            query["cursor"] = httpx.URL(following["href"]).params["cursor"]

    def texts(self, conversation: str) -> list[str]:
        """Return the text of every stored message, in order."""
        return [event["body"]["text"] for event in self.messages(conversation)]


class Caller:
    """A visitor without a browser, whose chat has been opened.

    desk: opens the chat; sharing one is faster than one for each caller.
    """

    def __init__(self, desk: SupportDesk) -> None:
        self._desk = desk
        self.chat: Json = self._desk.open_chat()
        self.conversation: str = self.chat["conversation"]["id"]

    def write(self, text: str) -> None:
        """Send a message."""
        member = self.chat["member"]["id"]
        self._desk.conversations.send_text(self.conversation, text, member=member)

    def send(self, event: Json) -> None:
        """Send any event."""
        mine = {**event, "from": self.chat["member"]["id"]}
        self._desk.conversations.send_event(self.conversation, mine)

    def texts(self) -> list[str]:
        """Return the messages in the chat."""
        stored = self._desk.conversations.events(
            self.conversation, event_type="message"
        )
        return [event["body"]["text"] for event in stored]

    def end(self) -> None:
        """End the chat."""
        self._desk.close_chat(self.conversation, by="visitor")


class Visitor:
    """A visitor on the customer page, in a separate browser context."""

    def __init__(
        self, context: BrowserContext, url: str, *, arabic: bool = False
    ) -> None:
        self._chat: Json = {}
        self.requests: list[Request] = []
        self.errors: list[str] = []
        self.said: list[str] = []  # by the console
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request))
        self.page.on("requestfinished", self._notice)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.add_init_script(WATCH_VIOLATIONS)
        if arabic:
            self.page.add_init_script(IN_ARABIC)
        self.page.goto(url)
        self.widget = self.page.locator("chat-widget")
        self.launcher = self.widget.locator(".launcher")
        self.panel = self.page.get_by_role("dialog")
        self.log = self.page.get_by_role("log")
        self.field = self.panel.get_by_role("textbox")
        self.messages = self.log.locator("article > p:last-child")
        self.banner = self.widget.locator(".banner")
        self.typing = self.widget.locator(".typing")

    def _notice(self, request: Request) -> None:
        if request.url.endswith(("/api/new", "/api/chat")):
            answer = request.response()
            with suppress(Error):  # the visitor has left the page by now
                if answer is not None and answer.ok:
                    found = answer.json()
                    self._chat = found.get("chat", found) or self._chat

    @property
    def chat(self) -> Json:
        """What the website says about the visitor's chat, once the chat has begun."""
        for _ in range(PATIENCE // 50):
            if self._chat:
                break
            self.page.wait_for_timeout(50)
        return self._chat

    @contextmanager
    def messages_refused(self) -> Iterator[None]:
        """Permanently refuse every message that's sent during the block."""

        def refuse(route: Route) -> None:
            if (route.request.post_data_json or {}).get("type") != "message":
                route.fallback()
                return
            allowed = {"Access-Control-Allow-Origin": "*"}
            route.fulfill(status=400, headers=allowed, body="{}")

        events = re.compile("/v0.3/conversations/.*/events")
        self.page.route(events, refuse)
        yield
        self.page.unroute(events)

    @property
    def asked_for_chat(self) -> list[Request]:
        """The page's requests to the website for its chat."""
        return [r for r in self.requests if r.url.endswith(("/api/new", "/api/chat"))]

    @property
    def history(self) -> list[Request]:
        """The page's requests for the history."""
        return [r for r in self.requests if "/events?" in r.url]

    @property
    def conversation(self) -> str:
        """The id of the visitor's conversation."""
        return self.chat["conversation"]["id"]

    @property
    def name(self) -> str:
        """The name of the visitor's user."""
        return self.chat["user"]["name"]

    def open(self) -> None:
        """Open the window and wait until the website has answered."""
        self.launcher.click()
        self.wait_until_online()

    def begin(self, text: str = "Hello") -> None:
        """Open the chat with a first message, which creates the conversation."""
        self.open()
        self.write(text)
        expect(self.message(text)).to_contain_text(SENT)

    def hear(self, agent: Agent, text: str) -> None:
        """Let the agent write something."""
        agent.say(self.conversation, text)

    def wait_until_online(self) -> None:
        """Wait until the chat is connected, up to date, and shows no state."""
        expect(self.widget).to_have_attribute(
            "data-connection", "online", timeout=90_000
        )
        expect(self.banner).to_have_text("")

    def come_back(self) -> None:
        """Advance the page's installed clock until the chat is online."""
        while self.widget.get_attribute("data-connection") != "online":
            self.page.clock.fast_forward(1000)

    def write(self, text: str) -> None:
        """Type a message and send it with Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def fill(self, messages: list[Json]) -> None:
        """Show messages that no server has."""
        self.widget.evaluate(FILL, messages)

    def message(self, text: str) -> Locator:
        """Return the whole message with exactly this text."""
        words = self.page.get_by_text(text, exact=True)
        return self.log.get_by_role("article").filter(has=words)


class AgentPage:
    """A support agent in a browser.

    code: the one in a link from the notebook, if the agent follows one.
    """

    def __init__(self, context: BrowserContext, url: str, code: str = "") -> None:
        self.errors: list[str] = []
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.add_init_script(WATCH_VIOLATIONS)
        self.page.goto(f"{url}agent{code and f'#{code}'}")
        self.log = self.page.get_by_role("log")
        self.messages = self.log.locator("article > p:last-child")
        self.field = self.page.get_by_role("textbox", name="Your message")
        self.search = self.page.get_by_role("searchbox")
        self.open = self.page.get_by_role("list", name="Open").get_by_role("button")
        self.past = self.page.get_by_role("list", name="Ended").get_by_role("button")

    def sign_in(self, password: str) -> None:
        """Enter a password."""
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def row(self, visitor: Visitor | Caller) -> Locator:
        """Return a visitor's row in the list of chats, if it's in view."""
        return self.page.locator(f"[id='row-{visitor.conversation}']")

    def find(self, visitor: Visitor | Caller) -> Locator:
        """Search for a visitor by name and return the visitor's row."""
        self.search.fill(visitor.chat["user"]["display_name"])
        return self.row(visitor)

    def write(self, text: str) -> None:
        """Type a message into the chosen conversation and send it."""
        self.field.fill(text)
        self.field.press("Enter")
