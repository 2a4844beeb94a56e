"""Notebook 04: events and history."""

from collections.abc import Callable, Iterable
from typing import Any

from livechat_helpers.applications import current_application
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.settings import Settings
from livechat_helpers.transcript import transcript as reference

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

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


_EX_1 = Exercise(
    name="4.1",
    asks=("read_on",),
    check=_check_read_on,
    correct="Nothing is lost, nothing comes twice, however often the network breaks.",
    hints=(
        "`conversations.events` takes `start`: the id of the first event you want.",
        "You have the event of `last_id` already. The next one has the next number.",
        "`conversations.events(room, start=last_id + 1)`, as a list.",
    ),
    solution="""
def read_on(room, last_id):
    return list(conversations.events(room, start=last_id + 1))
""",
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Did you forget `return`?",
            """
def read_on(room, last_id):
    list(conversations.events(room, start=last_id + 1))
""",
        ),
        "again": Mistake(
            "The event of `last_id` comes again: the reader would see it twice.",
            """
def read_on(room, last_id):
    return list(conversations.events(room, start=last_id))
""",
        ),
        "one_lost": Mistake(
            "Event 4 is missing when the last known one is 3. One is lost each time.",
            """
def read_on(room, last_id):
    return list(conversations.events(room, start=last_id + 2))
""",
        ),
        "everything": Mistake(
            "That is the whole history. Begin after `last_id`.",
            """
def read_on(room, last_id):
    return list(conversations.events(room))
""",
        ),
        "others": Mistake(
            "After 3 there are 4, 5, 6 and 7, in this order. You gave {ids}.",
            """
def read_on(room, last_id):
    return list(conversations.events(room, start=last_id + 1, order="desc"))
""",
        ),
        "not_up_to_date": Mistake(
            "Whoever knows the last event gets it again, and there is nothing new.",
            """
def read_on(room, last_id):
    events = list(conversations.events(room, start=last_id + 1))
    return events or [{"id": last_id}]
""",
        ),
    },
)

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


_TRANSCRIPT = """
def transcript(events):
    by_id = {event["id"]: event for event in events}
    lines = []
    for number in sorted(by_id):
        event = by_id[number]
        if event["type"] == "message":
            who = event["_embedded"]["from_user"]["display_name"]
            lines.append(f"{who}: {event['body'].get('text', '(deleted)')}")
    return lines
"""

_EX_2 = Exercise(
    name="4.2",
    asks=("transcript",),
    check=_check_transcript,
    correct="The chat as it was, out of events as they come.",
    hints=(
        "Put the events into a dictionary by their id: then each is there once.",
        "`sorted(by_id)` gives the ids in order. Take those of the type `message`.",
        "A deleted message has a body without `text`: "
        "`event['body'].get('text', '(deleted)')`.",
    ),
    solution=_TRANSCRIPT,
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Did you forget `return`?",
            _TRANSCRIPT.replace("return lines", "print(len(lines))"),
        ),
        "no_text": Mistake(
            "An event has no `{key}`, and the function ends in an error. A deleted "
            "message still is an event; what was said is gone.",
            _TRANSCRIPT.replace(".get('text', '(deleted)')", "['text']"),
        ),
        "twice": Mistake(
            "A line is there twice: one event came twice. Its id tells.",
            """
def transcript(events):
    lines = []
    for event in sorted(events, key=lambda event: event["id"]):
        if event["type"] == "message":
            who = event["_embedded"]["from_user"]["display_name"]
            lines.append(f"{who}: {event['body'].get('text', '(deleted)')}")
    return lines
""",
        ),
        "order": Mistake(
            "All is there, and not in the order in which it was said. Sort by the id.",
            _TRANSCRIPT.replace("sorted(by_id)", "by_id"),
        ),
        "left_out": Mistake(
            'A line is missing: "{missing}".',
            _TRANSCRIPT.replace(
                'if event["type"] == "message":',
                'if event["type"] == "message" and "text" in event["body"]:',
            ),
        ),
        "not_said": Mistake(
            "There are lines for events that nobody said: joining, receipts, an order. "
            "Take those of the type `message`.",
            """
def transcript(events):
    by_id = {event["id"]: event for event in events}
    return [f"{n}: {by_id[n]['body'].get('text', '(deleted)')}" for n in sorted(by_id)]
""",
        ),
        "another_line": Mistake(
            'A line should be "{wanted}", and is "{given}".',
            _TRANSCRIPT.replace('f"{who}: ', 'f"{who} - '),
        ),
    },
)

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


