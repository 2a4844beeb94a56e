"""Serve an app on ports of this machine: bind, announce readiness, shut down cleanly.

The sandbox and the website both start this way. Port 0 means the same port as last time
if it's still free, so that open pages find a restarted server again.
"""

import asyncio
import contextlib
import errno
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import uvicorn

from . import lifeline
from .owner_only import keep_private

_GOODBYE = 0.3  # seconds a client has to close its connection
_LOOK = 0.005  # seconds between checks that all connections are closed


class StartError(Exception):
    """A server can't start; the text says why and what to do."""


class Ports:
    """The ports that a server had last time.

    file: where they're saved.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def bind(
        self, name: str, port: int, option: str, address: str = "127.0.0.1"
    ) -> socket.socket:
        """Return a socket that listens on a port.

        name: which of the server's ports it is.
        port: the port number; 0 for the same one as last time, or any free one.
        option: the command-line option to name in an error.
        address: the address to listen on; the default is only reachable from this
            machine.

        Raises:
            StartError: the port is taken or not allowed, or the address isn't this
                machine's.
        """
        if port == 0:
            with contextlib.suppress(StartError):
                return _bind(self.last(name), option, address)
        return _bind(port, option, address)

    def remember(self, sockets: Mapping[str, socket.socket]) -> None:
        """Save the ports of these sockets for next time."""
        ports = {name: bound.getsockname()[1] for name, bound in sockets.items()}
        keep_private(self._file, json.dumps(ports).encode())

    def last(self, name: str) -> int:
        """Return the port number from last time, or 0 if it's unknown.

        name: which of the server's ports.
        """
        try:
            return int(json.loads(self._file.read_bytes())[name])
        except (OSError, ValueError, KeyError, TypeError):
            return 0


def _bind(port: int, option: str, address: str) -> socket.socket:
    # asyncio only turns off Nagle's algorithm, which delays each answer by 40 ms, on
    # sockets that were created as TCP.
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":  # On Windows, two programs could then share the port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        if family == socket.AF_INET6:  # The address for "all" should include IPv4.
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        bound.bind((address, port))
        # Listen right away, so that two servers starting at once can't both get it.
        bound.listen(2048)
    except (OSError, OverflowError) as error:
        bound.close()
        why = getattr(error, "strerror", None) or str(error)
        no_address = isinstance(error, socket.gaierror)
        if no_address or getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
            raise StartError(
                f"Nothing can listen on {address}: {why}.\n"
                "Choose an address of this machine with --bind, or 0.0.0.0 for all."
            ) from error
        raise StartError(
            f"Port {port} cannot be used: {why.rstrip('.')}.\n"
            f"Choose another one with {option}, or {option} 0 for a free one."
        ) from error
    return bound


def bind_unix(path: Path, option: str) -> socket.socket:
    """Return a unix socket that only programs of this account can reach.

    path: the socket's path.
    option: the command-line option to name in an error.

    Raises:
        StartError: something is already at that path, the path is too long, or this is
            Windows.
    """
    if sys.platform == "win32":
        raise StartError(f"Windows doesn't have unix sockets. Leave {option} out.")
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.bind(str(path))
        path.chmod(0o600)
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise StartError(
            f"The socket {path} cannot be used: {error.strerror or error}.\n"
            f"Choose another path with {option}."
        ) from error
    return bound


class _Listener(uvicorn.Server):
    """One listener, which leaves signals to its process.

    uvicorn checks ten times a second whether it should end, and also waits in such
    steps for connections to close. This one stops as soon as it has been told to and
    they have closed.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()

    def stop(self) -> None:
        """End as soon as every request has been answered."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        parts = {
            asyncio.create_task(super().main_loop()),
            asyncio.create_task(self._told.wait()),
        }
        _, others = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        for part in others:
            part.cancel()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # An idle client doesn't answer TLS's goodbye, so once every request has been
        # answered, nothing waits for it. A connection that's already closing must be
        # aborted first: asyncio can't abort a connection that has been closed twice.
        for connection in list(self.server_state.connections):
            if self.config.ssl is not None and connection.transport.is_closing():
                connection.transport.abort()
        ending = asyncio.create_task(super().shutdown(sockets))
        goodbye = asyncio.get_running_loop().time() + _GOODBYE
        while not (await asyncio.wait({ending}, timeout=_LOOK))[0]:
            if self.server_state.tasks:
                continue
            if not self.server_state.connections:
                ending.cancel()  # There's nobody left to wait for.
            elif asyncio.get_running_loop().time() > goodbye:
                for connection in list(self.server_state.connections):
                    connection.transport.abort()
        with contextlib.suppress(asyncio.CancelledError):
            await ending


async def serve(
    listeners: Sequence[tuple[uvicorn.Config, socket.socket]],
    on_ready: Callable[[], None],
    *,
    lifelined: bool,
    on_stop: Callable[[], None] = lambda: None,
    ending: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until the parent process ends.

    listeners: pairs of an app's configuration and its socket.
    on_ready: called once all of them answer.
    lifelined: whether to end with the parent process.
    on_stop: called before the connections are closed.
    ending: ends the server when set. Without it, signals do, which only works in the
        main thread.
    """
    servers = [_Listener(config) for config, _ in listeners]

    def stop() -> None:
        on_stop()
        for server in servers:
            server.stop()

    loop = asyncio.get_running_loop()

    def stop_soon() -> None:
        loop.call_soon_threadsafe(stop)

    if ending is None:
        _on_signals(loop, stop)
    else:
        waiting = asyncio.create_task(ending.wait())
        waiting.add_done_callback(lambda _: stop())
    if lifelined:
        lifeline.watch(stop_soon)
    tasks = [
        asyncio.create_task(server.serve(sockets=[bound]))
        for server, (_, bound) in zip(servers, listeners, strict=True)
    ]
    try:
        # uvicorn only has a flag for this, not an event.
        while not all(s.started or s.should_exit for s in servers):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        on_ready()
    except BaseException:
        stop()
        raise
    finally:
        await asyncio.gather(*tasks)


def _on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Stop on SIGTERM or SIGINT, which Ctrl-C sends."""
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
