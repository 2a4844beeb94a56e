"""Notebook 02: tokens, and what they allow."""

import json
import os
import re
import time
from calendar import timegm
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from random import Random
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from livechat_helpers.client import answer_to, token_client
from livechat_helpers.tokens import Minter, load_private_key, visitor_acl

from . import access
from .calling import as_code, called, shown, swallowed
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import (
    Input,
    close_to,
    described,
    follow_the_clock,
    generated,
    judge,
)
from .practice import application
from .wording import message, words_of

_A_QUARTER = 15 * 60
_TOLERANCE = 20  # seconds between two readings of the clock on a busy machine
_HOUR = 3600


# 2.1


def _check_exp_in(exp_in: Callable[[int], Any]) -> None:
    def moment(minutes: int) -> Any:
        return _as_pyjwt_reads(called(exp_in, minutes))

    minutes = [(15,), *generated(lambda random: (random.randint(1, 24 * 60),), 20)]
    with _far_from_greenwich():
        judge(
            moment,
            lambda minutes: time.time() + minutes * 60,
            minutes,
            {
                "milliseconds": lambda minutes: (time.time() + minutes * 60) * 1000,
                "milliseconds~tutorial": lambda minutes: (
                    time.time() * 1000 + minutes * 60
                ),
                "duration": lambda minutes: minutes * 60,
                "minutes": lambda minutes: time.time() + minutes,
                "hours": lambda minutes: time.time() + minutes * _HOUR,
                "always_the_same": lambda minutes: time.time() + _A_QUARTER,
            },
            looks={
                "nothing": lambda exp: exp is None,
                "text": lambda exp: isinstance(exp, str),
            },
            name="exp_in",
            same=_same_moment,
            describe=_in_words,
        )
    if not follow_the_clock(lambda: [moment(15)]):
        raise Mistaken("frozen")


def _as_pyjwt_reads(exp: Any) -> Any:
    """Return a claim in the form that PyJWT puts into a token; it accepts datetimes."""
    return timegm(exp.utctimetuple()) if isinstance(exp, datetime) else exp


def _same_moment(one: Any, other: Any) -> bool:
    """Return whether two times are equal, apart from the time that a check takes.

    For milliseconds, the tolerance is a thousand times as large.
    """
    tolerance = _TOLERANCE * (1000 if one > 100 * time.time() else 1)
    return close_to(tolerance)(one, other)


def _in_words(exp: Any) -> str:
    if isinstance(exp, int | float) and not isinstance(exp, bool):
        return f"a moment {round(exp - time.time())} seconds from now"
    return described(exp)


@contextmanager
def _far_from_greenwich() -> Iterator[None]:
    """Set a time zone other than UTC, in which 1970 began at a different hour."""
    if not hasattr(time, "tzset"):  # Windows
        yield
        return
    before = os.environ.get("TZ")
    os.environ["TZ"] = "XXX-9"
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


# 2.2


def _check_acl(acl_to_chat: Any, chat: Mapping[str, Any]) -> None:
    conversation = chat["conversation"]["id"]
    if not isinstance(acl_to_chat, Mapping) or "paths" not in acl_to_chat:
        raise Mistaken("no_acl")
    paths = json.loads(json.dumps(acl_to_chat))["paths"]  # the form in a token
    if not isinstance(paths, dict):
        wanted = message("paths and methods")
        raise Unexpected('acl_to_chat["paths"]', wanted, described(paths))
    reading = access.on_events(conversation, "GET")
    wanted = reading | access.on_events(conversation, "POST")
    opened = access.allowed({"paths": paths}, conversation)
    _check_what_works(paths, conversation, wanted, opened)
    if more := sorted(opened - wanted - _single_events(wanted)):
        raise _too_much(more, conversation)


def _single_events(wanted: set[access.Call]) -> set[access.Call]:
    """Return the calls that read one event, which come with reading all of them."""
    return {("GET", f"{path}/1") for _, path in wanted}


def _check_what_works(
    paths: Mapping[str, Any],
    conversation: str,
    wanted: set[access.Call],
    opened: set[access.Call],
) -> None:
    missing = wanted - opened
    if not missing:
        return
    for mistake, mended in _MENDINGS.items():
        paths_mended = mended(paths, conversation)
        if missing - access.allowed({"paths": paths_mended}, conversation) != missing:
            raise Mistaken(mistake)
    reading = {call for call in wanted if call[0] == "GET"}
    if not reading & opened:
        raise Mistaken("cannot_read")
    versions = {path.split("/")[1] for _, path in reading & opened}
    if reading & missing:
        raise Mistaken("one_version", version=" and ".join(sorted(versions)))
    raise Mistaken("cannot_write")


