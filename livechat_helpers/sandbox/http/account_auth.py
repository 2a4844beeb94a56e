"""Basic authentication: the account's key and secret."""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from ..storage.identity import Account
from .errors import unauthorized

Endpoint = Callable[[Request], Awaitable[Response]]


def check_account(request: Request, account: Account) -> None:
    """Reject a request without the account's key and secret.

    Raises:
        GatewayError: 401.
    """
    authorization = request.headers.get("authorization")
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise unauthorized() from None
    wanted = f"{account.api_key}:{account.api_secret}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(given, wanted):
        raise unauthorized()


def for_account(account: Account, answer: Endpoint) -> Endpoint:
    """Return an endpoint that requires the account's key and secret."""

    async def endpoint(request: Request) -> Response:
        check_account(request, account)
        return await answer(request)

    return endpoint
