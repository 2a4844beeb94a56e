"""Notebook 13: the same chat on Matrix, and how to move there."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

import requests
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError, ServerError

from .calling import as_code, called
from .content import Exercise, Lesson, Unexpected
from .fault_sequences import Faults, Step, Story, judge_over_sequences
from .judging import Raised, generated, judge, outcome_of
from .wording import words_of

Json = dict[str, Any]

APPLICATION = "@livechat:livechat.local"
_VISITOR = "@visitor-quiet-otter:livechat.local"
_END = "livechat.chat_ended"

# 13.1

_Rules = Callable[[list[str], bool], Any]
_Deeds = frozenset[tuple[str, str]]
"""Who can do what, such as ``("a visitor", "write a message")``."""


def _rules_like(**others: Any) -> _Rules:
    """Return rules that are right, except for what the arguments change.

    A value of None leaves a rule out. A function is called with the agents and whether
    the chat has ended.
    """

    def rules(agents: list[str], ended: bool) -> Json:
        made: Json = {
            "users": {APPLICATION: 100} | dict.fromkeys(agents, 50),
            "events_default": 50 if ended else 0,
            "state_default": 100,
            "invite": 100,
            "kick": 100,
            "ban": 100,
            "redact": 50,
            "events": {_END: 100},
        }
        for name, value in others.items():
            made[name] = value(agents, ended) if callable(value) else value
        return {name: value for name, value in made.items() if value is not None}

    return rules


def _power(rules: Mapping[str, Any], user: str) -> float:
    return rules.get("users", {}).get(user, rules.get("users_default", 0))


def _deeds(rules: Any, agents: list[str]) -> _Deeds | str:
    """Return what a room's rules allow each person to do, according to Matrix.

    Source: https://spec.matrix.org/latest/client-server-api/#mroompower_levels
    """
    if not isinstance(rules, Mapping):
        return "no dictionary"
    events = rules.get("events", {})
    writes = rules.get("events_default", 0)
    changes = rules.get("state_default", 50)
    needed = {
        "write a message": events.get("m.room.message", writes),
        "take back their own message": events.get("m.room.redaction", writes),
        "take back somebody else's message": max(
            events.get("m.room.redaction", writes), rules.get("redact", 50)
        ),
        "say that the chat has ended": events.get(_END, writes),
        "change the rules": events.get("m.room.power_levels", changes),
        "rename the room": events.get("m.room.name", changes),
        "invite somebody": rules.get("invite", 0),
        "throw somebody out": rules.get("kick", 50),
        "ban somebody": rules.get("ban", 50),
    }
    people = {"the application": APPLICATION, "a visitor": _VISITOR}
    people |= {f"the agent {agent}": agent for agent in agents}
    return frozenset(
        (who, what)
        for who, user in people.items()
        for what, power in needed.items()
        if _power(rules, user) >= power
    )


def _rooms(random: Random) -> tuple[list[str], bool]:
    names = random.sample(("agent", "ada", "bob", "kim"), random.randint(1, 4))
    return [f"@{name}:livechat.local" for name in names], random.random() < 0.5


_RULES: dict[str, _Rules] = {
    "goes_on": _rules_like(events_default=0),
    "goes_on~left_out": _rules_like(events_default=None),
    "silent": _rules_like(events_default=50),
    "forged_end": _rules_like(events=None),
    "forged_end~none": _rules_like(events={}),
    "forged_end~agents": _rules_like(events={_END: 50}),
    "anybody_invites": _rules_like(invite=None),
    "anybody_invites~zero": _rules_like(invite=0),
    "no_agents": _rules_like(users={APPLICATION: 100}),
    "no_application": _rules_like(users=lambda agents, _: dict.fromkeys(agents, 50)),
    "agents_rule": _rules_like(
        users=lambda agents, _: {APPLICATION: 100} | dict.fromkeys(agents, 100)
    ),
    "agents_change": _rules_like(state_default=50, kick=50, ban=50),
    "agents_change~left_out": _rules_like(state_default=None, kick=None, ban=None),
    "agents_change~state": _rules_like(state_default=None),
    "agents_change~kick": _rules_like(kick=None),
    "agents_change~ban": _rules_like(ban=None),
    "anybody_takes_back": _rules_like(redact=0),
    "nobody_takes_back": _rules_like(redact=100),
    "the_other_way": _rules_like(events_default=lambda _, ended: 0 if ended else 50),
}


def _check_rules(room_rules: _Rules) -> None:
    inputs = [(["@agent:livechat.local"], False), *generated(_rooms, 40)]

    def played(rules: _Rules) -> Callable[[list[str], bool], Any]:
        return lambda agents, ended: _deeds(called(rules, agents, ended), agents)

    right = played(_rules_like())
    mistakes = {name: played(rules) for name, rules in _RULES.items()}
    mistakes["nothing"] = lambda agents, ended: "no dictionary"
    try:
        judge(played(room_rules), right, inputs, mistakes, name="room_rules")
    except Unexpected:
        for given in inputs:
            _name_a_difference(given, right(*given), outcome_of(room_rules, given))


def _name_a_difference(
    given: tuple[list[str], bool], wanted: _Deeds | str, got: Any
) -> None:
    """Report the first thing that a person can do but shouldn't, or the reverse."""
    does = _deeds(got, given[0])
    if does == wanted or isinstance(does, str) or isinstance(wanted, str):
        return
    who, what = min(does ^ wanted)
    may = "may" if (who, what) in wanted else "may not"
    opposite = "may not" if may == "may" else "may"
    asked = as_code("room_rules", *given)
    raise Unexpected(asked, f"that {who} {may} {what}", f"that {who} {opposite}")


