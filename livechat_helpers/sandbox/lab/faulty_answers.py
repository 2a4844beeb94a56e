"""What faults do to requests: delay, refuse or drop them, or lose the response.

A request that opens a websocket is one too: its answer is the websocket, or a refusal.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from http import HTTPStatus
from typing import Protocol

import jwt
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..http import errors
from ..http.auth import acl_allows, bearer_token
from ..http.errors import ApiError, GatewayError
from ..http.rate_limit import too_many
from ..http.request_notes import note
from ..http.validation import Json
from .fault_kinds import Order

_FIRST_WORDS = {
    "http.response.start",
    "websocket.accept",
    "websocket.http.response.start",
}


class Fault(Protocol):
    """What is asked of a fault that happens to requests."""

    order: Order

    @property
    def is_used_up(self) -> bool:
        """Whether it has happened as often as it was to happen."""
        ...

    def meet(self) -> None:
        """Count that it happens."""

    def holding(self) -> AbstractContextManager[None]:
        """Hold an answer back: until that is done, the fault is not over."""
        ...

    async def wait(self, seconds: float | None) -> None:
        """Wait until it ends, or for some seconds."""

    def concerns(self, user_name: str | None, application_id: str | None) -> bool:
        """Return whether it is meant for somebody; None is nobody known."""
        ...


def is_for(fault: Fault, scope: Scope) -> bool:
    """Return whether a fault is one of requests, and meant for this one."""
    order, path = fault.order, scope["path"]
    if order.kind not in _AROUND or fault.is_used_up:
        return False
    if path == "/_sandbox" or path.startswith("/_sandbox/"):
        return False
    if scope["type"] == "websocket" and order.kind == "drop_reply":
        return False  # its answer is the whole session
    rule = {"methods": [order.method]} if order.method else {}
    acl = {"paths": {order.path: rule}}
    if not acl_allows(acl, scope.get("method", "GET"), path):
        return False
    if order.user is None and order.application is None:
        return True
    claims = _claims(scope)
    return fault.concerns(claims.get("sub"), claims.get("application_id"))


def _claims(scope: Scope) -> Json:
    """Return what a request's token says, true or not; nothing without a token."""
    try:
        if scope["type"] == "websocket":
            token = QueryParams(scope["query_string"]).get("token", "")
        else:
            token = bearer_token(Headers(scope=scope).get("authorization"))
        return jwt.decode(token, options={"verify_signature": False})
    except (ApiError, jwt.PyJWTError, ValueError, RecursionError):
        return {}


def around(fault: Fault, app: ASGIApp) -> ASGIApp:
    """Return an app to which a fault happens."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        note(f"fault: {fault.order.kind}")
        await _AROUND[fault.order.kind](fault, app, scope, receive, send)

    return faulty


async def _answer_late(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Carry a request out, and answer it after a while, or when the fault ends."""
    seconds = fault.order.seconds if fault.order.kind == "delay" else None
    with ExitStack() as until_answered:
        until_answered.enter_context(fault.holding())
        fault.meet()

        async def late(message: Message) -> None:
            if message["type"] in _FIRST_WORDS:
                await fault.wait(seconds)
                until_answered.close()
            await send(message)

        await app(scope, receive, late)


async def _refuse(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Refuse a request; nothing of it is carried out."""
    fault.meet()
    await _refusal(fault.order)(scope, receive, send)


async def _drop_reply(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Carry a request out, and close the connection instead of answering.

    Raises:
        ConnectionResetError: there isn't one to close: the caller is in this process.
    """
    fault.meet()

    async def nowhere(message: Message) -> None:
        pass

    await app(scope, receive, nowhere)
    if "state" not in scope:  # no server has put it there
        raise ConnectionResetError("The reply was dropped.")
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass  # until the server has noticed, it would answer by itself


_AROUND = {
    "delay": _answer_late,
    "hang": _answer_late,
    "refuse": _refuse,
    "drop_reply": _drop_reply,
}


def _refusal(order: Order) -> Response:
    body, headers = _usual(order.status, order.code)
    if order.body is not None:
        body = order.body
    if order.retry_after is not None:
        headers = {"retry-after": str(order.retry_after)}
    return JSONResponse(body, order.status, headers)


def _usual(status: int, code: str | None) -> tuple[Json, Mapping[str, str]]:
    """Return the body and headers that Vonage answers with a status, or general ones.

    code: which of the status's errors it is; None for the most general one.
    """
    if codes := errors.codes(status):
        return ApiError(code or codes[0]).body(), {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        error = too_many()
    else:
        error = GatewayError(status, "refused", _phrase(status), "It was refused.")
    return error.body, error.headers


def _phrase(status: int) -> str:
    """Return what HTTP calls a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # not one of HTTP's own
        return "Refused"
