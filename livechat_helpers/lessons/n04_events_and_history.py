"""Notebook 04: events and history."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from random import Random
from typing import Any

from livechat_helpers.applications import current_application
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.settings import Settings
from livechat_helpers.transcript import transcript as reference

from .calling import called
from .content import Exercise, Lesson, Mistaken
from .judging import Behaviour, generated, judge
from .wording import words_of

# 4.1


def _check_read_on(read_on: Callable[[str, int], Iterable[Json]]) -> None:
    minter = current_application().minter()
    vonage = application_client(Settings.load(), minter)
    conversations = Conversations(vonage.http_client)
    room = conversations.create()["id"]
    for number in range(1, 8):
        conversations.send_text(room, f"Message {number}")
    conversations.delete_event(room, 5)  # it keeps its number, and 8 tells of it
    history = list(conversations.events(room))

    def ids(events: Iterable[Json] | None) -> list[int]:
        return [event["id"] for event in events or ()]

    def from_(first: int) -> list[int]:
        return [event["id"] for event in history if event["id"] >= first]

    if called(read_on, room, 3) is None:
        raise Mistaken("nothing")

    def answer(last_id: int) -> list[int]:
        return ids(called(read_on, room, last_id))

    mistakes = {
        "again": lambda last_id: from_(max(last_id, 1)),
        "one_lost": lambda last_id: from_(last_id + 2),
        "everything": lambda last_id: from_(1),
        "not_up_to_date": lambda last_id: from_(min(last_id + 1, len(history))),
    }
    known = [(last_id,) for last_id in range(1, len(history) + 1)]
    judge(answer, lambda last_id: from_(last_id + 1), known, mistakes, name="read_on")


# 4.2


def _said(number: int, who: str, text: str) -> Json:
    return {
        "id": number,
        "type": "message",
        "body": {"message_type": "text", "text": text},
        "_embedded": {"from_user": {"display_name": who}},
    }


def _mixed() -> list[Json]:
    """Make the events of a chat as they may come: shuffled, and some of them twice."""
    deleted = _said(6, "Ada", "")
    deleted["body"] = {"timestamp": {"deleted": "2026-01-01T12:00:00.000Z"}}
    joined = {"id": 1, "type": "member:joined", "body": {"user": {"name": "ada"}}}
    receipt = {"id": 4, "type": "message:seen", "body": {"event_id": 3}}
    order = {"id": 7, "type": "custom:order", "body": {"number": 4711}}
    return [
        _said(5, "Support Agent", "Which one?"),
        _said(3, "Ada", "I can't find my order."),
        order,
        _said(8, "Support Agent", "It is on its way."),
        joined,
        deleted,
        _said(3, "Ada", "I can't find my order."),
        receipt,
        _said(2, "Ada", "Hello!"),
    ]


def _some_chat(random: Random) -> list[Json]:
    """Make the events of a chat: of all kinds, out of order, some of them twice."""
    events: list[Json] = []
    for number in range(1, random.randint(3, 14)):
        who = random.choice(("Ada", "Support Agent", "Grace"))
        event = _said(number, who, f"Line {number} of {who}")
        match random.randint(0, 6):
            case 0:
                event["body"] = {"timestamp": {"deleted": "2026-01-01T12:00:00.000Z"}}
            case 1:
                event = {"id": number, "type": "member:joined", "body": {"user": {}}}
            case 2:
                event = {"id": number, "type": "custom:order", "body": {"text": "4711"}}
        # Several events can have the same millisecond.
        event["timestamp"] = f"2026-01-01T12:00:00.{number // 3:03}Z"
        events.append(event)
    events += random.sample(events, random.randint(0, len(events)))
    random.shuffle(events)
    return events


def _check_transcript(transcript: Callable[[list[Json]], Any]) -> None:
    for events in [_mixed(), *generated(_some_chat), []]:
        _compare(transcript, events)


def _compare(transcript: Callable[[list[Json]], Any], events: list[Json]) -> None:
    wanted = reference(events)
    try:
        given = called(transcript, deepcopy(events))
        lines = given if given is None or isinstance(given, str) else list(given)
    except KeyError as error:
        if error.args[0] != "text":
            raise
        raise Mistaken("no_text", key="text") from None
    if lines is None:
        raise Mistaken("nothing")
    if isinstance(lines, str):
        raise Mistaken("one_text")
    lines = [str(line) for line in lines]
    if len(lines) > len({*lines}):
        raise Mistaken("twice")
    missing = [line for line in wanted if line not in lines]
    if missing and len(lines) < len(wanted):
        raise Mistaken("left_out", missing=missing[0])
    if len(lines) > len(wanted):
        raise Mistaken("not_said")
    if sorted(lines) == sorted(wanted) and lines != wanted:
        raise Mistaken("order")
    if lines != wanted:
        wrong = next(
            pair for pair in zip(lines, wanted, strict=True) if len({*pair}) > 1
        )
        raise Mistaken("another_line", given=wrong[0], wanted=wrong[1])


# 4.3


def _receipt(number: int, kind: str, event: int) -> Json:
    return {"id": number, "type": f"message:{kind}", "body": {"event_id": event}}


_RANK = ("sent", "delivered", "seen")


def _some_receipts(random: Random) -> tuple[int, list[Json]]:
    message = random.randint(1, 3)
    events = [_said(number, "Ada", "Hello!") for number in range(1, 4)]
    for number in range(4, random.randint(5, 12)):
        kind = random.choice(_RANK[1:])
        events.append(_receipt(number, kind, random.randint(1, 3)))
    random.shuffle(events)
    return message, events


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
    delivered = [_said(3, "Ada", "Hello!"), _receipt(8, "delivered", 3)]
    if called(ticks, 3, deepcopy(delivered)) is None:
        raise Mistaken("nothing")
    word = called(ticks, 3, [_said(3, "Ada", "Hello!")])
    if word not in _RANK:
        raise Mistaken("another_word", word=word)

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
        "goes_back": last,
        "not_seen~delivered": delivered_wins,
        "not_delivered": never("delivered"),
        "not_seen": never("seen"),
    }
    inputs = generated(_some_receipts, 60)
    try:
        judge(ticks, _best, inputs, mistakes, name="ticks")
    except Mistaken as found:
        raise Mistaken(found.mistake.partition("~")[0]) from None


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
