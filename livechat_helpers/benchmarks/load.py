"""A light HTTP client in its own process; it sends as fast as answers come.

This program reads a plan as JSON from stdin and prints what came of it as JSON. It
speaks just enough HTTP to count answers: what it does for one request must cost far
less than the answer costs the server.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from livechat_helpers import places

from . import machine

CONNECTIONS = 16
"""How many requests are under way at a time unless a plan says otherwise."""
COUNTER = "#" * 10
"""In a body, becomes ten digits that no two requests share."""

_SILENCE = 30.0  # seconds without an answer, after which the server is given up


@dataclass(frozen=True)
class Request:
    """One request; a body with ``COUNTER`` in it differs every time."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None = None

    def raw(self, host: str) -> bytes:
        """Return what is sent.

        host: the server, with its port.
        """
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        body = (self.body or "").encode()
        if body:
            lines += [f"Content-Length: {len(body)}"]
            if "Content-Type" not in self.headers:
                lines += ["Content-Type: application/json"]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Plan:
    """What to send where.

    url: the server's. requests: sent in turn, over and over. connections: how many
    at a time, each kept open. seconds, most: when to end, whichever comes first.
    first: where the counter starts.
    """

    url: str
    requests: list[Request]
    connections: int = CONNECTIONS
    seconds: float = 600.0
    most: int = 10_000_000
    first: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a plan.

    errors: answers of 400 and more, and broken connections. p50, p99: seconds until
    an answer was there.
    """

    requests: int
    errors: int
    seconds: float
    p50: float
    p99: float


def run(plan: Plan) -> Outcome:
    """Carry a plan out, in a process that keeps off the server's core."""
    done = subprocess.run(
        [sys.executable, "-m", "livechat_helpers.benchmarks.load"],
        cwd=places.ROOT,
        input=json.dumps(asdict(plan)).encode(),
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=machine.client_core(),
    )
    return Outcome(**json.loads(done.stdout))


class _Load:
    """A plan that is being carried out."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        address = urlsplit(plan.url)
        self._host, self._port = address.hostname or "", address.port or 80
        marker = COUNTER.encode()
        raw = [request.raw(address.netloc) for request in plan.requests]
        self._parts = [request.partition(marker) for request in raw]
        self._sent = 0
        self._deadline = 0.0
        self.taken: list[float] = []
        self.errors = 0

    async def run(self) -> Outcome:
        start = time.perf_counter()
        self._deadline = start + self._plan.seconds
        await asyncio.gather(*(self._connect() for _ in range(self._plan.connections)))
        seconds = time.perf_counter() - start
        taken = sorted(self.taken) or [0.0]
        return Outcome(
            len(self.taken),
            self.errors,
            seconds,
            taken[len(taken) // 2],
            taken[len(taken) * 99 // 100],
        )

    def next(self) -> bytes | None:
        """Return the next request, or None at the end of the plan."""
        if self._sent >= self._plan.most or time.perf_counter() >= self._deadline:
            return None
        before, marker, after = self._parts[self._sent % len(self._parts)]
        number = b"%010d" % (self._plan.first + self._sent) if marker else b""
        self._sent += 1
        return before + number + after

    async def _connect(self) -> None:
        """Send until the plan ends, on a new connection after each that is closed."""
        loop = asyncio.get_running_loop()
        while (request := self.next()) is not None:
            connection = _Connection(self, request, loop.create_future())
            await loop.create_connection(lambda c=connection: c, self._host, self._port)
            async with asyncio.timeout(self._plan.seconds + _SILENCE):
                await connection.closed


class _Connection(asyncio.Protocol):
    """One connection, on which one request is under way at a time."""

    def __init__(
        self, load: _Load, request: bytes, closed: asyncio.Future[None]
    ) -> None:
        self._load = load
        self._request: bytes | None = request
        self._received = b""
        self._start = 0.0
        self._transport = asyncio.Transport()
        self.closed = closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        if self._request is None:
            self._transport.close()
            return
        self._start = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        if not self._is_whole(head, end + 4):
            return
        load = self._load
        load.taken.append(time.perf_counter() - self._start)
        load.errors += head[9] not in b"123"
        self._received = b""
        if b"\r\nconnection: close" in head or head.startswith(b"http/1.0"):
            self._request = None
        else:
            self._request = load.next()
        self._send()

    def _is_whole(self, head: bytes, start: int) -> bool:
        _, found, rest = head.partition(b"\r\ncontent-length:")
        if found:
            length = int(rest.partition(b"\r\n")[0])
            return len(self._received) >= start + length
        if b"\r\ntransfer-encoding: chunked" in head:
            return self._received.endswith(b"\r\n0\r\n\r\n")
        return True  # an answer without a body, such as 204

    def connection_lost(self, exc: Exception | None) -> None:
        if self._request is not None:  # it was not answered
            self._load.errors += 1
        if not self.closed.done():
            self.closed.set_result(None)


def main() -> None:
    """Carry out the plan on stdin."""
    given = json.load(sys.stdin)
    requests = [Request(**request) for request in given.pop("requests")]
    gc.disable()  # its pauses would count as the server's
    outcome = asyncio.run(_Load(Plan(requests=requests, **given)).run())
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
