"""The chats that an agent may read: the agent's own, and the queue.

Vonage lists an agent's conversations with the number of events in each, a hundred per
call. So only a chat that has changed is read, and what came as a webhook isn't read at
all. Webhooks may fail to come: the numbers tell.
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
"""Ended chats in a list; the newest ones."""

_SIDE_BY_SIDE = 8  # chats that are read at a time
_FEW = 10  # chats that are read one after the other
_MANY = 1000  # events that are taken from the log at a time


class ChatList:
    """Knows a summary of each chat, and keeps it up to date.

    desks: where Vonage is. log: the events that came as webhooks.
    """

    def __init__(self, desks: Desks, log: EventLog) -> None:
        self._desks = desks
        self._log = log
        self._position = 0  # in the log
        self._known: dict[str, Summary] = {}
        self._taking = threading.Lock()
        self._refreshing = threading.Lock()  # many pages may come back at once
        self._readers = ThreadPoolExecutor(_SIDE_BY_SIDE, "chat-list")

    def readable_by(self, agent: str) -> set[str]:
        """Return the ids of the users whose chats an agent may read.

        agent: the agent's name.
        """
        names = {agent, FRONT_DESK}
        return {self._desks.desk(name).agent()["id"] for name in names}

    def of(self, agent: str) -> list[Json]:
        """Return the rows of an agent's list, in no order; ``owner`` is a user's id.

        agent: the agent's name. A chat in which nobody has written is not in the list.

        Raises:
            vonage_http_client.errors.HttpRequestError: Vonage refuses the call.
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
        """Return what picks out of some events those that an agent may read.

        agent: the agent's name. What belongs to no chat, such as a user who was made,
            is the front desk's to read.
        """
        users: set[str] = set()

        def readable(events: Sequence[LoggedEvent]) -> list[LoggedEvent]:
            users.update(users or self.readable_by(agent))
            # A chat that no agent has joined yet is about to be in the queue.
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
        """Return the user ids of the agents who have some chats that exist."""
        self._take_log()
        owners: dict[str, str] = {}
        for conversation in conversations:
            found = self._known.get(conversation) or self._read(conversation)
            if found is not None:
                owners[conversation] = found.owner
        return owners

    def _listed(self, users: set[str]) -> dict[str, int | None]:
        """Return the number of the newest event of each conversation of some users."""
        conversations = self._desks.desk().conversations
        return {
            each["id"]: each.get("sequence_number")
            for user in users
            for each in conversations.of_user(user)
        }

    def _up_to_date(self, listed: dict[str, int | None]) -> list[Summary]:
        self._take_log()
        lacking = [id for id, newest in listed.items() if not self._is_new(id, newest)]
        # A thread's first call takes long, so a few are read by this one alone.
        read = map if len(lacking) <= _FEW else self._readers.map
        list(read(self._read, lacking))
        return [self._known[id] for id in listed if id in self._known]

    def _is_new(self, conversation: str, newest: int | None) -> bool:
        known = self._known.get(conversation)
        # Not "or newer": a sandbox that was restored has fewer events than before.
        return known is not None and not known.is_spoilt and known.known == newest

    def _take_log(self) -> None:
        """Take what came as webhooks since the last look."""
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
        if number == known.known + 1:  # an event before it may be missing otherwise
            known.take(event)
            self._known[conversation] = known
        elif number > known.known:
            self._known.pop(conversation, None)

    def _read(self, conversation: str) -> Summary | None:
        """Read a chat's history; None if there is no such chat."""
        summary = Summary(conversation)
        with suppress(NotFoundError):
            for event in self._desks.desk().conversations.events(conversation):
                summary.take(event)
            with self._taking:
                self._known[conversation] = summary
            return summary
        self._known.pop(conversation, None)
        return None
