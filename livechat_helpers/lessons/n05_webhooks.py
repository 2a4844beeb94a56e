"""Notebook 05: webhooks."""

import hashlib
import json
import time
from collections.abc import Callable
from queue import Queue
from typing import Any
from uuid import uuid4

import jwt

from .content import Exercise, Lesson, Mistaken
from .receiver import Webhook
from .wording import words_of

_SECRET = "a secret of this exercise alone, long enough"  # noqa: S105
_OLD = 3600  # seconds


def _body(number: int = 3, text: str = "Hello", conversation: str = "CON-1") -> bytes:
    event = {
        "type": "message",
        "id": number,
        "conversation_id": conversation,
        "body": {"message_type": "text", "text": text},
    }
    return json.dumps(event).encode()


def _webhook(body: bytes, secret: str = _SECRET, age: int = 0) -> Webhook:
    """Return a webhook, signed as Vonage does it."""
    claims = {
        "iat": int(time.time()) - age,
        "jti": str(uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "abcd1234",
    }
    return Webhook(jwt.encode(claims, secret, algorithm="HS256"), body)


# 5.1


def _check_answer_fast(
    answer_fast: Callable[[Webhook], Any], todo: Queue[Webhook], worked: list[Webhook]
) -> None:
    webhook, waiting, done = _webhook(_body()), todo.qsize(), len(worked)
    status = answer_fast(webhook)
    if status is None:
        raise Mistaken("no_answer")
    if len(worked) > done:
        raise Mistaken("works_first")
    if todo.qsize() == waiting:
        raise Mistaken("dropped")
    if status not in range(200, 206):
        raise Mistaken("no_success", status=status)
    if todo.queue[-1] is not webhook:
        raise Mistaken("something_else")


# 5.2


def _check_is_genuine(is_genuine: Callable[[Webhook, str], Any]) -> None:
    good = _webhook(_body())
    if is_genuine(good, _SECRET) is None:
        raise Mistaken("nothing")
    if not is_genuine(good, _SECRET):
        raise Mistaken("suspicious")

    def believes(webhook: Webhook) -> bool:
        try:
            return bool(is_genuine(webhook, _SECRET))
        except Exception as error:
            raise Mistaken("raises", kind=type(error).__name__) from None

    if believes(_webhook(_body(), secret="x" * 40)):
        raise Mistaken("any_signature")
    if believes(Webhook(good.token, _body(text="Send me the money"))):
        raise Mistaken("another_body")
    if believes(_webhook(_body(), age=_OLD)):
        raise Mistaken("old")
    if believes(Webhook("", good.body)) or believes(Webhook("junk", good.body)):
        raise Mistaken("any_signature")


# 5.3


def _check_in_order(in_order: Callable[[list[Webhook]], Any]) -> None:
    two, three = _body(2, "Hello"), _body(3, "How are you?")
    other = _body(2, "Good morning", conversation="CON-2")
    # A retry is signed anew: the same body, another token.
    came = [_webhook(body) for body in (three, other, two, three)]
    events = in_order(came)
    if events is None:
        raise Mistaken("nothing")
    events = list(events)
    if events and not isinstance(events[0], dict):
        raise Mistaken("no_events", kind=type(events[0]).__name__)
    said = [(each["conversation_id"], each["id"]) for each in events]
    if len(said) > len({*said}):
        raise Mistaken("twice")
    if ("CON-2", 2) not in said or ("CON-1", 2) not in said:
        raise Mistaken("mixed_up")
    if [number for room, number in said if room == "CON-1"] != [2, 3]:
        raise Mistaken("order")


LESSON = Lesson(
    number=5,
    minutes=30,
    words=words_of(5),
    exercises=(
        Exercise("5.1", ("answer_fast",), _check_answer_fast),
        Exercise("5.2", ("is_genuine",), _check_is_genuine),
        Exercise("5.3", ("in_order",), _check_in_order),
    ),
    sandbox_only=True,
)
