"""A visitor's browser in a notebook: it calls a server, and keeps its cookies."""

import asyncio

import httpx
from starlette.types import ASGIApp

from livechat_helpers.coroutines import in_a_thread

TIMEOUT = 10
"""Seconds a call may take."""


class Browser(httpx.Client):
    """One visitor's browser.

    server: the address of one that runs; or an app, which is called without a network.
    raising: whether an error in the app is raised here, and not answered with 500.
    """

    def __init__(self, server: str | ASGIApp, *, raising: bool = False) -> None:
        if isinstance(server, str):
            super().__init__(base_url=server, timeout=TIMEOUT, trust_env=False)
            return
        super().__init__(
            base_url="http://localhost", transport=_AppTransport(server, raising)
        )


class _AppTransport(httpx.BaseTransport):
    """Hands requests to an app, even where a loop runs already, as in a notebook."""

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