_TICKS = """
def ticks(message, events):
    receipts = {
        event["type"]
        for event in events
        if event["body"].get("event_id") == message
    }
    for state in ("seen", "delivered"):
        if f"message:{state}" in receipts:
            return state
    return "sent"
"""

_EX_3 = Exercise(
    name="4.3",
    asks=("ticks",),
    check=_check_ticks,
    correct="It only ever gets better, in whatever order the receipts come.",
    hints=(
        'A receipt names its message in `event["body"]["event_id"]`.',
        "Collect the types of all receipts of this message first, then decide.",
        'If "message:seen" is among them it is "seen"; else look for '
        '"message:delivered"; else it is "sent".',
    ),
    solution=_TICKS,
    mistakes={
        "nothing": Mistake(
            "The function returns nothing for a message that was delivered. Did you "
            "forget `return`?",
            _TICKS.replace("return state", "break").replace('return "sent"', "return"),
        ),
        "of_another": Mistake(
            "Message 3 has no receipt yet. You have taken the one of message 2.",
            """
def ticks(message, events):
    types = {event["type"] for event in events}
    return "seen" if "message:seen" in types else "sent"
""",
        ),
        "another_word": Mistake(
            'A message without a receipt is "sent"; you say "{word}".',
            _TICKS.replace('return "sent"', 'return "new"'),
        ),
        "not_delivered": Mistake(
            'A message with a `message:delivered` of its own is "delivered".',
            _TICKS.replace('("seen", "delivered")', '("seen",)'),
        ),
        "not_seen": Mistake(
            'A message with a `message:seen` of its own is "seen", also when it was '
            "delivered before.",
            _TICKS.replace('("seen", "delivered")', '("delivered", "seen")'),
        ),
        "goes_back": Mistake(
            'Seen, then "delivered" again: the receipts came the other way round. The '
            "last one is not the best one.",
            """
def ticks(message, events):
    state = "sent"
    for event in events:
        if event["body"].get("event_id") == message:
            state = event["type"].removeprefix("message:")
    return state
""",
        ),
    },
)

LESSON = Lesson(
    number=4,
    title="Events and history",
    minutes=30,
    exercises=(_EX_1, _EX_2, _EX_3),
    given={"mixed": _mixed},
    questions=(
        Question(
            "A page knows the events up to 12, and its line breaks. What does it do?",
            (
                Option(
                    "It reads the whole history and draws it anew.",
                    "That works for short chats. With a long one it is slow, and the "
                    "reader is lost.",
                ),
                Option(
                    "It reads from 13 on.",
                    "The numbers have no gaps, so nothing is lost and nothing comes "
                    "twice.",
                    right=True,
                ),
                Option(
                    "It waits: Vonage sends what was missed.",
                    "What was sent while nobody listened is not sent again.",
                ),
            ),
        ),
        Question(
            "You delete a message. What do the others see?",
            (
                Option(
                    "Nothing: as if it had never been.",
                    "The event keeps its number, so that the numbers have no gap.",
                ),
                Option(
                    "The text: they have it already.",
                    "An `event:delete` tells them, and a good page takes it away.",
                ),
                Option(
                    "That a message was there and was deleted.",
                    "The event stays, and its body says when it was deleted.",
                    right=True,
                ),
            ),
        ),
        Question(
            "Where in the history is it kept that somebody was typing?",
            (
                Option(
                    "Nowhere.",
                    "It is an `ephemeral` event: it has no id and is not stored.",
                    right=True,
                ),
                Option(
                    "Right before the message.",
                    "Only events with an id are in the history, and this one has none.",
                ),
                Option(
                    "In the member's state.",
                    "A member is invited, joined, or left. Typing is no state of it.",
                ),
            ),
        ),
    ),
)
