"""The paths under ``/_sandbox``: what no Vonage has.

Whoever holds the account's key and secret may look at the trace, order faults, and
take the state back and forth.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from .applications import ApplicationError
from .auth import is_account

if TYPE_CHECKING:
    from .server import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]


def for_account(sandbox: "Sandbox", answer: Endpoint) -> Endpoint:
    """Return an endpoint that answers whoever has the account's key and secret."""

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("authorization")
        account = sandbox.account
        if not is_account(given, account.api_key, account.api_secret):
            raise ApplicationError(401, {"title": "Unauthorized"})
        return await answer(request)

    return endpoint


def routes(sandbox: "Sandbox") -> list[BaseRoute]:
    """Return the paths under ``/_sandbox``."""

    async def health(request: Request) -> Response:
        counted = sandbox.store.read.one("SELECT count(*) AS found FROM applications")
        return JSONResponse(
            {
                "status": "ok",
                "applications": counted["found"] if counted else 0,
                "sessions": sandbox.realtime.open_connections,
            }
        )

    return [Route("/_sandbox/health", health)]
