"""Open a chat, hand it over, close it.

A chat opens in the five steps of the published tutorial: visitor, conversation, visitor
joins, agent joins, token. Each is a function of its own, and ``open_chat`` takes them
in a row.

Whose chat it is, the conversation's members tell. The first member is the visitor. Of
the agents who have joined, the one who joined last has the chat: so of two who take it
at the same moment exactly one gets it, and both can see who.

A chat's end is an event in its history. The visitor stays a member, so somebody who was
away when the chat closed still reads the last answer, and why it was the last.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from vonage_http_client.errors import HttpRequestError, NotFoundError
from vonage_users import ListUsersFilter, User

from . import engines
from .conversations import Json
from .engines import FRONT_DESK, AnyClient, AnyMinter, Session, SessionMaker
from .realtime import RealtimeSession
from .settings import CLOUD_URLS, Settings
from .tokens import agent_acl, reader_acl, visitor_acl
from .visitor_names import visitor_name

__all__ = ["ENDED", "FRONT_DESK", "REOPENED", "SupportDesk"]

ENDED = "custom:chat_ended"
"""The type of the event that ends a chat."""

REOPENED = "custom:chat_reopened"
"""The type of the event after which an ended chat goes on."""


class SupportDesk:
    """One application's support desk, as one of its agents sees it.

    client: a client for the whole application. minter: makes its tokens.
        support_agent: the id of the front desk's user, where ``.env`` names one.
        agent_name: the name of the agent whose desk this is.
        realtime_url: the http address of the server of its live events.
        session: makes a session of live events.
    """

    def __init__(
        self,
        client: AnyClient,
        minter: AnyMinter,
        support_agent: str | None = None,
        agent_name: str = FRONT_DESK,
        realtime_url: str = CLOUD_URLS[1],
        session: SessionMaker = RealtimeSession,
    ) -> None:
        self.conversations = client.conversations
        self.agent_name = agent_name
        self.realtime_url = realtime_url
        self._session = session
        self._client = client
        self._users = client.users
        self._minter = minter
        self._support_agent = support_agent
        self._seen_agent: Json | None = None

    @classmethod
    def open(
        cls, sandbox_dir: Path | None = None, *, agent: str = FRONT_DESK
    ) -> "SupportDesk":
        """Return the desk of the application that is in use.

        sandbox_dir: the folder of the sandbox, or of Synapse; the kit's own unless
            given. agent: the name of the agent whose desk it is.

        Raises:
            SettingsError: the engine is not running, or there is no application.
        """
        settings = Settings.load()
        return cls.on(engines.connect(settings, sandbox_dir), settings, agent)

    @classmethod
    def on(
        cls, engine: engines.Engine, settings: Settings, agent: str = FRONT_DESK
    ) -> "SupportDesk":
        """Return the desk of an application, with a client of its own.

        agent: the name of the agent whose desk it is.
        """
        return cls(
            engine.client(),
            engine.minter,
            settings.support_agent,
            agent,
            engine.realtime_url,
            engine.session,
        )

    @property
    def application_id(self) -> str:
        """The id of the application."""
        return self._minter.application_id

    def session(
        self,
        agent: Json,
        *,
        on_event: Callable[[Json], None],
        on_login: Callable[[], None],
        on_drop: Callable[[str], None],
    ) -> Session:
        """Return the live events of an agent, whose user is known already.

        on_event, on_login, on_drop: as for ``RealtimeSession``.
        """
        return self._session(
            self.realtime_url,
            lambda: self.token_of(agent),
            on_event=on_event,
            on_login=on_login,
            on_drop=on_drop,
        )

    def of(self, agent: str) -> "SupportDesk":
        """Return a desk for another agent, or for another thread.

        agent: the name. The desk has a client of its own: no two threads may share one.
        """
        return self._with(self._client.aside(), agent)

    def colleague(self, agent: str) -> "SupportDesk":
        """Return another agent's desk for this thread, with the same client.

        agent: the name.
        """
        return self._with(self._client, agent)

    def _with(self, client: AnyClient, agent: str) -> "SupportDesk":
        return SupportDesk(
            client,
            self._minter,
            self._support_agent,
            agent,
            self.realtime_url,
            self._session,
        )

    def agent(self) -> Json:
        """Return the user of this desk's agent; the first call makes it."""
        return self._agent_named(self.agent_name)

    def _agent_named(self, name: str) -> Json:
        if name == FRONT_DESK and self._support_agent is not None:
            with suppress(NotFoundError):
                return _as_json(self._users.get_user(self._support_agent))
        found = self.find_user(name)
        if not found:
            display_name = "Support Agent" if name == FRONT_DESK else name.title()
            try:
                return self._create_user(name, display_name)
            except HttpRequestError:  # somebody else made it at the same moment
                found = self.find_user(name)
                if not found:
                    raise
        return found

    def find_user(self, name: str) -> Json | None:
        """Return the user with a name, or None."""
        named = ListUsersFilter.model_validate({"name": name})
        summaries, _ = self._users.list_users(named)
        if summaries:
            with suppress(NotFoundError):  # deleted at this moment
                return _as_json(self._users.get_user(str(summaries[0].id)))
        return None

    def delete_user(self, user: Json) -> None:
        """Delete a user."""
        self._users.delete_user(user["id"])

    def create_visitor(self, name: str | None = None, page: str = "") -> Json:
        """Step 1: create a user for a new visitor.

        name: two words and more, with hyphens between them; a random one unless given.
        page: the path of the page that the visitor writes from, for the agents to see.
        """
        name = name or f"{visitor_name()}-{secrets.token_hex(2)}"
        about = {"page": page} if page else {}
        return self._create_user(name, " ".join(name.split("-")[:2]).title(), **about)

    def _create_user(self, name: str, display_name: str, **about: str) -> Json:
        """Create a user. about: what Vonage reports of the user when the user joins."""
        wanted: Json = {"name": name, "display_name": display_name}
        if about:
            wanted["properties"] = {"custom_data": about}
        return _as_json(self._users.create_user(User.model_validate(wanted)))

    def create_conversation(self, visitor: Json, name: str | None = None) -> Json:
        """Step 2: create the visitor's conversation.

        name: nobody else's; Vonage gives it one unless given.
        """
        title = f"Chat with {visitor['display_name']}"[:50]
        users = (visitor, self._seen_agent)
        guests = [user["id"] for user in users if user is not None]
        return self.conversations.create(name, title, guests=guests)

    def join(self, conversation: Json, user: Json) -> Json:
        """Steps 3 and 4: let the visitor, and then the agent, join."""
        return self.conversations.join(conversation["id"], user["id"])

    def visitor_token(self, visitor: Json, conversation: Json) -> str:
        """Step 5: mint a token for this visitor and this conversation alone."""
        return self._minter.mint(visitor["name"], visitor_acl(conversation["id"]))

    def reader_token(self, visitor: Json, conversation: Json) -> str:
        """Mint a token with which a visitor can read a chat that has ended."""
        return self._minter.mint(visitor["name"], reader_acl(conversation["id"]))

    def agent_token(self) -> str:
        """Mint a token for the support agent."""
        return self.token_of(self.agent())

    def token_of(self, agent: Json) -> str:
        """Mint a token for an agent, whose user is known already."""
        return self._minter.mint(agent["name"], agent_acl(agent["id"]))

    def open_chat(self, name: str | None = None, page: str = "") -> Json:
        """Take all five steps.

        name: of the user and of the conversation; nobody else's. Random unless given.
        page: the path of the page that the visitor writes from.

        Returns:
            ``user``, ``conversation``, ``member``, ``agent`` and ``jwt``.

        Raises:
            vonage_http_client.errors.HttpRequestError: a step failed; what the steps
                before it made is taken back.
        """
        visitor = self.create_visitor(name, page)
        conversation: Json = {}
        try:
            conversation = self.create_conversation(visitor, visitor["name"])
            return {
                "user": visitor,
                "conversation": conversation,
                "member": self.join(conversation, visitor),
                "agent": self._let_agent_join(conversation),
                "jwt": self.visitor_token(visitor, conversation),
            }
        except Exception:
            if conversation:
                with suppress(Exception):
                    self.conversations.delete(conversation["id"])
            with suppress(Exception):
                self.delete_user(visitor)
            raise

    def _let_agent_join(self, conversation: Json) -> Json:
        """Take step 4; the agent is looked up for the first chat only."""
        if self._seen_agent is not None:
            with suppress(NotFoundError):  # it was deleted since
                return self.join(conversation, self._seen_agent)
        self._seen_agent = self.agent()
        return self.join(conversation, self._seen_agent)

    def owner(self, conversation_id: str) -> Json | None:
        """Return the member of the agent who has a chat; None if no agent has it."""
        agents = self._agents(conversation_id)
        return agents[-1] if agents else None

    def take(self, conversation_id: str) -> Json:
        """Let this desk's agent have a chat, and return the agent's member."""
        return self.hand_over(conversation_id, self.agent_name)

    def hand_over(self, conversation_id: str, to: str) -> Json:
        """Let another agent have a chat, and return that agent's member.

        to: the agent's name; ``FRONT_DESK`` puts the chat back into the queue.
        """
        agent = self._agent_named(to)
        agents = self._agents(conversation_id)
        if agents and _user(agents[-1]) == agent["id"]:
            member = agents[-1]
        else:
            for earlier in agents:
                if _user(earlier) == agent["id"]:  # only a new member is the last
                    self._leave(earlier)
            member = self.conversations.join(conversation_id, agent["id"])
            agents = self._agents(conversation_id)
        # Not those who joined after: somebody else has taken the chat by now, and may
        # even have let this agent leave already.
        ids = [agent["id"] for agent in agents]
        if member["id"] in ids:
            for earlier in agents[: ids.index(member["id"])]:
                self._leave(earlier)
        return member

    def close_chat(
        self,
        conversation_id: str,
        reason: str = "",
        by: Literal["agent", "visitor"] = "agent",
    ) -> None:
        """End a chat by an event in its history; its members can still read it.

        reason: what the visitor is told, at most 200 characters. by: who ends it.
        """
        if self.ended(conversation_id) is None:
            event = {"type": ENDED, "body": {"by": by, "reason": reason}}
            self.conversations.send_event(conversation_id, event)

    def ended(self, conversation_id: str) -> Json | None:
        """Return the event that ended a chat; None while the chat is open.

        Raises:
            vonage_http_client.errors.NotFoundError: the conversation was deleted.
        """
        ends = self._said(conversation_id, ENDED)
        again = self._said(conversation_id, REOPENED) if ends else []
        last = again[-1]["id"] if again else 0
        return next((end for end in ends if end["id"] > last), None)

    def reopen(self, conversation_id: str) -> None:
        """Reopen an ended chat by an event; its members can write again.

        Raises:
            vonage_http_client.errors.NotFoundError: the conversation was deleted.
        """
        if self.ended(conversation_id) is not None:
            event = {"type": REOPENED, "body": {"by": "agent"}}
            self.conversations.send_event(conversation_id, event)

    def _said(self, conversation_id: str, kind: str) -> list[Json]:
        """Return the events that the application itself sent in a chat.

        What a user's token sends always has a ``from``: only we can end a chat. A
        deleted event has nothing in its body but when it was deleted.
        """
        events = self.conversations.events(conversation_id, event_type=kind)
        return [one for one in events if "from" not in one and "by" in one["body"]]

    def _agents(self, conversation_id: str) -> list[Json]:
        """Return the agents' members in a chat; the last one to join comes last."""
        visitor, *others = self.conversations.members(conversation_id)
        return [
            {**member, "conversation_id": conversation_id}
            for member in others
            if member["state"] == "JOINED" and _user(member) != _user(visitor)
        ]

    def _leave(self, agent: Json) -> None:
        with suppress(HttpRequestError):  # another hand-over was faster
            self.conversations.leave(agent["conversation_id"], agent["id"])


def _user(member: Json) -> str:
    return member["_embedded"]["user"]["id"]


def _as_json(user: User) -> dict[str, Any]:
    return user.model_dump(include={"id", "name", "display_name"})
