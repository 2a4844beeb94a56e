"""Remove secrets from everything that is shown.

It treats everything as plain text, because the input can be cut off or not be JSON.
"""

import re
from collections.abc import Iterable

REDACTED = "[redacted]"

_NAMES = (
    "token|jwt|access_token|refresh_token|private_key|api_secret|signature_secret"
    "|password|authorization"
)
# This matches a JSON object in Base64, with or without a space or a line break after
# its brace. It's a token if a dot and more follow, or if the text ends there, where it
# may have been cut. The pattern also matches without that: searching again inside the
# match would take quadratic time.
_TOKEN = re.compile(
    r"e(?:y[JAI]|w[ok0])[\w-]*(?P<rest>(?:\.[\w-]+)+\.?|\.?\Z)?", re.ASCII
)
_PATTERNS = (
    (
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
        r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|\Z)",
        REDACTED,
    ),
    (rf'("(?:{_NAMES})"\s*:\s*")(?:[^"\\]|\\.)*+', rf"\1{REDACTED}"),
    (rf'(?<![^?&])((?:{_NAMES})=)[^&\s"]*+', rf"\1{REDACTED}"),
    (r'://[^/@\s"]*+@', f"://{REDACTED}@"),
)
_COMPILED = [(re.compile(each, re.S | re.I), put) for each, put in _PATTERNS]


def _redact_token(found: re.Match[str]) -> str:
    return found[0] if found["rest"] is None else f"eyJ...{REDACTED}"


class Redactor:
    """Removes secrets from texts: JWTs, private keys, and values with a telling name.

    secrets: values that are never shown, wherever they appear.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = "|".join(re.escape(secret) for secret in secrets if secret)
        self._values = re.compile(values or r"(?!)")

    def __call__(self, text: str) -> str:
        """Return a text without its secrets, and without unencodable characters."""
        text = text.encode(errors="replace").decode()
        for pattern, put in _COMPILED:
            text = pattern.sub(put, text)
        return self._values.sub(REDACTED, _TOKEN.sub(_redact_token, text))