# 13.2


class _Server:
    """A homeserver that recognises transaction ids, over a line that fails.

    faults: what happens to each try: ``sent``, ``refused`` or ``answer lost``.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = [*faults]
        self.kept: dict[str, str] = {}
        self.tries = 0
        self.steps: list[Step] = []

    def put(self, key: Any, text: Any) -> Json:
        """Accept a message, like the notebook's ``put``."""
        fault = self._faults.pop(0) if self._faults else "sent"
        self.tries += 1
        if self.tries > _MOST:
            fault = "sent"  # Otherwise, an endless answer wouldn't end.
        number = [*self.kept, key].index(key) + 1
        self.steps.append(Step("send_once", "Synapse", f"put: key {number}, {text}"))
        if fault == "refused":
            self.steps.append(Step("Synapse", "send_once", "503"))
            raise _refused()
        known = key in self.kept
        self.kept.setdefault(key, text)
        if fault == "answer lost":
            said = "known already" if known else "kept"
            self.steps.append(Step("Synapse", "Synapse", f"{said}; the answer is lost"))
            raise NoAnswer("The connection broke.")
        self.steps.append(Step("Synapse", "send_once", f"event {number}"))
        return {"event_id": f"$event-{number}"}


_MOST = 12  # tries, after which an answer counts as endless
_TEXTS = ("Yes", "Yes")  # The same text is sent twice.


def _refused() -> HttpRequestError:
    answer = requests.Response()
    answer.status_code = 503
    return ServerError(answer)


def _weather(random: Random) -> Faults:
    kinds = ("sent", "refused", "answer lost")
    return tuple(random.choices(kinds, k=random.randint(1, 7)))


def _send_like(
    tries: int = 3,
    key: Callable[[str, int], str] = lambda text, attempt: "",
    silent: bool = False,
    returns: bool = True,
) -> Callable[..., Any]:
    """Return a ``send_once`` that is right, except for what the arguments change.

    key: returns a message's key for one attempt; an empty one means a new key per
        message.
    """

    def send(put: Callable[[str, str], Any], text: str) -> Any:
        own = str(uuid4())
        for attempt in range(tries):
            try:
                event = put(key(text, attempt) or own, text)
                return event if returns else None
            except (HttpRequestError, RequestException):
                if attempt == tries - 1:
                    if silent:
                        return None
                    raise
        return None

    return send


