"""Tokens that the sandbox signs itself, for callers with the account's key.

In the cloud, only the application's own key can sign its tokens. Here, a test, a shell
script or a replay can get one without that key. Such a token is marked in its header.
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
    """Signs tokens with a key that exists as long as the sandbox runs.

    clock: the sandbox's clock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: rsa.RSAPrivateKey | None = None

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        if self._made is None:  # Generating a key is slow, and few callers need it.
            self._made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return self._made

    def issue(self, application_id: str, user_name: str | None, seconds: int) -> str:
        """Return a token that allows everything its holder can do.

        user_name: the user it's for; None for the application itself.
        seconds: its lifetime.
        """
        claims = {
            "application_id": application_id,
            "iat": int(time.time()),  # The sandbox's clock can be ahead of real time.
            "exp": int(self._clock.seconds()) + seconds,
            "jti": str(uuid4()),
        }
        if user_name is not None:
            claims |= {"sub": user_name, "acl": _EVERYTHING}
        return jwt.encode(claims, self._key, "RS256", {"kid": _KEY_ID})

    def key_of(self, token: str) -> RSAPublicKey | None:
        """Return the key if a token's header says the sandbox signed it, or None."""
        if jwt.get_unverified_header(token).get("kid") != _KEY_ID:
            return None
        return self._key.public_key()
