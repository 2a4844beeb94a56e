"""Write an ACL, mint a JWT, look inside one.

The key is loaded once and kept as an object. ``vonage_jwt`` parses it again for every
token, which takes a hundred times as long as signing.

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
"""The default lifetime of a token in seconds."""

Acl = dict[str, dict[str, dict[str, Any]]]

_SESSION = {
    "/*/sessions": ("POST",),  # createSession: needed for live events
    "/*/sessions/*": ("PUT",),  # refreshSession: without it, the session expires
}
"""What every page needs to stay connected."""


class TokenError(Exception):
    """A token can't be minted or read; the text says why and what to do."""


def acl(paths: Iterable[str] | Mapping[str, Iterable[str]]) -> Acl:
    """Return an ACL that allows the given paths.

    paths: such as ``/*/conversations/**``, where ``*`` matches one segment and ``**``
        matches the rest. A dictionary gives the methods that each path allows; a list
        allows every method.

    Raises:
        TokenError: a path doesn't start with a slash.
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
    """Return the ACL for a visitor's page: what it needs, and no more.

    We found it by removing one path after another while the browser SDK was running;
    ``tests/website/test_acl.py`` repeats that.
    """
    return acl({**_SESSION, **_conversation(conversation_id)})


def reader_acl(conversation_id: str) -> Acl:
    """Return the ACL for a visitor's page that shows an ended chat.

    The page has a session, so that it notices when a message is deleted, but it can't
    change anything.
    """
    reading = dict.fromkeys(_conversation(conversation_id), ("GET",))
    return acl({**_SESSION, **reading})


def agent_acl(user_id: str) -> Acl:
    """Return the ACL for an agent's page, found in the same way.

    The website adds and removes members, so an agent's token can't.

    user_id: the agent's user id.
    """
    return acl(
        {
            **_SESSION,
            # getConversations: without it, the page can't list the chats.
            f"/*/users/{user_id}/conversations": ("GET",),
            **_conversation("*"),
        }
    )


def _conversation(id_or_any: str) -> dict[str, tuple[str, ...]]:
    """Return the paths that chatting in a conversation needs."""
    path = f"/*/conversations/{id_or_any}"
    return {
        # The SDK reads it whenever somebody joins; without it, each join is an
        # error.
        path: ("GET",),
        # The SDK looks up its own member before it sends anything.
        f"{path}/members/me": ("GET",),
        # This path serves the history, messages, typing and receipts.
        f"{path}/events": ("GET", "POST"),
    }


def load_private_key(path: Path) -> RSAPrivateKey:
    """Return the private key from a PEM file.

    Raises:
        TokenError: there is no such file, or it isn't an RSA private key.
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
    # Reading a key takes as long as signing with it fifty times.
    return serialization.load_pem_private_key(pem, password=None)


class Minter:
    """Mints the tokens of one application.

    application_id: the application's id.
    private_key: the private key that belongs to it.
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

        user_name: the token's user (``sub``). With None, the token acts for the whole
            application, and must never leave your server.
        acl: what the token allows.
        seconds: the token's lifetime.
        claims: extra claims, which override the ones above.
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

        authorization: the Authorization header: ``Bearer`` and the token.
        """
        _, _, token = authorization.partition(" ")
        key = self._private_key.public_key()
        try:
            return jwt.decode(token, key, algorithms=["RS256"]).get("sub")
        except jwt.InvalidTokenError:
            return None


def inspect(token: str) -> dict[str, Any]:
    """Return the claims of a JWT without checking its signature.

    Raises:
        TokenError: the text isn't a JWT.
    """
    try:
        return jwt.decode(token, options={"verify_signature": False})
    except jwt.DecodeError as error:
        raise TokenError(
            f"This is not a JWT: {error}.\n"
            "A JWT is three parts with a dot between them, without spaces."
        ) from error


class ApplicationAuth(Auth):
    """The SDK's ``Auth``, with tokens from a ``Minter``.

    It overrides only public methods, so the SDK uses it like its own.
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
        """The id of the application that the tokens are for."""
        return self._minter.application_id

    def generate_application_jwt(self, claims: dict[str, Any] | None = None) -> bytes:
        """Return a fresh token for one call."""
        return self._minter.mint(self._user_name, self._acl, claims=claims).encode()


class TokenAuth(Auth):
    """The SDK's ``Auth``, with a single token that was minted elsewhere."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def generate_application_jwt(self, claims: dict[str, Any] | None = None) -> bytes:
        """Return the token; its claims can't be changed."""
        return self._token.encode()
