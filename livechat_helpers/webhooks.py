"""Check that a webhook comes from Vonage.

Anybody can send a request to a public address. Vonage signs its requests with the
account's signature secret. The SDK checks that signature. This module also checks that
the signature belongs to this body and hasn't been used before.

Source: https://developer.vonage.com/en/getting-started/concepts/webhooks
"""

import hashlib
import hmac
import time
from typing import Any

from vonage_jwt import VonageVerifyJwtError, verify_signature

from .tokens import inspect

OLDEST = 5 * 60
"""The age in seconds from which a signed webhook is rejected."""


def signed_claims(token: str, body: bytes, secret: str) -> dict[str, Any] | None:
    """Return the claims of a recent webhook signed by Vonage, or None.

    A signature only counts once, so the caller must reject a ``jti`` it has seen
    before.

    token: the JWT from the webhook's Authorization header.
    body: the webhook's body, byte for byte.
    secret: the account's signature secret.
    """
    try:
        if not verify_signature(token, secret):
            return None
    except VonageVerifyJwtError:
        return None
    claims = inspect(token)
    digest = hashlib.sha256(body).hexdigest()
    given = str(claims.get("payload_hash"))
    hashes_match = hmac.compare_digest(given.encode(), digest.encode())
    age = time.time() - float(claims.get("iat", 0))
    if not hashes_match or age > OLDEST or claims.get("jti") is None:
        return None
    return claims


class WebhookGuard:
    """Accepts a webhook if Vonage sent it, it's recent, and it isn't a repeat.

    It only remembers webhooks that this process received.
    """

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def is_genuine(self, token: str, body: bytes, secret: str) -> bool:
        """Return whether a webhook can be trusted.

        token, body, secret: as for ``signed_claims``.
        """
        claims = signed_claims(token, body, secret)
        return claims is not None and self._is_first(claims["jti"])

    def _is_first(self, jti: str) -> bool:
        now = time.monotonic()
        # A dict keeps its order, so the oldest entries come first.
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest] <= OLDEST:
                break
            del self._seen[oldest]
        if jti in self._seen:
            return False
        self._seen[jti] = now
        return True
