"""Routes, and how a request finds its own: one look-up for each part of the path.

Starlette's router tries one pattern after another, which takes longer than the answer
if there are as many paths as Vonage has; a tree does not. Requests and responses are
its own.
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
    """A request; the same few queries come over and over, and are parsed once."""

    @property
    def query_params(self) -> QueryParams:
        return _parsed(self.scope["query_string"])


@lru_cache(maxsize=100)
def _parsed(query: bytes) -> QueryParams:
    return QueryParams(query)


@dataclass(frozen=True)
class Route:
    """What answers some methods of a path; a part of a path is text or ``{name}``."""

    path: str
    endpoint: Endpoint
    methods: Sequence[str] = ("GET",)


@dataclass(frozen=True)
class WebsocketRoute:
    """What serves the websockets of a path."""

    path: str
    endpoint: Callable[[WebSocket], Awaitable[None]]


@dataclass(frozen=True)
class Mount:
    """Routes that lie under a path."""

    path: str
    routes: "Sequence[AnyRoute]"


AnyRoute = Route | WebsocketRoute | Mount


@dataclass
class _Node:
    """The routes that share the first parts of their paths."""

    parts: "dict[str, _Node]" = field(default_factory=dict)
    variable: "_Node | None" = None
    methods: "dict[str, _Found]" = field(default_factory=dict)
    websocket: Callable[[WebSocket], Awaitable[None]] | None = None


@dataclass(frozen=True)
class _Found:
    """A route: its endpoint, and where it lies.

    root: the path of the mount it is in. names: of the variable parts, in order.
    """

    endpoint: Endpoint
    root: str
    names: tuple[str, ...]


def _parts(scope: Scope) -> list[str]:
    """Return the parts of a request's path; a slash that is encoded parts nothing."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return scope["path"].strip("/").split("/")
    encoded = raw.partition(b"?")[0].decode("latin-1").strip("/").split("/")
    # An ACL is about parts too, so there the slash stays encoded.
    scope["path"] = "/" + "/".join(unquote(p).replace("/", "%2F") for p in encoded)
    return [unquote(part) for part in encoded]


class Router:
    """An ASGI application made of routes."""

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
        """Return the node of a path, made if need be, and its variables' names."""
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
        """Return the node of a request's path, and its variable parts."""
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
        # Older clients send a slash at the end.
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
