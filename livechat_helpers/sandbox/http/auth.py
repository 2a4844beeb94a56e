"""Authenticate the caller, and apply the token's ACL.

Sources: https://developer.vonage.com/en/getting-started/concepts/authentication and
https://developer.vonage.com/en/conversation/guides/jwt-acl
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import jwt

from ..storage.clock import Clock
from .application_keys import ApplicationKeys
from .errors import ApiError
from .issued_tokens import Issuer
from .request_notes import identify, note

Key = TypeVar("Key")
Kept = TypeVar("Kept")

_Oddities = Iterator[tuple[str, str]]
_REMEMBERED_TOKENS = 10_000
_REMEMBERED_CALLS = 100  # per token
_DEFAULT_LIFE = 15 * 60  # seconds, for a token without exp
_SHORTEST_LIFE = 30
_LONGEST_LIFE = 24 * 3600
_MILLISECONDS = 100_000_000_000  # the year 5138 in seconds, 1973 in milliseconds
_PATTERN = re.compile(r"/\S*")


@dataclass(frozen=True)
class Caller:
    """The holder of a verified token.

    application_id: the application that the token is for.
    user_name: the ``sub`` claim; None for a token that acts for the application.
    expires: seconds since 1970, or infinity.
    acl: the ``acl`` claim, unchanged.
    oddities: what's wrong with the token, though only a strict sandbox rejects it: each
        a claim and a sentence.
    """

    application_id: str
    user_name: str | None
    expires: float
    acl: Any
    oddities: tuple[tuple[str, str], ...] = ()
    _allowed: set[tuple[str, str]] = field(default_factory=set, compare=False)

    @property
    def is_admin(self) -> bool:
        """Whether the token acts for the application rather than for one user."""
        return self.user_name is None

    def require(self, method: str, path: str) -> None:
        """Reject the call unless the ACL allows this method and path.

        A token without ``acl`` allows everything if it has no ``sub`` (the server SDKs
        mint such tokens), and nothing if it has one.

        Raises:
            ApiError: ``system:error:permission``.
        """
        if self.acl is None and self.is_admin:
            return
        call = (method, path)  # A token makes the same few calls over and over.
        if call in self._allowed:
            return
        if not acl_allows(self.acl, method, path):
            raise ApiError("system:error:permission")
        if len(self._allowed) < _REMEMBERED_CALLS:
            self._allowed.add(call)


def acl_allows(acl: Any, method: str, path: str) -> bool:
    """Return whether an ``acl`` claim allows a method and path.

    acl: ``{"paths": {pattern: {"methods": [...]}}}``; without methods, a path allows
        every method. In a pattern, ``*`` matches one path segment, and ``**`` any
        number of them, including zero.
    """
    paths = acl.get("paths") if isinstance(acl, Mapping) else None
    if not isinstance(paths, Mapping):
        return False
    return any(
        _methods_allow(rule, method)
        and pattern.startswith("/")
        and _covers(pattern.strip("/").split("/"), path.strip("/").split("/"))
        for pattern, rule in paths.items()
    )


def _methods_allow(rule: Any, method: str) -> bool:
    if not isinstance(rule, Mapping) or "methods" not in rule:
        return True
    methods = rule["methods"]
    return isinstance(methods, list) and method in methods


def _covers(pattern: list[str], path: list[str]) -> bool:
    """Return whether the segments of a pattern match the segments of a path.

    Only the last ``**`` is ever retried, so no pattern takes long.
    """
    at = here = 0
    retry: tuple[int, int] | None = None
    while here < len(path):
        part = pattern[at] if at < len(pattern) else None
        if part == "**":
            at += 1
            retry = (at, here)  # It matches nothing at first, and more on each retry.
        elif part == path[here] or (part == "*" and path[here]):
            at, here = at + 1, here + 1
        elif retry is not None:
            at, here = retry[0], retry[1] + 1
            retry = (at, here)
        else:
            return False
    return all(part == "**" for part in pattern[at:])


class Tokens:
    """Verifies JWTs, and remembers the ones it has verified.

    keys: the applications' keys.
    issuer: the sandbox's own signer of tokens.
    clock: the sandbox's clock.
    strict: whether to reject odd tokens.
    """

    def __init__(
        self,
        keys: ApplicationKeys,
        issuer: Issuer,
        clock: Clock,
        strict: bool = False,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._clock = clock
        self._strict = strict
        self._known: dict[str, Caller] = {}  # These don't need verifying again.
        self._used: dict[str, Caller] = {}
        self._ended: list[frozenset[str]] = []
        self._ids: dict[tuple[str, str], int] = {}

    def verify(self, token: str) -> Caller:
        """Verify a JWT and return its caller.

        Raises:
            ApiError: ``system:error:expired-token`` or ``system:error:invalid-token``.
        """
        caller = self._known.get(token)
        if caller is None:
            caller = self._decode(token)
            _remember(self._known, token, caller)
            _remember(self._used, token, caller)
        identify(caller.user_name or "application", caller.application_id)
        for _, sentence in caller.oddities:
            note(f"token: {sentence}")
        if self._strict and caller.oddities:
            raise ApiError("system:error:invalid-token", caller.oddities)
        if caller.expires <= self._clock.seconds() or self._has_ended(token):
            raise ApiError("system:error:expired-token")
        return caller

    def expire(self, of: Callable[[Caller], bool]) -> frozenset[str]:
        """Treat used tokens as expired, and return them.

        of: returns whether a caller's token is one of them.
        """
        ended = frozenset(
            token
            for token, held in self._used.items()
            if of(held) and self._keys.find(held.application_id) is not None
        )
        self._ended.append(ended)
        return ended

    def revive(self, ended: frozenset[str]) -> None:
        """Undo the :meth:`expire` that returned these tokens."""
        self._ended = [tokens for tokens in self._ended if tokens is not ended]

    def _has_ended(self, token: str) -> bool:
        return any(token in tokens for tokens in self._ended)

    def forget(self) -> None:
        """Forget every verified token, because an application's key has changed."""
        self._keys.forget()
        self._known.clear()

    def forget_ids(self) -> None:
        """Treat every ``jti`` as new, because the state has been replaced."""
        self._ids.clear()

    def _decode(self, token: str) -> Caller:
        """Return the caller of a token whose signature and claims are valid."""
        try:
            unverified = jwt.decode(token, options={"verify_signature": False})
            application_id = str(unverified.get("application_id"))
            key = self._keys.find(application_id)
            if key is None:
                note("token: application_id doesn't name an application here")
                raise ApiError("system:error:invalid-token")
            claims = jwt.decode(
                token,
                self._issuer.key_of(token) or key,
                algorithms=["RS256"],
                options={
                    "require": ["iat", "jti"],
                    "verify_aud": False,
                    "verify_jti": False,  # It can be a number.
                },
            )
            for name in ("sub", "jti"):
                str(claims.get(name, "")).encode()  # This raises on a lone surrogate.
            if isinstance(claims["jti"], dict | list):
                raise TypeError("jti is neither a string nor a number")
            issued = float(claims["iat"])
            expires = float(claims.get("exp", issued + _DEFAULT_LIFE))
        except jwt.ExpiredSignatureError as error:
            raise ApiError("system:error:expired-token") from error
        except (
            jwt.PyJWTError,
            ValueError,
            TypeError,
            OverflowError,
            RecursionError,
        ) as error:
            note(f"token: {error}")
            raise ApiError("system:error:invalid-token") from error
        oddities = [*_odd_life(claims, issued, expires), *_odd_acl(claims.get("acl"))]
        token_id = (application_id, claims["jti"])
        if self._ids.get(token_id, hash(token)) != hash(token):
            oddities.append(("jti", "jti was used by another token"))
        elif token_id not in self._ids:
            _remember(self._ids, token_id, hash(token))
        return Caller(
            application_id,
            claims.get("sub"),
            expires,
            claims.get("acl"),
            tuple(oddities),
        )


