"""The applications' public keys, each parsed only once."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..storage.store import Store


def load_public_key(pem: str) -> RSAPublicKey:
    """Return the RSA public key from a PEM text.

    Raises:
        ValueError: it isn't an RSA public key.
    """
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


class ApplicationKeys:
    """The keys for verifying the tokens of each application.

    store: where the applications are stored.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, RSAPublicKey] = {}

    def find(self, application_id: str) -> RSAPublicKey | None:
        """Return an application's key, or None if the application doesn't exist."""
        if application_id not in self._known:
            row = self._store.read.one(
                "SELECT public_key FROM applications WHERE id = ?", application_id
            )
            if row is None:
                return None
            self._known[application_id] = load_public_key(row["public_key"])
        return self._known[application_id]

    def forget(self) -> None:
        """Forget every key, because one of them has changed."""
        self._known.clear()
