"""Connections that stall: opened and then silent, or so slow that they never end.

Each one takes up memory and a file handle, so a few thousand of them would keep
everybody else out.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS = 10.0
"""Seconds that a client can take for a request's headers, and then for its body."""
READING = 30.0
"""Seconds that a client can pause while reading an answer."""


class ImpatientProtocol(HttpToolsProtocol):
    """Speaks HTTP, and hangs up on clients that stall."""

    _asking: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect(HEADERS)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self._asking is None:  # The next request has begun.
            self._expect(HEADERS)

    def on_headers_complete(self) -> None:
        self._expect(HEADERS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._expect(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reading = self.loop.call_later(READING, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reading is not None:
            self._reading.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        if self._reading is not None:
            self._reading.cancel()
        super().connection_lost(exc)

    def _expect(self, seconds: float | None) -> None:
        """Hang up unless something arrives in time; None stops the timer."""
        if self._asking is not None:
            self._asking.cancel()
        self._asking = (
            None
            if seconds is None
            else self.loop.call_later(seconds, self.transport.abort)
        )
