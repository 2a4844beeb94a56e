"""The paths under ``/_sandbox/faults``, which start and end faults."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..http.account_auth import for_account
from ..http.errors import ApiError, GatewayError
from ..http.routing import AnyRoute, Route
from ..http.validation import Json, read_object
from ..storage.identity import Account
from .active_faults import Faults
from .fault_kinds import read, refuse


def routes(account: Account, faults: Faults) -> list[AnyRoute]:
    """Return the paths under ``/_sandbox/faults``.

    account: the account whose credentials are required.
    faults: the active faults.
    """

    async def begin(request: Request) -> Response:
        body = await _read_body(request)
        return JSONResponse(faults.begin(read(body)).shape(), 201)

    async def active(request: Request) -> Response:
        return JSONResponse({"faults": [fault.shape() for fault in faults.all()]})

    async def one(request: Request) -> Response:
        fault = faults.find(request.path_params["fault_id"])
        if fault is None:
            detail = "There's no such fault, not even among those that ended recently."
            raise GatewayError(404, "not-found", "Not Found", detail)
        return JSONResponse(fault.shape())

    async def end(request: Request) -> Response:
        fault = faults.find(request.path_params["fault_id"])
        if fault is not None:
            fault.end()
        return JSONResponse(fault and fault.shape())

    async def clear(request: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    paths = {
        "/_sandbox/faults": {"POST": begin, "GET": active, "DELETE": clear},
        "/_sandbox/faults/{fault_id}": {"GET": one, "DELETE": end},
    }
    return [
        Route(path, for_account(account, answer), methods=[method])
        for path, answers in paths.items()
        for method, answer in answers.items()
    ]


async def _read_body(request: Request) -> Json:
    try:
        return await read_object(request)
    except ApiError as error:
        refuse("; ".join(sentence for _, sentence in error.invalid) or str(error))
