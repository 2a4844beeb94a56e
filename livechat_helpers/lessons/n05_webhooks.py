"""Notebook 05: webhooks."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from queue import Queue
from random import Random
from typing import Any
from uuid import uuid4

import jwt
from vonage_jwt import VonageVerifyJwtError, verify_signature

from .calling import called, shown
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import Behaviour, Input, generated, judge
from .receiver import Receiver, Webhook
from .wording import words_of

_SECRET = "a secret of this exercise alone, long enough"  # noqa: S105
_AT_ONCE = 1.8  # seconds that an answer can take on a busy machine
_OLDEST = 5 * 60  # seconds


def _signed(body: bytes, secret: str = _SECRET, age: int = 0, **claims: str) -> Webhook:
    """Return a webhook signed in the same way as Vonage's."""
    given = {
        "iat": int(time.time()) - age,
        "jti": str(uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "abcd1234",
        **claims,
    }
    return Webhook(jwt.encode(given, secret, algorithm="HS256"), body)


def _bodies(receiver: Receiver) -> list[bytes]:
    """Return the bodies of the received webhooks, byte for byte."""
    return [webhook.body for webhook in receiver.received]


# 5.1


def _check_answer_fast(
    answer_fast: Callable[[Webhook], Any],
    todo: Queue[Webhook],
    worked: list[Webhook],
    receiver: Receiver,
) -> None:
    waiting = list(todo.queue)
    try:
        for body in _bodies(receiver)[:3]:
            _give(answer_fast, _signed(body), todo, worked)
    finally:
        with todo.mutex:  # Remove the check's own webhooks from the learner's queue.
            todo.queue.clear()
            todo.queue.extend(waiting)


def _give(
    answer_fast: Callable[[Webhook], Any],
    webhook: Webhook,
    todo: Queue[Webhook],
    worked: list[Webhook],
) -> None:
    waiting, done, began = todo.qsize(), len(worked), time.monotonic()
    status = called(answer_fast, webhook)
    seconds = time.monotonic() - began
    if status is None:
        raise Mistaken("no_answer")
    if len(worked) > done:
        raise Mistaken("works_first")
    if seconds > _AT_ONCE:
        raise Mistaken("too_late", seconds=round(seconds, 1))
    if todo.qsize() == waiting:
        raise Mistaken("dropped")
    if isinstance(status, str):
        raise Mistaken("no_number", status=status)
    if isinstance(status, bool) or not isinstance(status, int):
        raise Unexpected(
            "answer_fast(webhook)", "a number such as `200`", shown(status)
        )
    if status not in range(200, 206):
        raise Mistaken("no_success", status=int(status))
    if todo.queue[-1] is not webhook:
        raise Mistaken("something_else")


# 5.2


def _genuine(
    webhook: Webhook,
    secret: str,
    *,
    signature: bool = True,
    digest: str = "raw",
    age: bool = True,
    catch: bool = True,
) -> bool:
    """Do the same as the reference, or leave out parts of it."""
    try:
        if signature and not verify_signature(webhook.token, secret):
            return False
        claims = jwt.decode(webhook.token, options={"verify_signature": False})
    except (VonageVerifyJwtError, jwt.PyJWTError):
        if catch:
            return False
        raise
    hashed = webhook.body
    if digest == "parsed":
        hashed = json.dumps(webhook.event).encode()
    digest_is_right = claims["payload_hash"] == hashlib.sha256(hashed).hexdigest()
    if digest != "none" and not digest_is_right:
        return False
    return not age or time.time() - claims["iat"] < _OLDEST


def _sloppy() -> dict[str, Behaviour]:
    """Return functions that leave out some of the checks, by mistake.

    The part after a tilde numbers the variants of a mistake.
    """
    names = ("any_signature", "raises", "parsed_body", "another_body", "old")
    parts = product(
        (True, False), ("raw", "parsed", "none"), (True, False), (True, False)
    )
    found: dict[str, Behaviour] = {"any_signature~all": lambda webhook, secret: True}
    for number, (signature, digest, age, catch) in enumerate(parts):
        made = (not signature, not catch, digest == "parsed", digest == "none", not age)
        if any(made):
            found[f"{names[made.index(True)]}~{number}"] = partial(
                _genuine, signature=signature, digest=digest, age=age, catch=catch
            )
    return found


def _webhooks(bodies: Sequence[bytes]) -> list[Input]:
    """Return genuine webhooks, and every kind of forged one."""
    spaced = json.dumps(json.loads(bodies[0])).encode()  # JSON from a different sender
    good = [_signed(body) for body in (*bodies, spaced)]
    good += [_signed(bodies[0], age=age) for age in (10, 60, _OLDEST - 20)]
    bad = [_signed(bodies[0], age=age) for age in (_OLDEST + 2, 3600, 30 * 86400)]
    bad += [_signed(body, secret="x" * 40) for body in bodies]
    for body in bodies:
        token = _signed(body).token
        bad += [Webhook(token, body + b" "), Webhook(token, body.replace(b"1", b"2"))]
        bad.append(Webhook(token, json.dumps(json.loads(body), indent=1).encode()))
    bad += [Webhook(token, bodies[0]) for token in ("", "junk", "a.b.c")]
    unsigned = jwt.decode(good[0].token, options={"verify_signature": False})
    bad.append(Webhook(jwt.encode(unsigned, None, algorithm="none"), bodies[0]))  # type: ignore[arg-type]
    return [(webhook, _SECRET) for webhook in (*good, *bad)]


def _check_is_genuine(
    is_genuine: Callable[[Webhook, str], Any], receiver: Receiver, lesson: Any
) -> None:
    inputs = _webhooks(_bodies(receiver)[:4])
    # Vonage itself signed these, so they may be too old by now.
    inputs += [(one, lesson.signature_secret) for one in receiver.received[:4]]
    if called(is_genuine, *inputs[0]) is None:
        raise Mistaken("nothing")
    try:
        judge(is_genuine, _genuine, inputs, _sloppy(), same=_agree)
    except Unexpected:
        if not called(is_genuine, *inputs[0]):
            raise Mistaken("suspicious") from None
        raise


def _agree(one: Any, other: Any) -> bool:
    return bool(one) == bool(other)


# 5.3


def _came(bodies: Sequence[bytes]) -> Callable[[Random], Input]:
    real = json.loads(bodies[-1])

    def some(random: Random) -> Input:
        rooms = [f"CON-{number}" for number in range(1, random.randint(2, 4))]
        events = [
            {**real, "conversation_id": room, "id": number}
            for room in rooms
            for number in range(1, random.randint(3, 12))
        ]
        again = random.sample(events, random.randint(1, len(events)))
        tries = [*events, *again]
        random.shuffle(tries)
        # A retry is signed again: it has the same body, but a different token.
        return ([_signed(json.dumps(each).encode()) for each in tries],)

    return some


def _once(
    webhooks: list[Webhook], *, key: Callable[[Any], Any], ordered: bool = True
) -> list[Any]:
    events: dict[Any, Any] = {}
    for webhook in webhooks:
        events.setdefault(key(webhook), webhook.event)
    found = list(events.values())
    return sorted(found, key=_place) if ordered else found


def _place(event: Any) -> Any:
    return event["conversation_id"], event["id"]


def _same_chats(one: Any, other: Any) -> bool:
    """Return whether two lists of events have the same events in each conversation."""

    def chats(events: Any) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for event in events:
            found.setdefault(event["conversation_id"], []).append(event["id"])
        return found

    return chats(one) == chats(other)


def _check_in_order(
    in_order: Callable[[list[Webhook]], Any], receiver: Receiver
) -> None:
    inputs = generated(_came(_bodies(receiver)[:3]), 20)
    inputs.append(([],))
    first = called(in_order, list(inputs[0][0]))
    if first is None:
        raise Mistaken("nothing")
    events = list(first)
    if events and not isinstance(events[0], dict):
        raise Mistaken("no_events", kind=type(events[0]).__name__)

    def as_list(webhooks: list[Webhook]) -> list[Any]:
        return list(called(in_order, webhooks))

    def own(webhook: Webhook) -> Any:
        return _place(webhook.event)

    def number(webhook: Webhook) -> Any:
        return webhook.event["id"]

    mistakes: dict[str, Behaviour] = {
        "twice~by_token": lambda given: _once(given, key=lambda one: one.token),
        "twice~as_they_came": lambda given: [one.event for one in given],
        "mixed_up~first": lambda given: _once(given, key=number),
        "mixed_up~last": lambda given: _once(given[::-1], key=number),
        "order": lambda given: _once(given, key=own, ordered=False),
    }

    def right(webhooks: list[Webhook]) -> list[Any]:
        return _once(webhooks, key=own)

    judge(as_list, right, inputs, mistakes, same=_same_chats, name="in_order")


LESSON = Lesson(
    number=5,
    minutes=40,
    words=words_of(5),
    uses=("4.2",),
    exercises=(
        Exercise("5.1", ("answer_fast",), _check_answer_fast, patience=8),
        Exercise("5.2", ("is_genuine",), _check_is_genuine),
        Exercise("5.3", ("in_order",), _check_in_order),
    ),
    sandbox_only=True,
)
