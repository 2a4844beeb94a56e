"""The application that a sandbox gets at start, if its options name one."""

from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..storage.json_text import write
from ..storage.store import Transaction


class UnusableKey(Exception):
    """A key can't be an application's; the text says why."""


@dataclass(frozen=True)
class GivenApplication:
    """An application with an id and a key that somebody has chosen.

    id: the application's. public_key: as PEM.
    """

    id: str
    public_key: str

    def keep(self, tx: Transaction) -> None:
        """Make the application, or give the one of this id this key."""
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
    """Return the public key, as PEM, of a key that is the private or the public one.

    pem: its text.

    Raises:
        UnusableKey: it's no RSA key, or a password is needed.
    """
    content = pem.encode()
    try:
        if "PRIVATE KEY" in pem:
            key = serialization.load_pem_private_key(content, None).public_key()
        else:
            key = serialization.load_pem_public_key(content)
    except Exception as error:  # Whatever cryptography says of a text that isn't a key.
        raise UnusableKey(f"the private key can't be read: {error}") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnusableKey("the private key isn't an RSA key, as Vonage's are")
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()
