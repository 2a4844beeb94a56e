"""The faults of the tutorial's server: the 2019 server has each, and ours has none.

A probe says whether a server behaves. It runs on both. (The faults of its page are
in ``tests/web``. Fault 21, that its tools and its host are gone, isn't a server's.)
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from dotenv import dotenv_values
from sandbox.running import Json

from livechat_helpers.applications import Application, remember
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.tokens import TokenError, load_private_key

from .conftest import UNUSED, MakeSite, Site
from .seed_server import seed_server
from .test_chat_api import inside
from .test_webhooks import BODY, signature

DAY = 24 * 3600


class Server:
    """A server with chats, either the tutorial's or ours, and its visitors.

    method: the method of a page's calls. patience: seconds to wait for an answer.
    """

    def __init__(self, site: Site, url: str, method: str, patience: float) -> None:
        self.site = site
        self.url = url
        self._method = method
        self._patience = patience

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """Yield a new visitor's browser, with the page."""
        with httpx.Client(
            base_url=self.url, trust_env=False, verify=UNUSED, timeout=self._patience
        ) as browser:
            browser.get("/")
            yield browser

    def ask(self, browser: httpx.Client, path: str, body: Json | None = None) -> Json:
        """Ask as the page does, and return the answer.

        Raises:
            httpx.HTTPError: there is no answer, or it is a refusal.
        """
        answer = browser.request(self._method, path, json=body)
        return answer.raise_for_status().json()

    def chat(self) -> Json:
        """Return the chat of a new visitor."""
        with self.browser() as browser:
            return self.ask(browser, "/api/new")

    def users(self) -> int:
        """Return how many users there are."""
        with self.site.application() as application:
            answer = application.get("/v0.3/users", params={"page_size": 100})
            return len(answer.json()["_embedded"]["users"])


@pytest.fixture(scope="module")
def own(make_site: MakeSite) -> Site:
    """A site only for these tests, with an agent."""
    site = make_site()
    with site.visitor() as visitor:
        visitor.post("/api/new").raise_for_status()
    return site


@pytest.fixture
def seed(own: Site) -> Iterator[Server]:
    """The tutorial's server, just started."""
    with seed_server(own) as url:
        yield Server(own, url, "GET", patience=2)


@pytest.fixture
def ours(own: Site) -> Server:
    return Server(own, own.url, "POST", patience=30)


def gives_tokens_that_end_within_a_day(server: Server) -> bool:
    """Fault 1: ``exp`` is in milliseconds, so it's in the year 58,000."""
    claims = inside(server.chat()["jwt"])
    return claims["exp"] - claims["iat"] <= DAY


def gives_nobody_a_token_for_a_name(server: Server) -> bool:
    """Fault 3: anybody can get a token for any name."""
    server.chat()
    with server.browser() as browser:
        try:
            path = "/api/jwt/agent" if server.url == server.site.url else "/api/jwt/eve"
            got = server.ask(browser, path, {"agent": "agent"})
        except httpx.HTTPStatusError:
            return True
    return "jwt" not in got


def answers_webhooks(server: Server) -> bool:
    """Fault 4: a webhook is never answered."""
    headers = {"Authorization": f"Bearer {signature(server.site)}"}
    with server.browser() as browser:
        try:
            return browser.post(
                "/webhooks/event", content=BODY, headers=headers
            ).is_success
        except httpx.TimeoutException:
            return False


def gives_each_visitor_a_chat(server: Server) -> bool:
    """Fault 5: the third visitor gets the second one's chat, with the same token."""
    chats = [server.chat() for _ in range(3)]
    return (
        all(
            len({chat[part]["id"] for chat in chats}) == 3
            for part in ("user", "conversation", "member")
        )
        and len({chat["jwt"] for chat in chats}) == 3
    )


def keeps_visitors_apart_who_come_at_once(server: Server) -> bool:
    """Fault 6: if two visitors come together, one gets the other's chat."""

    def ask(browser: httpx.Client) -> str:
        return server.ask(browser, "/api/new")["conversation"]["id"]

    with server.browser() as one, server.browser() as other:
        with ThreadPoolExecutor(2) as pool:
            first = list(pool.map(ask, (one, other)))
        second = [ask(browser) for browser in (one, other)]
    return first == second and first[0] != first[1]


def lets_the_agent_come_first(server: Server) -> bool:
    """Fault 7: before the first visitor, the agent gets a 500, as HTML."""
    password = (server.site.sandbox_dir / "agent-password").read_text()
    with server.browser() as browser:
        try:
            return "jwt" in server.ask(
                browser, "/api/jwt/agent", {"password": password}
            )
        except httpx.HTTPStatusError as error:
            assert error.response.headers["content-type"].startswith("text/html")
            return False


