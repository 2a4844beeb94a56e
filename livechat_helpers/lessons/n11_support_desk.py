"""Notebook 11: several visitors, several agents, and who has which chat."""

from collections.abc import Callable
from typing import Any

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk

from .content import Exercise, Lesson, Mistaken
from .wording import words_of


class _Room:
    """A chat, in which agents and its visitor come and go."""

    def __init__(self) -> None:
        self._desk = SupportDesk.open()
        chat = self._desk.open_chat()
        self._visitor = chat["user"]
        self.id = chat["conversation"]["id"]

    def members(self) -> list[Json]:
        return list(self._desk.conversations.members(self.id))

    def events(self) -> list[Json]:
        return list(self._desk.conversations.events(self.id))

    def take(self, agent: str) -> None:
        self._desk.of(agent).take(self.id)

    def join(self, agent: str) -> None:
        """Let an agent join, and nobody leave: the middle of a race."""
        self._desk.join({"id": self.id}, self._desk.of(agent).agent())

    def visitor_comes_back(self) -> None:
        self._desk.close_chat(self.id)
        self._desk.join({"id": self.id}, self._visitor)

    def all_agents_leave(self) -> None:
        _, *others = self.members()
        for member in others:
            is_visitor = member["_embedded"]["user"]["id"] == self._visitor["id"]
            if member["state"] == "JOINED" and not is_visitor:
                self._desk.conversations.leave(self.id, member["id"])


def _check_owner_of(owner_of: Callable[[list[Json]], Any]) -> None:
    room = _Room()
    if owner_of(room.members()) is None:
        raise Mistaken("nothing")
    room.take("ada")
    if (found := owner_of(room.members())) != "ada":
        raise Mistaken("those_who_left", found=found)
    room.take("ben")
    room.take("ada")
    if (found := owner_of(room.members())) != "ada":
        raise Mistaken("those_who_left", found=found)
    room.join("ben")
    if (found := owner_of(room.members())) != "ben":
        raise Mistaken("first", found=found)
    room.visitor_comes_back()
    if (found := owner_of(room.members())) != "ben":
        raise Mistaken("visitor_is_back", found=found)
    room.all_agents_leave()
    try:
        found = owner_of(room.members())
    except IndexError:
        raise Mistaken("no_agent") from None
    if found is not None:
        raise Mistaken("nobody", found=found)


_MOST = 3


def _check_next_chat(next_chat: Callable[..., Any]) -> None:
    waiting = ["CON-1", "CON-2", "CON-3"]
    found = next_chat([*waiting], {"ada": 2, "ben": 1})
    if found is None:
        raise Mistaken("nothing")
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise Mistaken("no_pair", found=found)
    room, agent = found
    if room != waiting[0]:
        raise Mistaken("not_the_longest", room=room)
    if agent != "ben":
        raise Mistaken("busiest", agent=agent)
    if tuple(next_chat([*waiting], {"ben": 1, "ada": 1})) != ("CON-1", "ada"):
        raise Mistaken("tie")
    try:
        idle = next_chat([], {"ada": 0, "ben": 0})
    except IndexError:
        raise Mistaken("nobody_waits") from None
    if idle is not None:
        raise Mistaken("nobody_waits")
    if next_chat([*waiting], {"ada": _MOST, "ben": _MOST}) is not None:
        raise Mistaken("fourth")
    if tuple(next_chat([*waiting], {"ada": _MOST, "ben": 2}) or ()) != ("CON-1", "ben"):
        raise Mistaken("one_has_time")


def _check_still_mine(still_mine: Callable[[list[Json], str], Any]) -> None:
    room = _Room()
    room.take("ada")
    events = room.events()
    if still_mine(events, "ada") is None:
        raise Mistaken("nothing")
    if not still_mine(events, "ada"):
        raise Mistaken("never")
    if still_mine(events, "ben"):
        raise Mistaken("never_joined")
    room.join("ben")  # and ada has not left yet
    events = room.events()
    if not still_mine(events, "ben"):
        raise Mistaken("never")
    if still_mine(events, "ada"):
        raise Mistaken("waits_for_leaving")
    room.visitor_comes_back()
    if not still_mine(room.events(), "ben"):
        raise Mistaken("visitor_is_back")
    room.take("ada")
    if not still_mine(room.events(), "ada"):
        raise Mistaken("came_back")


LESSON = Lesson(
    number=11,
    minutes=30,
    words=words_of(11),
    exercises=(
        Exercise("11.1", ("owner_of",), _check_owner_of),
        Exercise("11.2", ("next_chat",), _check_next_chat),
        Exercise("11.3", ("still_mine",), _check_still_mine),
    ),
)
