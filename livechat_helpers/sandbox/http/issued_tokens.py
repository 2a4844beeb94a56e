"""Tokens that the sandbox signs itself, for callers with the account's key.

Only an application's own key signs its tokens in the cloud. Here a test, a shell or a
replay can have one without that key. Such a token says so in its header.
"""

import time
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..storage.clock import Clock

_KEY_ID = "vonage-sandbox"
_EVERYTHING = {"paths": {"/**": {}}}


class Issuer:
    """Signs tokens with a key of its own, which lasts as long as the sandbox runs.

    clock: what time it is.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: rsa.RSAPrivateKey | None = None

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        if self._made is None:  # Making one takes long, and few need it.
            self._made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._made

    def issue(self, application_id: str, user_name: str | None, seconds: int) -> str:
        """Return a token that may do everything its holder may.

        user_name: whose; None for the application's own. seconds: how long it lives.
        """
        claims = {
            "application_id": application_id,
            "iat": int(time.time()),  # A clock that is ahead makes no token of later.
            "exp": int(self._clock.seconds()) + seconds,
            "jti": str(uuid4()),
        }
        if user_name is not None:
            claims |= {"sub": user_name, "acl": _EVERYTHING}
        return jwt.encode(claims, self._key, "RS256", {"kid": _KEY_ID})

    def key_of(self, token: str) -> RSAPublicKey | None:
        """Return the key of a token that says it was signed here, or None."""
        if jwt.get_unverified_header(token).get("kid") != _KEY_ID:
            return None
        return self._key.public_key()
