"""Notebook 05: webhooks."""

import hashlib
import json
import time
from collections.abc import Callable
from queue import Queue
from typing import Any
from uuid import uuid4

import jwt

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question
from .receiver import Webhook

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


_EX_1 = Exercise(
    name="5.1",
    asks=("answer_fast",),
    check=_check_answer_fast,
    correct="Vonage has its answer at once, and the work is not forgotten.",
    hints=(
        "Two lines are enough: remember, then answer.",
        "`todo.put(webhook)` remembers it; whoever works takes it from there later.",
        "The answer is a number. 200 says: I have it.",
    ),
    solution="""
def answer_fast(webhook):
    todo.put(webhook)
    return 200
""",
    mistakes={
        "no_answer": Mistake(
            "The function returns nothing, and Vonage waits for an answer. After some "
            "seconds it gives up and sends it again: the mistake of the published "
            "tutorial.",
            """
def answer_fast(webhook):
    todo.put(webhook)
""",
        ),
        "works_first": Mistake(
            "The work is done before the answer. Meanwhile Vonage waits, and so do "
            "all webhooks behind this one.",
            """
def answer_fast(webhook):
    work(webhook)
    return 200
""",
        ),
        "dropped": Mistake(
            "You say that you have it, and forget it. It will not be sent again.",
            """
def answer_fast(webhook):
    return 200
""",
        ),
        "no_success": Mistake(
            "{status} says that it went wrong. From 200 to 205 it went well.",
            """
def answer_fast(webhook):
    todo.put(webhook)
    return 500
""",
        ),
        "something_else": Mistake(
            "Something else waits in `todo`. Put the whole webhook there: who works "
            "needs its signature, too.",
            """
def answer_fast(webhook):
    todo.put(webhook.event)
    return 200
""",
        ),
    },
)

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


_GENUINE = """
def is_genuine(webhook, secret):
    try:
        if not verify_signature(webhook.token, secret):
            return False
    except VonageVerifyJwtError:
        return False
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    if claims["payload_hash"] != hashlib.sha256(webhook.body).hexdigest():
        return False
    return time.time() - claims["iat"] < 5 * 60
"""

_EX_2 = Exercise(
    name="5.2",
    asks=("is_genuine",),
    check=_check_is_genuine,
    correct="You believe Vonage, and nobody else.",
    hints=(
        "Three questions: is the signature right, does it belong to this body, is it "
        "new? Each `no` is `return False`.",
        "`verify_signature` returns `False` for a wrong secret, and raises "
        "`VonageVerifyJwtError` for what is no token at all. Catch that.",
        "`payload_hash` is `hashlib.sha256(webhook.body).hexdigest()`; `iat` is "
        "the second in which it was signed.",
    ),
    solution=_GENUINE,
    mistakes={
        "nothing": Mistake(
            "The function returns nothing for a genuine webhook. Did you forget "
            "`return`?",
            _GENUINE.replace("return time.time()", "time.time()"),
        ),
        "suspicious": Mistake(
            "A genuine webhook, signed just now, was refused.",
            _GENUINE.replace("if not verify", "if verify"),
        ),
        "raises": Mistake(
            "A bad webhook ended in {kind}. Anybody can send you such: say `False`.",
            """
def is_genuine(webhook, secret):
    signed = verify_signature(webhook.token, secret)
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    same = claims["payload_hash"] == hashlib.sha256(webhook.body).hexdigest()
    return signed and same and time.time() - claims["iat"] < 5 * 60
""",
        ),
        "any_signature": Mistake(
            "A webhook that Vonage has not signed was believed.",
            """
def is_genuine(webhook, secret):
    claims = jwt.decode(webhook.token, options={"verify_signature": False})
    return claims["iss"] == "Vonage"
""",
        ),
        "another_body": Mistake(
            "The signature was right, and it belongs to another body. Compare "
            "`payload_hash` with the hash of the bytes that came.",
            """
def is_genuine(webhook, secret):
    try:
        return verify_signature(webhook.token, secret)
    except VonageVerifyJwtError:
        return False
""",
        ),
        "old": Mistake(
            "A webhook that was signed an hour ago was believed. Somebody may have "
            "copied it then.",
            _GENUINE.replace(
                'return time.time() - claims["iat"] < 5 * 60', "return True"
            ),
        ),
    },
)

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


