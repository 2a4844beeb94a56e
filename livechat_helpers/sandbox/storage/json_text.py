"""JSON as text, for the file and for responses."""

from typing import Any

import msgspec

encode = msgspec.json.Encoder().encode
"""Return a value as the bytes of its JSON text."""
read = msgspec.json.Decoder().decode
"""Return the value of a JSON text, which is a str or bytes."""


def write(value: Any) -> str:
    """Return a value as JSON text."""
    return encode(value).decode()
