"""A Client SDK session in Python: live events, as they happen.

Nobody has published a Client SDK for Python, so this module speaks its protocol itself:
Engine.IO 4 on a websocket. (``sandbox.realtime`` lists the frames.)

Connections break now and then. The session reconnects with its session id, but doesn't
get the events in between: read those when ``on_login`` is called.
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
_PATIENCE = 10.0  # seconds for a login, including the connection
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between two attempts


class LoginRefused(Exception):
    """Vonage refused the login; the text says why."""


class RealtimeSession:
    """One user's live events.

    url: the HTTP address of the websocket's server, such as ``http://127.0.0.1:1234``.
    token: returns a fresh JWT for the user; called for every connection.
    on_event: called with every event, whose name is in ``type``.
    on_login: called after each login, including those after a lost connection.
    on_drop: called with the reason when the connection is lost.

    The callbacks run on the event loop, so they mustn't block it.
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
        """Stay connected until cancelled, then log out."""
        attempt = 0
        while True:
            started = time.monotonic()
            try:
                renewed = await self._connect_once()
                reason = "the server closed the connection"
            except Exception as error:  # The session retries after any error.
                renewed, reason = False, str(error) or type(error).__name__
            if renewed:
                continue
            self._on_drop(reason)
            attempt = 0 if time.monotonic() - started > _LONGEST_PAUSE else attempt + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
            # Sessions that drop together mustn't all come back at the same moment.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def reconnect(self) -> None:
        """Abort the current connection, if any, because nothing comes through it."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _connect_once(self) -> bool:
        """Handle events until the end.

        Return whether it only ended to get a new token.
        """
        token = self._token()
        query = {"token": token, "EIO": "4", "transport": "websocket"}
        if self._session_id is not None:
            query["session_id"] = self._session_id
        life = max(_FIRST_PAUSE, inspect(token)["exp"] - time.time())
        renew_at = time.monotonic() + life * 2 / 3
        self._longest_silence = _PATIENCE
        # `proxy=None` because these events mustn't go through an internet proxy.
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
                with suppress(WebSocketException, OSError):  # It may be closed already.
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
                self._session_id = None  # The session has ended, so log in again.
                return False
            await self._take(socket, frame)
        # The session continues under its id, on a connection with a new token.
        return True

    async def _take(self, socket: ClientConnection, frame: str) -> None:
        """Handle one frame."""
        if frame.startswith("0"):
            await socket.send("40")
            opening = json.loads(frame[1:])
            # If no frame arrives for this long, the connection is dead, even if TCP
            # hasn't noticed.
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