def _with_methods(
    paths: Mapping[str, Any], change: Callable[[Any], Any]
) -> dict[str, Any]:
    return {
        path: {**rule, "methods": change(rule["methods"])}
        if isinstance(rule, dict) and "methods" in rule
        else rule
        for path, rule in paths.items()
    }


_MENDINGS: Mapping[str, Callable[[Mapping[str, Any], str], dict[str, Any]]] = {
    "no_f_string": lambda paths, conversation: {
        re.sub(r"\{.*?\}", conversation, path): rule for path, rule in paths.items()
    },
    "lower_case": lambda paths, conversation: _with_methods(
        paths, lambda found: [str(m).upper() for m in found]
    ),
    "no_list": lambda paths, conversation: _with_methods(
        paths,
        lambda found: re.findall(r"\w+", found) if isinstance(found, str) else found,
    ),
    "no_slash": lambda paths, conversation: {
        path if path.startswith("/") else f"/{path}": rule
        for path, rule in paths.items()
    },
}
"""Changes that would allow more of the requested calls, by the mistake they'd fix."""


def _too_much(more: list[access.Call], conversation: str) -> Mistaken:
    call = " ".join(more[0])
    on_others = [one for one in more if access.OTHER in one[1]]
    if on_others:
        return Mistaken("every_conversation", call=" ".join(on_others[0]))
    if all(f"{conversation}/events" in path for _, path in more):
        return Mistaken("every_method", call=call)
    if all(f"/conversations/{conversation}" in path for _, path in more):
        return Mistaken("more_than_events", call=call)
    outside = [one for one in more if conversation not in one[1]]
    return Mistaken("elsewhere", call=" ".join(outside[0]))


# 2.3


@cache
def _keys() -> tuple[rsa.RSAPrivateKey, str, rsa.RSAPrivateKey]:
    """Return a key pair that the notebook doesn't know, and a stranger's key."""
    ours, strangers = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    public = ours.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return ours, public.decode(), strangers


def _claims(random: Random) -> dict[str, Any]:
    now = int(time.time())
    claims: dict[str, Any] = {"application_id": f"app-{random.randint(1, 99)}"}
    claims |= {"iat": now, "exp": now + random.randint(60, 900), "jti": str(uuid4())}
    if random.random() < 0.7:
        claims["sub"] = f"visitor-{random.randint(1, 99)}"
        claims["acl"] = {"paths": {}}
    return claims