_SENDINGS: dict[str, Callable[..., Any]] = {
    "sends_nothing": lambda put, text: None,
    "new_key": _send_like(key=lambda text, attempt: str(uuid4())),
    "new_key~number": _send_like(key=lambda text, attempt: str(attempt)),
    "one_key": _send_like(key=lambda text, attempt: text),
    "one_key~constant": _send_like(key=lambda text, attempt: "key"),
    "gives_up": _send_like(tries=1),
    "silent": _send_like(silent=True),
    "nothing": _send_like(returns=False),
    "endless": _send_like(tries=100),
    **{f"another_count~{n}": _send_like(tries=n) for n in (2, 4, 5, 6)},
}


def _check_send_once(send_once: Callable[..., Any]) -> None:
    def play(send: Callable[..., Any], weather: Faults) -> Story:
        server = _Server(weather)
        ends = [_end_of(send, server, text) for text in _TEXTS]
        times = f"{len(server.kept)} in the room"
        result = f"{server.tries} tries for {len(_TEXTS)} messages, {times}; {ends}"
        return Story(result, tuple(server.steps))

    judge_over_sequences(
        play, send_once, _send_like(), _weather, _SENDINGS, name="send_once"
    )


def _end_of(send: Callable[..., Any], server: _Server, text: str) -> str:
    """Return how sending one message ended."""
    try:
        got = called(send, server.put, text)
    except HttpRequestError:
        return "the error 503"
    except RequestException:
        return "the error of the broken connection"
    known = [f"$event-{number + 1}" for number in range(len(server.kept))]
    if got is None:
        return "nothing"
    is_event = isinstance(got, Mapping) and got.get("event_id") in known
    return "its event" if is_event else "something else"


# 13.3

_NAMES = ("Ada", "Quiet Otter", "Support Agent", "Kim")
_SAID = ("Hello", "Yes", "Where is it?", "On its way: today", "")


def _timeline(random: Random) -> tuple[list[Json]]:
    """Return a room's events: people join, write, change names and delete messages."""
    users = [f"@u{number}:livechat.local" for number in range(random.randint(1, 3))]
    events = [_event("m.room.create", APPLICATION, {"room_version": "11"}, "")]
    events += [_member(user, random.choice(_NAMES)) for user in users]
    for _ in range(random.randint(0, 8)):
        user = random.choice(users)
        text = {"msgtype": "m.text", "body": random.choice(_SAID)}
        events.append(
            random.choice(
                (
                    _event("m.room.message", user, text),
                    _event("m.room.message", user, text),
                    _event("m.room.message", user, {}),  # a deleted message
                    _member(user, random.choice(_NAMES)),
                    _event(_END, APPLICATION, {"by": "agent", "reason": "Solved"}),
                    _event("m.room.topic", user, {"topic": "Shoes"}, ""),
                )
            )
        )
    return (events,)


def _event(kind: str, sender: str, content: Json, key: str | None = None) -> Json:
    event: Json = {"type": kind, "sender": sender, "content": content}
    return event if key is None else {**event, "state_key": key}


def _member(user: str, name: str) -> Json:
    content = {"membership": "join", "displayname": name}
    return _event("m.room.member", user, content, user)


