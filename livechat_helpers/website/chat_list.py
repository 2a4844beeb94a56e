"""The chats that an agent can read: the agent's own, and the queue.

Vonage lists an agent's conversations with the number of events in each, a hundred per
call. So a chat is only read if it has changed, and only if webhooks haven't already
brought the changes. If webhooks get lost, the numbers show it.
"""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from vonage_http_client.errors import NotFoundError

from ..conversations import Json
from ..support_desk import FRONT_DESK
from .chat_summary import Summary
from .desks import Desks
from .event_log import EventLog, LoggedEvent

MOST_ENDED = 100
"""How many ended chats a list contains: those that ended last."""

_SIDE_BY_SIDE = 8  # chats to read in parallel
_FEW = 10  # chats to read one by one
_MANY = 1000  # events to take from the log at a time


class ChatList:
    """Keeps a summary of each chat up to date.

    desks: give access to Vonage.
    log: the events that arrived as webhooks.
    """

    def __init__(self, desks: Desks, log: EventLog) -> None:
        self._desks = desks
        self._log = log
        self._position = 0  # the position in the log
        self._known: dict[str, Summary] = {}
        self._taking = threading.Lock()
        self._refreshing = threading.Lock()  # Many pages can reconnect at once.
        self._readers = ThreadPoolExecutor(_SIDE_BY_SIDE, "chat-list")

    def readable_by(self, agent: str) -> set[str]:
        """Return the ids of the users whose chats an agent can read.

        agent: the agent's name.
        """
        names = {agent, FRONT_DESK}
        return {self._desks.desk(name).agent()["id"] for name in names}

    def of(self, agent: str) -> list[Json]:
        """Return an agent's list of chats, unsorted; each ``owner`` is a user's id.

        Chats without messages aren't in the list.

        agent: the agent's name.

        Raises:
            vonage_http_client.errors.HttpRequestError: Vonage rejected the call.
        """
        users = self.readable_by(agent)
        with self._refreshing:
            found = self._up_to_date(self._listed(users))
        rows = [
            {**summary.row(), "owner": summary.owner}
            for summary in found
            if summary.owner in users and summary.has_messages
        ]
        ended = [row for row in rows if row["end"]]
        ended.sort(key=lambda row: row["end"]["at"], reverse=True)
        return [row for row in rows if not row["end"]] + ended[:MOST_ENDED]

    def reader(
        self, agent: str
    ) -> Callable[[Sequence[LoggedEvent]], list[LoggedEvent]]:
        """Return a function that filters events for those an agent can read.

        agent: the agent's name. Only the front desk can read events without a chat,
            such as a new user.
        """
        users: set[str] = set()

        def readable(events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
            users.update(users or self.readable_by(agent))
            # A chat without an agent is about to be in the queue.
            readable_owners = {*users, ""}
            chats = [json.loads(body).get("conversation_id") for _, body in events]
            owners = self._owners({chat for chat in chats if chat})
            return [
                event
                for event, chat in zip(events, chats, strict=True)
                if (
                    owners.get(chat) in readable_owners if chat else agent == FRONT_DESK
                )
            ]

        return readable

    def _owners(self, conversations: Iterable[str]) -> dict[str, str]:
        """Return the user ids of the agents who own some chats, if the chats exist."""
        self._take_log()
        owners: dict[str, str] = {}
        for conversation in conversations:
            found = self._known.get(conversation) or self._read(conversation)
            if found is not None:
                owners[conversation] = found.owner
        return owners

    def _listed(self, users: set[str]) -> dict[str, int | None]:
        """Return the number of the newest event in each conversation of some users."""
        conversations = self._desks.desk().conversations
        return {
            each["id"]: each.get("sequence_number")
            for user in users
            for each in conversations.of_user(user)
        }

    def _up_to_date(self, listed: dict[str, int | None]) -> list[Summary]:
        self._take_log()
        lacking = [id for id, newest in listed.items() if not self._is_new(id, newest)]
        # A thread's first call is slow, so this thread reads a few chats alone.
        read = map if len(lacking) <= _FEW else self._readers.map
        list(read(self._read, lacking))
        return [self._known[id] for id in listed if id in self._known]

    def _is_new(self, conversation: str, newest: int | None) -> bool:
        known = self._known.get(conversation)
        # Don't accept newer ones: a restored sandbox has fewer events than before.
        return known is not None and not known.is_spoilt and known.known == newest

    def _take_log(self) -> None:
        """Process the webhooks that have arrived since the last time."""
        with self._taking:
            while found := self._log.after(self._position, _MANY):
                for self._position, body in found:
                    self._take(json.loads(body))

    def _take(self, event: Json) -> None:
        if event.get("type") == "conversation:deleted":
            self._known.pop(event["body"].get("id"), None)
        conversation, number = event.get("conversation_id"), event.get("id")
        if event.get("type") == "message:seen" and number is None:
            if known := self._known.get(str(conversation)):
                known.see(event)
            return
        if not isinstance(conversation, str) or not isinstance(number, int):
            return
        known = self._known.get(conversation) or Summary(conversation)
        if number == known.known + 1:  # Otherwise, an earlier event may be missing.
            known.take(event)
            self._known[conversation] = known
        elif number > known.known:
            self._known.pop(conversation, None)

    def _read(self, conversation: str) -> Summary | None:
        """Read a chat's history; return None if the chat doesn't exist."""
        summary = Summary(conversation)
        with suppress(NotFoundError):
            for event in self._desks.desk().conversations.events(conversation):
                summary.take(event)
            with self._taking:
                self._known[conversation] = summary
            return summary
        self._known.pop(conversation, None)
        return None
