"""Routes, and how a request finds its own: one lookup per path segment.

Starlette's router tries one pattern after another. With as many paths as Vonage has,
that takes longer than the answer itself, so this module uses a tree. Requests and
responses are still Starlette's.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

Endpoint = Callable[[Request], Awaitable[Response]]


class _Request(Request):
    """A request that reuses parsed queries, because the same few keep coming."""

    @property
    def query_params(self) -> QueryParams:
        return _parsed(self.scope["query_string"])


@lru_cache(maxsize=100)
def _parsed(query: bytes) -> QueryParams:
    return QueryParams(query)


@dataclass(frozen=True)
class Route:
    """An endpoint for some methods of a path; path segments are text or ``{name}``."""

    path: str
    endpoint: Endpoint
    methods: Sequence[str] = ("GET",)


@dataclass(frozen=True)
class WebsocketRoute:
    """An endpoint for the websockets on a path."""

    path: str
    endpoint: Callable[[WebSocket], Awaitable[None]]


@dataclass(frozen=True)
class Mount:
    """Routes below a path."""

    path: str
    routes: "Sequence[AnyRoute]"


AnyRoute = Route | WebsocketRoute | Mount


@dataclass
class _Node:
    """The routes whose paths start with the same segments."""

    parts: "dict[str, _Node]" = field(default_factory=dict)
    variable: "_Node | None" = None
    methods: "dict[str, _Found]" = field(default_factory=dict)
    websocket: Callable[[WebSocket], Awaitable[None]] | None = None


@dataclass(frozen=True)
class _Found:
    """A route's endpoint and position.

    endpoint: answers the request.
    root: the path of the mount that it's in.
    names: the names of the variable segments, in order.
    """

    endpoint: Endpoint
    root: str
    names: tuple[str, ...]


def _parts(scope: Scope) -> list[str]:
    """Return the segments of a request's path.

    An encoded slash doesn't separate them.
    """
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return scope["path"].strip("/").split("/")
    encoded = raw.partition(b"?")[0].decode("latin-1").strip("/").split("/")
    # An ACL also matches segments, so the slash stays encoded in the path for it.
    scope["path"] = "/" + "/".join(unquote(p).replace("/", "%2F") for p in encoded)
    return [unquote(part) for part in encoded]


class Router:
    """An ASGI application that consists of routes."""

    def __init__(self, routes: Iterable[AnyRoute]) -> None:
        self._root = _Node()
        self._add_all(routes, "")

    def _add_all(self, routes: Iterable[AnyRoute], root: str) -> None:
        for route in routes:
            path = root + route.path
            if isinstance(route, Mount):
                self._add_all(route.routes, path)
                continue
            node, names = self._node(path)
            if isinstance(route, WebsocketRoute):
                node.websocket = route.endpoint
                continue
            found = _Found(route.endpoint, root, names)
            node.methods.update(dict.fromkeys(route.methods, found))
            if "GET" in route.methods:
                node.methods["HEAD"] = found

    def _node(self, path: str) -> tuple[_Node, tuple[str, ...]]:
        """Return the node for a path, and its variables' names.

        The node is created if necessary.
        """
        node, names = self._root, []
        for part in path.strip("/").split("/"):
            if part.startswith("{"):
                names.append(part[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.parts.get(part) or node.parts.setdefault(part, _Node())
        return node, tuple(names)

    def _find(self, parts: Iterable[str]) -> tuple[_Node | None, list[str]]:
        """Return the node for a request's path, and the values of its variables."""
        node: _Node | None = self._root
        values: list[str] = []
        for part in parts:
            if node is None:
                break
            known = node.parts.get(part)
            if known is None and part:
                values.append(part)
                known = node.variable
            node = known
        return node, values

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Older clients send a trailing slash.
        scope["path"] = scope["path"].rstrip("/") or "/"
        node, values = self._find(_parts(scope))
        if scope["type"] == "websocket":
            await self._websocket(node, scope, receive, send)
            return
        if node is None or not node.methods:
            raise HTTPException(404)
        found = node.methods.get(scope["method"])
        if found is None:
            raise HTTPException(405, headers={"allow": ", ".join(sorted(node.methods))})
        scope["path_params"] = dict(zip(found.names, values, strict=True))
        scope["root_path"] = found.root
        response = await found.endpoint(_Request(scope, receive))
        await response(scope, receive, send)

    @staticmethod
    async def _websocket(
        node: _Node | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if node is None or node.websocket is None:
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
            return
        scope["path_params"] = {}
        await node.websocket(WebSocket(scope, receive, send))
