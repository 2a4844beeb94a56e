"""JSON: what is kept in the file, and what is answered."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_encode = msgspec.json.Encoder().encode
read = msgspec.json.Decoder().decode
"""Return the value of a JSON text, which is a str or bytes."""


def write(value: Any) -> str:
    """Return a value as JSON text."""
    return _encode(value).decode()


class _JsonResponse(Response):
    """An answer whose headers are known: Starlette works them out each time."""

    def __init__(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ]


def reply(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that carries a JSON body.

    headers: more of them, their names in lower case.
    """
    return _JsonResponse(_encode(body), status, headers or {})
