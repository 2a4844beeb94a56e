"""Tells a browser that shows a notebook which website it has reached.

If Jupyter's port is forwarded, ``localhost`` is a different machine for the browser
than for us. So the pane asks both ``localhost`` and Jupyter's path, and compares the
answers.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from .hosts import is_known


def routes(secret: str, url: str) -> APIRouter:
    """Return the route.

    secret: this website's secret.
    url: its own address.
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
        if is_known(urlsplit(origin).netloc, None):  # The page is on this machine.
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Vary"] = "Origin"
        return answer

    return router
