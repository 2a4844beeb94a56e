"""The OpenAPI description of the calls, and a health check."""

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from ..http.replies import reply
from ..http.routing import AnyRoute, Route
from ..storage.json_text import read
from ..storage.store import Store

_DESCRIPTION = Path(__file__).with_name("openapi.json")


def routes(store: Store, connections: Callable[[], int]) -> list[AnyRoute]:
    """Return the paths that anybody can read.

    store: where the applications are stored.
    connections: returns the number of websockets that are logged in.
    """

    async def health(request: Request) -> Response:
        counted = store.read.one("SELECT count(*) AS found FROM applications")
        return reply(
            {
                "status": "ok",
                "applications": counted["found"] if counted else 0,
                "sessions": connections(),
            }
        )

    async def description(request: Request) -> Response:
        """Return the OpenAPI description, with this request's host as the server."""
        url = request.url
        here = {"servers": [{"url": f"{url.scheme}://{url.netloc}"}]}
        return reply({**read(_DESCRIPTION.read_bytes()), **here})

    return [
        Route("/_sandbox/health", health),
        Route("/_sandbox/openapi.json", description),
    ]