def _lines_like(
    deleted: Callable[[Json], str] = lambda content: content.get("body", "(deleted)"),
    only_messages: bool = True,
    skips_deleted: bool = False,
    names_at: str = "then",
) -> Callable[[list[Json]], Any]:
    """Return a right ``room_transcript``, except for what the arguments change."""

    def lines(events: list[Json]) -> list[str]:
        names: dict[str, str] = {}
        for event in events:
            if event["type"] == "m.room.member":
                is_new = event["state_key"] not in names
                if names_at == "end" or (names_at == "first" and is_new):
                    names[event["state_key"]] = event["content"]["displayname"]
        said = []
        for event in events:
            content, sender = event["content"], event["sender"]
            if event["type"] == "m.room.member" and names_at == "then":
                names[event["state_key"]] = content["displayname"]
            if only_messages and event["type"] != "m.room.message":
                continue
            if not content and skips_deleted:
                continue
            name = sender if names_at == "never" else names.get(sender, sender)
            said.append(f"{name}: {deleted(content)}")
        return said

    return lines


_TRANSCRIPTS: dict[str, Callable[[list[Json]], Any]] = {
    "nothing": lambda events: None,
    "ids": _lines_like(names_at="never"),
    "stops": _lines_like(deleted=lambda content: content["body"]),
    "none": _lines_like(deleted=lambda content: str(content.get("body"))),
    "none~empty": _lines_like(deleted=lambda content: content.get("body", "")),
    "left_out": _lines_like(skips_deleted=True),
    "everything": _lines_like(only_messages=False),
    "later_name": _lines_like(names_at="end"),
    "first_name": _lines_like(names_at="first"),
}


def _check_transcript(room_transcript: Callable[[list[Json]], Any]) -> None:
    def as_list(answer: Callable[..., Any]) -> Callable[[list[Json]], Any]:
        def given(events: list[Json]) -> Any:
            lines = called(answer, events)
            return lines if lines is None or isinstance(lines, str) else list(lines)

        return given

    inputs = generated(_timeline, 60)
    right = _lines_like()
    name = "room_transcript"
    judge(as_list(room_transcript), right, inputs, _TRANSCRIPTS, name=name)


# 13.4

_NOW = "now"
_DELETED: Json = {
    "message_type": "text",
    "text": "",
    "timestamp": {"deleted": "2026-03-01T09:00:00.000Z"},
}
"""The body of a deleted message, as the sandbox returns it."""


def _history(random: Random) -> tuple[list[Json]]:
    """Return the events of a conversation, as Vonage returns them."""
    told: list[tuple[str, Json]] = [("member:joined", {"user": {"name": "kim"}})]
    for _ in range(random.randint(1, 7)):
        text = random.choice(("Hello", "Yes", "No"))
        told.append(
            random.choice(
                (
                    ("message", {"message_type": "text", "text": text}),
                    ("message", {"message_type": "text", "text": text}),
                    ("message", _DELETED),
                    ("message", {"message_type": "image", "image": {"url": text}}),
                    ("message:seen", {"event_id": 2}),
                    ("custom:note", {"text": text}),
                    ("custom:chat_ended", {"by": "agent", "reason": text}),
                    ("event:delete", {"event_id": 2}),
                )
            )
        )
    at = 1_767_225_600 + random.randint(0, 10**6) + random.randint(0, 999) / 1000
    events = []
    for number, (kind, body) in enumerate(told, 1):
        moment = datetime.fromtimestamp(at + 7 * number, UTC)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        events.append({"id": number, "type": kind, "timestamp": stamp, "body": body})
    return (events,)


def _to_send_like(
    key: Callable[[Json], Any] = lambda event: f"moved-{event['id']}",
    ts: Callable[[Json], Any] = lambda event: _milliseconds(event),
    ends: bool = True,
    deleted: bool = False,
) -> Callable[[Json], Any]:
    """Return a ``to_send`` that is right, except for what the arguments change."""

    def to_send(event: Json) -> Json | None:
        body = event["body"]
        if "timestamp" in body and not deleted:
            return None
        if event["type"] == "message" and "text" in body:
            kind, content = "m.room.message", {"msgtype": "m.text"}
            content["body"] = body["text"]
        elif event["type"] == "custom:chat_ended" and ends:
            kind, content = _END, body
        else:
            return None
        return {"type": kind, "content": content, "ts": ts(event), "key": key(event)}

    return to_send


