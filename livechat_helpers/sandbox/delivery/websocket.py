"""One open websocket: frames in and out, pings, and slow readers.

A frame goes straight to the transport. For an event to a hundred sessions, queues and
tasks would take several times as long as sending. Whatever a client doesn't read waits
in its transport's buffer and doesn't delay anybody else. If that grows too large, the
websocket is closed.
"""

import asyncio
import time
from typing import cast
from uuid import uuid4

from starlette.websockets import WebSocket, WebSocketDisconnect

from ..lab.trace_log import Client, Trace
from . import frames

PING_INTERVAL = 25.0
"""Seconds between two pings."""
PING_TIMEOUT = 20.0
"""Further seconds after which a silent client is considered gone."""
LARGEST_FRAME = 1_000_000
"""The size limit of a client's frame in bytes."""
_MOST_WAITING = 8_000_000  # bytes waiting for one reader before it's disconnected
_GOODBYE = 1.0  # seconds, because a client that doesn't read won't see a goodbye


class Socket:
    """One open websocket, from the server's first frame to the end.

    websocket: an accepted websocket, with its transport in its state. uvicorn reads and
        closes it; this class writes the frames, each encoded only once, without a
        queue.
    trace: records the frames, under ``client`` once it has logged in.
    """

    # An event for a hundred sessions uses a hundred of these objects. Slots are faster
    # to read than a dictionary, because they're close together in memory.
    __slots__ = (
        *("_websocket", "_transport", "_trace", "_loop"),
        *("_heard", "_ticking", "_goodbye", "_held"),
        *("query", "is_version_3", "sid", "client"),
    )

    def __init__(self, websocket: WebSocket, trace: Trace) -> None:
        self._websocket = websocket
        self._transport = cast(asyncio.Transport, websocket.state.transport)
        self._trace = trace
        self._loop = asyncio.get_running_loop()
        self._heard = time.monotonic()
        self._ticking: asyncio.TimerHandle | None = None
        self._goodbye: asyncio.Task[None] | None = None
        self._held: bytearray | None = None  # what a half-open websocket would send
        self.query = websocket.query_params
        self.is_version_3 = self.query.get("EIO") == "3"
        self.sid = uuid4().hex
        self.client: Client | None = None

    def open(self) -> None:
        """Send the first frame and start the pings."""
        self.send(frames.opening(self.sid, PING_INTERVAL, PING_TIMEOUT, LARGEST_FRAME))
        self._ticking = self._loop.call_later(PING_INTERVAL, self._tick)

    def _tick(self) -> None:
        if time.monotonic() - self._heard > PING_INTERVAL + PING_TIMEOUT:
            self.drop()
            return
        if not self.is_version_3:
            self._put(frames.PING)
        self._ticking = self._loop.call_later(PING_INTERVAL, self._tick)

    def send(self, frame: str) -> None:
        """Send a frame, or close the websocket if its reader is too slow."""
        if self._put(frame):
            self._trace.frame("out", self.client, frame)

    def _put(self, frame: str) -> bool:
        """Send a frame without recording it.

        Return False if the websocket is closing.
        """
        if self._goodbye is not None or self._transport.is_closing():
            return False
        if self._held is None:
            self._transport.write(frames.on_the_wire(frame))
            waiting = self._transport.get_write_buffer_size()
        else:
            self._held += frames.on_the_wire(frame)
            waiting = len(self._held)
        if waiting > _MOST_WAITING:
            self.drop()
        return True

    async def receive(self) -> str | None:
        """Return the client's next frame that isn't a ping or pong; None at the end."""
        while True:
            message = await self._websocket.receive()
            if self._held is not None:
                self._transport.pause_reading()  # receive() has resumed it.
            if message["type"] == "websocket.disconnect":
                return None
            self._heard = time.monotonic()
            frame = message.get("text") or ""
            if not frames.is_about_pings(frame):
                self._trace.frame("in", self.client, frame)
                return frame
            if frame.startswith(frames.PING):
                self._put(frames.pong(frame))

    def hold(self) -> None:
        """Become half-open: don't read or answer anything, and hold back what's sent.

        This only affects this websocket; if the client gives up on it, a new one works.
        ``release`` sends what was held back, just as TCP resends what was lost. If that
        grows too large, or the client is silent for too long, the websocket is closed.
        """
        if self._held is None:
            self._held = bytearray()
            self._transport.pause_reading()

    def release(self) -> None:
        """Stop being half-open, and send what was held back."""
        if self._held is not None and not self._transport.is_closing():
            self._transport.write(self._held)
            self._transport.resume_reading()
        self._held = None

    def drop(self) -> None:
        """Close without a goodbye, like a broken network; the client reconnects."""
        self._transport.abort()

    def end(self) -> None:
        """Tell the client that its session is over, then close."""
        self.send(frames.LEAVE)
        if self._goodbye is None:
            self._goodbye = self._loop.create_task(self._close())

    async def close(self) -> None:
        """Stop the pings and close the websocket, if it isn't closed yet."""
        if self._ticking is not None:
            self._ticking.cancel()
        await (self._goodbye or self._close())

    async def _close(self) -> None:
        if self._held is not None:  # A goodbye wouldn't get through.
            self.drop()
            return
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._websocket.close()  # This waits for room in the buffer.
        except TimeoutError:
            self.drop()
        except (WebSocketDisconnect, RuntimeError):
            pass  # The client closed it first.
