"""The names, ids and display names of users."""

from collections.abc import Collection
from typing import Any

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
        if name.startswith("@"):
            return name
        kind = "" if name in self._agents else VISITOR
        return f"@{kind}{name}:{SERVER}"

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


def localpart(id: str) -> str:
    """Return a user's id without the ``@`` and the server."""
    return id[1:].partition(":")[0]


def name_of(id: str) -> str:
    """Return the name of the user with an id."""
    return localpart(id).removeprefix(VISITOR)


def usual_name(id: str) -> str:
    """Return the display name to use for a user if no other is known."""
    return " ".join(name_of(id).split("-")[:2]).title()


def is_visitor(id: str) -> bool:
    """Return whether a user is a visitor."""
    return id.startswith(f"@{VISITOR}")
