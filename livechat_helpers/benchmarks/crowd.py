"""Many visitors open a chat on the website at the same moment."""

import asyncio
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import pytest

from livechat_helpers.support_desk import SupportDesk
from tests.sandbox import running
from tests.sandbox.running import Json, Program

from .report import Figure, Target, compared, say
from .rounds import in_turn, spread

VISITORS = 200
_THREADS = 16  # The website also has 16.
_NONE = Target(0, of_ratio=False)
_ANSWERED = Target(50, of_ratio=False)


@dataclass(frozen=True)
class Opened:
    """What happened to one crowd.

    refused: how many got no chat.
    shared: how many got somebody else's chat.
    seconds: until each had an answer, sorted.
    webhooks: seconds until each webhook sent meanwhile was answered, sorted.
    """

    refused: int
    shared: int
    seconds: list[float]
    webhooks: list[float]


class Stand:
    """A sandbox and a website, each in its own process, with files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.sandbox_dir = folder / "sandbox"
        self._sandbox = running.sandbox(self.sandbox_dir)
        self._vonage = self._sandbox.ready()
        arguments = ("-m", "livechat_helpers.website")
        self._website = Program(*arguments, "--sandbox-dir", str(self.sandbox_dir))
        self.url: str = self._website.ready()["url"]

    def crowd(self, visitors: int) -> Opened:
        """Let visitors open a chat at once.

        visitors: how many there are; all have the page already.
        """
        seen = self._newest()
        answers = asyncio.run(_open_at_once(self.url, visitors))
        chats = [body["conversation"]["id"] for _, body in answers if "jwt" in body]
        webhooks = self._webhooks(since=seen)
        return Opened(
            refused=visitors - len(chats),
            shared=len(chats) - len(set(chats)),
            seconds=sorted(seconds for seconds, _ in answers),
            webhooks=sorted(one["seconds"] for one in webhooks),
        )

    def without_website(self, visitors: int) -> Opened:
        """Take the same steps with only the SDK, in as many threads as the website."""
        desks = [SupportDesk.open(self.sandbox_dir) for _ in range(_THREADS)]
        began = time.perf_counter()

        def work(number: int) -> list[float]:
            seconds = []
            for _ in range(number, visitors, _THREADS):
                desks[number].open_chat()
                seconds.append(time.perf_counter() - began)
            return seconds

        with ThreadPoolExecutor(_THREADS) as pool:
            of_each = pool.map(work, range(_THREADS))
            seconds = [each for some in of_each for each in some]
        return Opened(0, 0, sorted(seconds), [])

    def slowest_webhook(self, count: int) -> float:
        """Deliver webhooks one after the other; return the slowest answer's seconds."""
        slowest = 0.0
        with httpx.Client(base_url=self.url, trust_env=False, verify=False) as vonage:
            for _ in range(count):
                body = json.dumps({"type": "message", "id": str(uuid4())}).encode()
                claims = {
                    "iat": int(time.time()),
                    "jti": str(uuid4()),
                    "payload_hash": hashlib.sha256(body).hexdigest(),
                }
                token = jwt.encode(claims, self._vonage["signature_secret"])
                headers = {"Authorization": f"Bearer {token}"}
                began = time.perf_counter()
                answer = vonage.post("/webhooks/event", content=body, headers=headers)
                slowest = max(slowest, time.perf_counter() - began)
                answer.raise_for_status()
        return slowest

    def end(self) -> None:
        """Kill the website and the sandbox."""
        self._website.kill()
        self._sandbox.kill()

    def _newest(self) -> int:
        return max((entry["id"] for entry in self._trace()), default=0)

    def _webhooks(self, since: int) -> list[Json]:
        entries = self._trace()
        return [e for e in entries if e["kind"] == "webhook" and e["id"] > since]

    def _trace(self) -> list[Json]:
        account = (self._vonage["api_key"], self._vonage["api_secret"])
        url = f"{self._vonage['http']}/_sandbox/trace?limit=1000"
        return httpx.get(url, auth=account, trust_env=False).json()["entries"]


@contextmanager
def _stand() -> Iterator[Stand]:
    with (
        tempfile.TemporaryDirectory(prefix="crowd-") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LIVECHAT_HOME", folder)
        stand = Stand(Path(folder))
        try:
            yield stand
        finally:
            stand.end()


async def _open_at_once(url: str, visitors: int) -> list[tuple[float, Json]]:
    """Return the seconds until each visitor's answer, and the answer."""
    everybody = [await _Browser.with_page(url) for _ in range(visitors)]
    began = time.perf_counter()
    for browser in everybody:
        browser.ask()
    return await asyncio.gather(*(browser.answer(began) for browser in everybody))


class _Browser:
    """A visitor's connection, written by hand so that a crowd takes few resources."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._cookie = ""

    @classmethod
    async def with_page(cls, url: str) -> "_Browser":
        """Return a visitor who has loaded the page."""
        where = urlsplit(url)
        opened = await asyncio.open_connection(where.hostname, where.port)
        browser = cls(*opened, where.netloc)
        browser._send("GET / HTTP/1.1")
        headers, _ = await browser._receive()
        browser._cookie = headers["set-cookie"].partition(";")[0]
        return browser

    def ask(self) -> None:
        """Ask for a chat."""
        self._send("POST /api/new HTTP/1.1", f"Cookie: {self._cookie}")

    async def answer(self, began: float) -> tuple[float, Json]:
        """Return the seconds until the answer came, and the answer."""
        _, body = await self._receive()
        seconds = time.perf_counter() - began
        self._writer.close()
        return seconds, json.loads(body)

    def _send(self, *lines: str) -> None:
        head = [*lines, f"Host: {self._host}", "Content-Length: 0", "", ""]
        self._writer.write("\r\n".join(head).encode())

    async def _receive(self) -> tuple[dict[str, str], bytes]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")[1:]]
        headers = {name.lower(): value for name, _, value in lines}
        return headers, await self._reader.readexactly(int(headers["content-length"]))


def measure(quick: bool) -> list[Figure]:
    """Return what happens to 200 visitors who come at once, next to the SDK alone."""
    rounds = 2 if quick else 8
    say(f"crowd: {rounds} rounds of {VISITORS} visitors")
    name = f"{VISITORS} visitors open a chat at once"
    with _stand() as stand:
        measures = {
            name: (
                lambda: stand.crowd(VISITORS),
                lambda: stand.without_website(VISITORS),
            )
        }
        pairs = in_turn(rounds, measures)[name]
        quiet = [stand.slowest_webhook(100) for _ in range(rounds)]
    crowds = pairs.measured
    return [
        Figure(
            f"{name}: refused", "", spread([c.refused for c in crowds]), target=_NONE
        ),
        Figure(
            f"{name}: with a shared chat",
            "",
            spread([c.shared for c in crowds]),
            target=_NONE,
        ),
        compared(
            f"{name}: half have it; floor: the SDK alone",
            "ms",
            pairs,
            lambda opened: opened.seconds[len(opened.seconds) // 2] * 1000,
        ),
        compared(
            f"{name}: the last one has it",
            "ms",
            pairs,
            lambda opened: opened.seconds[-1] * 1000,
        ),
        Figure(
            "meanwhile: until Vonage has the answer to a webhook (median)",
            "ms",
            spread([c.webhooks[len(c.webhooks) // 2] * 1000 for c in crowds]),
        ),
        Figure(
            "a webhook is checked, kept on disk and answered (slowest of 100)",
            "ms",
            spread([seconds * 1000 for seconds in quiet]),
            target=_ANSWERED,
        ),
    ]
