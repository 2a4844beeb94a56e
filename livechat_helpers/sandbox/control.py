"""The paths under ``/_sandbox``: what no Vonage has.

Whoever holds the account's key and secret may look at the trace, order faults, and
take the state back and forth.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from .auth import is_account
from .clock import Clock
from .errors import unauthorized
from .json_text import read, reply
from .routing import AnyRoute, Route
from .validation import Fields, read_moment, read_object, refuse

if TYPE_CHECKING:
    from .local_vonage import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]

_DESCRIPTION = Path(__file__).with_name("openapi.json")


def for_account(sandbox: "Sandbox", answer: Endpoint) -> Endpoint:
    """Return an endpoint that answers whoever has the account's key and secret."""

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("authorization")
        account = sandbox.account
        if not is_account(given, account.api_key, account.api_secret):
            raise unauthorized()
        return await answer(request)

    return endpoint


def routes(sandbox: "Sandbox") -> list[AnyRoute]:
    """Return the paths under ``/_sandbox``."""

    async def health(request: Request) -> Response:
        counted = sandbox.store.read.one("SELECT count(*) AS found FROM applications")
        return reply(
            {
                "status": "ok",
                "applications": counted["found"] if counted else 0,
                "sessions": sandbox.realtime.open_connections,
            }
        )

    async def description(request: Request) -> Response:
        """Answer the OpenAPI description, as that of the host that was asked."""
        url = request.url
        here = {"servers": [{"url": f"{url.scheme}://{url.netloc}"}]}
        return reply({**read(_DESCRIPTION.read_bytes()), **here})

    async def reset(request: Request) -> Response:
        await sandbox.reset(await _read_seed(request))
        return Response(status_code=204)

    async def snapshot(request: Request) -> Response:
        await sandbox.snapshots.keep(request.path_params["name"])
        return Response(status_code=204)

    async def restore(request: Request) -> Response:
        name = request.path_params["name"]
        await sandbox.restore(name, await _read_seed(request))
        return Response(status_code=204)

    async def clock(request: Request) -> Response:
        fields = Fields(await read_object(request))
        step = fields.decimal("step", required=False)
        stop = fields.text("stop")
        run = fields.flag("run")
        fields.done()
        if run:
            sandbox.clock.run()
        if stop is not None:
            sandbox.clock.stop(datetime.fromisoformat(read_moment("stop", stop)))
        if step is not None:
            _step(sandbox.clock, step)
        sandbox.realtime.check_expiry()
        sandbox.endings.plan()
        return reply({"now": sandbox.clock.now()})

    async def now(request: Request) -> Response:
        return reply({"now": sandbox.clock.now()})

    def on(path: str, method: str, answer: Endpoint) -> Route:
        return Route(f"/_sandbox{path}", for_account(sandbox, answer), methods=[method])

    return [
        Route("/_sandbox/health", health),
        Route("/_sandbox/openapi.json", description),
        on("/reset", "POST", reset),
        on("/snapshots/{name}", "PUT", snapshot),
        on("/snapshots/{name}/restore", "POST", restore),
        on("/clock", "GET", now),
        on("/clock", "PATCH", clock),
    ]


async def _read_seed(request: Request) -> str | None:
    fields = Fields(await read_object(request))
    seed = fields.text("seed")
    fields.done()
    return seed


def _step(clock: Clock, seconds: float) -> None:
    try:
        clock.step(seconds)
    except (ValueError, OverflowError):
        refuse("step", "must be seconds to go forward, and not beyond the year 9999")
