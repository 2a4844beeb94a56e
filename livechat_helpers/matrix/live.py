"""One user's live events, from repeated calls to Synapse's ``/sync``.

It works like ``realtime.RealtimeSession``. After a lost connection, the session
continues where it was, but callers should still read what they missed when ``on_login``
is called.

Source: https://spec.matrix.org/latest/client-server-api/#syncing
"""

import asyncio
import json
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx

from .calls import path
from .events import number, seen, to_vonage, typing
from .people import People

Json = dict[str, Any]

_POLL = 30.0  # seconds that Synapse can hold a call without news
_PATIENCE = 10.0  # seconds for everything else
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between two tries
_MOST_KNOWN = 10_000  # events whose numbers are remembered
_FILTER = {
    "room": {
        "timeline": {"limit": 20},
        "state": {"lazy_load_members": True, "types": ["m.room.member"]},
        "ephemeral": {"types": ["m.receipt", "m.typing"]},
        "account_data": {"types": []},
    },
    "presence": {"types": []},
    "account_data": {"types": []},
}


class _TokenIsOver(Exception):
    """The token has expired; the session continues with a new one."""


class MatrixSession:
    """One user's live events.

    url: Synapse's address.
    token: returns a fresh token for the user.
    on_event: called with every event, in Vonage's format.
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
        self._url = f"{url}/_matrix/client/v3"
        self._token = token
        self._on_event = on_event
        self._on_login = on_login
        self._on_drop = on_drop
        self._people = People(())
        self._since = ""
        self._typing: dict[str, set[str]] = {}
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._poll: asyncio.Future[httpx.Response] | None = None
        self._is_given_up = False

    async def run(self) -> None:
        """Follow the events until cancelled."""
        attempt = 0
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
            while True:
                started, reason = time.monotonic(), ""
                try:
                    await self._follow(client)
                except _TokenIsOver:
                    continue
                except asyncio.CancelledError:
                    if not self._is_given_up:
                        raise  # The session itself has been cancelled.
                    self._is_given_up = False
                    reason = "the connection was given up"
                except Exception as error:  # The session retries after any error.
                    reason = str(error) or type(error).__name__
                self._on_drop(reason)
                lasted = time.monotonic() - started > _LONGEST_PAUSE
                attempt = 0 if lasted else attempt + 1
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt, 10))
                # Sessions that drop together mustn't all come back at the same moment.
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311

    def reconnect(self) -> None:
        """Abort the current connection, if any, because nothing comes through it."""
        if self._poll is not None and not self._poll.done():
            self._is_given_up = True
            self._poll.cancel()

    async def _follow(self, client: httpx.AsyncClient) -> None:
        token = await asyncio.to_thread(self._token)
        client.headers["Authorization"] = f"Bearer {token}"
        news = await self._sync(client, 0)
        # The first answer has the current receipts and typing, which have no history.
        await self._take(client, news)
        self._on_login()
        while True:
            await self._take(client, await self._sync(client, _POLL))

    async def _sync(self, client: httpx.AsyncClient, wait: float) -> Json:
        query = {"filter": json.dumps(_FILTER), "timeout": str(int(wait * 1000))}
        if self._since:
            query["since"] = self._since
        asking = client.get(f"{self._url}/sync", params=query, timeout=wait + _PATIENCE)
        self._poll = asyncio.ensure_future(asking)
        answer = await self._poll
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            if answer.json().get("soft_logout"):
                raise _TokenIsOver
            self._since = ""  # The server may have been restored, so start over.
        answer.raise_for_status()
        return answer.json()

    async def _take(self, client: httpx.AsyncClient, news: Json) -> None:
        """Report new events, and remember the position in the stream."""
        rooms = news.get("rooms", {})
        for room, about in rooms.get("join", {}).items():
            for event in about.get("state", {}).get("events", []):
                shown = event["content"].get("displayname")
                self._people.learn(event.get("state_key", ""), shown)
            self._take_events(room, about["timeline"]["events"])
            for event in about.get("ephemeral", {}).get("events", []):
                if event["type"] == "m.typing":
                    self._take_typing(room, set(event["content"]["user_ids"]))
                elif event["type"] == "m.receipt":
                    await self._take_receipts(client, room, event["content"])
        for room, about in rooms.get("leave", {}).items():
            self._take_events(room, about.get("timeline", {}).get("events", []))
        self._since = news["next_batch"]

    def _take_events(self, room: str, events: list[Json]) -> None:
        for event in sorted(events, key=number):
            if number(event):
                self._know(event)
                self._on_event(to_vonage(event, room, self._people))

    def _take_typing(self, room: str, users: set[str]) -> None:
        before = self._typing.get(room, set())
        self._typing[room] = users
        for user in users ^ before:
            self._on_event(typing(room, user, user in users, self._people))

    async def _take_receipts(
        self, client: httpx.AsyncClient, room: str, content: Json
    ) -> None:
        for event, kinds in content.items():
            for user in kinds.get("m.read", {}):
                if event not in self._numbers:
                    await self._look_up(client, room, event)
                if last := self._numbers.get(event):
                    self._on_event(seen(room, user, last, self._people))

    async def _look_up(self, client: httpx.AsyncClient, room: str, event: str) -> None:
        with suppress(httpx.HTTPError):
            found = await client.get(self._url + path("rooms", room, "event", event))
            if found.is_success:
                self._know(found.json())

    def _know(self, event: Json) -> None:
        self._numbers[event["event_id"]] = number(event)
        while len(self._numbers) > _MOST_KNOWN:
            self._numbers.popitem(last=False)
