"""The pages, their scripts and styles, and the browser's SDK."""

from contextlib import suppress
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse
from requests.exceptions import RequestException
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from vonage_http_client.errors import HttpRequestError

from .. import places
from ..settings import SettingsError
from ..tokens import TokenError
from .backends import Backends
from .visitors import Visitors

_WEB = places.ROOT / "web"
_SDK = _WEB / "node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs"
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
}


def routes(backends: Backends, visitors: Visitors) -> APIRouter:
    """Return the routes of what a browser loads."""
    router = APIRouter()

    def look_where_vonage_is() -> None:
        # The headers of a page say where it may connect to. Where there is nobody, the
        # page comes all the same: it tries again.
        with suppress(SettingsError, TokenError, HttpRequestError, RequestException):
            backends.current()

    @router.get("/", dependencies=[Depends(look_where_vonage_is)])
    def customer_page(request: Request) -> Response:
        page = FileResponse(_WEB / "index.html")
        # Before the first call: two that come at once are then the same visitor's.
        if visitors.read(request) is None:
            visitors.write(request, page, visitors.new())
            page.headers["Cache-Control"] = "no-store"
        return page

    @router.get("/agent", dependencies=[Depends(look_where_vonage_is)])
    def agent_page(request: Request) -> Response:
        return _file(request, _WEB / "agent.html")

    @router.get("/web/{name}")
    def page_file(request: Request, name: str) -> Response:
        path = _WEB / name
        if path.suffix not in (".js", ".css") or path not in _WEB.iterdir():
            raise HTTPException(404, "There is no such file.")
        return _file(request, path)

    @router.get("/sdk/vonageClientSDK.min.mjs")
    def browser_sdk(request: Request) -> Response:
        if not _SDK.is_file():
            raise HTTPException(
                503,
                "The browser SDK is not installed: run python -m livechat_helpers.",
            )
        return _file(request, _SDK)

    return router


_files = StaticFiles(directory=_WEB)


def _file(request: Request, path: Path) -> Response:
    """Return a file, or that the browser has it already."""
    answer = _files.file_response(path, path.stat(), request.scope)
    if answer.status_code == 200:
        # The type is set here: Windows' registry can spoil the guessed one.
        answer.headers["content-type"] = f"{_TYPES[path.suffix]}; charset=utf-8"
    return answer
