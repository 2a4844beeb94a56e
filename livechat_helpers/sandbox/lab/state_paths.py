"""The paths under ``/_sandbox`` that save, restore and replace the state.

They require the account's key and secret.
"""

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from ..http.account_auth import Endpoint, for_account
from ..http.errors import GatewayError
from ..http.replies import reply
from ..http.routing import AnyRoute, Route
from ..http.validation import Fields, read_moment, read_object, refuse
from ..storage.clock import Clock
from ..storage.identity import Account
from ..storage.snapshots import SnapshotError
from ..storage.state_file import StateFileError
from .state import State
from .trace_log import Trace


def state_routes(account: Account, state: State, trace: Trace) -> list[AnyRoute]:
    """Return the paths that save, restore and replace the state.

    account: the account whose credentials are required.
    state: the sandbox's state.
    trace: the trace, which is cleared when the state is reset or loaded.
    """

    async def reset(request: Request) -> Response:
        await state.reset(await _read_seed(request))
        trace.clear()
        return Response(status_code=204)

    async def snapshot(request: Request) -> Response:
        await state.keep(request.path_params["name"])
        return Response(status_code=204)

    async def restore(request: Request) -> Response:
        name = request.path_params["name"]
        await state.restore(name, await _read_seed(request))
        return Response(status_code=204)

    async def snapshots(request: Request) -> Response:
        return reply({"snapshots": state.names()})

    async def write(request: Request) -> Response:
        content = await state.written()
        return Response(content, 200, media_type="application/json")

    async def load(request: Request) -> Response:
        seed = request.query_params.get("seed")
        try:
            await state.load(await request.body(), seed)
        except StateFileError as error:
            why = f"The file doesn't contain a sandbox's state: {error}."
            raise GatewayError(400, "invalid", "Bad Request", why) from error
        trace.clear()
        return Response(status_code=204)

    return [
        _on(account, "/reset", "POST", reset),
        _on(account, "/state", "GET", write),
        _on(account, "/state", "PUT", load),
        _on(account, "/snapshots", "GET", snapshots),
        _on(account, "/snapshots/{name}", "PUT", _refusing(snapshot)),
        _on(account, "/snapshots/{name}/restore", "POST", _refusing(restore)),
    ]


def clock_routes(
    account: Account, clock: Clock, changed: Callable[[], object]
) -> list[AnyRoute]:
    """Return the paths of the clock.

    account: the account whose credentials are required.
    clock: the sandbox's clock.
    changed: called when the time has been changed.
    """

    async def change(request: Request) -> Response:
        fields = Fields(await read_object(request))
        step = fields.decimal("step", required=False)
        stop = fields.text("stop")
        run = fields.flag("run")
        fields.done()
        if run:
            clock.run()
        if stop is not None:
            clock.stop(datetime.fromisoformat(read_moment("stop", stop)))
        if step is not None:
            _step(clock, step)
        changed()
        return reply({"now": clock.now()})

    async def now(request: Request) -> Response:
        return reply({"now": clock.now()})

    return [
        _on(account, "/clock", "GET", now),
        _on(account, "/clock", "PATCH", change),
    ]


def _on(account: Account, path: str, method: str, answer: Endpoint) -> Route:
    return Route(f"/_sandbox{path}", for_account(account, answer), methods=[method])


def _refusing(answer: Endpoint) -> Endpoint:
    """Return an endpoint that reports what's wrong with a snapshot's name."""

    async def endpoint(request: Request) -> Response:
        try:
            return await answer(request)
        except SnapshotError as error:
            if error.is_missing:
                raise GatewayError(404, "not-found", "Not Found", str(error)) from error
            raise GatewayError(400, "invalid", "Bad Request", str(error)) from error

    return endpoint


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
