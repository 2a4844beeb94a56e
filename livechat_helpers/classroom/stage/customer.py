"""One customer, with the same calls as a visitor's page and its own websocket."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import httpx

from livechat_helpers.caller import ASIDE
from livechat_helpers.realtime import RealtimeSession
from livechat_helpers.support_desk import ENDED

Json = dict[str, Any]

_RENEWAL = 300.0  # seconds, the same as the page's
_PATIENCE = 20.0  # seconds that a call can take
_PAUSES = (0.5, 1, 2, 4, 8, 8)  # seconds before each retry
_PASSING = (401, 429)  # expired token and too many calls, where a retry can succeed
_RECENT = 50  # messages to check after a break


class CustomerError(Exception):
    """A customer can't continue; the text says why."""


class Customer:
    """Somebody who visits the website without a browser.

    Like the page, it opens the chat with the first message.

    name: the customer's name in the scene.
    website: the website's address.
    changed: called when something has arrived.
    """

    def __init__(self, name: str, website: str, changed: Callable[[], None]) -> None:
        self.name = name
        self.chat: Json | None = None
        self.is_connected = False
        self.has_ended = False
        self.is_answered = False
        """Whether an agent has written since the customer did."""
        self._changed = changed
        self._heard: set[int] = set()
        self._last = 0  # the id of the newest known event
        self._is_away = False
        self._kept: list[str] = []  # messages written while away
        self._tasks: list[asyncio.Task[Any]] = []
        self._later: set[asyncio.Task[Any]] = set()
        self._http = httpx.AsyncClient(
            base_url=website,
            headers={"User-Agent": ASIDE},
            timeout=_PATIENCE,
            trust_env=False,
            verify=_trusted(),
        )

    @property
    def visitor(self) -> str:
        """The visitor's name for agents; empty before the first message."""
        return self.chat["user"]["display_name"] if self.chat else ""

    async def write(self, text: str) -> None:
        """Send a message; while the connection is down, keep it until it's back.

        If the answer to a message is lost, the message is only sent again if it isn't
        in the history.

        Raises:
            CustomerError: it can't be sent.
        """
        if self._is_away:
            self._kept.append(text)
            return
        await self._open()
        self.is_answered = False
        event = {"type": "message", "body": {"message_type": "text", "text": text}}
        before = self._last
        for pause in _PAUSES:
            try:
                answer = await self._post_event(event)
            except httpx.TransportError:
                await asyncio.sleep(pause)
                if await self._was_sent(text, before):
                    return
                continue
            if answer.is_success:
                self._last = max(self._last, answer.json()["id"])
                return
            if answer.status_code not in _PASSING and answer.status_code < 500:
                why = answer.json().get("detail", answer.status_code)
                raise CustomerError(f"Vonage refused the message: {why}")
            await asyncio.sleep(float(answer.headers.get("retry-after", pause)))
        raise CustomerError("the message couldn't be sent")

    async def type(self, typing: bool) -> None:
        """Show the agent that the customer is typing, or has stopped."""
        if self._is_away:
            return
        await self._open()
        event = {"type": "ephemeral", "body": {"typing": typing}}
        with suppress(httpx.HTTPError):  # Losing one does no harm.
            await self._post_event(event)

    async def drop(self) -> None:
        """Lose the connection without a goodbye, as in a tunnel."""
        self._is_away = True
        self._hang_up()

    async def back(self) -> None:
        """Reconnect, read what was missed, and send what was written in the meantime.

        Raises:
            CustomerError: it can't be sent.
        """
        self._is_away = False
        if self.chat and not self._tasks:
            self._connect()
        kept, self._kept = self._kept, []
        for text in kept:
            await self.write(text)

    async def end(self) -> None:
        """End the chat."""
        if self.chat:
            await self._ask("/api/end", {})

    async def rate(self, stars: int) -> None:
        """Rate the chat, once it has ended."""
        if self.chat:
            await self._ask("/api/rating", {"stars": stars})

    async def close(self) -> None:
        """Leave for good."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()
        await self._http.aclose()

    async def _open(self) -> None:
        if self.chat is None:
            self.chat = await self._ask("/api/new")
            self._connect()

    def _connect(self) -> None:
        assert self.chat is not None
        self._session = RealtimeSession(
            self.chat["sdk"]["websocketUrl"],
            lambda: self._token,
            on_event=self._hear,
            on_login=self._logged_in,
            on_drop=self._dropped,
        )
        self._tasks = [
            asyncio.create_task(self._session.run()),
            asyncio.create_task(self._renew()),
        ]

    def _hang_up(self) -> None:
        if self._tasks:
            self._session.reconnect()  # This cuts the connection.
        for task in self._tasks:
            task.cancel()  # This prevents a new one.
        self._tasks.clear()
        self.is_connected = False

    @property
    def _token(self) -> str:
        assert self.chat is not None
        return self.chat["jwt"]

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEWAL)
            await self._new_token()

    async def _new_token(self) -> None:
        assert self.chat is not None
        with suppress(CustomerError):  # The next renewal will do.
            self.chat["jwt"] = (await self._ask("/api/token"))["jwt"]

    async def _ask(self, path: str, body: Json | None = None) -> Json:
        """Call the website, and retry if it's too busy.

        Raises:
            CustomerError: it rejected the call, or can't be reached.
        """
        why: object = "it doesn't answer"
        for pause in _PAUSES:
            try:
                answer = await self._http.post(path, json=body)
            except httpx.TransportError as error:
                why = error
            else:
                if answer.is_success:
                    return answer.json()
                why = answer.json().get("detail", answer.status_code)
                if answer.status_code != 429 and answer.status_code < 500:
                    break
                pause = float(answer.headers.get("retry-after", pause))
            await asyncio.sleep(pause)
        raise CustomerError(f"{path} failed: {why}")

    @property
    def _events(self) -> str:
        assert self.chat is not None
        room = self.chat["conversation"]["id"]
        return f"{self.chat['sdk']['apiUrl']}/v0.3/conversations/{room}/events"

    async def _post_event(self, event: Json) -> httpx.Response:
        answer = await self._http.post(self._events, json=event, headers=self._bearer())
        if answer.status_code == 401:  # It may have expired while the machine slept.
            await self._new_token()
            answer = await self._http.post(
                self._events, json=event, headers=self._bearer()
            )
        return answer

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    async def _was_sent(self, text: str, after: int) -> bool:
        """Return whether a message is in the history, although its answer was lost."""
        return any(
            self._is_mine(event) and event["body"].get("text") == text
            for event in await self._recent()
            if event["id"] > after
        )

    async def _recent(self) -> list[Json]:
        """Return the newest messages, oldest first; none if the call fails."""
        query = {"event_type": "message", "order": "desc", "page_size": str(_RECENT)}
        try:
            answer = await self._http.get(
                self._events, params=query, headers=self._bearer()
            )
            return answer.raise_for_status().json()["_embedded"]["events"][::-1]
        except httpx.HTTPError:
            return []

    def _is_mine(self, event: Json) -> bool:
        assert self.chat is not None
        return event.get("from") == self.chat["member"]["id"]

    # Incoming events

    def _logged_in(self) -> None:
        self.is_connected = True
        self._changed()
        self._do_later(self._catch_up())

    def _dropped(self, reason: str) -> None:
        self.is_connected = False
        self._changed()

    def _do_later(self, job: Any) -> None:
        task = asyncio.ensure_future(job)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _catch_up(self) -> None:
        for event in await self._recent():
            self._hear(event)

    def _hear(self, event: Json) -> None:
        if event["type"] == ENDED and "from" not in event:
            self.has_ended = True
            self._changed()
        if event["type"] != "message" or event["id"] in self._heard:
            return
        self._heard.add(event["id"])
        self._last = max(self._last, event["id"])
        if not self._is_mine(event):
            self.is_answered = True
            self._do_later(self._confirm(event["id"]))
            self._changed()

    async def _confirm(self, id: int) -> None:
        """Confirm that a message has arrived and was read."""
        for kind in ("message:delivered", "message:seen"):
            with suppress(httpx.HTTPError):
                await self._post_event({"type": kind, "body": {"event_id": id}})


@cache
def _trusted() -> ssl.SSLContext:
    """Return a shared TLS context, because creating one for each customer is slow."""
    return ssl.create_default_context()
