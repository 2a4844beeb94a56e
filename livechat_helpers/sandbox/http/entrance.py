"""Which host names the sandbox answers to, and which web pages can call it."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from .error_answers import answer_to
from .errors import GatewayError
from .names import Names, host_of

_WRONG_HOST = (
    "The sandbox doesn't answer to this name. Use 127.0.0.1 or localhost, or start it"
    " with --host and the name."
)
_WRONG_PAGE = (
    "Web pages from other machines can't use the sandbox. Serve yours from 127.0.0.1 or"
    " localhost, or start the sandbox with --host and the page's host."
)


class Entrance:
    """An app that only serves requests to its own names, from pages on those names.

    app: the app behind it.
    names: the sandbox's names.
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
            await self._cors(scope, receive, send)  # This leaves websockets alone.
        else:
            await self._app(scope, receive, send)

    def _may_call(self, origin: str) -> bool:
        return host_of(origin.partition("://")[2]) in self._names


def _called_by(scope: Scope) -> tuple[str, str | None]:
    """Return the host a request was sent to, and its web page's origin, if any.

    A malicious web page can point its domain name at this machine, and then read what
    it likes as if the sandbox were part of its site. The Host header gives it away. It
    can also submit a form to the sandbox with credentials that the browser has saved.
    The Origin header gives that away.
    """
    host, origin = b"localhost", None  # Browsers always send a Host header.
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
