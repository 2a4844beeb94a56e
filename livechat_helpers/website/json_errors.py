"""Every error as JSON: ``error`` is the status, ``detail`` says what happened.

If a later retry can help, ``retry_after_seconds`` and the header say when.
"""

import sys

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from requests.exceptions import RequestException
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from vonage_http_client.errors import HttpRequestError

from ..conversations import Json
from ..settings import SettingsError
from ..tokens import TokenError

AWAY = (HttpRequestError, RequestException, SettingsError, TokenError)
"""The errors raised while Vonage, or the sandbox, can't be reached or used."""

_PAUSE = 5  # seconds before a retry can succeed


def failure(
    status: int, detail: str, retry_after: int | None = None, **headers: str
) -> JSONResponse:
    """Return the response for an error.

    retry_after: the seconds until a retry makes sense.
    headers: additional headers.
    """
    body: Json = {"error": status, "detail": detail}
    if retry_after is not None:
        body["retry_after_seconds"] = retry_after
        headers["Retry-After"] = str(retry_after)
    return JSONResponse(body, status, headers)


class TooManyCalls(HTTPException):
    """A client calls more often than allowed.

    retry_after: the seconds until the next call is allowed.
    """

    def __init__(self, retry_after: int) -> None:
        super().__init__(429, "Too many requests. Wait a moment.")
        self.retry_after = retry_after


def answer_failures(app: FastAPI) -> None:
    """Make an app return every error as JSON."""

    def cannot_reach_vonage(request: Request, error: Exception) -> JSONResponse:
        print(f"{request.url.path}: {error}", file=sys.stderr)
        return failure(503, "The chat is not available right now.", _PAUSE)

    for each in AWAY:
        app.exception_handler(each)(cannot_reach_vonage)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        retry_after = error.retry_after if isinstance(error, TooManyCalls) else None
        headers = {**(error.headers or {})}
        return failure(error.status_code, str(error.detail), retry_after, **headers)

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, error: RequestValidationError) -> JSONResponse:
        return failure(400, _what_is_wrong(error))

    @app.exception_handler(ClientDisconnect)
    def gone(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # Nobody is there to read it.

    @app.exception_handler(Exception)
    def fault_of_ours(request: Request, error: Exception) -> JSONResponse:
        return failure(500, "Something went wrong.", _PAUSE)


def _what_is_wrong(error: RequestValidationError) -> str:
    first = error.errors()[0]
    fields = [str(part) for part in first["loc"][1:] if isinstance(part, str)]
    if not fields or first["type"] == "json_invalid":
        return "The request body isn't the JSON object that's expected."
    return f"{'.'.join(fields)}: {first['msg']}."
