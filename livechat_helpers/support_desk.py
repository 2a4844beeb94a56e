"""Open a chat, hand it over, close it.

A chat opens in the five steps of the published tutorial: visitor, conversation, visitor
joins, agent joins, token. Each step has a function, and ``open_chat`` runs all five.

The conversation's members show who owns the chat. The first member is the visitor.
Among the agents who have joined, the most recent one owns the chat. So if two agents
take a chat at the same moment, exactly one gets it, and both can see who.

A chat ends with an event in its history. The visitor stays a member, so a visitor who
was away at the end can still read the last answer and why the chat was closed.
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
"""The type of the event that reopens an ended chat."""


class SupportDesk:
    """One application's support desk, as seen by one of its agents.

    client: a client for the whole application.
    minter: makes the application's tokens.
    support_agent: the id of the front desk's user, if ``.env`` names one.
    agent_name: the name of the agent whose desk this is.
    realtime_url: the HTTP address of the server for live events.
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
        """Return a desk for the application in use.

        sandbox_dir: the folder of the sandbox or of Synapse; defaults to the kit's own.
        agent: the name of the agent whose desk it is.

        Raises:
            SettingsError: the engine isn't running, or there is no application.
        """
        settings = Settings.load()
        return cls.on(engines.connect(settings, sandbox_dir), settings, agent)

    @classmethod
    def on(
        cls, engine: engines.Engine, settings: Settings, agent: str = FRONT_DESK
    ) -> "SupportDesk":
        """Return a desk for an application, with a new client.

        engine: the application on its engine.
        settings: say who the front desk's user is.
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
        """The application's id."""
        return self._minter.application_id

    def session(
        self,
        agent: Json,
        *,
        on_event: Callable[[Json], None],
        on_login: Callable[[], None],
        on_drop: Callable[[str], None],
    ) -> Session:
        """Return a live session for an agent whose user has already been looked up.

        agent: the agent's user.
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
        """Return a desk for another agent, or for use in another thread.

        agent: the agent's name. The new desk gets a new client, because two threads
            can't share one.
        """
        return self._with(self._client.aside(), agent)

    def colleague(self, agent: str) -> "SupportDesk":
        """Return another agent's desk for use in this thread, with the same client.

        agent: the agent's name.
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
        """Return the user of this desk's agent; the first call creates it."""
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
            except HttpRequestError:  # Another process created it at the same moment.
                found = self.find_user(name)
                if not found:
                    raise
        return found

    def find_user(self, name: str) -> Json | None:
        """Return the user with the given name, or None."""
        named = ListUsersFilter.model_validate({"name": name})
        summaries, _ = self._users.list_users(named)
        if summaries:
            with suppress(NotFoundError):  # It was deleted just now.
                return _as_json(self._users.get_user(str(summaries[0].id)))
        return None

    def delete_user(self, user: Json) -> None:
        """Delete a user."""
        self._users.delete_user(user["id"])

    def create_visitor(self, name: str | None = None, page: str = "") -> Json:
        """Step 1: create a user for a new visitor.

        name: at least two words, joined by hyphens; random by default.
        page: the path of the page that the visitor is on, for the agents to see.
        """
        name = name or f"{visitor_name()}-{secrets.token_hex(2)}"
        about = {"page": page} if page else {}
        return self._create_user(name, " ".join(name.split("-")[:2]).title(), **about)

    def _create_user(self, name: str, display_name: str, **about: str) -> Json:
        """Create a user.

        about: custom data, which Vonage reports when the user joins.
        """
        wanted: Json = {"name": name, "display_name": display_name}
        if about:
            wanted["properties"] = {"custom_data": about}
        return _as_json(self._users.create_user(User.model_validate(wanted)))

    def create_conversation(self, visitor: Json, name: str | None = None) -> Json:
        """Step 2: create the visitor's conversation.

        visitor: the visitor's user.
        name: a unique name; by default, Vonage chooses one.
        """
        title = f"Chat with {visitor['display_name']}"[:50]
        users = (visitor, self._seen_agent)
        guests = [user["id"] for user in users if user is not None]
        return self.conversations.create(name, title, guests=guests)

    def join(self, conversation: Json, user: Json) -> Json:
        """Steps 3 and 4: add the visitor, and then the agent, to the conversation."""
        return self.conversations.join(conversation["id"], user["id"])

    def visitor_token(self, visitor: Json, conversation: Json) -> str:
        """Step 5: mint a token that's only good for this visitor and conversation."""
        return self._minter.mint(visitor["name"], visitor_acl(conversation["id"]))

    def reader_token(self, visitor: Json, conversation: Json) -> str:
        """Mint a token that lets a visitor read a chat that has ended."""
        return self._minter.mint(visitor["name"], reader_acl(conversation["id"]))

    def agent_token(self) -> str:
        """Mint a token for this desk's agent."""
        return self.token_of(self.agent())

    def token_of(self, agent: Json) -> str:
        """Mint a token for an agent whose user has already been looked up."""
        return self._minter.mint(agent["name"], agent_acl(agent["id"]))

    def open_chat(self, name: str | None = None, page: str = "") -> Json:
        """Run all five steps.

        name: a unique name for the user and the conversation; random by default.
        page: the path of the page that the visitor is on.

        Returns:
            ``user``, ``conversation``, ``member``, ``agent`` and ``jwt``.

        Raises:
            vonage_http_client.errors.HttpRequestError: a step failed; whatever earlier
                steps created has been deleted again.
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
        """Run step 4; look the agent up only for the first chat."""
        if self._seen_agent is not None:
            with suppress(NotFoundError):  # It has been deleted in the meantime.
                return self.join(conversation, self._seen_agent)
        self._seen_agent = self.agent()
        return self.join(conversation, self._seen_agent)

    def owner(self, conversation_id: str) -> Json | None:
        """Return the member of the agent who owns a chat, or None if nobody does."""
        agents = self._agents(conversation_id)
        return agents[-1] if agents else None

    def take(self, conversation_id: str) -> Json:
        """Give a chat to this desk's agent, and return the agent's member."""
        return self.hand_over(conversation_id, self.agent_name)

    def hand_over(self, conversation_id: str, to: str) -> Json:
        """Give a chat to another agent, and return that agent's member.

        to: the agent's name; ``FRONT_DESK`` returns the chat to the queue.
        """
        agent = self._agent_named(to)
        agents = self._agents(conversation_id)
        if agents and _user(agents[-1]) == agent["id"]:
            member = agents[-1]
        else:
            for earlier in agents:
                if _user(earlier) == agent["id"]:  # A new member has to come last.
                    self._leave(earlier)
            member = self.conversations.join(conversation_id, agent["id"])
            agents = self._agents(conversation_id)
        # Leave later members alone: another agent has taken the chat since then, and
        # may even have removed this one already.
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
        """End a chat with an event in its history; its members can still read it.

        reason: what the visitor is told, at most 200 characters.
        by: who ends the chat.
        """
        if self.ended(conversation_id) is None:
            event = {"type": ENDED, "body": {"by": by, "reason": reason}}
            self.conversations.send_event(conversation_id, event)

    def ended(self, conversation_id: str) -> Json | None:
        """Return the event that ended a chat, or None while the chat is open.

        Raises:
            vonage_http_client.errors.NotFoundError: the conversation was deleted.
        """
        ends = self._said(conversation_id, ENDED)
        again = self._said(conversation_id, REOPENED) if ends else []
        last = again[-1]["id"] if again else 0
        return next((end for end in ends if end["id"] > last), None)

    def reopen(self, conversation_id: str) -> None:
        """Reopen an ended chat with an event; its members can write again.

        Raises:
            vonage_http_client.errors.NotFoundError: the conversation was deleted.
        """
        if self.ended(conversation_id) is not None:
            event = {"type": REOPENED, "body": {"by": "agent"}}
            self.conversations.send_event(conversation_id, event)

    def _said(self, conversation_id: str, kind: str) -> list[Json]:
        """Return the events that the application sent in a chat.

        Events sent with a user's token always have a ``from``, so only we can end a
        chat. The body of a deleted event contains nothing but the time of its deletion.
        """
        events = self.conversations.events(conversation_id, event_type=kind)
        return [one for one in events if "from" not in one and "by" in one["body"]]

    def _agents(self, conversation_id: str) -> list[Json]:
        """Return the agents' members in a chat, in the order in which they joined."""
        visitor, *others = self.conversations.members(conversation_id)
        return [
            {**member, "conversation_id": conversation_id}
            for member in others
            if member["state"] == "JOINED" and _user(member) != _user(visitor)
        ]

    def _leave(self, agent: Json) -> None:
        with suppress(HttpRequestError):  # Another hand-over was faster.
            self.conversations.leave(agent["conversation_id"], agent["id"])


def _user(member: Json) -> str:
    return member["_embedded"]["user"]["id"]


def _as_json(user: User) -> dict[str, Any]:
    return user.model_dump(include={"id", "name", "display_name"})
