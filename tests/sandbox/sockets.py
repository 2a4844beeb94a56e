"""A browser's websocket, frame by frame, as the Client SDKs use it."""

import json
import re
import socket
import time
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .running import Json

FIRST_LOGIN = {
    "session_version": "0.0.3",
    "SDK_version": "2.3.1",
    "SDK_name": "@vonage/client-sdk",
    "acknowledge_events": "true",
    "OS_family": "js",
    "OS_revision": "Generic JS Navigator",
}

_EVENT = re.compile(r"42(\d*)(\[.*)", re.DOTALL)


class Socket:
    """One websocket to the sandbox.

    url: the plain listener's. path: the websocket's. EIO: the version of Engine.IO.
    query: the rest of the query.
    """

    def __init__(
        self, url: str, path: str = "/v2/rtc/", EIO: str = "4", **query: str
    ) -> None:
        query = {**query, "EIO": EIO, "transport": "websocket"}
        address = f"{url.replace('http', 'ws', 1)}{path}?{urlencode(query)}"
        self.asked_to_acknowledge: list[int] = []
        self._open = ExitStack()
        self.raw = self._open.enter_context(
            connect(address, proxy=None, max_size=None, open_timeout=60)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if it is still open."""
        self._open.close()

    def send(self, frame: str | bytes) -> None:
        """Send one frame."""
        self.raw.send(frame)

    def frame(self, seconds: float = 60) -> str:
        """Return the next frame."""
        return str(self.raw.recv(seconds))

    def event(self, seconds: float = 60) -> tuple[str, Json]:
        """Acknowledge the next event if it asks for that, and return name and payload.

        Pings are answered and don't count.
        """
        while True:
            frame = self.frame(seconds)
            if event := _EVENT.fullmatch(frame):
                if event[1]:
                    self.asked_to_acknowledge.append(int(event[1]))
                    self.send(f"43{event[1]}[]")
                name, payload = json.loads(event[2])
                return name, payload
            assert frame == "2", frame
            self.send("3")

    def until(self, wanted: str) -> Json:
        """Return the payload of the next event with a name, skipping the others."""
        deadline = time.monotonic() + 60
        while True:
            name, payload = self.event()
            if name == wanted:
                return payload
            assert time.monotonic() < deadline

    def join(self) -> Json:
        """Connect up to the namespace, and return the server's opening."""
        opening = self.frame()
        assert opening.startswith("0")
        self.send("40")
        assert json.loads(self.frame().removeprefix("40"))["sid"]
        return json.loads(opening[1:])

    def ended(self) -> list[str]:
        """Return the frames until the server ends the connection."""
        frames = []
        try:
            while True:
                frames.append(self.frame())
        except ConnectionClosed:
            return frames

    def drop(self) -> None:
        """Break the connection without closing it, like a lost network."""
        with suppress(OSError):  # the server may have been faster
            self.raw.socket.shutdown(socket.SHUT_RDWR)


class Session(Socket):
    """A logged-in websocket.

    more: more of the query, such as ``session_id``.
    """

    def __init__(self, url: str, token: str, **more: Any) -> None:
        query = {"token": token, **more}
        if "session_id" not in more:  # a reconnect sends less
            query = {**FIRST_LOGIN, **query}
        super().__init__(url, **query)
        self.join()
        name, payload = self.event()
        assert name == "session:success", (name, payload)
        self.user: Json = payload["body"]

    @property
    def id(self) -> str:
        """The session's id."""
        return self.user["id"]

    def leave(self) -> None:
        """Log out as the SDK does."""
        self.send('42["session:logout",{"tid":"1","body":{}}]')
        self.send("41")


class OldSocket(Socket):
    """A websocket as nexmo-client 6 uses it: Engine.IO 3, with the login in a frame.

    query: the query after a drop; empty at first.
    """

    def __init__(self, url: str, path: str = "/rtc/", **query: str) -> None:
        super().__init__(url, path, EIO="3", **query)
        assert self.frame().startswith("0")
        assert self.frame() == "40"

    def ask(self, name: str, tid: str = "1", **body: str) -> tuple[str, Json]:
        """Send an event and return the name and payload of its answer."""
        payload = {"tid": tid, "body": body}
        self.send("42" + json.dumps([name, payload]))
        while (answer := self.event())[1].get("rid") != tid:
            pass
        return answer

    def log_in(self, token: str) -> Json:
        """Log in and return what the server says about the user."""
        name, payload = self.ask("session:login", token=token, SDK_version="6.2.1")
        assert name == "session:success", (name, payload)
        return payload["body"]