def _milliseconds(event: Json) -> int:
    return round(datetime.fromisoformat(event["timestamp"]).timestamp() * 1000)


def _stops(event: Json) -> Any:
    if event["type"] == "message" and "timestamp" not in event["body"]:
        event["body"]["text"]
    return _to_send_like()(event)


_MOVES: dict[str, Callable[[Json], Any]] = {
    "nothing": lambda event: None,
    "seconds": _to_send_like(ts=lambda event: _milliseconds(event) // 1000),
    "seconds~fraction": _to_send_like(ts=lambda event: _milliseconds(event) / 1000),
    "now": _to_send_like(ts=lambda event: time.time() * 1000),
    "now~seconds": _to_send_like(ts=lambda event: time.time()),
    "as_text": _to_send_like(ts=lambda event: event["timestamp"]),
    "new_key": _to_send_like(key=lambda event: str(uuid4())),
    "one_key": _to_send_like(key=lambda event: event["body"].get("text", "end")),
    "one_key~constant": _to_send_like(key=lambda event: "moved"),
    "no_end": _to_send_like(ends=False),
    "deleted": _to_send_like(deleted=True),
    "stops": _stops,
}


def _check_to_send(to_send: Callable[[Json], Any]) -> None:
    def played(answer: Callable[[Json], Any]) -> Callable[[list[Json]], Any]:
        def play(events: list[Json]) -> list[Any]:
            keys: list[Any] = []
            return [_told(answer, event, keys) for event in events]

        return play

    mistakes = {name: played(move) for name, move in _MOVES.items()}
    inputs = generated(_history, 60)
    try:
        judge(played(to_send), played(_to_send_like()), inputs, mistakes)
    except Unexpected:
        for (events,) in inputs:
            _name_a_wrong_one(to_send, events)
        raise


def _told(answer: Callable[[Json], Any], event: Json, keys: list[Any]) -> Any:
    """Return what an answer makes of an event, with a description instead of its key.

    keys: the keys of earlier events; this event's is added.
    """
    first, again = (called(answer, dict(event)) for _ in range(2))
    if not isinstance(first, Mapping):
        return first
    key = first.get("key")
    is_new = key not in keys
    keys.append(key)
    is_kept = isinstance(again, Mapping) and again.get("key") == key
    ts = first.get("ts")
    is_now = isinstance(ts, int | float) and abs(ts / 1000 - time.time()) < 60
    is_now = is_now or (isinstance(ts, int | float) and abs(ts - time.time()) < 60)
    if isinstance(ts, int) and abs(ts - _milliseconds(event)) <= 1:
        ts = _milliseconds(event)  # It can be truncated or rounded.
    elif isinstance(ts, float) and not is_now:
        ts = f"{ts}, a float"  # Matrix doesn't accept a float as a time.
    made = {name: first.get(name) for name in ("type", "content")}
    key = ("of its own" if is_new else "of another event") if is_kept else "new"
    return {**made, "ts": _NOW if is_now else ts, "key": key if key else "none"}


def _name_a_wrong_one(to_send: Callable[[Json], Any], events: list[Json]) -> None:
    """Report the first event that an answer converts wrongly."""
    mine: list[Any] = []
    rights: list[Any] = []
    for event in events:
        got = outcome_of(lambda one: _told(to_send, one, mine), (event,))
        wanted = _told(_to_send_like(), event, rights)
        if isinstance(got, Raised):
            raise got.error
        if got != wanted:
            raise Unexpected(as_code("to_send", event), f"`{wanted}`", f"`{got}`")


LESSON = Lesson(
    number=13,
    minutes=55,
    words=words_of(13),
    exercises=(
        Exercise("13.1", ("room_rules",), _check_rules),
        Exercise("13.2", ("send_once",), _check_send_once),
        Exercise("13.3", ("room_transcript",), _check_transcript),
        Exercise("13.4", ("to_send",), _check_to_send),
    ),
    sandbox_only=True,
)
