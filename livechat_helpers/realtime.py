"""A Client SDK session in Python: live events, as they happen.

No Python Client SDK is published, so this speaks its frames: Engine.IO 4 on a
websocket (see ``sandbox.realtime``, which lists them). It runs on a thread of its
own, so that events arrive also while a notebook cell is busy.

A connection breaks now and then. The session comes back with its session id, and
whoever uses it must then read what it missed: ``on_login`` is the moment to do so.
"""

import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]

_LONGEST_SILENCE = 50.0  # seconds: the server's ping interval and timeout, and more
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between two attempts
_PATH = "/v2/rtc/"


class RealtimeSession:
    """One user's live events.

    url: the http address of the websocket's server, such as ``http://127.0.0.1:1234``.
    token: returns a fresh JWT of the user; called for every connection.
    token_life: seconds such a token lives; the session gets a new one well before.
    refresh: gives the session of an id a new token, over REST.
    on_event: gets the name and the payload of every event.
    on_login: called after each login, the ones after a drop too.
    on_drop: called when the connection is lost, with the reason.

    The callbacks run on the session's thread; they must not block for long.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        *,
        token_life: float,
        refresh: Callable[[str], None],
        on_event: Callable[[str, Json], None],
        on_login: Callable[[], None],
        on_drop: Callable[[str], None],
    ) -> None:
        self._url = url.replace("http", "ws", 1) + _PATH
        self._token = token
        self._token_life = token_life
        self._refresh = refresh
        self._on_event = on_event
        self._on_login = on_login
        self._on_drop = on_drop
        self._session_id: str | None = None
        self._closing = threading.Event()
        self._socket: ClientConnection | None = None
        self._thread = threading.Thread(
            target=self._run, daemon=True, name="realtime-session"
        )

    def start(self) -> None:
        """Connect, on a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Log out and end the thread."""
        self._closing.set()
        socket = self._socket
        if socket is not None:
            try:
                socket.send('42["session:logout",{"body":{}}]')
                socket.send("41")
            except (WebSocketException, OSError):
                pass  # it is gone already
            socket.close()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        attempt = 0
        while not self._closing.is_set():
            started = time.monotonic()
            try:
                self._connect_once()
                reason = "the server closed the connection"
            except Exception as error:  # whatever it was, the session tries again
                reason = str(error) or type(error).__name__
            if self._closing.is_set():
                return
            self._on_drop(reason)
            attempt = 0 if time.monotonic() - started > _LONGEST_PAUSE else attempt + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
            # Jitter: many sessions that drop together must not return together.
            self._closing.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def _connect_once(self) -> None:
        query = {"token": self._token(), "EIO": "4", "transport": "websocket"}
        if self._session_id is not None:
            query["session_id"] = self._session_id
        refresh_at = time.monotonic() + self._token_life * 2 / 3
        # `proxy=None`: a proxy for the internet has no business with these events.
        with connect(
            f"{self._url}?{urlencode(query)}", open_timeout=10, proxy=None
        ) as socket:
            self._socket = socket
            try:
                silent_since = time.monotonic()
                while not self._closing.is_set():
                    until_refresh = max(0.0, refresh_at - time.monotonic())
                    try:
                        frame = socket.recv(min(_LONGEST_SILENCE, until_refresh))
                    except TimeoutError:
                        if time.monotonic() - silent_since > _LONGEST_SILENCE:
                            raise
                        if self._session_id is not None:
                            self._refresh(self._session_id)
                        refresh_at = time.monotonic() + self._token_life * 2 / 3
                        continue
                    silent_since = time.monotonic()
                    if not self._take(socket, str(frame)):
                        return
            finally:
                self._socket = None

    def _take(self, socket: ClientConnection, frame: str) -> bool:
        """Act on one frame; return whether the connection goes on."""
        if frame.startswith("0"):
            socket.send("40")
        elif frame == "2":
            socket.send("3")
        elif frame == "41":
            self._session_id = None  # over for good: log in anew
            return False
        elif frame.startswith("42"):
            name, payload = json.loads(frame[2:].lstrip("0123456789"))
            return self._dispatch(name, payload)
        return True

    def _dispatch(self, name: str, payload: Json) -> bool:
        if name == "session:success":
            self._session_id = payload["body"]["id"]
            self._on_login()
        elif ":error:" in name and "cid" not in payload:
            self._session_id = None
            reason = payload.get("body", {}).get("detail", name)
            raise ValueError(f"the login was refused: {reason}")
        elif "cid" in payload:
            self._on_event(name, payload)
        return True
