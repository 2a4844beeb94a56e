"""Notebook 02: tokens, and what they allow."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from livechat_helpers.applications import current_application
from livechat_helpers.client import answer_to, token_client
from livechat_helpers.tokens import Minter, visitor_acl

from .content import Exercise, Lesson, Mistaken
from .wording import words_of

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


LESSON = Lesson(
    number=2,
    minutes=40,
    words=words_of(2),
    exercises=(
        Exercise("2.1", ("exp_in",), _check_exp_in),
        Exercise("2.2", ("acl_to_chat",), _check_acl),
        Exercise("2.3", ("read_token",), _check_read_token),
        Exercise("2.4", ("verdicts",), _check_verdicts),
    ),
    given={"suspects": _suspects},
)
