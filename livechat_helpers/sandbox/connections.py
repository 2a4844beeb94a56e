"""The connections of the sandbox: what uvicorn has no word for."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)


class HttpConnection(HttpToolsProtocol):
    """A connection whose requests know it: ``scope["state"]["transport"]``.

    So it can be closed without an answer. A websocket that begins on it knows it too.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class WebsocketConnection(WebSocketsSansIOProtocol):
    """A websocket that may be refused with a status and a body.

    uvicorn does that too, but takes it for a fault and writes to the log.
    """

    async def send(self, message: Any) -> None:
        """Send what the application says."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True
