"""A lightweight HTTP client in its own process; it sends as fast as answers arrive.

This program reads a plan as JSON from stdin and prints the outcome as JSON. It speaks
just enough HTTP to count answers: a request must cost it far less than the answer costs
the server.
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
"""The number of requests at the same time, unless a plan gives another."""
COUNTER = "#" * 10
"""In a body, it's replaced by ten digits that no other request has."""

_SILENCE = 30.0  # seconds without an answer, after which the client gives up


@dataclass(frozen=True)
class Request:
    """One request; a body with ``COUNTER`` in it is different every time."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None = None

    def raw(self, host: str) -> bytes:
        """Return the bytes of the request.

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
    """What to send, where and for how long.

    url: the server's address.
    requests: sent one after the other, again and again.
    connections: how many are used at the same time; each stays open.
    seconds: after how long to end.
    most: after how many requests to end, if that comes first.
    first: the counter's first number.
    """

    url: str
    requests: list[Request]
    connections: int = CONNECTIONS
    seconds: float = 600.0
    most: int = 10_000_000
    first: int = 0


@dataclass(frozen=True)
class Outcome:
    """The outcome of a plan.

    requests: how many were answered.
    errors: answers of 400 and above, and broken connections.
    seconds: how long it took.
    p50: the median of the seconds until an answer.
    p99: the 99th percentile of the same.
    """

    requests: int
    errors: int
    seconds: float
    p50: float
    p99: float


def run(plan: Plan) -> Outcome:
    """Run a plan in a process that stays off the server's core."""
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
    """A plan while it runs."""

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
        """Send until the plan ends; open a new connection after each that is closed."""
        loop = asyncio.get_running_loop()
        while (request := self.next()) is not None:
            connection = _Connection(self, request, loop.create_future())
            await loop.create_connection(lambda c=connection: c, self._host, self._port)
            async with asyncio.timeout(self._plan.seconds + _SILENCE):
                await connection.closed


class _Connection(asyncio.Protocol):
    """One connection, which sends a request after each answer."""

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
        return True  # An answer such as 204 has no body.

    def connection_lost(self, exc: Exception | None) -> None:
        if self._request is not None:  # The request had no answer yet.
            self._load.errors += 1
        if not self.closed.done():
            self.closed.set_result(None)


def main() -> None:
    """Run the plan from stdin."""
    given = json.load(sys.stdin)
    requests = [Request(**request) for request in given.pop("requests")]
    gc.disable()  # Its pauses would be counted as the server's time.
    outcome = asyncio.run(_Load(Plan(requests=requests, **given)).run())
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
