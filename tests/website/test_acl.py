"""What a page's token has to allow, found by removing one path after the other.

The browser SDK does what the pages do, with a token that lacks one path. What breaks is
the reason for the path. Every path has a reason.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sandbox.running import Json

from livechat_helpers.client import application_client
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import agent_acl, visitor_acl

from .conftest import Site

CHAT = """async ({sdk, tokens, conversation}) => {
    const { VonageClient } = await import('/sdk/vonageClientSDK.min.mjs');
    const client = new VonageClient({ loggingLevel: 'Error' });
    const failed = [], heard = [];
    const step = (name, act) => act().catch(() => failed.push(name));
    client.setConfig(sdk);
    client.on('conversationEvent', ({ kind }) => heard.push(kind));
    await step('connect', () => client.createSession(tokens[0]));
    await step('write', () => client.sendMessageTextEvent(conversation, "It's", true));
    await step('type', () => client.sendEphemeralEvent(conversation, { typing: true }));
    await step('see', () => client.sendMessageSeenEvent(3, conversation));
    await step('read', () => client.getConversationEvents(conversation, {}));
    await step('list', () => client.getConversations({}));
    await step('renew', () => client.refreshSession(tokens[1]));
    if (!failed.includes('connect')) {
        await handOver(conversation);
        const pause = () => new Promise(go => setTimeout(go, 20));
        while (!heard.includes('member:left')) await pause();
    }
    await step('leave', () => client.deleteSession());
    return failed;
}"""

EVERYTHING = {"connect", "write", "type", "see", "read", "list", "renew", "leave"}
SENDING = {"write", "type", "see"}
BREAKS = {
    "/*/sessions": EVERYTHING,
    "/*/sessions/*": {"renew"},
    "/*/users/{user}/conversations": {"list"},
    "/*/conversations/{conversation}": {"look"},
    "/*/conversations/{conversation}/members/me": SENDING,
    "/*/conversations/{conversation}/events": {*SENDING, "read"},
}
"""What breaks without a path. ``look`` is the SDK's call when somebody joins."""
FOR_AGENTS = "/*/users/{user}/conversations"


class Stage:
    """A page, a chat, and a desk that hands it over in the meantime."""

    def __init__(self, page: Page, site: Site, desk: SupportDesk) -> None:
        self.desk = desk
        self._page = page
        self._minter = site.minter()
        self._refused: list[str] = []
        page.on("response", lambda answer: self._note(answer.status, answer.url))
        page.expose_function("handOver", self._hand_over)
        page.goto(site.url)
        with site.visitor() as visitor:
            self.chat: Json = visitor.post("/api/new").json()

    def _note(self, status: int, url: str) -> None:
        if status == 403:
            self._refused.append(url)

    def _hand_over(self, conversation: str) -> None:
        self.desk.hand_over(conversation, "ada")
        self.desk.hand_over(conversation, "agent")

    def act(self, role: str, without: str | None = None) -> set[str]:
        """Do what a page does in a role, and return what fails.

        without: the path that the token lacks.
        """
        conversation = self.chat["conversation"]["id"]
        if role == "visitor":
            user, where = self.chat["user"], conversation
            paths = visitor_acl(conversation)["paths"]
        else:
            user, where = self.desk.agent(), "*"
            paths = agent_acl(user["id"])["paths"]
        if without is not None:
            del paths[without.format(conversation=where, user=user["id"])]
        return self._chat(user["name"], paths, conversation)

    def _chat(self, user: str, paths: Json, conversation: str) -> set[str]:
        self._refused.clear()
        tokens = [self._minter.mint(user, {"paths": paths}) for _ in range(2)]
        asked = {"sdk": self.chat["sdk"], "tokens": tokens}
        failed = self._page.evaluate(CHAT, {**asked, "conversation": conversation})
        looks = [url for url in self._refused if url.endswith(conversation)]
        return {*failed, *(["look"] if looks else [])}


@pytest.fixture(scope="module")
def stage(
    site: Site, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    client = application_client(Settings.load(), site.minter(), site.sandbox_dir)
    page = chromium.new_page()
    yield Stage(page, site, SupportDesk(client, site.minter()))
    page.close()


def test_with_all_paths_everything_on_a_page_works(stage: Stage) -> None:
    assert stage.act("visitor") == {"list"}, "a visitor has one chat, and knows its id"
    assert stage.act("agent") == set()


@pytest.mark.parametrize("path", [path for path in BREAKS if path != FOR_AGENTS])
def test_each_path_in_a_visitors_token_is_needed(stage: Stage, path: str) -> None:
    assert stage.act("visitor", without=path) == {*BREAKS[path], "list"}


@pytest.mark.parametrize("path", BREAKS)
def test_each_path_in_an_agents_token_is_needed(stage: Stage, path: str) -> None:
    assert stage.act("agent", without=path) == BREAKS[path]


def test_every_path_has_a_reason() -> None:
    for_visitors = [path for path in BREAKS if path != FOR_AGENTS]
    reasons = {path.format(conversation="CON-1") for path in for_visitors}
    assert visitor_acl("CON-1")["paths"].keys() == reasons
    reasons = {path.format(conversation="*", user="USR-1") for path in BREAKS}
    assert agent_acl("USR-1")["paths"].keys() == reasons
