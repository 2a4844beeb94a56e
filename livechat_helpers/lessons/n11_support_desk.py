"""Notebook 11: several visitors, several agents, and who has which chat."""

from collections.abc import Callable
from typing import Any

from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question


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


_EX_1 = Exercise(
    name="11.1",
    asks=("owner_of",),
    check=_check_owner_of,
    correct="You know whose chat it is, and so does everybody who asks Vonage.",
    hints=(
        "`visitor, *others = members` takes the first one apart from the rest.",
        'Of the others keep those whose `["state"]` is `"JOINED"` and whose user is '
        'not the visitor\'s: compare the `id` of `["_embedded"]["user"]`.',
        "The last one of those has it: `names[-1] if names else None`.",
    ),
    solution="""
def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    joined = [member for member in members if member["state"] == "JOINED"]
    users = [member["_embedded"]["user"] for member in joined]
    names = [user["name"] for user in users if user["id"] != visitor]
    return names[-1] if names else None
""",
    mistakes={
        "nothing": Mistake(
            "The front desk has a new chat, and you say that nobody has. Did you "
            "forget `return`?",
            """
def owner_of(members):
    names = [member["_embedded"]["user"]["name"] for member in members]
    names[-1]
""",
        ),
        "those_who_left": Mistake(
            "Ada has the chat, and you say {found}. Look at `state`: who has left is "
            "still in the list.",
            """
def owner_of(members):
    visitor, *others = members
    return others[0]["_embedded"]["user"]["name"]
""",
        ),
        "first": Mistake(
            "Ada was in there when Ben joined. For a moment both are in, and Ben has "
            "the chat: he joined last. You say {found}.",
            """
def owner_of(members):
    visitor, *others = members
    joined = [member for member in others if member["state"] == "JOINED"]
    return joined[0]["_embedded"]["user"]["name"]
""",
        ),
        "visitor_is_back": Mistake(
            "The visitor left and came back, and you say that {found} has the chat. "
            "That is the visitor: the same user as the first member.",
            """
def owner_of(members):
    visitor, *others = members
    joined = [member for member in others if member["state"] == "JOINED"]
    return joined[-1]["_embedded"]["user"]["name"]
""",
        ),
        "no_agent": Mistake(
            "All agents have left, and your function ends in an `IndexError`. Return "
            "`None` then.",
            """
def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    joined = [member for member in members if member["state"] == "JOINED"]
    users = [member["_embedded"]["user"] for member in joined]
    return [user["name"] for user in users if user["id"] != visitor][-1]
""",
        ),
        "nobody": Mistake(
            "All agents have left, and you say {found}. Then it is nobody's.",
            """
def owner_of(members):
    visitor = members[0]["_embedded"]["user"]["id"]
    found = "agent"
    for member in members:
        user = member["_embedded"]["user"]
        if member["state"] == "JOINED" and user["id"] != visitor:
            found = user["name"]
    return found
""",
        ),
    },
)

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


_EX_2 = Exercise(
    name="11.2",
    asks=("next_chat",),
    check=_check_next_chat,
    correct="Nobody waits longer than needed, and nobody has too much to do.",
    hints=(
        "The room is `waiting[0]`. Begin with the case that there is none.",
        "`min(load, key=load.get)` is an agent with the fewest; of two with as many it "
        "takes the first in the dictionary. Let it look at `sorted(load)` instead.",
        "If even the one with the fewest has three, nobody has time.",
    ),
    solution="""
def next_chat(waiting, load):
    agent = min(sorted(load), key=load.get)
    if not waiting or load[agent] >= 3:
        return None
    return waiting[0], agent
""",
    mistakes={
        "nothing": Mistake(
            "Three wait and both agents have time, and you returned nothing.",
            """
def next_chat(waiting, load):
    if waiting:
        waiting[0], min(load, key=load.get)
""",
        ),
        "no_pair": Mistake(
            "Return a pair, the room and the agent: `return room, agent`. You returned "
            "{found}.",
            """
def next_chat(waiting, load):
    return min(load, key=load.get)
""",
        ),
        "not_the_longest": Mistake(
            "CON-1 has waited longest, and {room} was served.",
            """
def next_chat(waiting, load):
    return waiting[-1], min(load, key=load.get)
""",
        ),
        "busiest": Mistake(
            "Ada has two chats and Ben has one; you gave the next one to {agent}.",
            """
def next_chat(waiting, load):
    return waiting[0], sorted(load)[0]
""",
        ),
        "tie": Mistake(
            "Both have one chat. Then the name decides, so that it is the same every "
            "time: ada comes before ben, whatever the order in the dictionary.",
            """
def next_chat(waiting, load):
    return waiting[0], min(load, key=load.get)
""",
        ),
        "nobody_waits": Mistake(
            "Nobody waits. Then return `None`.",
            """
def next_chat(waiting, load):
    return waiting[0], min(sorted(load), key=load.get)
""",
        ),
        "fourth": Mistake(
            "Both have three chats, and somebody got a fourth. Let the visitor wait: "
            "an agent with four chats answers nobody well.",
            """
def next_chat(waiting, load):
    if waiting:
        return waiting[0], min(sorted(load), key=load.get)
    return None
""",
        ),
        "one_has_time": Mistake(
            "Ada has three chats, Ben has two, and nobody got the next. Ben has time.",
            """
def next_chat(waiting, load):
    if not waiting or max(load.values()) >= 3:
        return None
    return waiting[0], min(sorted(load), key=load.get)
""",
        ),
    },
)


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


