"""What every request passes before its route: host, trace, faults, errors."""

import sqlite3
import traceback
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .applications import ApplicationError
from .errors import ApiError
from .store import report

if TYPE_CHECKING:
    from .server import Sandbox


class Front:
    """The door of the sandbox.

    app: the routes behind it. sandbox: whose trace and faults they are.
    """

    def __init__(self, app: ASGIApp, sandbox: "Sandbox") -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Older clients send a slash at the end.
        scope["path"] = scope["path"].rstrip("/") or "/"
        receive, send = self._sandbox.trace.request(scope, receive, send)
        if self._sandbox.faults.active:
            await self._sandbox.faults.answer(self._answer, scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:
            await _answer(error)(scope, receive, send)


def _answer(error: Exception) -> JSONResponse:
    """Return the answer to a request that raised an error."""
    if isinstance(error, ApplicationError):
        return JSONResponse(error.body, error.status)
    if isinstance(error, sqlite3.Error):
        report(error)
    elif not isinstance(error, ApiError):  # a fault of the sandbox itself
        traceback.print_exception(error)
    known = error if isinstance(error, ApiError) else None
    known = known or ApiError("system:error:internal-error")
    return JSONResponse(known.body(), known.status)


def no_route(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to a request that no route takes."""
    wrong_method = isinstance(error, HTTPException) and error.status_code == 405
    name = "method-not-allowed" if wrong_method else "not-found"
    return _answer(ApiError(f"http:error:{name}"))
