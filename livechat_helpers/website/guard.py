"""Reject unsafe requests unread, and set the headers of every response.

Another website's page could make its domain name point here and then read our answers,
so requests under other names are rejected.

Another website's page mustn't act for a visitor either. With every POST, the browser
sends the origin of the page, which must be ours. Behind a proxy, our name is the
proxy's, which it passes on.
"""

from collections.abc import Callable

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import hosts
from .json_errors import failure

LARGEST_BODY = 64 * 1024
"""The size limit of a request body in bytes."""
LARGEST_REPORT = 16 * 1024 * 1024
"""The same for a Matrix server's reports, which contain up to a hundred events."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Checks every request before an app gets it.

    app: the app.
    vonage: returns the origins that a page can connect to, besides ours.
    public_url: returns the website's internet address, if it has one.
    """

    def __init__(
        self,
        app: ASGIApp,
        vonage: Callable[[], list[str]],
        public_url: Callable[[], str | None],
    ) -> None:
        self._app = app
        self._vonage = vonage
        self._public_url = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update({**_HEADERS, "Content-Security-Policy": self._policy()})
                # An answer to one client mustn't be cached for others.
                default = "no-store" if "/api/" in scope["path"] else "no-cache"
                headers.setdefault("Cache-Control", default)
            await send(message)

        answer = self._misdirected(request) or _refusal(request) or self._app
        await answer(scope, receive, send_with_headers)

    def _misdirected(self, request: Request) -> Response | None:
        """Return an error if a request is meant for a different website, or None."""
        # Requests on a unix socket only come from a proxy in this account, such as
        # JupyterLab's, which has already checked the user.
        host = request.headers.get("host", "")
        if request.client is None or hosts.is_known(host, self._public_url()):
            return None
        return failure(
            421,
            f"This website doesn't answer to the name {host[:100]!r}. Open it at "
            "localhost, or set PUBLIC_URL in .env to the address that people use.",
        )

    def _policy(self) -> str:
        connect = " ".join(["'self'", *self._vonage()])
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self' data:; connect-src {connect}; base-uri 'none'; "
            "form-action 'none'; "
            # JupyterLab shows the page in a frame. JupyterLab uses the next free port,
            # so all ports on this machine are allowed. Under a hub, it has the page's
            # own origin.
            "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )


def _refusal(request: Request) -> Response | None:
    """Return an error if a request must be rejected unread, or None."""
    if request.method in ("GET", "HEAD"):
        return None  # It doesn't change anything.
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers:
        return failure(411, "Send the length of the request body.")
    is_report = request.url.path.startswith("/_matrix/app/")
    most = LARGEST_REPORT if is_report else LARGEST_BODY
    if not length.isdecimal() or int(length) > most:
        return failure(413, f"The request body is larger than {most // 1024} KiB.")
    origin = request.headers.get("origin")
    if origin is None:
        return None  # It's not from a browser's page, so it has no visitor's cookie.
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    if origin.partition("://")[2] != host:
        return failure(403, "This request comes from another website.")
    return None
