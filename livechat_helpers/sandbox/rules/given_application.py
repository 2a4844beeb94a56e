"""The application that a sandbox has from the start, if its options name one."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..storage.json_text import write
from ..storage.store import Transaction


class UnusableKey(Exception):
    """An application can't have this key; the text says why."""


@dataclass(frozen=True)
class GivenApplication:
    """An application whose id and key the user has chosen.

    id: the application's id.
    public_key: its public key in PEM format.
    """

    id: str
    public_key: str

    def keep(self, tx: Transaction) -> None:
        """Create the application, or update the key of the one with this id."""
        body = {
            "name": "Given at the start",
            "privacy": {"improve_ai": True},
            "capabilities": {"rtc": {}},
        }
        tx.run(
            "INSERT INTO applications (id, position, public_key, body) VALUES"
            " (?, (SELECT coalesce(max(position), 0) + 1 FROM applications), ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET public_key = excluded.public_key",
            self.id,
            self.public_key,
            write(body),
        )


def read_public_key(pem: str) -> str:
    """Return the public key, in PEM format, of a private or public key.

    pem: the key's text.

    Raises:
        UnusableKey: it isn't an RSA key, or it needs a password.
    """
    content = pem.encode()
    try:
        if "PRIVATE KEY" in pem:
            key = serialization.load_pem_private_key(content, None).public_key()
        else:
            key = serialization.load_pem_public_key(content)
    except Exception as error:  # cryptography raises all sorts of errors here.
        raise UnusableKey(f"the private key can't be read: {error}") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnusableKey("the private key isn't an RSA key, as Vonage's are")
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
