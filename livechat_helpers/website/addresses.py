"""Where a page finds Vonage, and under which path the page itself is.

On one machine the page talks to the sandbox's own port. On the open web it does so by a
name, ``PUBLIC_ENGINE_URL`` in ``.env``. Behind jupyter-server-proxy, under a JupyterHub
say, a browser reaches this machine through JupyterLab's address alone; there the
sandbox has the path ``/proxy/PORT/`` beside the page's own.
"""

import re
from urllib.parse import urlsplit

from fastapi import Request

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


def origins(backend: ActiveApplication) -> list[str]:
    """Return where a page may connect to, besides its own address."""
    settings = backend.settings
    here = _engine(backend)
    urls = [here] if here else [settings.sdk_api_url, settings.realtime_url]
    return [*urls, urls[-1].replace("http", "ws", 1)]


def for_sdk(request: Request, backend: ActiveApplication) -> dict[str, str]:
    """Return the configuration of the browser's SDK."""
    settings, here = backend.settings, _engine(backend)
    if here is None:
        return _configuration(settings.sdk_api_url, settings.realtime_url, SDK_PATH)
    before, origin = prefix(request), request.headers.get("origin")
    if not before or origin is None:
        return _configuration(here, here, SDK_PATH)
    port = urlsplit(here).port
    path = f"{_OWN_PART.sub('', before)}/proxy/{port}"
    return _configuration(origin + path, origin, path + SDK_PATH)


def _engine(backend: ActiveApplication) -> str | None:
    """Return where a browser reaches the engine that runs here; None in the cloud."""
    if backend.sandbox is None:
        return None
    public = backend.settings.public_engine_url
    return public.rstrip("/") if public else backend.sandbox.http


def _configuration(api: str, websocket: str, path: str) -> dict[str, str]:
    return {"apiUrl": api, "websocketUrl": websocket, "websocketPath": path}
