"""The address to which Vonage sends every event.

An event is checked, stored and answered right away. Those who read the log, such as the
agents' pages, do everything else.
"""

import json
import sqlite3
import sys
import time

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from ..webhooks import OLDEST, signed_claims
from .desks import Desks
from .event_log import Delivery, EventLog


def routes(desks: Desks, log: EventLog) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/webhooks/event")
    async def event(request: Request) -> Response:
        body = await request.body()
        secret = (await desks.awaited()).signature_secret
        token = request.headers.get("authorization", "").partition(" ")[2]
        claims = signed_claims(token, body, secret) if secret else None
        if claims is None:
            raise HTTPException(401, "This webhook's signature isn't valid.")
        delivery = Delivery(
            jti=str(claims["jti"]),
            until=time.time() + 2 * OLDEST,
            payload_hash=str(claims["payload_hash"]),
            body=_on_one_line(body),
        )
        try:
            is_first_use = await log.take(delivery)
        except sqlite3.Error as error:
            print(f"A webhook cannot be kept: {error}", file=sys.stderr)
            # This makes Vonage send it again.
            raise HTTPException(503, "The event can't be saved.") from error
        if not is_first_use:
            raise HTTPException(401, "This signature was used before.")
        return Response(status_code=204)

    return router


def _on_one_line(body: bytes) -> str:
    """Return an event's JSON on one line, as the stream needs it.

    Raises:
        HTTPException: the body isn't a JSON object.
    """
    try:
        event = json.loads(body)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise HTTPException(400, "The request body isn't a JSON object.")
    return json.dumps(event, separators=(",", ":"))
