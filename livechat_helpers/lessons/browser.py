"""A visitor's browser in a notebook: it calls a server, and keeps cookies."""

import asyncio

import httpx
from starlette.types import ASGIApp

from livechat_helpers.coroutines import in_a_thread

TIMEOUT = 10
"""Timeout of a call in seconds."""


class Browser(httpx.Client):
    """One visitor's browser.

    server: the address of a running server, or an app, which is called without a
        network.
    raising: whether to raise an error in the app here, instead of answering 500.
    """

    def __init__(self, server: str | ASGIApp, *, raising: bool = False) -> None:
        if isinstance(server, str):
            super().__init__(base_url=server, timeout=TIMEOUT, trust_env=False)
            return
        super().__init__(
            base_url="http://localhost", transport=_AppTransport(server, raising)
        )


class _AppTransport(httpx.BaseTransport):
    """Passes requests to an app, even if an event loop is already running here."""

    def __init__(self, app: ASGIApp, raising: bool) -> None:
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=raising)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return in_a_thread(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(TIMEOUT):
            answer = await self._transport.handle_async_request(request)
            content = await answer.aread()
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=content
        )
