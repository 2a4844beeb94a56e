"""Which host names the sandbox answers to, and which web pages may call it."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from .error_answers import answer_to
from .errors import GatewayError
from .names import Names, host_of

_WRONG_HOST = (
    "The sandbox is not called by this name. Use 127.0.0.1 or localhost, or start it"
    " with --host and the name."
)
_WRONG_PAGE = (
    "A web page of another machine has no business here. Serve it from 127.0.0.1 or"
    " localhost, or start the sandbox with --host and the page's host."
)


class Entrance:
    """An app that serves requests to names of its own, from pages on those names.

    app: what is behind it. names: what it's called by.
    """

    def __init__(self, app: ASGIApp, names: Names) -> None:
        self._app = app
        self._names = names
        self._cors = CORSMiddleware(
            app,
            allow_origin_regex=names.origins(),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["authorization", "content-type"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host, origin = _called_by(scope)
        if host not in self._names:
            await _refuse(_WRONG_HOST, scope, receive, send)
        elif origin is not None and not self._may_call(origin):
            await _refuse(_WRONG_PAGE, scope, receive, send)
        elif origin is not None:
            await self._cors(scope, receive, send)  # It leaves websockets alone.
        else:
            await self._app(scope, receive, send)

    def _may_call(self, origin: str) -> bool:
        return host_of(origin.partition("://")[2]) in self._names


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
    return host_of(host.decode("latin-1")), origin


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    error = GatewayError(403, "forbidden", "Forbidden", why)
    await answer_to(error, scope["path"])(scope, receive, send)
