"""Give scripts to browsers over HTTP, and collect their results."""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from select import select
from typing import Any

from livechat_helpers import places

Json = dict[str, Any]

_HERE = Path(__file__).parent
_FILES = {
    "host.html": (_HERE / "host.html", "text/html"),
    "host.js": (_HERE / "host.js", "text/javascript"),
    "run.html": (_HERE / "run.html", "text/html"),
    "sdk.mjs": (
        places.sdk(),
        "text/javascript",
    ),
}
_POLL = 10.0  # seconds to keep a browser's request open
_LOOK = 0.1  # seconds between checks whether the browser has hung up
_BEAT = 0.02  # seconds between checks for a browser
_BREATH = 1.0  # seconds that a browser can take to ask again


class Late(Exception):
    """No browser has done a job in time."""


@dataclass
class _Job:
    order: Json
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    result: "Queue[Json]" = field(default_factory=Queue)


class Jobs:
    """The jobs of this process. Anybody who knows the address can take them."""

    def __init__(self) -> None:
        self._key = secrets.token_urlsafe(12)
        self._waiting: Queue[_Job] = Queue()
        self._given: dict[str, _Job] = {}
        self._asking: list[Callable[[], bool]] = []
        self._seen = float("-inf")
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()

    @property
    def url(self) -> str:
        """The address for a browser on this machine."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{self._key}/"

    @property
    def beside_jupyter(self) -> str:
        """The address for the browser that shows the notebook."""
        base = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
        if base is None:
            return self.url
        return f"{base}proxy/{self._server.server_address[1]}/{self._key}/"

    def has_browser(self) -> bool:
        """Return whether a browser is asking for jobs.

        A browser that has just done a job gets a moment to ask again.
        """
        while not (asks := any(not is_gone() for is_gone in [*self._asking])):
            if time.monotonic() - self._seen > _BREATH:
                break
            time.sleep(_BEAT)
        return asks

    def do(self, order: Json, seconds: float) -> Json:
        """Give a browser a job, and return the result.

        order: the job.
        seconds: how long to wait.

        Raises:
            Late: it took longer.
        """
        job = _Job(order)
        self._given[job.id] = job
        self._waiting.put(job)
        try:
            return job.result.get(timeout=seconds)
        except Empty:
            raise Late from None
        finally:
            del self._given[job.id]

    def answer(
        self, name: str, is_gone: Callable[[], bool] = lambda: False
    ) -> tuple[bytes, str] | None:
        """Return the answer to a browser's request, or None if there's no such path.

        name: the path.
        is_gone: returns whether the browser has hung up.
        """
        if name == "next":
            job = self._next(is_gone)
            if job is None:
                return b"null", "application/json"
            return json.dumps({**job.order, "id": job.id}).encode(), "application/json"
        if name not in _FILES:
            return None
        path, kind = _FILES[name]
        return path.read_bytes(), kind

    def _next(self, is_gone: Callable[[], bool]) -> _Job | None:
        with self._asks(is_gone):
            end = time.monotonic() + _POLL
            while time.monotonic() < end and not is_gone():
                with suppress(Empty):
                    job = self._waiting.get(timeout=_LOOK)
                    if job.id not in self._given:
                        continue  # Nobody is waiting for it any more.
                    if not is_gone():
                        return job
                    self._waiting.put(job)  # The next browser that asks will get it.
            if not is_gone():
                self._seen = time.monotonic()
        return None

    @contextmanager
    def _asks(self, is_gone: Callable[[], bool]) -> Iterator[None]:
        self._asking.append(is_gone)
        try:
            yield
        finally:
            self._asking.remove(is_gone)

    def take(self, id: str, result: Json) -> None:
        """Receive the result of a job."""
        self._seen = time.monotonic()
        if job := self._given.get(id):
            job.result.put(result)

    def relative(self, path: str) -> str | None:
        """Return the part of a path after the key, or None if the key is wrong."""
        key, _, rest = path.removeprefix("/").partition("/")
        return (
            rest if secrets.compare_digest(key.encode(), self._key.encode()) else None
        )


@cache
def of_this_process() -> Jobs:
    """Return the jobs of this process."""
    return Jobs()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: it's fine for a browser to disappear."""


def _handler(jobs: Jobs) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = jobs.relative(self.path)
            found = jobs.answer(name, self._is_gone) if name is not None else None
            self._send(404 if found is None else 200, *(found or (b"", "text/plain")))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            name = jobs.relative(self.path) or ""
            if name.startswith("done/"):
                jobs.take(name.removeprefix("done/"), json.loads(body))
            self._send(200, b"null", "application/json")

        def _is_gone(self) -> bool:
            """Return whether the browser has closed its end, as a closed page does."""
            readable, _, _ = select([self.connection], [], [], 0)
            if not readable:
                return False
            try:
                return not self.connection.recv(1, socket.MSG_PEEK)
            except OSError:
                return True

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            # The notebook's page has a different origin, and the frame has none.
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Cache-Control", "no-store")
            with suppress(ConnectionError):  # The page may have been closed.
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
