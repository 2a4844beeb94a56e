"""What faults do to requests: delay, reject or drop them, or lose the response.

That includes requests that open a websocket: the response is the websocket or a
rejection.
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
    """A fault that affects requests."""

    order: Order

    @property
    def is_used_up(self) -> bool:
        """Whether it has happened as often as requested."""
        ...

    def meet(self) -> None:
        """Count an occurrence."""

    def holding(self) -> AbstractContextManager[None]:
        """Hold back an answer; the fault doesn't end before that is over."""
        ...

    async def wait(self, seconds: float | None) -> None:
        """Wait for the fault to end, at most for some seconds."""

    def concerns(self, user_name: str | None, application_id: str | None) -> bool:
        """Return whether the fault applies to a user and application.

        None if unknown.
        """
        ...


def is_for(fault: Fault, scope: Scope) -> bool:
    """Return whether a fault affects requests, and applies to this one."""
    order, path = fault.order, scope["path"]
    if order.kind not in _AROUND or fault.is_used_up:
        return False
    if path == "/_sandbox" or path.startswith("/_sandbox/"):
        return False
    if scope["type"] == "websocket" and order.kind == "drop_reply":
        return False  # The answer is the entire session.
    rule = {"methods": [order.method]} if order.method else {}
    acl = {"paths": {order.path: rule}}
    if not acl_allows(acl, scope.get("method", "GET"), path):
        return False
    if order.user is None and order.application is None:
        return True
    claims = _claims(scope)
    return fault.concerns(claims.get("sub"), claims.get("application_id"))


def _claims(scope: Scope) -> Json:
    """Return the unverified claims of a request's token; nothing if it has no token."""
    try:
        if scope["type"] == "websocket":
            token = QueryParams(scope["query_string"]).get("token", "")
        else:
            token = bearer_token(Headers(scope=scope).get("authorization"))
        return jwt.decode(token, options={"verify_signature": False})
    except (ApiError, jwt.PyJWTError, ValueError, RecursionError):
        return {}


def around(fault: Fault, app: ASGIApp) -> ASGIApp:
    """Return an app with a fault."""

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        note(f"fault: {fault.order.kind}")
        await _AROUND[fault.order.kind](fault, app, scope, receive, send)

    return faulty


async def _answer_late(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run a request, and answer it after a delay or when the fault ends."""
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
    """Reject a request without running it."""
    fault.meet()
    await _refusal(fault.order)(scope, receive, send)


async def _drop_reply(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run a request, and close the connection instead of answering.

    Raises:
        ConnectionResetError: there is no connection, because the caller is in this
            process.
    """
    fault.meet()

    async def nowhere(message: Message) -> None:
        pass

    await app(scope, receive, nowhere)
    if "state" not in scope:  # A real server always sets it.
        raise ConnectionResetError("The reply was dropped.")
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass  # If this returned before the disconnect, the server would answer.


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
    """Return the body and headers that Vonage sends with a status, or general ones.

    code: one of the status's error codes; None for the most general one.
    """
    if codes := errors.codes(status):
        return ApiError(code or codes[0]).body(), {}
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        error = too_many()
    else:
        error = GatewayError(status, "refused", _phrase(status), "It was refused.")
    return error.body, error.headers


def _phrase(status: int) -> str:
    """Return HTTP's name for a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # HTTP doesn't define this status.
        return "Refused"
