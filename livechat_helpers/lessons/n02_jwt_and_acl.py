"""Notebook 02: tokens, and what they allow."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from livechat_helpers.applications import current_application
from livechat_helpers.client import answer_to, token_client
from livechat_helpers.tokens import Minter, visitor_acl

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

_A_QUARTER = 15 * 60
_TOLERANCE = 5  # seconds that a check may take
_NOBODYS = "CON-00000000-0000-4000-8000-000000000000"
_NO_EVENT = 1_000_000


def _check_exp_in(exp_in: Callable[[int], Any]) -> None:
    exp, now = exp_in(15), time.time()
    if exp is None:
        raise Mistaken("nothing")
    if isinstance(exp, str):
        raise Mistaken("text")
    if exp > 100 * now:
        raise Mistaken("milliseconds")
    if exp < now / 2:
        raise Mistaken("duration", exp=exp)
    if abs(exp - now - 15) < _TOLERANCE:
        raise Mistaken("minutes")
    if abs(exp - now - _A_QUARTER) > _TOLERANCE:
        raise Mistaken("another_time", left=round(exp - now))
    if abs(exp_in(30) - now - 2 * _A_QUARTER) > _TOLERANCE:
        raise Mistaken("always_the_same")


_EX_1 = Exercise(
    name="2.1",
    asks=("exp_in",),
    check=_check_exp_in,
    correct="A moment, in whole seconds since 1970, and not too far away.",
    hints=(
        "`exp` is a moment and not a duration: it begins with now.",
        "`time.time()` counts seconds. How many of them are a minute?",
        "`int(time.time()) + minutes * 60`",
    ),
    solution="""
def exp_in(minutes):
    return int(time.time()) + minutes * 60
""",
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Did you forget `return`?",
            """
def exp_in(minutes):
    int(time.time()) + minutes * 60
""",
        ),
        "milliseconds": Mistake(
            "These are milliseconds, as JavaScript counts them. The token would end "
            "after the year 50,000: the mistake of the published tutorial.",
            """
def exp_in(minutes):
    return int((time.time() + minutes * 60) * 1000)
""",
        ),
        "duration": Mistake(
            "{exp} is how long the token lives. `exp` says when it ends: a moment, "
            "counted from 1970.",
            """
def exp_in(minutes):
    return minutes * 60
""",
        ),
        "minutes": Mistake(
            "The token ends in 15 seconds: you added minutes to seconds.",
            """
def exp_in(minutes):
    return int(time.time()) + minutes
""",
        ),
        "text": Mistake(
            "`exp` is a number. A text, or a date that people can read, is none.",
            """
def exp_in(minutes):
    return str(int(time.time()) + minutes * 60)
""",
        ),
        "always_the_same": Mistake(
            "Right for 15 minutes, and wrong for 30: use what the function is given.",
            """
def exp_in(minutes):
    return int(time.time()) + 15 * 60
""",
        ),
        "another_time": Mistake(
            "The token ends in {left} seconds; 15 minutes are 900.",
            """
def exp_in(minutes):
    return int(time.time()) + minutes * 3600
""",
        ),
    },
)


class _Probe:
    """Tries what a token with an ACL may do, and does no harm.

    Who is let through by the ACL meets something else: that there is no such thing.
    """

    def __init__(self, chat: dict[str, Any], acl: Any) -> None:
        minter = current_application().minter()
        self._client = token_client(minter.mint(chat["user"]["name"], acl))
        self.conversation = f"/conversations/{chat['conversation']['id']}"

    def may(self, method: str, path: str, *body: object) -> bool:
        """Return whether the ACL lets a call through."""
        http = self._client.http_client
        said = answer_to(getattr(http, method), http.api_host, path, *body)
        return said != "system:error:permission"


_HELLO = {"type": "message", "body": {"message_type": "text", "text": "Hello"}}


def _check_acl(acl_to_chat: Any, chat: dict[str, Any]) -> None:
    if not isinstance(acl_to_chat, Mapping) or "paths" not in acl_to_chat:
        raise Mistaken("no_acl")
    probe = _Probe(chat, acl_to_chat)
    events = f"{probe.conversation}/events"
    readable = [v for v in ("/v1", "/v0.3") if probe.may("get", v + events)]
    if not readable:
        raise Mistaken("cannot_read")
    if len(readable) == 1:
        raise Mistaken("one_version", version=readable[0])
    if not probe.may("post", f"/v0.3{events}", _HELLO):
        raise Mistaken("cannot_write")
    if probe.may("get", f"/v0.3/conversations/{_NOBODYS}"):
        raise Mistaken("every_conversation")
    if probe.may("get", f"/v0.3{probe.conversation}/members"):
        raise Mistaken("more_than_events")
    if probe.may("delete", f"/v0.3{events}/{_NO_EVENT}"):
        raise Mistaken("every_method")


_EX_2 = Exercise(
    name="2.2",
    asks=("acl_to_chat",),
    check=_check_acl,
    correct="The visitor can read and write in this conversation, and nothing else.",
    hints=(
        "One path is enough. It ends in `/events`.",
        "Begin with `/*/`, so that every version is covered; then name the "
        "conversation.",
        "Reading is `GET`, adding is `POST`: give the path a list of `methods`.",
    ),
    solution="""
