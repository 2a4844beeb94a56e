"""Visitors who chat at the same time, each from a different address."""

import asyncio
import random
import ssl
import statistics
import time
from dataclasses import dataclass
from typing import Any

import httpx
import psutil

from .machine import Machine, sent_here

PAUSE = 10.0
"""Seconds between a visitor's messages, when nobody hurries."""


@dataclass(frozen=True)
class Talk:
    """What happened to visitors who all chatted at once.

    seconds: how long it took. calls: how many were made. delays: the seconds that each
    message took, from sending it until a long poll had it.
    """

    seconds: float
    calls: int
    delays: list[float]

    def __str__(self) -> str:
        hundredths = statistics.quantiles(self.delays, n=100)
        return (
            f"{len(self.delays) / self.seconds:.0f} messages/s, "
            f"{self.calls / self.seconds:.0f} calls/s; message to the other side: "
            f"p50 {hundredths[49] * 1000:.0f} ms, p99 {hundredths[98] * 1000:.0f} ms"
        )


class Crowd:
    """Some visitors of a machine, who use the recipe's host names."""

    def __init__(self, machine: Machine, count: int) -> None:
        trusting = ssl.create_default_context(cafile=machine.authority)
        self._visitors = [
            _Visitor(machine, f"127.0.1.{number + 1}", trusting)
            for number in range(count)
        ]

    async def open(self) -> float:
        """Let all of them open a chat, ten at a time; return the seconds it took."""
        few = asyncio.Semaphore(10)

        async def come(visitor: _Visitor) -> None:
            async with few:
                await visitor.open()

        began = time.monotonic()
        await asyncio.gather(*(come(one) for one in self._visitors))
        return time.monotonic() - began

    async def talk(self, texts: list[str], pause: float = 0) -> Talk:
        """Let each visitor send the texts, one after the other has arrived.

        pause: seconds from one to the next.
        """
        began = time.monotonic()
        calls = sum(one.calls for one in self._visitors)
        heard = await asyncio.gather(*(one.say(texts, pause) for one in self._visitors))
        seconds = time.monotonic() - began
        calls = sum(one.calls for one in self._visitors) - calls
        return Talk(seconds, calls, [delay for delays in heard for delay in delays])

    async def rooms(self) -> list[list[dict[str, Any]]]:
        """Return each room's events, as its visitor gets them."""
        return await asyncio.gather(*(one.history() for one in self._visitors))

    async def leave(self) -> None:
        """Close all connections."""
        await asyncio.gather(*(one.leave() for one in self._visitors))


def memory_of_synapse() -> float:
    """Return the memory of the Synapse processes that we started, in MB."""
    ours = psutil.Process().children(recursive=True)
    synapse = [
        one for one in ours if any("synapse.app" in arg for arg in one.cmdline())
    ]
    return sum(one.memory_info().rss for one in synapse) / 1e6


class _Names(httpx.AsyncHTTPTransport):
    """Resolves the recipe's names to this machine."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await super().handle_async_request(sent_here(request))


class _Visitor:
    def __init__(
        self, machine: Machine, address: str, trusting: ssl.SSLContext
    ) -> None:
        self.calls = 0
        self._engine = f"{machine.engine_url}/_matrix/client/v3"
        self._http = httpx.AsyncClient(
            base_url=machine.url,
            transport=_Names(verify=trusting, local_address=address),
            timeout=120,
        )
        self._room = ""
        self._since = ""

    async def open(self) -> None:
        """Open a chat as the page does: get a cookie, then ask until there's a chat."""
        await self._http.get("/")
        answer = await self._http.post("/api/new")
        while answer.status_code in (429, 502, 503, 504):
            await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
            answer = await self._http.post("/api/new")
        chat = answer.raise_for_status().json()
        self._room = chat["conversation"]["id"]
        self._http.headers["Authorization"] = f"Bearer {chat['jwt']}"
        await self._news()

    async def say(self, texts: list[str], pause: float) -> list[float]:
        """Send the texts, and return after how many seconds a long poll had each."""
        await asyncio.sleep(random.random() * pause)
        delays: list[float] = []
        for text in texts:
            began = time.monotonic()
            listening = asyncio.create_task(self._hear(text))
            await self._send(text)
            await listening
            delays.append(time.monotonic() - began)
            await asyncio.sleep(max(0, pause - delays[-1]))
        return delays

    async def history(self) -> list[dict[str, Any]]:
        """Return the room's events."""
        query = {"dir": "f", "limit": "100"}
        return (await self._ask(f"/rooms/{self._room}/messages", query))["chunk"]

    async def leave(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, text: str) -> None:
        self.calls += 1
        where = f"{self._engine}/rooms/{self._room}/send/m.room.message/{text}"
        body = {"msgtype": "m.text", "body": text}
        (await self._http.put(where, json=body)).raise_for_status()

    async def _hear(self, text: str) -> None:
        while text not in [
            event["content"].get("body") for event in await self._news()
        ]:
            pass

    async def _news(self) -> list[dict[str, Any]]:
        """Wait for new events in the room, and return them."""
        query = {"timeout": "30000", "since": self._since} if self._since else {}
        news = await self._ask("/sync", query)
        self._since = news["next_batch"]
        joined = news.get("rooms", {}).get("join", {}).get(self._room, {})
        return joined.get("timeline", {}).get("events", [])

    async def _ask(self, where: str, query: dict[str, str]) -> dict[str, Any]:
        self.calls += 1
        answer = await self._http.get(self._engine + where, params=query)
        return answer.raise_for_status().json()
