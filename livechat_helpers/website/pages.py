"""The pages, their scripts and styles, and the browser SDK."""

import re
from contextlib import suppress
from pathlib import Path

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from .. import places
from .desks import Desks
from .files import Files
from .json_errors import AWAY
from .visitors import Visitors

_WEB = places.web()
_AGENT_PAGE = _WEB / "agent/index.html"
_OWN_FILE = re.compile(r"(?!node_modules/)([\w-]+/)*[\w-]+\.(js|css)")
_LONGEST_NAME = 100


def routes(desks: Desks, visitors: Visitors) -> APIRouter:
    """Return the routes of the pages and their files."""
    router = APIRouter()
    files = Files()

    def look_where_vonage_is() -> None:
        # A page's headers say where it can connect to. If Vonage can't be reached, send
        # the page anyway, because it tries again.
        with suppress(*AWAY):
            desks.current()

    @router.get("/", dependencies=[Depends(look_where_vonage_is)])
    def customer_page(request: Request) -> Response:
        page = files.answer(request, _WEB / "index.html")
        # Set the cookie before the first call, so that two calls at once share it.
        if visitors.read(request) is None:
            visitors.write(request, page, visitors.new())
            page.headers["Cache-Control"] = "no-store"
        return page

    @router.get("/agent", dependencies=[Depends(look_where_vonage_is)])
    def agent_page(request: Request) -> Response:
        return files.answer(request, _AGENT_PAGE)

    # A browser may remember that a script failed to load. The page then requests it,
    # and everything it imports, under a different folder.
    @router.get("/web-{again:int}/{name:path}")
    @router.get("/web/{name:path}")
    def page_file(request: Request, name: str) -> Response:
        path = _own_file(name)
        if path is None:
            raise HTTPException(404, "There's no such file.")
        answer = files.answer(request, path)
        # Another website's page can read embed.js, which says why it isn't allowed.
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    @router.get("/sdk/vonageClientSDK.min.mjs")
    def browser_sdk(request: Request) -> Response:
        sdk = places.sdk()
        if not sdk.is_file():
            raise HTTPException(
                503,
                "The browser SDK isn't installed. Run python -m livechat_helpers.",
            )
        return files.answer(request, sdk)

    return router


def _own_file(name: str) -> Path | None:
    """Return a script or style of the pages, or None if there's no such file.

    name: its path below the pages' folder. It comes from outside, so don't trust it.
    """
    if not _OWN_FILE.fullmatch(name) or len(name) > _LONGEST_NAME:
        return None
    path = _WEB / name
    return path if path.is_file() else None
