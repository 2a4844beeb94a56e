"""Connections that can be hung up and websockets that can be refused, for uvicorn."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)


class _Gathering:
    """A transport that sends the head of an answer together with its body.

    uvicorn writes the two one after the other, and each write is a packet of its own:
    work for the kernel here, and two wake-ups for the client.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def bare(self) -> asyncio.Transport:
        """The transport itself, for somebody who writes nothing in two parts."""
        self._flush()
        return self._transport

    def write(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
            self._transport.write(data)
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._loop.call_soon(self._flush)  # there may be no body yet, or none
        else:
            self._transport.write(data)

    def _flush(self) -> None:
        if self._head:
            self.write(b"")

    def close(self) -> None:
        self._flush()
        self._transport.close()


class HttpConnection(HttpToolsProtocol):
    """A connection whose requests know it: ``scope["state"]["transport"]``.

    So it can be closed without an answer. A websocket that begins on it knows it too.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve the connection."""
        gathering = cast(asyncio.Transport, _Gathering(transport))
        super().connection_made(gathering)
        self.app_state = {**self.app_state, "transport": gathering}


class WebsocketConnection(WebSocketsSansIOProtocol):
    """A websocket that may be refused with a status and a body.

    uvicorn does that too, but takes it for a fault and writes to the log.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the connection of the request that opens the websocket."""
        bare = cast(_Gathering, transport).bare
        super().connection_made(bare)
        self.app_state = {**self.app_state, "transport": bare}

    async def send(self, message: Any) -> None:
        """Send what the application says."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True
