"""Notebook 11: several visitors, several agents, and who owns which chat."""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk

from .content import Exercise, Lesson
from .judging import SEED, generated, judge
from .practice import client, open_desk
from .wording import words_of

_AGENTS = ("ada", "ben")
_ROOMS = 4
_TURNS = 5


class _Room:
    """A chat on the sandbox, in which agents and the visitor come and go."""

    def __init__(self, desk: SupportDesk) -> None:
        self._desk = desk
        chat = desk.open_chat()
        self._visitor = chat["user"]
        self.id = chat["conversation"]["id"]

    def members(self) -> list[Json]:
        return list(self._desk.conversations.members(self.id))

    def events(self) -> list[Json]:
        return list(self._desk.conversations.events(self.id))

    def take(self, agent: str) -> None:
        self._desk.of(agent).take(self.id)

    def join(self, agent: str) -> None:
        """Let an agent join without anybody leaving, as in the middle of a race."""
        user = self._desk.of(agent).agent()
        if not self._joined(lambda one: one == user["id"]):
            self._desk.join({"id": self.id}, user)

    def visitor_comes_back(self) -> None:
        for member in self._joined(lambda one: one == self._visitor["id"]):
            self._desk.conversations.leave(self.id, member["id"])
        self._desk.join({"id": self.id}, self._visitor)

    def all_agents_leave(self) -> None:
        for member in self._joined(lambda one: one != self._visitor["id"]):
            self._desk.conversations.leave(self.id, member["id"])

    def delete(self) -> None:
        self._desk.conversations.delete(self.id)
        client().users.delete_user(self._visitor["id"])

    def _joined(self, wanted: Callable[[str], bool]) -> list[Json]:
        return [
            member
            for member in self.members()
            if member["state"] == "JOINED" and wanted(member["_embedded"]["user"]["id"])
        ]

    def turn(self, random: Random) -> None:
        """Do one random thing."""
        agent = random.choice(_AGENTS)
        random.choice(
            (
                lambda: self.take(agent),
                lambda: self.take(agent),
                lambda: self.join(agent),
                self.visitor_comes_back,
                self.all_agents_leave,
            )
        )()


@cache
def _histories() -> list[tuple[list[Json], list[Json]]]:
    """Return the members and events of chats on the sandbox after each of their steps.

    The steps are the same on every run. The chats are deleted at the end.
    """
    at = open_desk()
    random = Random(SEED)  # noqa: S311 - nothing secret is made of it
    found = []
    for _ in range(_ROOMS):
        room = _Room(at)
        found.append((room.members(), room.events()))
        for _ in range(_TURNS):
            room.turn(random)
            found.append((room.members(), room.events()))
        room.delete()
    return found


# 11.1


def _user(member: Json) -> Json:
    return member["_embedded"]["user"]


def _agents(members: list[Json], state: str | None = "JOINED") -> list[Json]:
    """Return the users of the agents in a state; None means any state."""
    return [
        _user(member)
        for member in members
        if state in (None, member["state"])
        and _user(member)["id"] != _user(members[0])["id"]
    ]


def _owner_of(members: list[Json]) -> str | None:
    agents = _agents(members)
    return agents[-1]["name"] if agents else None


def _joined_but_first(members: list[Json]) -> list[str]:
    """Return the names of all joined members except the first."""
    return [_user(one)["name"] for one in members[1:] if one["state"] == "JOINED"]


_OWNERS: dict[str, Callable[[list[Json]], Any]] = {
    "nothing": lambda members: None,
    "those_who_left": lambda members: _agents(members, None)[-1]["name"],
    "those_who_left~first": lambda members: _user(members[1])["name"],
    "first": lambda members: next((one["name"] for one in _agents(members)), None),
    "first~raises": lambda members: _agents(members)[0]["name"],
    "first~whoever": lambda members: next(iter(_joined_but_first(members)), None),
    "first~whoever_raises": lambda members: _joined_but_first(members)[0],
    "visitor_is_back": lambda members: next(reversed(_joined_but_first(members)), None),
    "visitor_is_back~raises": lambda members: _joined_but_first(members)[-1],
    "visitor_is_back~all": lambda members: [
        _user(one)["name"] for one in members if one["state"] == "JOINED"
    ][-1],
    "no_agent": lambda members: _agents(members)[-1]["name"],
    "nobody": lambda members: _owner_of(members) or "agent",
    "display_name": lambda members: (
        _agents(members)[-1]["display_name"] if _agents(members) else None
    ),
    "id": lambda members: _agents(members)[-1]["id"] if _agents(members) else None,
}


def _check_owner_of(owner_of: Callable[[list[Json]], Any]) -> None:
    inputs = [(members,) for members, _ in _histories()]
    judge(owner_of, _owner_of, inputs, _OWNERS)


# 11.2

_MOST = 3


