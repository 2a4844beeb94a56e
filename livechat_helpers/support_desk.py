"""Open a chat: visitor, conversation, visitor joins, agent joins, token.

These are the five steps of the published tutorial, each a function of its own, and
``open_chat`` which takes them in a row.
"""

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from coolname import generate_slug
from vonage import Vonage
from vonage_http_client.errors import HttpRequestError, NotFoundError
from vonage_users import ListUsersFilter, User

from .applications import current_application
from .client import application_client
from .conversations import Conversations, Json
from .settings import Settings
from .tokens import AGENT_PATHS, Acl, Minter, acl, visitor_acl

AGENT_NAME = "agent"
"""The name of the support agent's user."""


class SupportDesk:
    """One application's support desk.

    client: a client for the whole application. minter: makes its tokens.
        support_agent: the id of the agent's user, where ``.env`` names one.
    """

    def __init__(
        self, client: Vonage, minter: Minter, support_agent: str | None = None
    ) -> None:
        self.conversations = Conversations(client.http_client)
        self._users = client.users
        self._minter = minter
        self._support_agent = support_agent

    @classmethod
    def open(cls, sandbox_dir: Path | None = None) -> "SupportDesk":
        """Return the desk of the application that is in use.

        sandbox_dir: the folder of the sandbox; the kit's own unless given.

        Raises:
            SettingsError: the sandbox is not running, or there is no application.
        """
        settings = Settings.load()
        minter = current_application(settings, sandbox_dir).minter()
        client = application_client(settings, minter, sandbox_dir)
        return cls(client, minter, settings.support_agent)

    def agent(self) -> Json:
        """Return the support agent's user; the first call makes it."""
        if self._support_agent is not None:
            with suppress(NotFoundError):
                return _as_json(self._users.get_user(self._support_agent))
        found = self._find_agent()
        if not found:
            try:
                return self._create_user(AGENT_NAME, "Support Agent")
            except HttpRequestError:  # somebody else made it at the same moment
                found = self._find_agent()
                if not found:
                    raise
        return found

    def _find_agent(self) -> Json | None:
        named = ListUsersFilter.model_validate({"name": AGENT_NAME})
        summaries, _ = self._users.list_users(named)
        if not summaries:
            return None
        return _as_json(self._users.get_user(str(summaries[0].id)))

    def create_visitor(self) -> Json:
        """Step 1: create a user for a new visitor, with a random name."""
        words = generate_slug(2)
        name = f"{words}-{secrets.token_hex(2)}"
        return self._create_user(name, words.replace("-", " ").title())

    def _create_user(self, name: str, display_name: str) -> Json:
        wanted = User.model_validate({"name": name, "display_name": display_name})
        return _as_json(self._users.create_user(wanted))

    def create_conversation(self, visitor: Json) -> Json:
        """Step 2: create the visitor's conversation."""
        title = f"Chat with {visitor['display_name']}"[:50]
        return self.conversations.create(display_name=title)

    def join(self, conversation: Json, user: Json) -> Json:
        """Steps 3 and 4: let the visitor, and then the agent, join."""
        return self.conversations.join(conversation["id"], user["id"])

    def visitor_token(self, visitor: Json, conversation: Json) -> str:
        """Step 5: mint a token for this visitor and this conversation alone."""
        return self._minter.mint(visitor["name"], visitor_acl(conversation["id"]))

    def agent_token(self) -> str:
        """Mint a token for the support agent."""
        return self._minter.mint(self.agent()["name"], self.agent_acl())

    @staticmethod
    def agent_acl() -> Acl:
        """Return what an agent's token may do."""
        return acl(AGENT_PATHS)

    def open_chat(self) -> Json:
        """Take all five steps.

        Returns:
            ``user``, ``conversation``, ``member``, ``agent`` and ``jwt``.

        Raises:
            vonage_http_client.errors.HttpRequestError: a step failed; what the steps
                before it made is taken back.
        """
        visitor = self.create_visitor()
        conversation: Json = {}
        try:
            conversation = self.create_conversation(visitor)
            return {
                "user": visitor,
                "conversation": conversation,
                "member": self.join(conversation, visitor),
                "agent": self.join(conversation, self.agent()),
                "jwt": self.visitor_token(visitor, conversation),
            }
        except Exception:
            with suppress(Exception):
                if conversation:
                    self.conversations.delete(conversation["id"])
                self._users.delete_user(visitor["id"])
            raise


def _as_json(user: User) -> dict[str, Any]:
    return user.model_dump(include={"id", "name", "display_name"})
