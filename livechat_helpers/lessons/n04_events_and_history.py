"""Notebook 04: events and history."""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import product
from random import Random
from typing import Any

from livechat_helpers.conversations import Conversations, Json

from .calling import called, shown
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import Behaviour, generated, judge, outcome_of
from .practice import Practice, application, client, practice
from .wording import words_of

# 4.1

_MANY = 108  # events, so that they don't fit on one page


def _check_read_on(read_on: Callable[[str, int], Iterable[Json]]) -> None:
    room, numbers = _long_chat(application().id)

    def ids(events: Iterable[Json] | None) -> list[int]:
        return [event["id"] for event in events or ()]

    def from_(first: int, most: int | None = None) -> list[int]:
        return [number for number in numbers if number >= first][:most]

    if called(read_on, room, 3) is None:
        raise Mistaken("nothing")

    def answer(last_id: int) -> list[int]:
        return ids(called(read_on, room, last_id))

    def one_page(size: int) -> Behaviour:
        return lambda last_id: from_(last_id + 1, size)

    mistakes = {
        "again": from_,
        "one_lost": lambda last_id: from_(last_id + 2),
        "everything": lambda last_id: from_(1),
        "not_up_to_date": lambda last_id: from_(min(last_id + 1, numbers[-1])),
        "one_page": one_page(100),
        "one_page~default": one_page(10),
        "one_page~twenty": one_page(20),
    }
    known = [(last_id,) for last_id in (1, 4, 5, 6, 40, _MANY - 11, _MANY - 1, _MANY)]
    judge(answer, lambda last_id: from_(last_id + 1), known, mistakes, name="read_on")


@cache
def _long_chat(application: str) -> tuple[str, list[int]]:
    """Create a chat with several pages; return its id and the numbers of its events.

    It isn't deleted, because creating it takes a second.
    """
    conversations = Conversations(client().http_client)
    room = conversations.create()["id"]
    for number in range(1, _MANY):
        conversations.send_text(room, f"Message {number}")
    conversations.delete_event(room, 5)  # It keeps its number; the last event names it.
    return room, [event["id"] for event in conversations.events(room)]


# 4.2


class _Chat:
    """A chat on Vonage, whose members a check controls.

    mine: the practice that creates it.
    """

    def __init__(self, mine: Practice) -> None:
        self._conversations = mine.conversations
        self._room = mine.room()
        self._members = {
            who: self._conversations.join(self._room, mine.user(who))["id"]
            for who in ("Ada", "Support Agent", "Grace")
        }

    def say(self, who: str, text: str, *, deleted: bool = False) -> int:
        member = self._members[who]
        said = self._conversations.send_text(self._room, text, member=member)
        if deleted:
            self._conversations.delete_event(self._room, said["id"])
        return said["id"]

    def do(self, who: str, kind: str, body: Json) -> int:
        event = {"type": kind, "from": self._members[who], "body": body}
        return self._conversations.send_event(self._room, event)["id"]

    def events(self) -> list[Json]:
        return list(self._conversations.events(self._room))


@cache
def _events_of_a_chat() -> list[Json]:
    """Return the events of a chat as Vonage returns them, with every kind of event."""
    with practice() as mine:
        chat = _Chat(mine)
        chat.say("Ada", "Hello!")
        asked = chat.say("Ada", "I can't find my order.")
        chat.do("Support Agent", "message:seen", {"event_id": asked})
        chat.say("Support Agent", "Which one?")
        chat.say("Ada", "My card is 4711", deleted=True)
        chat.do("Ada", "custom:order", {"number": 4711, "text": "4711"})
        answer = chat.say("Support Agent", "It is on its way.")
        chat.do("Ada", "message:delivered", {"event_id": answer})
        chat.say("Grace", "<b>Me too</b>: thanks")
        picture = {"url": "https://example.com/parcel.png"}
        body = {"message_type": "image", "image": picture}
        shown = chat.do("Grace", "message", body)
        mine.conversations.delete_event(mine.rooms[0], shown)
        chat.say("Grace", "wrong chat", deleted=True)
        chat.say("Ada", "Bye")
        chat.say("Support Agent", "Bye")
        return chat.events()


