"""Check that a webhook comes from Vonage.

Anybody can send a request to a public address. Vonage signs its own with the
account's signature secret. The SDK checks that signature; it does not check that the
signature belongs to this body, nor that it was not sent before, so that is done here.

Source: https://developer.vonage.com/en/getting-started/concepts/webhooks
"""

import hashlib
import hmac
import time
from typing import Any

from vonage_jwt import VonageVerifyJwtError, verify_signature

from .tokens import inspect

OLDEST = 5 * 60
"""Seconds after which a signed webhook is too old to be believed."""


def signed_claims(token: str, body: bytes, secret: str) -> dict[str, Any] | None:
    """Return the claims of a freshly signed webhook of Vonage's, or None.

    A signature counts once: whoever calls this must refuse a ``jti`` that came before.

    token: the JWT of its Authorization header. body: the bytes as they came.
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
    """Accepts a webhook if Vonage sent it, it's fresh, and it isn't a repeat.

    It remembers what has come in this process alone.
    """

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def is_genuine(self, token: str, body: bytes, secret: str) -> bool:
        """Return whether a webhook may be believed.

        token, body, secret: as for ``signed_claims``.
        """
        claims = signed_claims(token, body, secret)
        return claims is not None and self._is_first(claims["jti"])

    def _is_first(self, jti: str) -> bool:
        now = time.monotonic()
        # A dict keeps its order, so the oldest ones are in front.
        while self._seen:
            oldest = next(iter(self._seen))
            if now - self._seen[oldest] <= OLDEST:
                break
            del self._seen[oldest]
        if jti in self._seen:
            return False
        self._seen[jti] = now
        return True
