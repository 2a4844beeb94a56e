"""Many open websockets in a separate process, which counts what they receive.

This program reads an audience as JSON from the first line of stdin and prints a line
when all of its sessions are listening. Each further line is a number: it sends that
many frames, each one after everybody has the previous one, and prints what was received
as JSON.
"""

import asyncio
import gc
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from livechat_helpers import places
from tests.sandbox.sockets import FIRST_LOGIN

from . import machine

_PATIENCE = 20.0  # seconds after which a frame that hasn't arrived counts as lost
_AT_ONCE = 50  # connections that open at the same time: each login is one write
_MESSAGE = re.compile(rb'42(\d*)\["message",.*"id":(\d+)')


@dataclass(frozen=True)
class Audience:
    """The listening sessions, and how a frame is sent to all of them.

    url: the server's address.
    tokens: one for each session; empty strings where nobody logs in.
    to_send: the whole HTTP request, or the websocket frame's text; empty if something
        else sends the frames.
    acknowledges: whether every session answers each frame, as browsers do.
    """

    url: str
    tokens: list[str]
    to_send: str
    acknowledges: bool


@dataclass(frozen=True)
class Heard:
    """What the audience heard since the last request.

    frames: the number of frames that all sessions received.
    disordered: how many of them didn't have their session's next id.
    size: the last frame's bytes.
    seconds: from each send until the last session had it.
    """

    frames: int
    disordered: int
    size: int
    seconds: list[float]


class Listeners:
    """An audience in its own process, ready to listen."""

    def __init__(self, audience: Audience) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "livechat_helpers.benchmarks.listeners"],
            cwd=places.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=machine.client_core(),
        )
        self._answer_to(json.dumps(asdict(audience)))

    def hear(self, frames: int) -> Heard:
        """Send frames and return what was heard.

        frames: how many to send; 0 only returns what was heard since the last time.
        """
        return Heard(**json.loads(self._answer_to(str(frames))))

    def end(self) -> None:
        """End the process, and with it the connections."""
        self._process.kill()
        self._process.communicate()

    def _answer_to(self, line: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the listeners ended with {self._process.wait()}"
        return answer


@contextmanager
def listening(audience: Audience) -> Iterator[Listeners]:
    """Yield an audience that listens until the end of the block."""
    listeners = Listeners(audience)
    try:
        yield listeners
    finally:
        listeners.end()


class _Hall:
    """The audience, inside its own process."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        address = urlsplit(audience.url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._writer: asyncio.StreamWriter | None = None
        self._everybody = asyncio.Event()
        self._awaited = 0
        self._frames = 0
        self._disordered = 0
        self._size = 0

    async def run(self) -> None:
        """Open every connection, then follow the lines of stdin."""
        asyncio.get_running_loop().set_exception_handler(_fail)
        free = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._open(t, free) for t in self._audience.tokens))
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            heard = await self._hear(int(line))
            print(json.dumps(asdict(heard)), flush=True)

    def take(self, frame: bytes, in_order: bool) -> None:
        """Count a frame.

        frame: its text.
        in_order: whether its id was its session's next one.
        """
        self._frames += 1
        self._disordered += not in_order
        self._size = len(frame)
        self._awaited -= 1
        if self._awaited == 0:
            self._everybody.set()

    async def _open(self, token: str, free: asyncio.Semaphore) -> None:
        async with free, asyncio.timeout(_PATIENCE):
            loop = asyncio.get_running_loop()
            host = f"{self._host}:{self._port}"
            reader = _Reader(self, host, token, self._audience.acknowledges)
            await loop.create_connection(lambda: reader, self._host, self._port)
            await reader.ready.wait()

    async def _hear(self, frames: int) -> Heard:
        seconds: list[float] = []
        for _ in range(frames):
            self._awaited = len(self._audience.tokens)
            self._everybody.clear()
            start = time.perf_counter()
            await self._send()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._everybody.wait()
            except TimeoutError:
                break  # The rest of the round is lost, too.
            seconds.append(time.perf_counter() - start)
        heard = Heard(self._frames, self._disordered, self._size, seconds)
        self._frames = self._disordered = 0
        return heard

    async def _send(self) -> None:
        to_send = self._audience.to_send.encode()
        is_http = to_send.startswith(b"POST ")
        # A web server closes a connection that has had no request for a while.
        if self._writer is None or self._answers.done():
            reader, self._writer = await asyncio.open_connection(self._host, self._port)
            self._answers = asyncio.create_task(_drain(reader))
            if not is_http:
                self._writer.write(_handshake("/writer", f"{self._host}:{self._port}"))
        self._writer.write(to_send if is_http else _frame(to_send))


def _fail(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """End the process at once, so that its parent stops waiting for an answer."""
    loop.default_exception_handler(context)
    os._exit(1)


async def _drain(reader: asyncio.StreamReader) -> None:
    """Read answers and drop them: only what the audience hears counts."""
    while await reader.read(65536):
        pass


class _Reader(asyncio.Protocol):
    """One websocket; it logs in if it has a token."""

    def __init__(self, hall: _Hall, host: str, token: str, acknowledges: bool) -> None:
        self._hall = hall
        self._host = host
        self._token = token
        self._acknowledges = acknowledges
        self._received = b""
        self._is_open = False
        self._last_id = 0
        self._transport = asyncio.Transport()
        self.ready = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        query = {**FIRST_LOGIN, "token": self._token}
        query |= {"EIO": "4", "transport": "websocket"}
        query["acknowledge_events"] = "true" if self._acknowledges else "false"
        path = f"/v2/rtc/?{urlencode(query)}" if self._token else "/reader"
        transport.write(_handshake(path, self._host))

    def data_received(self, data: bytes) -> None:
        received = self._received + data
        if not self._is_open:
            head, found, received = received.partition(b"\r\n\r\n")
            if not found:
                self._received = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._is_open = True
            if not self._token:
                self.ready.set()
        at = 0
        while len(received) >= at + 2:
            length, start = received[at + 1], at + 2
            if length == 126:
                length = int.from_bytes(received[start : start + 2])
                start += 2
            elif length == 127:
                length = int.from_bytes(received[start : start + 8])
                start += 8
            if len(received) < start + length:
                break
            at = start + length
            self._take(received[start:at])
        self._received = received[at:]

    def _take(self, frame: bytes) -> None:
        if not self._token:
            if self._acknowledges:
                self._transport.write(_frame(b"431[]"))
            self._hall.take(frame, in_order=True)
        elif found := _MESSAGE.match(frame):
            if found[1]:
                self._transport.write(_frame(b"43" + found[1] + b"[]"))
            event_id = int(found[2])
            in_order = event_id == self._last_id + 1 or self._last_id == 0
            self._last_id = event_id
            self._hall.take(frame, in_order)
        elif frame.startswith(b"0{"):
            self._transport.write(_frame(b"40"))
        elif frame == b"2":
            self._transport.write(_frame(b"3"))
        elif frame.startswith(b'42["session:success"'):
            self.ready.set()
        else:
            assert frame.startswith(b"40"), frame


def _handshake(path: str, host: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: c29tZSBzaXh0ZWVuIGJ5dA==",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _frame(text: bytes) -> bytes:
    """Return a client's text frame; its mask of zeros leaves the text unchanged."""
    size = len(text)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    return b"\x81" + length + bytes(4) + text


def main() -> None:
    """Be the audience that the first line of stdin describes."""
    audience = Audience(**json.loads(sys.stdin.readline()))
    gc.disable()  # Its pauses would be counted as the server's time.
    asyncio.run(_Hall(audience).run())


if __name__ == "__main__":
    main()
