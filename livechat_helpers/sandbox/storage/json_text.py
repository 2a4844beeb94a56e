"""Conversion to and from JSON text, for the file and for responses."""

from typing import Any

import msgspec

encode = msgspec.json.Encoder().encode
"""Convert a value to JSON text in bytes."""
read = msgspec.json.Decoder().decode
"""Return the value of a JSON text, which can be str or bytes."""


def write(value: Any) -> str:
    """Convert a value to JSON text."""
    return encode(value).decode()
