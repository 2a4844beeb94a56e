"""The public keys of the applications, each read from the file once."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ..storage.store import Store


def load_public_key(pem: str) -> RSAPublicKey:
    """Return the RSA public key of a PEM text.

    Raises:
        ValueError: it is not one.
    """
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA public key")
    return key


class ApplicationKeys:
    """What verifies the tokens of each application.

    store: where the applications are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, RSAPublicKey] = {}

    def find(self, application_id: str) -> RSAPublicKey | None:
        """Return the key of an application, or None if there is no application."""
        if application_id not in self._known:
            row = self._store.read.one(
                "SELECT public_key FROM applications WHERE id = ?", application_id
            )
            if row is None:
                return None
            self._known[application_id] = load_public_key(row["public_key"])
        return self._known[application_id]

    def forget(self) -> None:
        """Read every key again: one of them has changed."""
        self._known.clear()
