"""Write an ACL, mint a JWT, look inside one.

The key is loaded once and kept as an object: parsing it again for every token, as
``vonage_jwt`` does, costs a hundred times what the signature does.

Sources: https://developer.vonage.com/en/getting-started/concepts/authentication and
https://developer.vonage.com/en/conversation/guides/jwt-acl
"""

import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from vonage import Auth

LIFE = 15 * 60
"""Seconds a token lives unless asked otherwise."""

Acl = dict[str, dict[str, dict[str, Any]]]

_SESSION = {
    "/*/sessions": ("POST",),  # createSession: without it there are no live events
    "/*/sessions/*": ("PUT",),  # refreshSession: or the session ends with its token
}
"""What every page needs to be connected."""


class TokenError(Exception):
    """A token cannot be minted or read; the text says why and what to do."""


def acl(paths: Iterable[str] | Mapping[str, Iterable[str]]) -> Acl:
    """Return an ACL that allows the given paths.

    paths: such as ``/*/conversations/**``; ``*`` is one part of a path, ``**`` any
        rest. A dictionary says for each path which methods; a list allows them all.

    Raises:
        TokenError: a path does not start with a slash.
    """
    methods = paths if isinstance(paths, Mapping) else dict.fromkeys(paths, ())
    chosen = {
        path: {"methods": list(allowed)} if allowed else {}
        for path, allowed in methods.items()
    }
    for path in chosen:
        if not path.startswith("/"):
            raise TokenError(
                f"The ACL path {path!r} does not start with a slash.\n"
                f"Write {'/' + path!r}: a path without it matches nothing."
            )
    return {"paths": chosen}


def visitor_acl(conversation_id: str) -> Acl:
    """Return the ACL of a visitor's page: what it needs, and no more.

    Found by taking one path after the other away while the browser's SDK was at work;
    ``tests/website/test_acl.py`` does it again.
    """
    return acl({**_SESSION, **_conversation(conversation_id)})


def reader_acl(conversation_id: str) -> Acl:
    """Return the ACL of a visitor's page that shows an ended chat.

    It has a session, to hear when a message is deleted, and can change nothing.
    """
    reading = dict.fromkeys(_conversation(conversation_id), ("GET",))
    return acl({**_SESSION, **reading})


def agent_acl(user_id: str) -> Acl:
    """Return the ACL of an agent's page, found in the same way.

    The website lets members in and out, so an agent's token cannot.

    user_id: the agent's.
    """
    return acl(
        {
            **_SESSION,
            # getConversations: or the page does not know which chats there are
            f"/*/users/{user_id}/conversations": ("GET",),
            **_conversation("*"),
        }
    )


def _conversation(id_or_any: str) -> dict[str, tuple[str, ...]]:
    """Return what it needs to chat in a conversation."""
    path = f"/*/conversations/{id_or_any}"
    return {
        # The SDK looks at it whenever somebody joins; or each time is an error.
        path: ("GET",),
        # It looks for its own member before everything it sends.
        f"{path}/members/me": ("GET",),
        # The history; messages, typing, receipts.
        f"{path}/events": ("GET", "POST"),
    }


def load_private_key(path: Path) -> RSAPrivateKey:
    """Return the private key in a PEM file.

    Raises:
        TokenError: there is no such file, or it is not an RSA private key.
    """
    try:
        key = _key(path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise TokenError(
            f"There is no usable private key in {path.name}: {error}.\n"
            "Run notebook 01 again: it makes an application and keeps its key."
        ) from error
    if not isinstance(key, RSAPrivateKey):
        raise TokenError(
            f"{path.name} is not an RSA key.\n"
            "Vonage signs with RS256: use the key that came with the application."
        )
    return key


@lru_cache(maxsize=8)
def _key(pem: bytes) -> PrivateKeyTypes:
    # To read a key takes as long as to sign with it fifty times.
    return serialization.load_pem_private_key(pem, password=None)


class Minter:
    """Mints the tokens of one application.

    application_id: the application. private_key: the key that came with it.
    """

    def __init__(self, application_id: str, private_key: RSAPrivateKey) -> None:
        self.application_id = application_id
        self._private_key = private_key

    def mint(
        self,
        user_name: str | None = None,
        acl: Acl | None = None,
        *,
        seconds: int = LIFE,
        claims: dict[str, Any] | None = None,
    ) -> str:
        """Return a signed JWT.

        user_name: whose token it is (``sub``); None for one that acts for the whole
            application, which must never leave your server. acl: what it may do.
            seconds: how long it lives. claims: more claims, which win over ours.
        """
        now = int(time.time())
        payload: dict[str, Any] = {
            "application_id": self.application_id,
            "iat": now,
            "exp": now + seconds,
            "jti": str(uuid4()),
        }
        if user_name is not None:
            payload["sub"] = user_name
        if acl is not None:
            payload["acl"] = acl
        payload.update(claims or {})
        return jwt.encode(payload, self._private_key, algorithm="RS256")

    def subject(self, authorization: str) -> str | None:
        """Return the user of a token, or None if it's expired or isn't ours.

        authorization: the header that it came in, ``Bearer`` and the token.
        """
        _, _, token = authorization.partition(" ")
        key = self._private_key.public_key()
        try:
            return jwt.decode(token, key, algorithms=["RS256"]).get("sub")
        except jwt.InvalidTokenError:
            return None


def inspect(token: str) -> dict[str, Any]:
    """Return the claims of a JWT, without checking its signature.

    Raises:
        TokenError: the text is not a JWT.
    """
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except jwt.DecodeError as error:
        raise TokenError(
            f"This is not a JWT: {error}.\n"
            "A JWT is three parts with a dot between them, without spaces."
        ) from error


class ApplicationAuth(Auth):
    """The SDK's own ``Auth``, with tokens from a ``Minter``.

    It overrides public methods only, so the SDK calls it as it calls its own.
    """

    def __init__(
        self, minter: Minter, user_name: str | None = None, acl: Acl | None = None
    ) -> None:
        super().__init__()
        self._minter = minter
        self._user_name = user_name
        self._acl = acl

    @property
    def application_id(self) -> str:
        """The application that the tokens are for."""
        return self._minter.application_id

    def generate_application_jwt(self, claims: dict[str, Any] | None = None) -> bytes:
        """Return a fresh token for one call."""
        return self._minter.mint(self._user_name, self._acl, claims=claims).encode()


class TokenAuth(Auth):
    """The SDK's own ``Auth``, with one token that somebody else minted."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def generate_application_jwt(self, claims: dict[str, Any] | None = None) -> bytes:
        """Return the token; it cannot be given other claims."""
        return self._token.encode()
