"""The website hangs up on clients that stall, and only on those."""

import asyncio
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from livechat_helpers.sandbox.machine.serving import serve
from livechat_helpers.website import stalls

from .conftest import Site

BEGUN = b"POST /api/new HTTP/1.1\r\nHost: localhost\r\n"
LATE = stalls.HEADERS + 20
"""Seconds after which a client that stalls must be disconnected."""


def connection(url: str) -> socket.socket:
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=LATE)


def ended(raw: socket.socket) -> float:
    """Return after how many seconds the other side hangs up."""
    began = time.monotonic()
    try:
        while raw.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - began


def test_a_stalled_connection_is_closed(site: Site) -> None:
    asked = BEGUN + b"Content-Length: 2\r\n\r\n{}"
    starts = [
        b"",
        BEGUN,
        BEGUN + b"Content-Length: 9\r\n\r\n{",
        asked + BEGUN,
        asked + b"\r\n",
    ]
    stalling = [connection(site.url) for _ in starts]
    for raw, start in zip(stalling, starts, strict=True):
        raw.sendall(start)
    with site.visitor() as other:
        assert other.get("/health").status_code == 200
    waited = [ended(raw) for raw in stalling]
    assert sum(waited) < LATE
    for raw in stalling:
        raw.close()


async def large(request: Request) -> Response:
    return PlainTextResponse("a" * 5_000_000)


async def slow(request: Request) -> Response:
    await asyncio.sleep(5)
    return PlainTextResponse(await request.body())


def served(use: Callable[[str], float]) -> float:
    """Serve an app like the website, and return a function's result for it."""

    async def run() -> float:
        app = Starlette(
            routes=[Route("/large", large), Route("/slow", slow, methods=["POST"])]
        )
        config = uvicorn.Config(
            app, http=stalls.ImpatientProtocol, lifespan="off", log_level="warning"
        )
        bound = socket.create_server(("127.0.0.1", 0))
        ready, ending = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(
            serve([(config, bound)], ready.set, lifelined=False, ending=ending)
        )
        await ready.wait()
        try:
            port = bound.getsockname()[1]
            return await asyncio.to_thread(use, f"http://127.0.0.1:{port}")
        finally:
            ending.set()
            await serving

    return asyncio.run(run())


def test_a_client_that_stops_reading_is_disconnected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stalls, "READING", 2)

    def stop_reading(url: str) -> float:
        where = urlsplit(url)
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect((where.hostname, where.port))
            raw.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n" * 5)
            time.sleep(5)
            got = 0
            try:
                while piece := raw.recv(65536):
                    got += len(piece)
            except ConnectionResetError:
                pass
            return got

    assert served(stop_reading) < 5 * 5_000_000


def test_slow_readers_and_waiting_callers_stay_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stalls, "READING", 4)
    monkeypatch.setattr(stalls, "HEADERS", 4)

    def read_slowly(url: str) -> float:
        got = 0
        with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
            assert client.post("/slow", content=b"asked").text == "asked"
            with client.stream("GET", "/large") as answer:
                for piece in answer.iter_raw(250_000):
                    got += len(piece)
                    time.sleep(0.05)
        return got

    assert served(read_slowly) == 5_000_000
