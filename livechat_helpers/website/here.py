"""Tells a browser that shows a notebook which website it has reached.

Where Jupyter's port is forwarded, ``localhost`` is another machine for the browser than
for us. So the pane asks at ``localhost`` and by Jupyter's path, and compares.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from .hosts import is_known


def routes(secret: str, url: str) -> APIRouter:
    """Return the route.

    secret: of this website's. url: its own address.
    """
    router = APIRouter()
    key = secret.encode()
    about = {
        "id": hmac.new(key, b"here", hashlib.sha256).hexdigest(),
        "port": urlsplit(url).port,
    }

    @router.get("/here")
    def here(request: Request) -> Response:
        answer = JSONResponse(about, headers={"Cache-Control": "no-store"})
        origin = request.headers.get("origin", "")
        if is_known(urlsplit(origin).netloc, None):  # a page of this machine asks
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Vary"] = "Origin"
        return answer

    return router
