"""The sandbox's own account and certificate authority, created once and saved.

An account has what the Vonage dashboard shows: an API key, an API secret and a
signature secret. The certificate authority signs the certificate of the TLS listener,
which PyPI's ``vonage`` needs because it only speaks https.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import trustme

from ..machine.owner_only import keep_private
from ..machine.serving import StartError


@dataclass(frozen=True)
class Account:
    """The credentials of this sandbox's only account."""

    api_key: str
    api_secret: str
    signature_secret: str


def account(
    data_dir: Path, *, synced: bool = True, given: Mapping[str, str] | None = None
) -> Account:
    """Return the account saved in a folder; the first call creates it.

    synced: whether a new account must survive a power cut.
    given: credentials chosen for this run, which replace the saved ones.

    Raises:
        StartError: the account's file is damaged.
    """
    path = data_dir / "account.json"
    if not path.exists():
        made = Account(
            api_key=secrets.token_hex(4),
            api_secret=secrets.token_urlsafe(12),
            signature_secret=secrets.token_urlsafe(32),
        )
        keep_private(path, json.dumps(asdict(made)).encode(), synced=synced)
    try:
        kept = Account(**json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise _damaged(path) from error
    return replace(kept, **(given or {}))


def certificate_authority(data_dir: Path) -> trustme.CA:
    """Return the certificate authority saved in a folder; the first call creates it.

    The file ``ca.pem`` in the same folder contains its certificate without the key;
    clients have to trust that.

    Raises:
        StartError: the certificate authority's file is damaged.
    """
    key_and_certificate = data_dir / "ca-key.pem"
    if key_and_certificate.exists():
        text = key_and_certificate.read_bytes()
        marker = b"-----BEGIN CERTIFICATE-----"
        key, _, certificate = text.partition(marker)
        try:
            authority = trustme.CA.from_pem(marker + certificate, key)
        except ValueError as error:
            raise _damaged(key_and_certificate) from error
    else:
        authority = trustme.CA(organization_name="Live chat kit sandbox")
        keep_private(
            key_and_certificate,
            authority.private_key_pem.bytes() + authority.cert_pem.bytes(),
        )
    (data_dir / "ca.pem").write_bytes(authority.cert_pem.bytes())
    return authority


def _damaged(path: Path) -> StartError:
    return StartError(
        f"{path} is damaged.\nMove it away: the sandbox then makes a new one."
    )
