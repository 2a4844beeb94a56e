"""Notebook 04: events and history."""

from collections.abc import Callable, Iterable
from typing import Any

from livechat_helpers.applications import current_application
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.settings import Settings
from livechat_helpers.transcript import transcript as reference

from .content import Exercise, Lesson, Mistaken
from .wording import words_of

# 4.1


def _check_read_on(read_on: Callable[[str, int], Iterable[Json]]) -> None:
    minter = current_application().minter()
    vonage = application_client(Settings.load(), minter)
    conversations = Conversations(vonage.http_client)
    room = conversations.create()["id"]
    for number in range(1, 8):
        conversations.send_text(room, f"Message {number}")
    found = read_on(room, 3)
    if found is None:
        raise Mistaken("nothing")
    ids = [event["id"] for event in found]
    if ids == [3, 4, 5, 6, 7]:
        raise Mistaken("again")
    if ids == [5, 6, 7]:
        raise Mistaken("one_lost")
    if ids == [1, 2, 3, 4, 5, 6, 7]:
        raise Mistaken("everything")
    if ids != [4, 5, 6, 7]:
        raise Mistaken("others", ids=ids)
    if list(read_on(room, 7)):
        raise Mistaken("not_up_to_date")


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


_LINES = reference(_mixed())


def _check_transcript(transcript: Callable[[list[Json]], Any]) -> None:
    try:
        lines = transcript(_mixed())
    except KeyError as error:
        raise Mistaken("no_text", key=error.args[0]) from None
    if lines is None:
        raise Mistaken("nothing")
    lines = [str(line) for line in lines]
    if len(lines) > len({*lines}):
        raise Mistaken("twice")
    if len(lines) < len(_LINES):
        raise Mistaken("left_out", missing=next(x for x in _LINES if x not in lines))
    if len(lines) > len(_LINES):
        raise Mistaken("not_said")
    if sorted(lines) == sorted(_LINES) and lines != _LINES:
        raise Mistaken("order")
    if lines != _LINES:
        wrong = next(
            pair for pair in zip(lines, _LINES, strict=True) if len({*pair}) > 1
        )
        raise Mistaken("another_line", given=wrong[0], wanted=wrong[1])


# 4.3


def _receipt(number: int, kind: str, event: int) -> Json:
    return {"id": number, "type": f"message:{kind}", "body": {"event_id": event}}


def _check_ticks(ticks: Callable[[int, list[Json]], Any]) -> None:
    seen, delivered = _receipt(9, "seen", 3), _receipt(8, "delivered", 3)
    others = [_said(3, "Ada", "Hello!"), _receipt(7, "seen", 2)]
    if ticks(3, [*others, delivered]) is None:
        raise Mistaken("nothing")
    if ticks(3, others) in ("seen", "delivered"):
        raise Mistaken("of_another")
    if ticks(3, others) != "sent":
        raise Mistaken("another_word", word=ticks(3, others))
    if ticks(3, [*others, delivered]) != "delivered":
        raise Mistaken("not_delivered")
    if ticks(3, [*others, delivered, seen]) != "seen":
        raise Mistaken("not_seen")
    if ticks(3, [*others, seen, delivered]) != "seen":
        raise Mistaken("goes_back")


LESSON = Lesson(
    number=4,
    minutes=30,
    words=words_of(4),
    exercises=(
        Exercise("4.1", ("read_on",), _check_read_on),
        Exercise("4.2", ("transcript",), _check_transcript),
        Exercise("4.3", ("ticks",), _check_ticks),
    ),
    given={"mixed": _mixed},
)
