"""What every request passes before its route: host, trace, faults, errors."""

import re
import sqlite3
import traceback
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from . import legacy
from .errors import ApiError, GatewayError
from .json_text import reply
from .store import report

if TYPE_CHECKING:
    from .local_vonage import Sandbox


_LOOPBACK = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
_NAMES = {
    *("127.0.0.1", "localhost", "[::1]"),
    *("api.nexmo.com", "rest.nexmo.com", "ws.nexmo.com"),
}
_PORT = re.compile(r":\d+$")
_WRONG_HOST = (
    "The sandbox is not called by this name. Use 127.0.0.1 or localhost, or start it"
    " with --host and the name."
)
_WRONG_PAGE = (
    "A web page of another machine has no business here. Serve it from 127.0.0.1 or"
    " localhost, or start the sandbox with --host and the page's host."
)


class Front:
    """The door of the sandbox.

    app: the routes behind it. sandbox: whose trace and faults they are.
    """

    def __init__(self, app: ASGIApp, sandbox: "Sandbox") -> None:
        self._app = app
        self._sandbox = sandbox
        self._hosts = {*_NAMES, *(host.lower() for host in sandbox.options.hosts)}
        # Only pages of this machine may call from a browser.
        self._cors = CORSMiddleware(
            self._http,
            allow_origin_regex=_LOOPBACK,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, origin = _called_by(scope)
        if host not in self._hosts:
            await _refuse(_WRONG_HOST, scope, receive, send)
        elif origin is not None and _host_of(origin) not in self._hosts:
            await _refuse(_WRONG_PAGE, scope, receive, send)
        elif scope["type"] == "websocket":
            send = self._sandbox.trace.upgrade(scope, send)
            await self._sandbox.faults.answer(self._app, scope, receive, send)
        elif origin is not None:
            await self._cors(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
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
            await _answer(error, scope["path"])(scope, receive, send)


def _called_by(scope: Scope) -> tuple[str, str | None]:
    """Return the name a request was sent to, and the web page's origin if one sent it.

    A web page can let a name of its own point to this machine, and then reads what it
    likes here as if it were its own: but that name is in the Host header. And it can
    send a form here, with the key that the browser knows: but it says who it is.
    """
    host, origin = b"localhost", None  # no browser leaves its name out
    for name, value in scope["headers"]:
        if name == b"host":
            host = value
        elif name == b"origin":
            origin = value.decode("latin-1")
    return _PORT.sub("", host.decode("latin-1")).lower(), origin


def _host_of(origin: str) -> str:
    return _PORT.sub("", origin.partition("://")[2]).lower()


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    error = GatewayError(403, "forbidden", "Forbidden", why)
    await _answer(error, scope["path"])(scope, receive, send)


def _answer(error: Exception, path: str) -> Response:
    """Return the answer to a request that raised an error."""
    if isinstance(error, HTTPException):  # no route takes it
        error = _no_route(error, path)
    if isinstance(error, GatewayError):
        return reply(error.body, error.status, error.headers)
    if isinstance(error, sqlite3.Error):
        report(error)
    elif not isinstance(error, ApiError):  # a fault of the sandbox itself
        traceback.print_exception(error)
    known = error if isinstance(error, ApiError) else None
    known = known or ApiError("system:error:internal-error")
    older = legacy.refusal(known, path)
    return older or reply(known.body(), known.status, known.headers)


def _no_route(error: HTTPException, path: str) -> Exception:
    """Return the error of a path or a method that there is not."""
    name = "method-not-allowed" if error.status_code == 405 else "not-found"
    known = ApiError(f"http:error:{name}", headers=error.headers or {})
    if path.startswith("/v2/applications"):  # it has a shape of its own
        return GatewayError(
            known.status,
            "wrong-verb" if known.status == 405 else "not-found",
            "Method Not Allowed" if known.status == 405 else "Not Found",
            known.body()["detail"],
            headers=known.headers,
        )
    return known
