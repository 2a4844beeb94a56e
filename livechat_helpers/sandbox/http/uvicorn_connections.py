"""Connections for uvicorn that allow hanging up, and rejecting a websocket."""

import asyncio
import sys
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)


class HttpConnection(HttpToolsProtocol):
    """A connection that its requests can reach: ``scope["state"]["transport"]``.

    That way, a request can close it without an answer. So can a websocket on it.
    """

    _received = b""
    _rereading = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start serving the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    def data_received(self, data: bytes) -> None:
        """Read the next data."""
        self._received = data
        super().data_received(data)

    # A client that offers to switch to another protocol, as Java does with HTTP/2, gets
    # its answer in this one. The parser assumes that such a request has no body. So a
    # second parser reads on, starting from a made-up head that only says how long the
    # body is.

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
        """Begin a request, unless this is the made-up head."""
        if not self._rereading:
            super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Handle a part of the address."""
        if not self._rereading:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Handle a header."""
        if not self._rereading:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Answer the request, or continue with its body."""
        if not self._rereading:
            super().on_headers_complete()
        self._rereading = False

    def on_message_complete(self) -> None:
        """End the request, unless its body hasn't arrived yet."""
        if not self.parser.should_upgrade() or self._should_upgrade():
            super().on_message_complete()


class WebsocketConnection(WebSocketsSansIOProtocol):
    """A websocket that can be rejected with a status and a body.

    uvicorn can do that too, but it treats it as an error and logs it.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the connection from the request that opens the websocket."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}

    async def send(self, message: Any) -> None:
        """Send the application's message."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True