def _bad_tokens(claims: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield tokens that mustn't be accepted, each with the name of the mistake."""
    ours, _, strangers = _keys()
    yield "unverified", jwt.encode(claims, strangers, "RS256")
    head, _, signature = jwt.encode(claims, ours, "RS256").split(".")
    other = jwt.encode({**claims, "sub": "somebody-else"}, ours, "RS256").split(".")[1]
    yield "unverified", f"{head}.{other}.{signature}"
    yield "unverified", jwt.encode(claims, "", "none")
    past = {"iat": claims["iat"] - 2 * _HOUR, "exp": claims["iat"] - 60}
    yield "expired", jwt.encode(claims | past, ours, "RS256")
    for algorithm in ("RS512", "PS256"):
        yield "any_algorithm", jwt.encode(claims, ours, algorithm)
    for nonsense in ("", "let me in", "a.b.c"):
        yield "", nonsense


def _check_read_token(read_token: Callable[[str, str], Any]) -> None:
    ours, public_key, _ = _keys()
    tokens = generated(_claims, 6)
    for claims in tokens:
        _check_good(read_token, jwt.encode(claims, ours, "RS256"), public_key, claims)
    for mistake, bad in _bad_tokens(tokens[0]):
        try:
            got = called(read_token, bad, public_key)
        except jwt.PyJWTError as error:
            raise Mistaken("raises", kind=type(error).__name__) from None
        if isinstance(got, Mapping) and got and mistake:
            raise Mistaken(mistake)
        if got is not None:
            raise Mistaken("not_none", got=described(got))


def _check_good(
    read_token: Callable[..., Any], token: str, key: str, claims: dict[str, Any]
) -> None:
    got = called(read_token, token, key)
    if got is None:
        hidden = swallowed(read_token, token, key)
        if hidden is None:
            raise Mistaken("nothing")
        error = f"{type(hidden).__name__}: {hidden}"
        raise Mistaken("caught", error=error.rstrip("."))
    if not isinstance(got, Mapping):
        raise Mistaken("no_claims", got=described(got))
    if dict(got) != claims:
        given = "read_token(token, public_key)"
        wanted = message("claims", names=sorted(claims))
        raise Unexpected(given, wanted, f"{sorted(got)}")


# 2.5

_TIMES = ("iat", "exp")
_LOOKED_AT = ("application_id", *_TIMES, "jti", "sub", "acl")


def _check_mint(mint: Callable[..., Any]) -> None:
    minted = _Minted(mint)
    judge(
        minted.claims,
        _wanted_claims,
        _asked_of_mint(),
        {name: _minting(change) for name, change in _MINTED.items()},
        looks={"nothing": lambda token: token is None},
        name="mint",
        same=_same_claims,
        describe=_claims_in_words,
    )
    _check_each_token(mint)
    _check_names(minted)
    said = answer_to(token_client(called(mint)).users.list_users)
    if said != "welcome":
        raise Unexpected("mint()", message("a good token"), f"`{said}`")


def _asked_of_mint() -> list[Input]:
    """Return arguments with and without a name, an ACL and a lifetime."""

    def values(random: Random) -> tuple[str, dict[str, Any], int]:
        path = f"/*/conversations/CON-{random.randint(1, 99)}/events"
        acl = {"paths": {path: {"methods": ["GET", "POST"]}}}
        return f"visitor-{random.randint(1, 99)}", acl, random.randint(30, 3000)

    one, two, three, four, five = generated(values, 5)
    return [(), one[:1], two[:2], three, (None, None, four[2]), (None, *five[1:])]


def _wanted_claims(
    user_name: str | None = None, acl: Any = None, seconds: int = _A_QUARTER
) -> dict[str, Any]:
    """Return the claims of a right token, with its times in seconds from now."""
    claims: dict[str, Any] = {"iat": 0, "exp": seconds, "jti": "there"}
    claims["application_id"] = "this application's"
    if user_name is not None:
        claims["sub"] = user_name
    if acl is not None:
        claims["acl"] = acl
    return claims


class _Minted:
    """The tokens that a learner's ``mint`` makes, in a form that can be compared."""

    def __init__(self, mint: Callable[..., Any]) -> None:
        self._mint = mint
        ours = application()
        self._application_id = ours.id
        self._key = load_private_key(ours.private_key_file).public_key()

    def claims(self, *given: Any, **named: Any) -> Any:
        """Mint a token, and return its claims; return other values unchanged.

        Times are given in seconds from now, so it doesn't matter how long a check
        takes. For a token with a wrong signature, only that is returned.
        """
        now = time.time()
        token = called(self._mint, *given, **named)
        try:
            payload = jwt.decode(token, options={"verify_signature": False})
            algorithm = jwt.get_unverified_header(token)["alg"]
        except jwt.PyJWTError:
            return token
        if algorithm != "RS256":
            return {"alg": algorithm}
        if not self._signed(token):
            return {"alg": "RS256, with another key"}
        claims = {name: payload[name] for name in _LOOKED_AT if name in payload}
        if claims.get("jti"):
            claims["jti"] = "there"
        if claims.get("application_id") == self._application_id:
            claims["application_id"] = "this application's"
        for moment in {*_TIMES} & {*claims}:
            if isinstance(claims[moment], int | float):
                claims[moment] -= now
        return claims

    def _signed(self, token: str) -> bool:
        try:
            jwt.PyJWS().decode(token, self._key, algorithms=["RS256"])
        except jwt.PyJWTError:
            return False
        return True


Change = Callable[[dict[str, Any], float], dict[str, Any]]


def _without(name: str) -> Change:
    return lambda claims, life: {key: claims[key] for key in claims if key != name}


_MINTED: Mapping[str, Change] = {
    "milliseconds": lambda claims, life: (
        claims | {"exp": (time.time() + life) * 1000 - time.time()}
    ),
    "milliseconds~tutorial": lambda claims, life: (
        claims | {"exp": time.time() * 1000 + life - time.time()}
    ),
    "milliseconds~both": lambda claims, life: (
        claims
        | {"iat": time.time() * 1000 - time.time()}
        | {"exp": (time.time() + life) * 1000 - time.time()}
    ),
    "duration": lambda claims, life: claims | {"exp": life - time.time()},
    "one_life": lambda claims, life: claims | {"exp": _A_QUARTER},
    "minutes": lambda claims, life: claims | {"exp": 60 * life},
    "no_subject": _without("sub"),
    "no_acl": _without("acl"),
    "no_application": _without("application_id"),
    "no_jti": _without("jti"),
    "no_claim_for_none": lambda claims, life: {"sub": None, "acl": None} | claims,
    "paths_twice": lambda claims, life: (
        claims | {"acl": {"paths": claims["acl"]}} if "acl" in claims else claims
    ),
    "another_algorithm": lambda claims, life: {"alg": "RS512"},
    "another_algorithm~hs256": lambda claims, life: {"alg": "HS256"},
}
"""Functions that apply a mistake to the right claims, given the token's lifetime."""


def _minting(change: Change) -> Callable[..., dict[str, Any]]:
    def mint(
        user_name: str | None = None, acl: Any = None, seconds: int = _A_QUARTER
    ) -> dict[str, Any]:
        return change(_wanted_claims(user_name, acl, seconds), seconds)

    return mint


def _same_claims(one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one == other
    return one.keys() == other.keys() and all(
        _same_moment(one[key], other[key]) if key in _TIMES else one[key] == other[key]
        for key in one
    )


def _claims_in_words(claims: Any) -> str:
    if not isinstance(claims, dict):
        return described(claims)
    if "alg" in claims:
        return message("a token signed", algorithm=claims["alg"])
    told = [
        f"`{name}` {_moment(claims[name]) if name in _TIMES else shown(claims[name])}"
        for name in _LOOKED_AT
        if name in claims
    ]
    return message("a token with", claims=", ".join(told))


def _moment(seconds: Any) -> str:
    if isinstance(seconds, int | float):
        return f"{round(seconds)} seconds from now"
    return shown(seconds)


def _check_each_token(mint: Callable[..., Any]) -> None:
    """Check what only a second token can show."""
    minted: list[dict[str, Any]] = []

    def moments() -> list[float]:
        minted.append(_payload(called(mint)))
        return [minted[-1][name] for name in _TIMES]

    goes_on = follow_the_clock(moments)
    if len({claims["jti"] for claims in minted}) < len(minted):
        raise Mistaken("same_jti")
    if not goes_on:
        raise Mistaken("frozen")


def _payload(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def _check_names(minted: _Minted) -> None:
    """Mint tokens with keyword arguments, as the notebook does."""
    by_name: list[dict[str, Any]] = [{"seconds": 60}]
    by_name.append({"user_name": "kim", "acl": {"paths": {}}})
    for named in by_name:
        wanted, got = _wanted_claims(**named), minted.claims(**named)
        if not _same_claims(wanted, got):
            given = as_code("mint", **named)
            raise Unexpected(given, _claims_in_words(wanted), _claims_in_words(got))


# 2.4


def _suspects() -> dict[str, str]:
    """Return five tokens for a visitor's browser, four of which are bad."""
    minter: Minter = application().minter()
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
        "e": jwt.encode(forged, _keys()[2], "RS256"),
    }


_VERDICTS = {
    "a": "expired",
    "b": "milliseconds",
    "c": "good",
    "d": "too much",
    "e": "forged",
}


def _check_verdicts(verdicts: Any) -> None:
    given = {str(name): word for name, word in dict(verdicts).items()}
    for name in _VERDICTS:
        if name not in given:
            raise Mistaken("no_verdict", name=name)
        given[name] = " ".join(str(given[name]).lower().split())
        if given[name] not in _VERDICTS.values():
            raise Mistaken("another_word", name=name, said=given[name])
    for name, right in _VERDICTS.items():
        if given[name] != right:
            raise Mistaken(right.replace(" ", "_"), name=name, said=given[name])


LESSON = Lesson(
    number=2,
    minutes=60,
    words=words_of(2),
    exercises=(
        Exercise("2.1", ("exp_in",), _check_exp_in),
        Exercise("2.5", ("mint",), _check_mint),
        Exercise("2.2", ("acl_to_chat",), _check_acl),
        Exercise("2.3", ("read_token",), _check_read_token),
        Exercise("2.4", ("verdicts",), _check_verdicts),
    ),
    given={"suspects": _suspects},
)
