"""The floors: the least that a server must do, without anything the sandbox adds.

With the argument ``echo``, this program reads a JSON body and sends it back, on the
sandbox's web server and event loop, with the same settings. With ``broadcast`` it sends
every frame of one client to all the others, with the ``websockets`` library.
"""

import argparse
import asyncio
import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as serve_websockets

from livechat_helpers.sandbox.machine import lifeline
from livechat_helpers.sandbox.machine.serving import serve
from tests.sandbox.running import Program

from . import machine


def start(name: str) -> Program:
    """Start a floor and return its process, before it's ready.

    name: ``echo`` or ``broadcast``.
    """
    return Program(
        *("-m", "livechat_helpers.benchmarks.floors", name),
        before=machine.server_core(),
    )


async def _answer(request: Request) -> Response:
    return JSONResponse(await request.json())


async def _health(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def echo_app() -> Starlette:
    """Return an application that sends back the JSON body it gets."""
    return Starlette(
        routes=[Route("/", _answer, methods=["POST"]), Route("/health", _health)]
    )


def echo_config() -> uvicorn.Config:
    """Return the settings of the sandbox's server.py, with uvicorn's own protocols."""
    return uvicorn.Config(
        echo_app(),
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def listener() -> socket.socket:
    """Return a socket that listens on a free port of 127.0.0.1."""
    # asyncio turns Nagle's algorithm off only for sockets that are marked as TCP.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    bound.listen(2048)
    return bound


async def _echo() -> None:
    config = echo_config()
    config.load()
    bound = listener()
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    await serve([(config, bound)], lambda: _announce(url), lifelined=True)


async def _broadcast() -> None:
    readers: set[ServerConnection] = set()

    async def accept(connection: ServerConnection) -> None:
        assert connection.request is not None
        if connection.request.path == "/writer":
            async for frame in connection:
                broadcast(readers, frame)
            return
        readers.add(connection)
        async for _ in connection:  # These frames are its acknowledgements.
            pass
        readers.discard(connection)

    gone = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(gone.set)

    lifeline.watch(end)
    # Compression is off because the sandbox doesn't offer it either.
    listening = serve_websockets(
        accept, "127.0.0.1", 0, compression=None, ping_interval=None, backlog=2048
    )
    async with listening as server:
        port = server.sockets[0].getsockname()[1]
        _announce(f"http://127.0.0.1:{port}")
        await gone.wait()


def _announce(url: str) -> None:
    print(json.dumps({"ready": True, "http": url}), flush=True)


def main(argv: list[str]) -> None:
    """Run a floor until its parent process has ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("floor", choices=("echo", "broadcast"))
    parser.add_argument("--exit-with-parent", action="store_true", help="it always is")
    chosen = parser.parse_args(argv).floor
    asyncio.run(_echo() if chosen == "echo" else _broadcast())


if __name__ == "__main__":
    main(sys.argv[1:])