def _mixed() -> list[Json]:
    """Return events as they may arrive: out of order, and one of them twice."""
    events = {event["id"]: event for event in _events_of_a_chat()}
    return [events[number] for number in (7, 5, 10, 11, 1, 8, 5, 6, 4)]


def _some_chat(random: Random) -> tuple[list[Json]]:
    """Return a chat's events: out of order, and some of them twice."""
    there = _events_of_a_chat()
    events = [
        # Several events can have the same millisecond.
        {**event, "timestamp": f"2026-01-01T12:00:00.{event['id'] // 3:03}Z"}
        for event in random.sample(there, random.randint(2, len(there)))
    ]
    events += random.sample(events, random.randint(0, len(events)))
    random.shuffle(events)
    return (events,)


def _by_id(events: list[Json]) -> list[Json]:
    return sorted({event["id"]: event for event in events}.values(), key=_number)


def _number(event: Json) -> int:
    return event["id"]


def _text(body: Json) -> str:
    return body.get("text") or "(deleted)"


def _lines(events: Iterable[Json], text: Callable[[Json], str] = _text) -> list[str]:
    """Return a line for each message.

    text: returns the text of a message's body.
    """
    return [
        f"{event['_embedded']['from_user']['display_name']}: {text(event['body'])}"
        for event in events
        if event["type"] == "message"
    ]


def _written(text: Callable[[Json], str]) -> Behaviour:
    return lambda events: _lines(_by_id(events), text)


def _by_time(events: list[Json]) -> list[Json]:
    once = {event["id"]: event for event in events}
    return sorted(once.values(), key=lambda event: event["timestamp"])


def _with_text(events: list[Json]) -> list[Json]:
    return [event for event in _by_id(events) if event["body"].get("text")]


_TRANSCRIPTS: dict[str, Behaviour] = {
    "no_text": _written(lambda body: body["text"]),
    "no_text~or": _written(lambda body: body["text"] or "(deleted)"),
    "empty_text": _written(lambda body: body.get("text", "(deleted)")),
    "twice": lambda events: _lines(sorted(events, key=_number)),
    "twice~as_they_came": _lines,
    "order": lambda events: _lines({one["id"]: one for one in events}.values()),
    "order~by_time": lambda events: _lines(_by_time(events)),
    "left_out": lambda events: _lines(_with_text(events)),
    "left_out~pictures": lambda events: _lines(
        event for event in _by_id(events) if "text" in event["body"]
    ),
}


def _check_transcript(transcript: Callable[[list[Json]], Any]) -> None:
    if called(transcript, _mixed()) is None:
        raise Mistaken("nothing")

    def answer(events: list[Json]) -> Any:
        given = called(transcript, events)
        return given if isinstance(given, str) else [*given]

    def right(events: list[Json]) -> list[str]:
        return _lines(_by_id(events))

    def is_text(result: Any) -> bool:
        return isinstance(result, str)

    inputs = [(_mixed(),), *generated(_some_chat, 40), ([],)]
    try:
        judge(
            *(answer, right, inputs, _TRANSCRIPTS),
            looks={"one_text": is_text},
            name="transcript",
        )
    except Unexpected:
        found = [outcome_of(answer, one) for one in inputs]
        if all(
            _is_of_all(events, one)
            for (events,), one in zip(inputs, found, strict=True)
        ):
            raise Mistaken("not_said") from None
        raise


def _is_of_all(events: list[Json], result: Any) -> bool:
    """Return whether every event has its line, even if nothing was said in it."""
    return isinstance(result, list) and len(result) == len(_by_id(events))


# 4.3


_RANK = ("sent", "delivered", "seen")


