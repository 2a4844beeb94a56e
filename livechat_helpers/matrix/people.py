"""The names, ids and display names of users."""

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import quote, unquote

from .ready_file import SERVER, VISITOR

Json = dict[str, Any]


class People:
    """The users of one server.

    agents: the agents' names; all other names belong to visitors.
    """

    def __init__(self, agents: Collection[str]) -> None:
        self._agents = frozenset(agents)
        self._shown: dict[str, str] = {}
        self.about: dict[str, Json] = {}
        """What others see about a user who joins, such as the visitor's page."""

    def id_of(self, name: str) -> str:
        """Return the id of the user with a name; an id is returned unchanged."""
        if name.startswith("@") and name.endswith(f":{SERVER}"):
            return name
        kind = "" if name in self._agents else VISITOR
        return f"@{kind}{in_id(name)}:{SERVER}"

    def agents(self) -> list[str]:
        """Return the ids of the agents."""
        return sorted(self.id_of(name) for name in self._agents)

    def learn(self, id: str, shown: str | None) -> None:
        """Remember a user's display name.

        shown: what Synapse returns, which is a part of the id if the user has no
            display name.
        """
        if shown and shown != localpart(id):
            self._shown[id] = shown

    def user(self, id: str) -> Json:
        """Return a user in Vonage's format."""
        shown = self._shown.get(id) or usual_name(id)
        return {"id": id, "name": name_of(id), "display_name": shown}


def in_id(name: str) -> str:
    """Return a name as it's written in an id or alias, which can't contain it all."""
    return re.sub(r"[%:\s\0]", lambda found: quote(found[0], safe=""), name)


def localpart(id: str) -> str:
    """Return a user's id without the ``@`` and the server."""
    return id[1:].partition(":")[0]


def name_of(id: str) -> str:
    """Return the name of the user with an id."""
    return unquote(localpart(id).removeprefix(VISITOR))


def usual_name(id: str) -> str:
    """Return the display name to use for a user if no other is known."""
    return " ".join(name_of(id).split("-")[:2]).title()


def is_visitor(id: str) -> bool:
    """Return whether a user is a visitor."""
    return id.startswith(f"@{VISITOR}")