_EX_3 = Exercise(
    name="11.3",
    asks=("still_mine",),
    check=_check_still_mine,
    correct="You know it from the first event on that says so.",
    hints=(
        'Only `"member:joined"` counts. Take the users of these events, in order.',
        "The first of them is the visitor. Drop all with the same `id`.",
        "What is left are the agents who joined. Compare the `name` of the last with "
        "`me`.",
    ),
    solution="""
def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    agents = [user["name"] for user in joined if user["id"] != joined[0]["id"]]
    return bool(agents) and agents[-1] == me
""",
    mistakes={
        "nothing": Mistake(
            "You returned nothing; the answer is `True` or `False`.",
            """
def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    joined[-1]["name"] == me
""",
        ),
        "never": Mistake(
            "The agent who joined last has the chat, and you say no.",
            """
def still_mine(events, me):
    return False
""",
        ),
        "never_joined": Mistake(
            "Ben has not joined at all, and you say that the chat is his.",
            """
def still_mine(events, me):
    return True
""",
        ),
        "waits_for_leaving": Mistake(
            "Ben has joined after Ada, and you say that Ada still has the chat. Her "
            "member will leave, but later: until then both would answer.",
            """
def still_mine(events, me):
    mine = False
    for event in events:
        if event["type"].startswith("member:"):
            if event["body"]["user"]["name"] == me:
                mine = event["type"] == "member:joined"
    return mine
""",
        ),
        "visitor_is_back": Mistake(
            "The visitor came back, and you say that Ben has lost the chat. The last "
            "who joined is no agent: look at who joined first.",
            """
def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    return joined[-1]["name"] == me
""",
        ),
        "came_back": Mistake(
            "Ada lost the chat and took it again, and you say that it is not hers.",
            """
def still_mine(events, me):
    joined = [e["body"]["user"] for e in events if e["type"] == "member:joined"]
    agents = {u["name"]: None for u in joined if u["id"] != joined[0]["id"]}
    return bool(agents) and list(agents)[-1] == me
""",
        ),
    },
)

LESSON = Lesson(
    number=11,
    title="The support desk",
    minutes=30,
    exercises=(_EX_1, _EX_2, _EX_3),
    questions=(
        Question(
            "Where is it written whose chat it is?",
            (
                Option(
                    "In the members of the conversation.",
                    "The agent who joined last has it. Everybody who may look sees "
                    "the same.",
                    right=True,
                ),
                Option(
                    "In a table of the website.",
                    "Then there would be two truths, and one day they differ.",
                ),
                Option(
                    "In the pane of the agent.",
                    "A pane shows it. If it were written there, nobody else would "
                    "know.",
                ),
            ),
        ),
        Question(
            "In which order does a hand-over go?",
            (
                Option(
                    "The old agent leaves, then the new one joins.",
                    "In between nobody has the chat; and if the second call fails, "
                    "nobody ever will.",
                ),
                Option(
                    "The new agent joins, then the old one leaves.",
                    "There is always somebody. For a moment there are two, and the "
                    "rule says who counts.",
                    right=True,
                ),
                Option(
                    "The order does not matter.",
                    "It does as soon as something fails between the two calls.",
                ),
            ),
        ),
        Question(
            "Ada joined with event 7. Now she sees that Ben joined with event 8. Well?",
            (
                Option(
                    "She joins once more, to be the last again.",
                    "Then Ben does the same, and they never end.",
                ),
                Option(
                    "She goes on until her member leaves.",
                    "Until then the visitor gets answers from both.",
                ),
                Option(
                    "The chat is Ben's: she stops.",
                    "Both see the same numbers, so both come to the same result.",
                    right=True,
                ),
            ),
        ),
    ),
)
