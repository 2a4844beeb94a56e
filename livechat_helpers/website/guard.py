"""Refuse unsafe requests unread, and set the headers of every response.

A page of another website must not read our answers under a name of its own, so a name
that isn't ours is refused.

A page of another website must not act for a visitor: the browser says with every POST
from which page it comes, and that must be one of ours. Behind a proxy our name is the
proxy's, which it hands on.
"""

from collections.abc import Callable

from fastapi import Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import hosts
from .json_errors import failure

LARGEST_BODY = 64 * 1024
"""Bytes of the largest request body that is read."""
LARGEST_REPORT = 16 * 1024 * 1024
"""The same of what a Matrix server reports: a hundred events at a time."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Check every request before an app sees it.

    app: the app. vonage: returns the origins that a page may connect to besides ours.
    public_url: returns where the internet reaches the website, if it does.
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
                # What is said to one client is not for a store on the way.
                default = "no-store" if "/api/" in scope["path"] else "no-cache"
                headers.setdefault("Cache-Control", default)
            await send(message)

        answer = self._misdirected(request) or _refusal(request) or self._app
        await answer(scope, receive, send_with_headers)

    def _misdirected(self, request: Request) -> Response | None:
        """Return that a request is meant for somebody else, or None."""
        # At a unix socket there is only a proxy of this account, such as JupyterLab's,
        # which has asked already who is there.
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
            # JupyterLab shows the page in a frame. It takes the next free port, so
            # this machine's are named; under a hub it has the page's own origin.
            "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )


def _refusal(request: Request) -> Response | None:
    """Return why a request is refused unread, or None."""
    if request.method in ("GET", "HEAD"):
        return None  # it changes nothing
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers:
        return failure(411, "Send the length of the request body.")
    is_report = request.url.path.startswith("/_matrix/app/")
    most = LARGEST_REPORT if is_report else LARGEST_BODY
    if not length.isdecimal() or int(length) > most:
        return failure(413, f"The request body is larger than {most // 1024} KiB.")
    origin = request.headers.get("origin")
    if origin is None:
        return None  # not a browser's page: it has no cookie of a visitor
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    if origin.partition("://")[2] != host:
        return failure(403, "This request comes from another website.")
    return None