events = f"/*/conversations/{conversation}/events"
acl_to_chat = {"paths": {events: {"methods": ["GET", "POST"]}}}
""",
    mistakes={
        "no_acl": Mistake(
            "An ACL is a dictionary with the key `paths`; the paths are below it.",
            """
acl_to_chat = {f"/*/conversations/{conversation}/events": {}}
""",
        ),
        "cannot_read": Mistake(
            "With this ACL the visitor cannot read the events. Does the path begin "
            "with a slash, and end in `/events`?",
            """
acl_to_chat = {"paths": {f"*/conversations/{conversation}/events": {}}}
""",
        ),
        "one_version": Mistake(
            "It works for clients that call {version}, and for no others. Put a star "
            "where the version stands.",
            """
events = f"/v1/conversations/{conversation}/events"
acl_to_chat = {"paths": {events: {"methods": ["GET", "POST"]}}}
""",
        ),
        "cannot_write": Mistake(
            "The visitor can read, and not say a word: `POST` is missing.",
            """
events = f"/*/conversations/{conversation}/events"
acl_to_chat = {"paths": {events: {"methods": ["GET"]}}}
""",
        ),
        "every_conversation": Mistake(
            "The ACL covers every conversation, those of other visitors as well. Name "
            "this one in the path.",
            """
acl_to_chat = {"paths": {"/*/conversations/**": {}}}
""",
        ),
        "more_than_events": Mistake(
            "It covers all that is in the conversation: its members, too. The visitor "
            "could put the agent out. End the path in `/events`.",
            """
acl_to_chat = {"paths": {f"/*/conversations/{conversation}/**": {}}}
""",
        ),
        "every_method": Mistake(
            "Every method is allowed: the visitor could delete what was said. Allow "
            "`GET` and `POST` only.",
            """
acl_to_chat = {"paths": {f"/*/conversations/{conversation}/events/**": {}}}
""",
        ),
    },
)


def _with_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode(
        claims, rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256"
    )


def _check_read_token(read_token: Callable[[str, str], Any], public_key: str) -> None:
    minter = current_application().minter()
    good = minter.mint("some-visitor")
    claims = read_token(good, public_key)
    if claims is None:
        raise Mistaken("nothing")
    if not isinstance(claims, Mapping):
        raise Mistaken("no_claims")
    if _read_bad(read_token, _with_another_key(dict(claims)), public_key) is not None:
        raise Mistaken("unverified")
    expired = minter.mint("some-visitor", seconds=-60)
    if _read_bad(read_token, expired, public_key) is not None:
        raise Mistaken("expired")


def _read_bad(read_token: Callable[..., Any], token: str, public_key: str) -> Any:
    try:
        return read_token(token, public_key)
    except jwt.PyJWTError as error:
        raise Mistaken("raises", kind=type(error).__name__) from None


_EX_3 = Exercise(
    name="2.3",
    asks=("read_token",),
    check=_check_read_token,
    correct="Whoever asks you gets the claims of a good token, and of no other.",
    hints=(
        "`jwt.decode` checks signature and `exp`, unless it is told not to.",
        'Say which signature you take: `algorithms=["RS256"]`.',
        "It raises `jwt.PyJWTError` for a bad token: catch that, and return `None`.",
    ),
    solution="""
def read_token(token, public_key):
    try:
        return jwt.decode(token, public_key, algorithms=["RS256"])
    except jwt.PyJWTError:
        return None
""",
    mistakes={
        "nothing": Mistake(
            "A good token gives `None` as well. Did you forget `return`?",
            """
def read_token(token, public_key):
    jwt.decode(token, public_key, algorithms=["RS256"])
""",
        ),
        "no_claims": Mistake(
            "Return the claims: whoever calls you wants to know who the user is.",
            """
def read_token(token, public_key):
    return bool(jwt.decode(token, public_key, algorithms=["RS256"]))
""",
        ),
        "unverified": Mistake(
            "A token signed with another key was believed. Anybody could write one.",
            """
def read_token(token, public_key):
    return jwt.decode(token, options={"verify_signature": False})
""",
        ),
        "expired": Mistake(
            "A token that ended a minute ago was believed.",
            """
def read_token(token, public_key):
    try:
        return jwt.decode(
            token, public_key, algorithms=["RS256"], options={"verify_exp": False}
        )
    except jwt.PyJWTError:
        return None
""",
        ),
        "raises": Mistake(
            "A bad token ended in {kind}. Catch `jwt.PyJWTError`, and return `None`.",
            """