@cache
def _messages_and_receipts() -> tuple[list[Json], list[Json]]:
    """Return three messages in Vonage's form, and receipts of every kind for each."""
    with practice() as mine:
        chat = _Chat(mine)
        said = [chat.say("Ada", f"Hello, {number}") for number in range(3)]
        for kind, message in product(_RANK[1:], said):
            chat.do("Support Agent", f"message:{kind}", {"event_id": message})
            chat.do("Grace", f"message:{kind}", {"event_id": message})
        mine.conversations.delete_event(mine.rooms[0], said[1])  # This names it, too.
        events = chat.events()
    messages = [event for event in events if event["type"] == "message"]
    return messages, [event for event in events if "event_id" in event["body"]]


def _some_receipts(random: Random) -> tuple[int, list[Json]]:
    messages, receipts = _messages_and_receipts()
    events = [*messages, *random.sample(receipts, random.randint(0, 7))]
    random.shuffle(events)
    return random.choice(messages)["id"], events


def _kinds(message: int, events: list[Json], *, all_of: bool = False) -> list[str]:
    return [
        event["type"].partition(":")[2]
        for event in events
        if event["type"].startswith("message:")
        and (all_of or event["body"].get("event_id") == message)
    ]


def _best(message: int, events: list[Json]) -> str:
    return max(["sent", *_kinds(message, events)], key=_RANK.index)


def _check_ticks(ticks: Callable[[int, list[Json]], Any]) -> None:
    messages, receipts = _messages_and_receipts()
    number = messages[0]["id"]
    if called(ticks, number, [*messages, *receipts]) is None:
        raise Mistaken("nothing")
    word = called(ticks, number, [*messages])
    if word not in _RANK:
        raise Mistaken("another_word", word=shown(word))

    def never(kind: str) -> Behaviour:
        def does(message: int, events: list[Json]) -> str:
            kinds = [one for one in _kinds(message, events) if one != kind]
            return max(["sent", *kinds], key=_RANK.index)

        return does

    def of_all(message: int, events: list[Json]) -> str:
        kinds = _kinds(message, events, all_of=True)
        return max(["sent", *kinds], key=_RANK.index)

    def last(message: int, events: list[Json]) -> str:
        return ["sent", *_kinds(message, events)][-1]

    def first(message: int, events: list[Json]) -> str:
        return [*_kinds(message, events), "sent"][0]

    def any_kinds(message: int, events: list[Json]) -> list[str]:
        """Return the kinds of all events about a message, including its deletion."""
        about = [one for one in events if one["body"].get("event_id") == message]
        return [one["type"].removeprefix("message:") for one in about]

    def last_of_all(message: int, events: list[Json]) -> str:
        return ["sent", *_kinds(message, events, all_of=True)][-1]

    def delivered_wins(message: int, events: list[Json]) -> str:
        kinds = _kinds(message, events)
        return "delivered" if "delivered" in kinds else ["sent", *kinds][-1]

    def any_seen(message: int, events: list[Json]) -> str:
        return "seen" if "seen" in _kinds(message, events, all_of=True) else "sent"

    mistakes = {
        "of_another~seen": any_seen,
        "of_another~last": last_of_all,
        "of_another": of_all,
        "goes_back~first": first,
        "goes_back~first_of_any": lambda *of: [*any_kinds(*of), "sent"][0],
        "goes_back": last,
        "goes_back~last_of_any": lambda *of: ["sent", *any_kinds(*of)][-1],
        "not_seen~delivered": delivered_wins,
        "not_delivered": never("delivered"),
        "not_seen": never("seen"),
    }
    inputs = generated(_some_receipts, 60)
    judge(ticks, _best, inputs, mistakes, name="ticks")


LESSON = Lesson(
    number=4,
    minutes=40,
    words=words_of(4),
    uses=("3.4", "3.6"),
    exercises=(
        Exercise("4.1", ("read_on",), _check_read_on),
        Exercise("4.2", ("transcript",), _check_transcript),
        Exercise("4.3", ("ticks",), _check_ticks),
    ),
    given={"mixed": _mixed},
)
