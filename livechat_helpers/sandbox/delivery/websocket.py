"""One open websocket: frames in and out, pings, and a reader that does not read.

A frame goes straight to the transport. When one event goes to a hundred sessions, a
queue and a task for each of them cost several times what the sending does. What a
client does not take waits in its transport's buffer and delays nobody else; when that
is too much, the websocket is dropped.
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
"""Seconds more after which a client that has said nothing is taken for gone."""
LARGEST_FRAME = 1_000_000
"""Bytes of the largest frame a client may send."""
_MOST_WAITING = 8_000_000  # bytes for one reader; a slower one is dropped
_GOODBYE = 1.0  # seconds; a client that does not read takes no goodbye either


class Socket:
    """One open websocket, from the server's first frame to the end.

    websocket: an accepted one. Its state holds its transport: uvicorn reads and
        closes, the frames are written here, each encoded once and for no queue.
    trace: where its frames are noted, under ``client`` once that is logged in.
    """

    # An event for a hundred sessions touches a hundred of these: what lies close
    # together is read faster than what a dictionary holds.
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
        self._held: bytearray | None = None  # what a half-open one would send
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
        """Send a frame; drop the websocket if its reader is too slow."""
        if self._put(frame):
            self._trace.frame("out", self.client, frame)

    def _put(self, frame: str) -> bool:
        """Send a frame that is noted nowhere; return False if the websocket ends."""
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
        """Return the client's next frame that is not about pings; None at the end."""
        while True:
            message = await self._websocket.receive()
            if self._held is not None:
                self._transport.pause_reading()  # taking the message has resumed it
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
        """Be half-open: nothing is read or answered, and what is sent waits here.

        Only this websocket is: a client that gives it up gets through on another.
        What waits is sent by ``release``, as TCP sends again what was lost; when it
        is too much, or the client is silent for too long, the websocket is dropped.
        """
        if self._held is None:
            self._held = bytearray()
            self._transport.pause_reading()

    def release(self) -> None:
        """Be open again."""
        if self._held is not None and not self._transport.is_closing():
            self._transport.write(self._held)
            self._transport.resume_reading()
        self._held = None

    def drop(self) -> None:
        """Close without a word, as a lost network would: the client comes back."""
        self._transport.abort()

    def end(self) -> None:
        """Tell the client that its session is over, then close."""
        self.send(frames.LEAVE)
        if self._goodbye is None:
            self._goodbye = self._loop.create_task(self._close())

    async def close(self) -> None:
        """Stop the pings and close, if that was not done yet."""
        if self._ticking is not None:
            self._ticking.cancel()
        await (self._goodbye or self._close())

    async def _close(self) -> None:
        if self._held is not None:  # it would not get through
            self.drop()
            return
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._websocket.close()  # once there is room in the buffer
        except TimeoutError:
            self.drop()
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client was faster
