"""The address to which Synapse reports every event.

It uses the same log as Vonage's webhooks, so the log's readers don't have to know which
engine is running. Synapse repeats a transaction until it's answered, and only then
sends the next one. So events arrive in order, and each is stored exactly once.
"""

import asyncio
import json
import sqlite3
import sys

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from ..conversations import Json
from ..matrix.transactions import is_genuine, reports
from .desks import Desks
from .event_log import EventLog


def routes(desks: Desks, log: EventLog) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/_matrix/app/v1")

    @router.put("/transactions/{id}", response_model=None)
    async def take(request: Request, id: str) -> Json:
        matrix = (await desks.awaited()).engine.matrix
        shown = request.headers.get("authorization", "")
        if matrix is None or not is_genuine(shown, matrix.info.hs_token):
            raise HTTPException(403, "This isn't the Matrix server of this website.")
        told = await asyncio.to_thread(
            reports, await request.json(), matrix.calls, matrix.people
        )
        try:
            # Store them all at once, in order, so they only wait for the disk once.
            lines = [json.dumps(one.event, separators=(",", ":")) for one in told]
            keys = (one.key for one in told)
            await asyncio.gather(*map(log.take_once, keys, lines))
        except sqlite3.Error as error:
            print(f"An event cannot be kept: {error}", file=sys.stderr)
            # Synapse then sends the transaction again.
            raise HTTPException(503, "The event can't be saved.") from error
        return {}

    return router