def _odd_life(claims: Mapping[str, Any], issued: float, expires: float) -> _Oddities:
    """Yield what's odd about a token's lifetime, by the documentation's limits."""
    if isinstance(claims.get("exp"), str):
        yield "exp", "exp is a string, and should be a number"
    if expires > _MILLISECONDS:
        yield "exp", "exp is in milliseconds, and should be in seconds"
    elif expires - issued > _LONGEST_LIFE:
        yield "exp", "exp is more than 24 hours after iat"
    elif expires - issued < _SHORTEST_LIFE:
        yield "exp", "exp is less than 30 seconds after iat"


def _odd_acl(acl: Any) -> _Oddities:
    """Yield the parts of an ``acl`` claim that have no effect here."""
    paths = acl.get("paths") if isinstance(acl, Mapping) else None
    for pattern, rule in paths.items() if isinstance(paths, Mapping) else ():
        if not _PATTERN.fullmatch(pattern):
            yield "acl", f"the ACL path {pattern!r} covers nothing: it has no / first"
        if isinstance(rule, Mapping) and rule.get("filters"):
            yield "acl", f"the filters of the ACL path {pattern!r} are ignored"


def _remember(known: "dict[Key, Kept]", key: "Key", value: "Kept") -> None:
    """Store a value, and drop the oldest one if there are too many."""
    known.pop(key, None)
    while len(known) >= _REMEMBERED_TOKENS:
        del known[next(iter(known))]
    known[key] = value


def bearer_token(authorization: str | None) -> str:
    """Return the token from an Authorization header; the scheme's case doesn't matter.

    Raises:
        ApiError: there is no header, or its scheme isn't Bearer.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError("system:error:invalid-token")
    return token.strip()
