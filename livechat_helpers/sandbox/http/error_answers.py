"""The response to a request that raised an error, in the format of its API version."""

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..storage.store import report
from .errors import ApiError, GatewayError
from .replies import reply
from .validation import Json


class ErrorAnswers:
    """An app that answers a request whose call raised an error.

    app: the app with the calls.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return  # The client has gone, so nobody is waiting for an answer.
        except Exception as error:
            await answer_to(error, scope["path"])(scope, receive, send)


def answer_to(error: Exception, path: str) -> Response:
    """Return the answer to a request that raised an error."""
    if isinstance(error, HTTPException):  # No route matched.
        error = _no_route(error, path)
    if isinstance(error, GatewayError):
        return reply(error.body, error.status, error.headers)
    if not isinstance(error, ApiError):  # This is the sandbox's or the file's fault.
        report(error)
    known = error if isinstance(error, ApiError) else None
    known = known or ApiError("system:error:internal-error")
    older = _older_answer(known, path)
    return older or reply(known.body(), known.status, known.headers)


def _no_route(error: HTTPException, path: str) -> Exception:
    """Return the error for an unknown path or method."""
    name = "method-not-allowed" if error.status_code == 405 else "not-found"
    known = ApiError(f"http:error:{name}", headers=error.headers or {})
    if path.startswith("/v2/applications"):  # The Application API has its own format.
        return GatewayError(
            known.status,
            "wrong-verb" if known.status == 405 else "not-found",
            "Method Not Allowed" if known.status == 405 else "Not Found",
            known.body()["detail"],
            headers=known.headers,
        )
    return known


def _older_answer(error: ApiError, path: str) -> Response | None:
    """Return the answer for an older path, or None if it's a current one.

    On /beta2, the answer also has the fields of the current format: the Client SDK
    reads those, and the 2019 clients read the older ones.
    """
    version = path.removeprefix("/").partition("/")[0]  # The path can also be "*".
    newer = error.body()
    older: Json = {"code": error.code, "description": newer["detail"]}
    if error.invalid:
        wrong: dict[str, list[str]] = {}
        for name, sentence in error.invalid:
            leaf = name.rpartition(".")[2]
            wrong.setdefault(leaf, []).append(sentence)
        older["error"] = wrong
    if version in ("beta2", "v0.2"):
        return reply({**newer, **older}, error.status, error.headers)
    if version in ("beta", "v0.1"):
        taken = error.code.endswith(":duplicate-name")
        return reply(older, 400 if taken else error.status, error.headers)
    return None
