"""The OpenAPI description of the calls, and the sandbox's health."""

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
    """Return the paths that anybody may look at.

    connections: says how many websockets are logged in.
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
        """Answer the OpenAPI description, as that of the host that was asked."""
        url = request.url
        here = {"servers": [{"url": f"{url.scheme}://{url.netloc}"}]}
        return reply({**read(_DESCRIPTION.read_bytes()), **here})

    return [
        Route("/_sandbox/health", health),
        Route("/_sandbox/openapi.json", description),
    ]
