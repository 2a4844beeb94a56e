"""The tutorial's 2019 server, rewritten, to show its faults.

It does what the article's server does, with the same steps in the same order and the
same mistakes, on the sandbox. It's only for tests; the product contains none of it.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from coolname import generate_slug
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from sandbox.running import Json
from waiting import eventually

from livechat_helpers.tokens import Minter, acl

from .conftest import UNUSED, Site

EVERYTHING = (
    *("users", "conversations", "sessions", "devices", "image"),
    *("media", "applications", "push", "knocking", "legs"),
)


class SeedServer:
    """One chat for all of its visitors.

    vonage: the sandbox's address. minter: the application's.
    """

    def __init__(self, vonage: str, minter: Minter) -> None:
        self._minter = minter
        self._vonage = httpx.AsyncClient(
            base_url=f"{vonage}/v0.3", trust_env=False, verify=UNUSED, timeout=30
        )
        self._agent: Json = {}
        self._chat: Json | None = None  # everybody shares it
        self.app = FastAPI()
        self.app.get("/api/new")(self._new)
        self.app.get("/api/jwt/{user}")(self._jwt)
        self.app.post("/webhooks/event")(self._event)

        @self.app.exception_handler(Exception)
        def as_express_does(request: Request, error: Exception) -> Response:
            return HTMLResponse(f"<pre>{error!r}</pre>", 500)

    async def _new(self) -> Any:
        if self._chat is not None:
            return self._chat
        user = await self._post("/users", {"name": generate_slug(3)})
        conversation = await self._post("/conversations", {})
        members = f"/conversations/{conversation['id']}/members"
        member = await self._post(members, _joined({"id": user["id"]}))
        agent = await self._post(members, _joined({"name": "agent"}))
        parts = {"user": user, "conversation": conversation, "member": member}
        # The answer about a member has no name.
        jwt = self._token(member.get("name"))
        self._chat = {**parts, "agent": agent, "jwt": jwt}
        return self._chat

    async def _jwt(self, user: str) -> Any:
        chat: Any = self._chat
        return {"jwt": self._token(user), "conversation": chat["conversation"]}

    async def _event(self, request: Request) -> None:
        print((await request.body())[:0].decode(), end="")
        await _for_ever()

    def _token(self, user: str | None) -> str:
        in_milliseconds = int(time.time() * 1000) + 86_400
        paths = [f"/*/{part}/**" for part in EVERYTHING]
        return self._minter.mint(user, acl(paths), claims={"exp": in_milliseconds})

    async def _post(self, path: str, body: Json) -> Json:
        headers = {"Authorization": f"Bearer {self._minter.mint()}"}
        answer = await self._vonage.post(path, json=body, headers=headers)
        if answer.is_error:  # it's written to the console, and nothing else happens
            await _for_ever()
        return answer.json()


def _joined(user: Json) -> Json:
    return {"state": "joined", "user": user, "channel": {"type": "app"}}


async def _for_ever() -> None:
    await asyncio.Event().wait()


@contextmanager
def seed_server(site: Site) -> Iterator[str]:
    """Yield the address of such a server on a site's sandbox and application."""
    app = SeedServer(site.vonage["http"], site.minter()).app
    config = uvicorn.Config(
        app, port=0, log_level="critical", timeout_graceful_shutdown=0
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
