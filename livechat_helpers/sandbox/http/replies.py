"""JSON answers."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ..storage.json_text import encode


class _JsonResponse(Response):
    """An answer whose headers are known in advance.

    Starlette computes them every time.
    """

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
    """Return a response with a JSON body.

    headers: additional headers, with lower-case names.
    """
    return _JsonResponse(encode(body), status, headers or {})