def _monday(random: Random) -> tuple[list[str], dict[str, int]]:
    """Return who is waiting, and how many chats each agent has."""
    count = random.choice((0, 1, 2, 4))
    rooms = [f"CON-{n}" for n in random.sample(range(100), count)]
    names = random.sample(("ada", "ben", "cleo", "dan"), random.randint(1, 4))
    return rooms, {name: random.randint(0, _MOST) for name in names}


def _next_chat(waiting: list[str], load: dict[str, int]) -> tuple[str, str] | None:
    agent = min(sorted(load), key=lambda name: load[name])
    if not waiting or load[agent] >= _MOST:
        return None
    return waiting[0], agent


def _policy(
    room: Callable[[list[str]], str] = lambda waiting: waiting[0],
    order: Callable[[dict[str, int]], list[str]] = sorted,
    most: int = _MOST,
    checks_queue: bool = True,
    busiest: bool = False,
) -> Callable[..., Any]:
    """Return a ``next_chat`` that is right, except for what the arguments change."""

    def next_chat(waiting: list[str], load: dict[str, int]) -> Any:
        choose = max if busiest else min
        agent = choose(order(load), key=lambda name: load[name])
        if (checks_queue and not waiting) or load[agent] >= most:
            return None
        return room(waiting), agent

    return next_chat


def _one_is_full(waiting: list[str], load: dict[str, int]) -> Any:
    if max(load.values()) >= _MOST:
        return None
    return _next_chat(waiting, load)


_POLICIES: dict[str, Callable[..., Any]] = {
    "nothing": lambda waiting, load: None,
    "not_the_longest": _policy(room=lambda waiting: waiting[-1]),
    "busiest": _policy(busiest=True),
    "tie": _policy(order=list),
    "tie~last": _policy(order=lambda load: sorted(load, reverse=True)),
    "nobody_waits": _policy(checks_queue=False),
    "nobody_waits~no_limit": _policy(checks_queue=False, most=1000),
    "fourth": _policy(most=1000),
    "fourth~one_more": _policy(most=_MOST + 1),
    "third": _policy(most=_MOST - 1),
    "one_has_time": _one_is_full,
    "no_pair": lambda waiting, load: (_next_chat(waiting, load) or (None, None))[1],
}


def _same_pair(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, tuple | list) and isinstance(got, tuple | list):
        return [*wanted] == [*got]
    return wanted == got


def _check_next_chat(next_chat: Callable[..., Any]) -> None:
    inputs = generated(_monday, 60)
    judge(next_chat, _next_chat, inputs, _POLICIES, same=_same_pair)


# 11.3


def _joined(events: list[Json]) -> list[Json]:
    return [one["body"]["user"] for one in events if one["type"] == "member:joined"]


def _joined_agents(events: list[Json]) -> list[str]:
    joined = _joined(events)
    return [user["name"] for user in joined if user["id"] != joined[0]["id"]]


def _still_mine(events: list[Json], me: str) -> bool:
    return _joined_agents(events)[-1:] == [me]


def _until_i_left(events: list[Json], me: str) -> bool:
    mine = False
    for event in events:
        is_about_members = event["type"] in ("member:joined", "member:left")
        if is_about_members and event["body"]["user"]["name"] == me:
            mine = event["type"] == "member:joined"
    return mine


def _each_once(events: list[Json]) -> list[str]:
    return [*dict.fromkeys(_joined_agents(events))]


_JUDGEMENTS: dict[str, Callable[..., Any]] = {
    "nothing": lambda events, me: None,
    "never": lambda events, me: False,
    "always": lambda events, me: True,
    "waits_for_leaving": _until_i_left,
    "once_joined": lambda events, me: me in _joined_agents(events),
    "visitor_is_back": lambda events, me: _joined(events)[-1]["name"] == me,
    "came_back": lambda events, me: _each_once(events)[-1:] == [me],
    "came_back~raises": lambda events, me: _each_once(events)[-1] == me,
    "first": lambda events, me: _joined_agents(events)[:1] == [me],
    "first~raises": lambda events, me: _joined_agents(events)[0] == me,
}


def _as_truth(wanted: Any, got: Any) -> bool:
    return bool(wanted) == bool(got) and (wanted is None) == (got is None)


def _check_still_mine(still_mine: Callable[[list[Json], str], Any]) -> None:
    names = (*_AGENTS, "agent", "somebody-else")
    histories = [events for _, events in _histories()]
    histories.append(histories[0][:1])  # only the visitor
    inputs = [(events, name) for events in histories for name in names]
    judge(still_mine, _still_mine, inputs, _JUDGEMENTS, same=_as_truth)


LESSON = Lesson(
    number=11,
    minutes=45,
    words=words_of(11),
    exercises=(
        Exercise("11.1", ("owner_of",), _check_owner_of),
        Exercise("11.2", ("next_chat",), _check_next_chat),
        Exercise("11.3", ("still_mine",), _check_still_mine),
    ),
)
