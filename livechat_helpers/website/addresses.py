"""Where a page finds Vonage, and under which path the page itself is.

On one machine the page talks to the sandbox's own port. On the open web it does so by a
name, ``PUBLIC_ENGINE_URL`` in ``.env``. Behind jupyter-server-proxy, under a JupyterHub
say, a browser reaches this machine through JupyterLab's address alone; there the
sandbox has the path ``/proxy/PORT/`` beside the page's own.
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
    """Return the path that a proxy has put before ours, without a slash at its end."""
    given = request.headers.get("x-forwarded-prefix", "")
    return given if _PATH.fullmatch(given) else ""


def is_https(request: Request) -> bool:
    """Return whether the browser speaks https, to us or to the proxy before us."""
    return "https" in (
        request.url.scheme,
        request.headers.get("x-forwarded-proto", "").partition(",")[0],
    )


def allowed(backend: ActiveApplication) -> list[str]:
    """Return where a page may connect to, besides its own address."""
    matrix = backend.engine.matrix
    return [_public(backend, matrix.info.url)] if matrix else origins(backend)


def for_page(request: Request, backend: ActiveApplication, user: str) -> dict[str, str]:
    """Return what a page needs to reach the engine.

    user: the id of the page's user.
    """
    matrix = backend.engine.matrix
    if matrix is None:
        return for_sdk(request, backend)
    origin, path = _reachable(request, _public(backend, matrix.info.url))
    where = {"engine": "matrix", "url": origin + path}
    return {**where, "userId": user, "deviceId": DEVICE}


def origins(backend: ActiveApplication) -> list[str]:
    """Return where a page on Vonage may connect to, besides its own address."""
    settings, sandbox = backend.settings, backend.sandbox
    here = [_public(backend, sandbox.http)] if sandbox else []
    urls = here or [settings.sdk_api_url, settings.realtime_url]
    return [*urls, urls[-1].replace("http", "ws", 1)]


def for_sdk(request: Request, backend: ActiveApplication) -> dict[str, str]:
    """Return the configuration of Vonage's SDK in the browser."""
    settings, sandbox = backend.settings, backend.sandbox
    if sandbox is None:
        return _configuration(settings.sdk_api_url, settings.realtime_url, SDK_PATH)
    origin, path = _reachable(request, _public(backend, sandbox.http))
    return _configuration(origin + path, origin, path + SDK_PATH)


def _public(backend: ActiveApplication, url: str) -> str:
    """Return where the open web reaches an engine that runs here.

    url: where this machine reaches it.
    """
    return (backend.settings.public_engine_url or url).rstrip("/")


def _reachable(request: Request, url: str) -> tuple[str, str]:
    """Return the origin and the path at which a browser reaches a server of ours."""
    before, origin = prefix(request), request.headers.get("origin")
    if not before or origin is None:
        return url, ""
    return origin, f"{_OWN_PART.sub('', before)}/proxy/{urlsplit(url).port}"


def _configuration(api: str, websocket: str, path: str) -> dict[str, str]:
    return {"apiUrl": api, "websocketUrl": websocket, "websocketPath": path}
