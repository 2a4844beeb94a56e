"""Connections that can be hung up and websockets that can be refused, for uvicorn."""

import asyncio
import sys
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)


class HttpConnection(HttpToolsProtocol):
    """A connection whose requests know it: ``scope["state"]["transport"]``.

    So it can be closed without an answer. A websocket that begins on it knows it too.
    """

    _received = b""
    _rereading = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._received = data
        super().data_received(data)

    # A client that would like to go on in another protocol, as Java's does in HTTP/2,
    # is answered in this one. The parser takes such a request for a head without a
    # body, so another parser reads on: from a head that asks for nothing, of which only
    # how long the body is matters.

    def _unsupported_upgrade_warning(self) -> None:
        error = sys.exc_info()[1]
        assert isinstance(error, httptools.HttpParserUpgrade)
        self.parser = httptools.HttpRequestParser(self)
        self._rereading = True
        head = [b"POST / HTTP/1.1\r\n"]
        for name, value in self.scope["headers"]:
            if name in (b"content-length", b"transfer-encoding"):
                head += [name, b": ", value, b"\r\n"]
        self.parser.feed_data(b"".join([*head, b"\r\n"]))
        if rest := self._received[error.args[0] :]:
            self.data_received(rest)

    def on_message_begin(self) -> None:
        """Begin a request, unless its head is read for the second time."""
        if not self._rereading:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        if not self._rereading:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if not self._rereading:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer the request, or go on with its body."""
        if not self._rereading:
            super().on_headers_complete()
        self._rereading = False

    def on_message_complete(self) -> None:
        """End the request, unless its body is still to come."""
        if not self.parser.should_upgrade() or self._should_upgrade():
            super().on_message_complete()


class WebsocketConnection(WebSocketsSansIOProtocol):
    """A websocket that may be refused with a status and a body.

    uvicorn does that too, but takes it for a fault and writes to the log.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the connection of the request that opens the websocket."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    async def send(self, message: Any) -> None:
        """Send what the application says."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True
