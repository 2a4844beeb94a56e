"""A Client SDK session in Python: live events, as they happen.

No Python Client SDK is published, so this speaks its frames: Engine.IO 4 on a
websocket (see ``sandbox.realtime``, which lists them).

A connection breaks now and then. The session comes back with its session id, and
whoever uses it must then read what it missed: ``on_login`` is the moment to do so.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from .caller import ASIDE
from .tokens import inspect

Json = dict[str, Any]

_PATH = "/v2/rtc/"
_PATIENCE = 10.0  # seconds for a login, the connection included
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between two attempts


class LoginRefused(Exception):
    """Vonage refused the session; the text says why."""


class RealtimeSession:
    """One user's live events.

    url: the http address of the websocket's server, such as ``http://127.0.0.1:1234``.
    token: returns a fresh JWT of the user; called for every connection.
    on_event: gets every event, with its name as ``type``.
    on_login: called after each login, the ones after a drop too.
    on_drop: called when the connection is lost, with the reason.

    The callbacks run on the event loop; they must not block it.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        *,
        on_event: Callable[[Json], None],
        on_login: Callable[[], None],
        on_drop: Callable[[str], None],
    ) -> None:
        self._url = url.replace("http", "ws", 1) + _PATH
        self._token = token
        self._on_event = on_event
        self._on_login = on_login
        self._on_drop = on_drop
        self._session_id: str | None = None
        self._socket: ClientConnection | None = None
        self._longest_silence = _PATIENCE

    async def run(self) -> None:
        """Stay connected until cancelled, and log out then."""
        attempt = 0
        while True:
            started = time.monotonic()
            try:
                renewed = await self._connect_once()
                reason = "the server closed the connection"
            except Exception as error:  # whatever it was, the session tries again
                renewed, reason = False, str(error) or type(error).__name__
            if renewed:
                continue
            self._on_drop(reason)
            attempt = 0 if time.monotonic() - started > _LONGEST_PAUSE else attempt + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
            # Jitter: many sessions that drop together must not return together.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def reconnect(self) -> None:
        """Give up the current connection, if there is one: nothing comes through it."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _connect_once(self) -> bool:
        """Take events until the end; return whether it was for a new token alone."""
        token = self._token()
        query = {"token": token, "EIO": "4", "transport": "websocket"}
        if self._session_id is not None:
            query["session_id"] = self._session_id
        life = max(_FIRST_PAUSE, inspect(token)["exp"] - time.time())
        renew_at = time.monotonic() + life * 2 / 3
        self._longest_silence = _PATIENCE
        # `proxy=None`: a proxy for the internet has no business with these events.
        async with connect(
            f"{self._url}?{urlencode(query)}",
            open_timeout=_PATIENCE,
            close_timeout=1,
            max_size=None,
            proxy=None,
            user_agent_header=ASIDE,
        ) as socket:
            self._socket = socket
            try:
                return await self._listen(socket, renew_at)
            except asyncio.CancelledError:
                with suppress(WebSocketException, OSError):  # it may be gone already
                    await socket.send('42["session:logout",{"body":{}}]')
                    await socket.send("41")
                raise
            finally:
                self._socket = None

    async def _listen(self, socket: ClientConnection, renew_at: float) -> bool:
        while (until_renewal := renew_at - time.monotonic()) > 0:
            silence = self._longest_silence
            try:
                async with asyncio.timeout(min(silence, until_renewal)):
                    frame = str(await socket.recv())
            except TimeoutError:
                if silence < until_renewal:
                    raise TimeoutError(f"silence for {silence:.0f} s") from None
                break
            if frame == "41":
                self._session_id = None  # over for good: log in again
                return False
            await self._take(socket, frame)
        # The session goes on, with its id, on a connection that has a new token.
        return True

    async def _take(self, socket: ClientConnection, frame: str) -> None:
        """Act on one frame."""
        if frame.startswith("0"):
            await socket.send("40")
            opening = json.loads(frame[1:])
            # Whoever hears nothing for so long is cut off, though TCP may not know.
            seconds = (opening["pingInterval"] + opening["pingTimeout"]) / 1000
            self._longest_silence = seconds
        elif frame == "2":
            await socket.send("3")
        elif frame.startswith("42"):
            name, payload = json.loads(frame[2:].lstrip("0123456789"))
            self._dispatch(name, payload)

    def _dispatch(self, name: str, payload: Json) -> None:
        if name == "session:success":
            self._session_id = payload["body"]["id"]
            self._on_login()
        elif ":error:" in name and "cid" not in payload:
            self._session_id = None
            reason = payload.get("body", {}).get("detail", name)
            raise LoginRefused(f"the login was refused: {reason}")
        elif "cid" in payload:
            self._on_event({**payload, "type": name})