def says_in_the_token_whose_it_is(server: Server) -> bool:
    """Fault 8: the visitor's token names nobody, so it acts for the application."""
    chat = server.chat()
    return inside(chat["jwt"]).get("sub") == chat["user"]["name"]


def answers_when_vonage_fails(server: Server) -> bool:
    """Fault 9: when a call fails, the visitor waits forever."""
    faults = connect(server.site.sandbox_dir).faults
    with server.browser() as browser, faults.refuse(500, path="/*/users"):
        try:
            server.ask(browser, "/api/new")
        except httpx.TimeoutException:
            return False
        except httpx.HTTPStatusError as error:
            return "retry_after_seconds" in error.response.json()
    return True


def gives_visitors_less_than_it_has(server: Server) -> bool:
    """Fault 13: the visitor's token can create users, and delete any chat."""
    foreign, mine = server.chat(), server.chat()
    with server.site.caller(mine["jwt"]) as visitor:
        made = visitor.post("/v0.3/users", json={})
        deleted = visitor.delete(f"/v0.3/conversations/{foreign['conversation']['id']}")
    return (made.status_code, deleted.status_code) == (403, 403)


def changes_nothing_when_it_is_read(server: Server) -> bool:
    """Fault 14: anything that follows a link opens a chat, such as a crawler."""
    before = server.users()
    with server.browser() as browser:
        browser.get("/api/new")
    return server.users() == before


def reads_no_endless_bodies(server: Server) -> bool:
    """Fault 14: a body of any size is read."""
    with server.browser() as browser:
        try:
            large = b"a" * 1_000_000
            return browser.post("/webhooks/event", content=large).status_code == 413
        except httpx.TimeoutException:
            return False


def tells_who_asks_without_end_to_wait(server: Server) -> bool:
    """Fault 14: there is no limit."""
    with server.browser() as browser:
        try:
            for _ in range(150):
                server.ask(browser, "/api/new")
        except httpx.HTTPStatusError as error:
            return error.response.status_code == 429
    return False


def believes_vonage_alone(server: Server) -> bool:
    """Fault 19: it accepts webhooks from anybody."""
    with server.browser() as browser:
        try:
            return browser.post("/webhooks/event", content=BODY).status_code == 401
        except httpx.TimeoutException:
            return False  # it's still waiting


def renews_tokens_and_ends_chats(server: Server) -> bool:
    """Fault 22: a token is never renewed, and no chat ever ends."""
    with server.browser() as browser:
        server.ask(browser, "/api/new")
        try:
            return {"jwt"} == server.ask(browser, "/api/token").keys() and bool(
                server.ask(browser, "/api/end")
            )
        except httpx.HTTPStatusError as error:
            assert error.response.status_code == 404
            return False


PROBES = [
    gives_tokens_that_end_within_a_day,
    gives_nobody_a_token_for_a_name,
    answers_webhooks,
    gives_each_visitor_a_chat,
    keeps_visitors_apart_who_come_at_once,
    lets_the_agent_come_first,
    says_in_the_token_whose_it_is,
    answers_when_vonage_fails,
    gives_visitors_less_than_it_has,
    changes_nothing_when_it_is_read,
    reads_no_endless_bodies,
    tells_who_asks_without_end_to_wait,
    believes_vonage_alone,
    renews_tokens_and_ends_chats,
]
Probe = Callable[[Server], bool]


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
def test_the_tutorials_server_has_the_fault(seed: Server, probe: Probe) -> None:
    assert not probe(seed)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
def test_our_website_doesnt_have_the_fault(ours: Server, probe: Probe) -> None:
    assert probe(ours)


def test_the_key_is_where_the_settings_say(own: Site, tmp_path: Path) -> None:
    """Fault 12: the key is moved to one file, and ``.env`` names another."""

    def key_that_is_named(folder: Path, name: str) -> Path:
        return folder / str(dotenv_values(folder / ".env")[name])

    key = (own.sandbox_dir / "demonstration.key").read_bytes()
    as_printed, kit = tmp_path / "seed", tmp_path / "ours"
    for folder in (as_printed, kit):
        (folder / ".data").mkdir(parents=True)
        (folder / ".data/support_agent.key").write_bytes(key)
    setting = 'NEXMO_APPLICATION_PRIVATE_KEY_PATH=".data/private.key"\n'
    (as_printed / ".env").write_text(setting)
    with pytest.raises(TokenError):
        name = "NEXMO_APPLICATION_PRIVATE_KEY_PATH"
        load_private_key(key_that_is_named(as_printed, name))

    remember(Application("an-id", kit / ".data/support_agent.key"), kit / ".env")
    load_private_key(key_that_is_named(kit, "VONAGE_PRIVATE_KEY_PATH"))
