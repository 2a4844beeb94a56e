"""Where a page finds the engine, and under which path the page itself is.

On one machine, the page talks directly to the sandbox's port. On the internet, it uses
the address ``PUBLIC_ENGINE_URL`` from ``.env``. Behind jupyter-server-proxy, for
example on a JupyterHub, a browser can only reach this machine through JupyterLab's
address. There, the sandbox has the path ``/proxy/PORT/`` next to the page's own path.
"""

import re
from urllib.parse import urlsplit

from fastapi import Request

from ..matrix.calls import DEVICE
from .desks import ActiveApplication

SDK_PATH = "/v2/rtc"
"""The path of the websocket."""

_PATH = re.compile(r"(/[\w.~%@-]+)+")
_OWN_PART = re.compile(r"/(proxy/\d+|[^/]+)$")


def prefix(request: Request) -> str:
    """Return the path that a proxy has added to ours, without a final slash."""
    given = request.headers.get("x-forwarded-prefix", "")
    return given if _PATH.fullmatch(given) else ""


def is_https(request: Request) -> bool:
    """Return whether the browser uses https, to us or to a proxy in front of us."""
    return "https" in (
        request.url.scheme,
        request.headers.get("x-forwarded-proto", "").partition(",")[0],
    )


def allowed(backend: ActiveApplication) -> list[str]:
    """Return the origins that a page can connect to, besides its own."""
    matrix = backend.engine.matrix
    return [_public(backend, matrix.info.url)] if matrix else origins(backend)


def for_page(request: Request, backend: ActiveApplication, user: str) -> dict[str, str]:
    """Return what a page needs to reach the engine.

    user: the user id of the page's user.
    """
    matrix = backend.engine.matrix
    if matrix is None:
        return for_sdk(request, backend)
    origin, path = _reachable(request, _public(backend, matrix.info.url))
    where = {"engine": "matrix", "url": origin + path}
    return {**where, "userId": user, "deviceId": DEVICE}


def origins(backend: ActiveApplication) -> list[str]:
    """Return the origins, besides its own, that a page connects to with Vonage."""
    settings, sandbox = backend.settings, backend.sandbox
    here = [_public(backend, sandbox.http)] if sandbox else []
    urls = here or [settings.sdk_api_url, settings.realtime_url]
    return [*urls, urls[-1].replace("http", "ws", 1)]


def for_sdk(request: Request, backend: ActiveApplication) -> dict[str, str]:
    """Return the configuration for Vonage's browser SDK."""
    settings, sandbox = backend.settings, backend.sandbox
    if sandbox is None:
        return _configuration(settings.sdk_api_url, settings.realtime_url, SDK_PATH)
    origin, path = _reachable(request, _public(backend, sandbox.http))
    return _configuration(origin + path, origin, path + SDK_PATH)


def _public(backend: ActiveApplication, url: str) -> str:
    """Return the internet address of an engine on this machine.

    url: its address on this machine.
    """
    return (backend.settings.public_engine_url or url).rstrip("/")


def _reachable(request: Request, url: str) -> tuple[str, str]:
    """Return the origin and path under which a browser reaches our server."""
    before, origin = prefix(request), request.headers.get("origin")
    if not before or origin is None:
        return url, ""
    return origin, f"{_OWN_PART.sub('', before)}/proxy/{urlsplit(url).port}"


def _configuration(api: str, websocket: str, path: str) -> dict[str, str]:
    return {"apiUrl": api, "websocketUrl": websocket, "websocketPath": path}
