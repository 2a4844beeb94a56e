"""The browser SDKs of both generations, unmodified, in a real Chromium."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import headless
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from playwright.sync_api import Browser, Page, expect
from sandbox.callers import Application, Caller
from sandbox.conftest import StepClock
from sandbox.running import Json
from sandbox.test_realtime import open_sessions
from waiting import eventually

from livechat_helpers import places

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
FOLDERS = {
    "pages": HERE / "pages",
    "client-sdk": places.ROOT / "web/node_modules/@vonage/client-sdk/dist",
    **{
        name: MODULES / name / "dist"
        for name in ("nexmo-client-6", "nexmo-client-9", "nexmo-client-seed")
    },
}
PATIENCE = 60_000  # milliseconds


class Website(ThreadingHTTPServer):
    """Serves the pages and their SDKs, and answers a page's calls to its own server."""

    def __init__(self) -> None:
        self.answers: dict[str, Json] = {}
        super().__init__(("127.0.0.1", 0), partial(_Handler, self.answers))
        self.url = f"http://127.0.0.1:{self.server_port}/pages/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, answers: dict[str, Json], *given: Any) -> None:
        self._answers = answers
        super().__init__(*given)

    def do_GET(self) -> None:
        answer = self._answers.get(self.path)
        if answer is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        # The system's table may not have it, and a module needs the right type.
        is_module = str(path).endswith(".mjs")
        return "text/javascript" if is_module else super().guess_type(path)

    def translate_path(self, path: str) -> str:
        folder, _, file = urlsplit(path).path.lstrip("/").partition("/")
        return str(FOLDERS.get(folder, FOLDERS["pages"]) / file)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def website() -> Iterator[Website]:
    """The server of the pages."""
    with Website() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def chromium(ready: Json) -> Iterator[Browser]:
    """A browser that reaches the sandbox under Vonage's 2019 host names."""
    secure = urlsplit(ready["tls"]).netloc
    here = f"--host-resolver-rules=MAP *.nexmo.com:443 {secure}"
    with headless.chromium(here, "--ignore-certificate-errors") as launched:
        yield launched


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, website: Website) -> Iterator[OpenPage]:
    """Return a function that opens a page in a new profile.

    No page may have an error on it.
    """
    errors: list[str] = []
    contexts = []

    def open_one(path: str) -> Page:
        context = chromium.new_context()
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(website.url + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


DropSockets = Callable[[], Callable[[], bool]]


@pytest.fixture
def drop_sockets(account: Caller, app: Application) -> DropSockets:
    """Return a function that cuts every websocket of the application.

    It returns a function that says whether a client is connected again. An SDK reports
    a new connection earlier than that, and misses what's sent in between.
    """

    def drop() -> Callable[[], bool]:
        last = account.get("/_sandbox/trace", limit=0).json()["last"]
        order = {"kind": "drop_sockets", "application": app.id}
        answer = account.post("/_sandbox/faults", order)
        assert answer.status_code == 201, answer.text

        def is_back() -> bool:
            trace = account.get("/_sandbox/trace", after=last).json()
            return any(e.get("event") == "session:success" for e in trace["entries"])

        return is_back

    return drop


@pytest.fixture
def no_sockets(account: Caller) -> Callable[[], AbstractContextManager[None]]:
    """Return a context manager that lets no websocket in."""

    @contextmanager
    def refused() -> Iterator[None]:
        order = {"kind": "refuse", "status": 503, "path": "/v2/rtc/**"}
        answer = account.post("/_sandbox/faults", order)
        assert answer.status_code == 201, answer.text
        yield
        account.delete(f"/_sandbox/faults/{answer.json()['id']}")

    return refused


# client-sdk 2.3.1


class Client:
    """A page with client-sdk 2.3.1.

    ready: the sandbox's ready line. token: its user's, if there's one yet.
    """

    def __init__(self, page: Page, ready: Json) -> None:
        self.page = page
        page.wait_for_function("() => window.heard")
        urls = {"apiUrl": ready["http"], "websocketUrl": ready["http"]}
        page.evaluate("urls => sdk.setConfig(urls)", urls)

    def call(self, name: str, *given: Any) -> Any:
        """Call a method of the SDK and return what it resolves to."""
        return self.page.evaluate(
            "([name, ...given]) => sdk[name](...given)", [name, *given]
        )

    def happened(self, name: str) -> list[Any]:
        """Return what the SDK has reported under a name so far."""
        return self.page.evaluate(
            "name => JSON.parse(JSON.stringify(heard[name]))", name
        )

    def events(self, *kinds: str) -> list[Json]:
        """Return the conversation events of some kinds so far."""
        return [e for e in self.happened("conversationEvent") if e["kind"] in kinds]

    def texts(self) -> list[str]:
        """Return the texts received so far."""
        return [event["body"]["text"] for event in self.events("message:text")]


LogIn = Callable[..., Client]


@pytest.fixture
def log_in(open_page: OpenPage, app: Application, ready: Json) -> LogIn:
    """Return a function that opens a session of client-sdk."""

    def open_session(name: str, seconds: int = 900) -> Client:
        client = Client(open_page("client_sdk.html"), ready)
        client.call("createSession", app.token(name, seconds=seconds))
        return client

    return open_session


def test_client_sdk_talks_both_ways(app: Application, log_in: LogIn) -> None:
    conversation, [alice_id, _] = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    alice.call("sendMessageTextEvent", conversation, "I can't log in <b>", True)
    eventually(lambda: bob.texts() == alice.texts() == ["I can't log in <b>"])
    bob.call("sendMessageTextEvent", conversation, "Try again")
    eventually(lambda: alice.texts()[1:] == bob.texts()[1:] == ["Try again"])
    first, second = bob.events("message:text")
    assert first["from"]["memberId"] == alice_id
    assert first["from"]["user"]["name"] == "alice"
    assert second["from"]["user"]["name"] == "bob"
    assert first["conversationId"] == conversation


def test_client_sdk_reports_typing_and_custom_events(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    alice.call("sendEphemeralEvent", conversation, {"typing": True})
    [typing] = eventually(lambda: bob.events("ephemeral"))
    assert typing["body"] == {"typing": True}
    alice.call("sendCustomEvent", conversation, "handover", {"to": "bob"})
    [custom] = eventually(lambda: bob.events("custom"))
    assert (custom["eventType"], custom["body"]) == ("custom:handover", {"to": "bob"})


def test_client_sdk_sends_and_gets_receipts(app: Application, log_in: LogIn) -> None:
    conversation, [alice_id, bob_id] = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    alice.call("sendMessageTextEvent", conversation, "Hello")
    [message] = eventually(lambda: bob.events("message:text"))
    # Each client reports that the message was delivered. The last report is
    # the current state, for the SDK.
    eventually(lambda: len(alice.events("message:delivered")) == 2)
    bob.call("sendMessageSeenEvent", message["id"], conversation)
    [seen] = eventually(lambda: alice.events("message:seen"))
    assert seen["body"] == {"eventId": message["id"]}
    [stored] = alice.call(
        "getConversationEvents", conversation, {"eventFilter": ["message"]}
    )["events"]
    assert stored["memberStatuses"][bob_id]["current"] == "seen"
    assert stored["memberStatuses"][alice_id]["current"] == "delivered"


def test_client_sdk_leaves_a_conversation(app: Application, log_in: LogIn) -> None:
    conversation, [alice_id, _] = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    alice.call("leaveConversation", conversation)
    for client in (alice, bob):
        [left] = eventually(lambda client=client: client.events("member:left"))
        assert left["body"]["memberId"] == alice_id


def test_client_sdk_reads_a_history_page_by_page(
    app: Application, log_in: LogIn
) -> None:
    conversation, _ = app.chat("alice")
    for number in range(7):
        app.say(conversation, str(number))
    alice = log_in("alice")
    query: Json = {"pageSize": 3, "eventFilter": ["message"]}
    texts: list[list[str]] = []
    while True:
        page = alice.call("getConversationEvents", conversation, query)
        texts.append([event["body"]["text"] for event in page["events"]])
        if not page["nextCursor"]:
            break
        query["cursor"] = page["nextCursor"]
    assert texts == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_client_sdk_comes_back_after_a_lost_connection(
    app: Application, log_in: LogIn, drop_sockets: DropSockets
) -> None:
    conversation, _ = app.chat("alice")
    alice = log_in("alice")
    is_back = drop_sockets()
    missed = app.say(conversation, "missed")["id"]
    eventually(lambda: alice.happened("reconnection"))
    eventually(is_back)
    app.say(conversation, "live again")
    eventually(lambda: "live again" in alice.texts())
    assert alice.texts() == ["live again"], "nothing is sent twice, or late"
    history = alice.call("getConversationEvents", conversation, {"startId": missed})
    assert history["events"][0]["body"]["text"] == "missed"
    assert alice.happened("sessionError") == []


def test_client_sdk_needs_a_new_token_to_stay_connected(
    app: Application, log_in: LogIn, step_clock: StepClock
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = log_in("alice"), log_in("bob")
    alice.call("refreshSession", app.token("alice", seconds=6000))
    step_clock(1000)
    assert eventually(lambda: bob.happened("sessionError")) == ["EXPIRED_TOKEN"]
    app.bearer(app.minter.mint(seconds=6000))
    alice.call("sendMessageTextEvent", conversation, "still here")
    eventually(lambda: alice.texts() == ["still here"])
    assert (alice.happened("sessionError"), bob.texts()) == ([], [])


def test_client_sdk_is_told_that_its_session_was_forgotten(
    app: Application,
    log_in: LogIn,
    drop_sockets: DropSockets,
    no_sockets: Callable[[], AbstractContextManager[None]],
    step_clock: StepClock,
) -> None:
    app.user("alice")
    alice = log_in("alice", seconds=6000)
    connected = open_sessions(app)
    with no_sockets():  # otherwise, it may reconnect before the clock is reset
        drop_sockets()
        eventually(lambda: open_sessions(app) < connected)
        app.conversation()  # this is written after the drop, whose time is set by then
        step_clock(15 * 60 + 1)
    eventually(lambda: alice.happened("sessionError"))


def test_client_sdk_is_refused_with_the_reason(
    app: Application, open_page: OpenPage, ready: Json
) -> None:
    app.user("alice")
    client = Client(open_page("client_sdk.html"), ready)
    for given, code in (
        ([app.token("alice", seconds=-1)], "session:error:expired-token"),
        (["junk"], "session:error:invalid-token"),
        ([app.token("nobody")], "session:error:invalid-token"),
        ([app.token("alice", "/nothing/**")], "system:error:permission"),
        ([app.token("alice"), "SES-unknown"], "session:error:invalid-session"),
    ):
        refused = client.page.evaluate(
            "given => sdk.createSession(...given).catch(error => error.code)", given
        )
        assert refused == code


def test_client_sdk_gets_an_invitation_that_it_missed(
    app: Application, log_in: LogIn, drop_sockets: DropSockets
) -> None:
    app.user("alice")
    conversation = app.conversation()
    alice = log_in("alice")
    drop_sockets()
    app.member(conversation, "alice", "invited")
    [invited] = eventually(lambda: alice.events("member:invited"))
    assert invited["conversationId"] == conversation


# nexmo-client


def hosts(ready: Json) -> Json:
    """Return the options that point nexmo-client to a sandbox."""
    return {
        "url": ready["http"],
        "nexmo_api_url": ready["http"],
        "ips_url": f"{ready['http']}/v1/image",
    }


class OldClient:
    """A page with nexmo-client 6.2.1 or 9.5.1, in a conversation."""

    def __init__(
        self, page: Page, ready: Json, token: str, conversation: str, *names: str
    ) -> None:
        self.page = page
        given = [hosts(ready), token, conversation, names]
        page.evaluate("given => enter(...given)", given)

    def run(self, script: str, given: Any = None) -> Any:
        """Run a script that uses ``client``, ``app`` and ``chat``."""
        return self.page.evaluate(script, given)

    def heard(self, name: str) -> list[Json]:
        """Return what was received under a name so far."""
        return self.page.evaluate("name => heard.filter(e => e.name === name)", name)

    def texts(self, name: str = "text") -> list[tuple[str, str]]:
        """Return who said what so far."""
        return [(event["by"], event["body"]["text"]) for event in self.heard(name)]


EVENTS = (
    *("text", "text:seen", "text:delivered", "text:typing:on", "text:typing:off"),
    *("message", "member:joined", "member:left"),
)


# CI checks that the old client can chat. The rest is checked once a week.
VERSIONS = [pytest.param(6, marks=pytest.mark.weekly), 9]


@pytest.mark.parametrize("version", [6, 9])
def test_nexmo_client_talks_both_ways(
    app: Application, open_page: OpenPage, ready: Json, version: int
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = (
        OldClient(
            open_page(f"nexmo_client_{version}.html"),
            ready,
            app.token(name),
            conversation,
            *EVENTS,
        )
        for name in ("alice", "bob")
    )
    sent = alice.run("async () => (await chat.sendText('Hello')).id")
    bob.run("() => chat.sendText('<b>AT&T</b>')")
    said = [("alice", "Hello"), ("bob", "<b>AT&T</b>")]
    eventually(lambda: alice.texts() == said)
    eventually(lambda: bob.texts() == said)
    assert bob.heard("text")[0]["id"] == sent

    alice.run("() => chat.startTyping()")
    alice.run("() => chat.stopTyping()")
    for name in ("text:typing:on", "text:typing:off"):
        [typing] = eventually(lambda name=name: bob.heard(name))
        assert typing["by"] == "alice"
    bob.run("id => chat.events.get(id).seen()", sent)
    [seen] = eventually(lambda: alice.heard("text:seen"))
    assert seen["by"] == "bob"
    eventually(lambda: alice.heard("text:delivered"))

    app.user("carol")
    app.member(conversation, "carol")
    [joined] = eventually(lambda: alice.heard("member:joined"))
    assert joined["by"] == "carol"
    history = alice.run(
        "async () => [...(await chat.getEvents({ page_size: 20 })).items.values()]"
        ".filter(event => event.type === 'text').map(event => event.body.text)"
    )
    assert history == ["Hello", "<b>AT&T</b>"]


@pytest.mark.parametrize("version", VERSIONS)
def test_nexmo_client_reconnects_and_fetches_what_it_missed(
    app: Application,
    open_page: OpenPage,
    ready: Json,
    drop_sockets: DropSockets,
    version: int,
) -> None:
    conversation, [alice_id] = app.chat("alice")
    alice = OldClient(
        open_page(f"nexmo_client_{version}.html"),
        ready,
        app.token("alice"),
        conversation,
        "text",
    )
    alice.run("() => chat.sendText('before')")
    eventually(lambda: len(alice.texts()) == 1)
    is_back = drop_sockets()
    path = f"/v1/conversations/{conversation}/events"
    missed = {"type": "text", "from": alice_id, "body": {"text": "missed"}}
    assert app.admin.post(path, missed).status_code == 201
    eventually(lambda: alice.heard("reconnect"))
    eventually(is_back)
    alice.run("() => chat.sendText('after')")
    eventually(lambda: len(alice.texts()) == 3)
    assert [text for _, text in alice.texts()] == ["before", "missed", "after"]
    [dropped] = alice.heard("disconnect")
    assert dropped["reason"] == "ConnectionError"


@pytest.mark.parametrize("version", VERSIONS)
def test_nexmo_client_needs_a_new_token_to_stay_connected(
    app: Application,
    open_page: OpenPage,
    ready: Json,
    step_clock: StepClock,
    version: int,
) -> None:
    conversation, _ = app.chat("alice", "bob")
    alice, bob = (
        OldClient(
            open_page(f"nexmo_client_{version}.html"),
            ready,
            app.token(name),
            conversation,
            "text",
        )
        for name in ("alice", "bob")
    )
    alice.run("token => app.updateToken(token)", app.token("alice", seconds=6000))
    connected = open_sessions(app)
    step_clock(1000)
    [ended] = eventually(lambda: bob.heard("disconnect"))
    assert ended["reason"] == "TokenExpired"
    alice.run("() => chat.sendText('still here')")
    eventually(lambda: alice.texts() == [("alice", "still here")])
    assert bob.texts() == []
    # How the SDK comes back: a new token, then the same session again.
    bob.run("token => app.updateToken(token)", app.token("bob", seconds=6000))
    bob.run("() => client.connect() && null")
    eventually(lambda: open_sessions(app) == connected)
    alice.run("() => chat.sendText('and you')")
    eventually(lambda: ("alice", "and you") in bob.texts())


@pytest.mark.parametrize(
    ("version", "out"),
    [pytest.param(6, "logout", marks=pytest.mark.weekly), (9, "deleteSession")],
)
def test_nexmo_client_logs_out(
    app: Application, open_page: OpenPage, ready: Json, version: int, out: str
) -> None:
    conversation, _ = app.chat("alice")
    page = open_page(f"nexmo_client_{version}.html")
    alice = OldClient(page, ready, app.token("alice"), conversation)
    session = alice.run("() => client.session_id")
    answer = alice.run("async out => (await client[out]()).type", out)
    assert answer == "session:logged-out"

    def is_forgotten() -> bool:  # a moment after the goodbye
        sessions = app.admin.get("/v1/users/alice/sessions").json()["_embedded"]
        return session not in [each["id"] for each in sessions["sessions"]]

    eventually(is_forgotten)


@pytest.mark.parametrize("version", VERSIONS)
def test_nexmo_client_is_refused_with_the_reason(
    app: Application, open_page: OpenPage, ready: Json, version: int
) -> None:
    conversation, _ = app.chat("alice")
    for token, reason in (
        (app.token("alice", seconds=-1), "system:error:expired-token"),
        ("junk", "system:error:invalid-token"),
    ):
        page = open_page(f"nexmo_client_{version}.html")
        refused = page.evaluate(
            "given => enter(...given).catch(error => error.type)",
            [hosts(ready), token, conversation, []],
        )
        assert refused == reason


def test_nexmo_client_9_and_client_sdk_understand_messages_of_each_other(
    app: Application, open_page: OpenPage, log_in: LogIn, ready: Json
) -> None:
    conversation, _ = app.chat("alice", "bob")
    page = open_page("nexmo_client_9.html")
    old = OldClient(page, ready, app.token("alice"), conversation, "message")
    new = log_in("bob")
    old.run("() => chat.sendMessage({ message_type: 'text', text: 'Hello' })")
    eventually(lambda: new.texts() == ["Hello"])
    new.call("sendMessageTextEvent", conversation, "Hi")
    eventually(lambda: old.texts("message") == [("alice", "Hello"), ("bob", "Hi")])


# The browser code from 2019, which only knows Vonage's own hosts


def test_the_2019_chat_works_as_it_used_to(
    app: Application, key: RSAPrivateKey, open_page: OpenPage, website: Website
) -> None:
    conversation, _ = app.chat("swift-otter", "agent")
    names = ("users", "conversations", "sessions", "devices", "image", "media")

    def token(name: str) -> str:
        """Mint a token as the tutorial does, with its expiry in milliseconds."""
        claims = jwt.decode(app.token(name), options={"verify_signature": False})
        acl = {"paths": {f"/*/{part}/**": {} for part in names}}
        claims = {**claims, "exp": claims["iat"] * 1000 + 86400, "acl": acl}
        return jwt.encode(claims, key, "RS256")

    for path, name in (("/api/new", "swift-otter"), ("/api/jwt/agent", "agent")):
        website.answers[path] = {
            "jwt": token(name),
            "conversation": {"id": conversation},
        }
    customer = open_page("seed.html?api=/api/new")
    agent = open_page("seed.html?api=/api/jwt/agent")
    for page in (customer, agent):
        expect(page).to_have_title("ready", timeout=PATIENCE)
    for page, text in ((customer, "Hello?"), (agent, "How can I help?")):
        page.get_by_label("Your message").fill(text)
        page.get_by_label("Your message").press("Enter")
        for each in (customer, agent):
            expect(each.locator("li").last).to_have_text(text, timeout=PATIENCE)
    for page in (customer, agent):
        expect(page.locator("li.input")).to_have_text(["Hello?"])
        expect(page.locator("li.agent")).to_have_text(["How can I help?"])