def read_token(token, public_key):
    return jwt.decode(token, public_key, algorithms=["RS256"])
""",
        ),
    },
)


def _suspects() -> dict[str, str]:
    """Make five tokens for a visitor's browser, four of them bad."""
    minter: Minter = current_application().minter()
    acl, life = visitor_acl("CON-of-this-visitor"), _A_QUARTER
    forged = jwt.decode(
        minter.mint("some-visitor", acl), options={"verify_signature": False}
    )
    in_milliseconds = {"exp": int(time.time() * 1000) + life}
    return {
        "a": minter.mint("some-visitor", acl, seconds=-3600),
        "b": minter.mint("some-visitor", acl, claims=in_milliseconds),
        "c": minter.mint("some-visitor", acl),
        "d": minter.mint(),
        "e": _with_another_key(forged),
    }


_VERDICTS = {
    "a": "expired",
    "b": "milliseconds",
    "c": "good",
    "d": "too much",
    "e": "forged",
}


def _check_verdicts(verdicts: Any) -> None:
    given = {name: str(word) for name, word in dict(verdicts).items()}
    for name in _VERDICTS:
        if given.get(name) not in _VERDICTS.values():
            raise Mistaken("no_verdict", name=name)
    for name, right in _VERDICTS.items():
        if given[name] != right:
            raise Mistaken(right.replace(" ", "_"), name=name, said=given[name])


def _verdicts(**changed: str) -> str:
    """Return code that answers with some verdicts changed."""
    words = (_VERDICTS | changed).items()
    return "\n".join(["verdicts = {", *(f"    {n!r}: {w!r}," for n, w in words), "}"])


_EX_4 = Exercise(
    name="2.4",
    asks=("verdicts",),
    check=_check_verdicts,
    correct="You found all four, and did not suspect the good one.",
    hints=(
        'Begin with `show_token(suspects["a"])`, and read the lines "ends", "speaks '
        'for" and "odd".',
        "Three of them give themselves away there. A forged one looks like a good one: "
        "check its signature with `jwt.decode` and `public_key`.",
        "One is expired, one counts milliseconds, one speaks for the whole "
        "application, one is forged.",
    ),
    solution="""
verdicts = {
    "a": "expired",
    "b": "milliseconds",
    "c": "good",
    "d": "too much",
    "e": "forged",
}
""",
    mistakes={
        "no_verdict": Mistake(
            'There is no verdict for {name}. Use one of the five words, as "good".',
            _verdicts(c="fine"),
        ),
        "expired": Mistake(
            'You said "{said}" of {name}. Look at when it ends.',
            _verdicts(a="good"),
        ),
        "milliseconds": Mistake(
            'You said "{said}" of {name}. Can a token end that late?',
            _verdicts(b="good"),
        ),
        "good": Mistake(
            'You said "{said}" of {name}. It ends soon, speaks for one user, and its '
            "signature is right.",
            _verdicts(c="forged"),
        ),
        "too_much": Mistake(
            'You said "{said}" of {name}. It is meant for a browser: whom does it '
            "speak for, and what does it allow?",
            _verdicts(d="good"),
        ),
        "forged": Mistake(
            'You said "{said}" of {name}. Its claims are fine; was it signed with your '
            "key? `show_token` does not check that.",
            _verdicts(e="good"),
        ),
    },
)

LESSON = Lesson(
    number=2,
    title="Tokens, and what they allow",
    minutes=40,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4),
    given={"suspects": _suspects},
    questions=(
        Question(
            "Vonage answers `system:error:permission`. Where do you look?",
            (
                Option(
                    "At the private key.",
                    "With a wrong key the answer is `system:error:invalid-token`.",
                ),
                Option(
                    "At the ACL's paths, and at the subject.",
                    "The token is good. It just may not do this.",
                    right=True,
                ),
                Option(
                    "At the clock.",
                    "With a wrong time the answer is `system:error:expired-token`.",
                ),
            ),
        ),
        Question(
            "Who can read the claims of a token?",
            (
                Option(
                    "Whoever sees the token.",
                    "The claims are encoded, not encrypted. So nothing secret belongs "
                    "in there.",
                    right=True,
                ),
                Option(
                    "Whoever has the public key.",
                    "The public key is for checking the signature. Reading needs none.",
                ),
                Option(
                    "Only Vonage, with your private key.",
                    "Vonage does not have your private key, and needs none to read.",
                ),
            ),
        ),
        Question(
            "A token for a browser lives a year, so that nobody is logged out. Well?",
            (
                Option(
                    "Good: there are fewer calls to your server.",
                    "And no way to take it back: who copies it can use it for a year.",
                ),
                Option(
                    "Good, as long as its ACL is small.",
                    "A small ACL limits what a thief can do, and not for how long.",
                ),
                Option(
                    "Bad: let it live minutes, and give out a new one in time.",
                    "Your server decides again each time whether there is to be one.",
                    right=True,
                ),
            ),
        ),
    ),
)