_IN_ORDER = """
def in_order(webhooks):
    events = {}
    for webhook in webhooks:
        event = webhook.event
        events[event["conversation_id"], event["id"]] = event
    return [events[key] for key in sorted(events)]
"""

_EX_3 = Exercise(
    name="5.3",
    asks=("in_order",),
    check=_check_in_order,
    correct="Each event once, and each conversation in its order.",
    hints=(
        "What is the same in two tries of one event? Not the token: it is signed anew.",
        "A dictionary keeps one value for each key. The number alone is no key: every "
        "conversation counts from 1.",
        'The key `(event["conversation_id"], event["id"])` is good for both: to keep '
        "each once, and to sort.",
    ),
    solution=_IN_ORDER,
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Did you forget `return`?",
            _IN_ORDER.replace("return [", "_ = ["),
        ),
        "no_events": Mistake(
            "The list holds things of the kind {kind}. Events are asked for: "
            "`webhook.event`.",
            """
def in_order(webhooks):
    return sorted(webhooks, key=lambda webhook: webhook.event["id"])
""",
        ),
        "twice": Mistake(
            "An event is there twice: it came in two tries. Their tokens differ, and "
            "their event is the same.",
            """
def in_order(webhooks):
    by_token = {webhook.token: webhook.event for webhook in webhooks}
    return sorted(by_token.values(), key=lambda event: event["id"])
""",
        ),
        "mixed_up": Mistake(
            "An event is missing. Two conversations have an event 2; for you they were "
            "one.",
            """
def in_order(webhooks):
    by_id = {webhook.event["id"]: webhook.event for webhook in webhooks}
    return [by_id[number] for number in sorted(by_id)]
""",
        ),
        "order": Mistake(
            "In CON-1 event 3 stands before event 2. Sort by number.",
            _IN_ORDER.replace("sorted(events)", "events"),
        ),
    },
)

LESSON = Lesson(
    number=5,
    title="Webhooks: Vonage calls you",
    minutes=30,
    exercises=(_EX_1, _EX_2, _EX_3),
    sandbox_only=True,
    questions=(
        Question(
            "The same event comes twice, with two different `jti`. What happened?",
            (
                Option(
                    "Somebody has copied it and sent it again.",
                    "A copy has the `jti` of its original: nobody else can sign.",
                ),
                Option(
                    "Vonage did not get your answer, and tried again.",
                    "Each try is signed anew. You may have done the work already.",
                    right=True,
                ),
                Option(
                    "There were two events.",
                    "Two events have two numbers.",
                ),
            ),
        ),
        Question(
            "Your server does the work, and then answers 500. What follows?",
            (
                Option(
                    "The work is done twice.",
                    "Vonage takes 500 for a failure, and tries again.",
                    right=True,
                ),
                Option(
                    "Nothing: the work is done.",
                    "Vonage knows nothing of your work. It sees the 500.",
                ),
                Option(
                    "Vonage tells the visitor.",
                    "The visitor learns nothing of your webhooks.",
                ),
            ),
        ),
        Question(
            "Why is the right signature not enough?",
            (
                Option(
                    "It is enough.",
                    "It says that Vonage made this token, and not for which body, nor "
                    "when.",
                ),
                Option(
                    "Anybody can make one with the public key.",
                    "Webhooks are signed with a secret that only Vonage and you have.",
                ),
                Option(
                    "It may belong to another body, or be an old copy.",
                    "So you compare the hash of the body, the age and the `jti`.",
                    right=True,
                ),
            ),
        ),
    ),
)
