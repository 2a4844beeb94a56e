"""Who is calling, and what the token's ACL lets through.

Sources: https://developer.vonage.com/en/getting-started/concepts/authentication and
https://developer.vonage.com/en/conversation/guides/jwt-acl
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from .clock import Clock
from .errors import ApiError

_REMEMBERED_TOKENS = 10_000


@dataclass(frozen=True)
class Caller:
    """Whoever holds a verified token.

    user_name: the ``sub`` claim; None for a token that may act for the application.
    expires: epoch seconds, or infinity.
    acl: the ``acl`` claim as it came.
    """

    application_id: str
    user_name: str | None
    expires: float
    acl: Any

    @property
    def is_admin(self) -> bool:
        """Whether the token stands for the application, not for one user."""
        return self.user_name is None

    def require(self, method: str, path: str) -> None:
        """Refuse the call unless the ACL covers this method and path.

        A token without ``acl`` may do everything when it has no ``sub`` (the server
        SDKs mint such tokens), and nothing when it has one.

        Raises:
            ApiError: ``system:error:permission``.
        """
        if self.acl is None and self.is_admin:
            return
        if not acl_allows(self.acl, method, path):
            raise ApiError("system:error:permission")


def acl_allows(acl: Any, method: str, path: str) -> bool:
    """Return whether an ``acl`` claim covers a method and path.

    acl: ``{"paths": {pattern: {"methods": [...]}}}``; an empty value allows every
        method. In a pattern ``*`` stands for one path segment and ``**`` for any
        rest, an empty one too.
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
    """Return whether the parts of a pattern cover the parts of a path.

    It goes back to the last ``**`` only, so that no pattern takes long.
    """
    at = here = 0
    retry: tuple[int, int] | None = None
    while here < len(path):
        part = pattern[at] if at < len(pattern) else None
        if part == "**":
            at += 1
            retry = (at, here)  # it covers nothing, until that does not fit
        elif part == path[here] or (part == "*" and path[here]):
            at, here = at + 1, here + 1
        elif retry is not None:
            at, here = retry[0], retry[1] + 1
            retry = (at, here)
        else:
            return False
    return all(part == "**" for part in pattern[at:])


class Tokens:
    """Verifies JWTs, and remembers the ones it verified until they end.

    public_key: returns the key of an application, or None if there is none.
    clock: what time it is.
    """

    def __init__(
        self, public_key: Callable[[str], RSAPublicKey | None], clock: Clock
    ) -> None:
        self._public_key = public_key
        self._clock = clock
        self._known: dict[str, Caller] = {}

    def verify(self, token: str) -> Caller:
        """Return the caller of a JWT.

        Raises:
            ApiError: ``system:error:expired-token`` or ``system:error:invalid-token``.
        """
        caller = self._known.get(token)
        if caller is None:
            caller = self._decode(token)
            while len(self._known) >= _REMEMBERED_TOKENS:
                del self._known[next(iter(self._known))]
            self._known[token] = caller
        if caller.expires <= self._clock.seconds():
            raise ApiError("system:error:expired-token")
        return caller

    def forget(self) -> None:
        """Drop what was remembered: an application's key has changed."""
        self._known.clear()

    def _decode(self, token: str) -> Caller:
        try:
            unverified = jwt.decode(token, options={"verify_signature": False})
            application_id = str(unverified.get("application_id"))
            key = self._public_key(application_id)
            if key is None:
                raise ApiError("system:error:invalid-token")
            claims = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                options={"require": ["iat", "jti"], "verify_aud": False},
            )
            expires = float(claims.get("exp", "inf"))
        except jwt.ExpiredSignatureError as error:
            raise ApiError("system:error:expired-token") from error
        except (
            jwt.PyJWTError,
            ValueError,
            TypeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise ApiError("system:error:invalid-token") from error
        return Caller(application_id, claims.get("sub"), expires, claims.get("acl"))


def bearer_token(authorization: str | None) -> str:
    """Return the token of an Authorization header; the scheme is in any case.

    Raises:
        ApiError: there is no such header, or it is not a Bearer one.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError("system:error:invalid-token")
    return token.strip()


def is_account(authorization: str | None, api_key: str, api_secret: str) -> bool:
    """Return whether a Basic Authorization header holds this key and secret."""
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(
        given, f"{api_key}:{api_secret}".encode()
    )
