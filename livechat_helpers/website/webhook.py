"""The address to which Vonage sends every event."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from ..webhooks import WebhookGuard
from .backends import Backends


def routes(backends: Backends) -> APIRouter:
    """Return the route."""
    router = APIRouter()
    webhooks = WebhookGuard()

    @router.post("/webhooks/event")
    async def event(request: Request) -> Response:
        secret = backends.current().signature_secret
        token = request.headers.get("authorization", "").partition(" ")[2]
        body = await request.body()
        if secret is None or not webhooks.is_genuine(token, body, secret):
            raise HTTPException(401, "The signature of this webhook is not valid.")
        return Response(status_code=204)

    return router
