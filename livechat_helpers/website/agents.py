"""The calls of the agent's page."""

import hmac
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from ..conversations import Json
from ..private_files import kept_secret
from . import addresses
from .backends import Backends


def routes(backends: Backends, sandbox_dir: Path) -> APIRouter:
    """Return the routes of the calls."""
    router = APIRouter(prefix="/api")
    agent_password = kept_secret(sandbox_dir / "agent-password")

    @router.post("/jwt/agent")
    def agent_token(request: Request, sign_in: Json) -> Json:
        backend = backends.current()
        chosen = backend.settings.agent_password
        wanted = chosen.get_secret_value() if chosen else agent_password
        given = sign_in.get("password")
        if not isinstance(given, str) or not hmac.compare_digest(
            given.encode(errors="surrogatepass"), wanted.encode()
        ):
            raise HTTPException(401, "That is not the agent's password.")
        desk = backends.desk()
        return {
            "jwt": desk.agent_token(),
            "user": desk.agent(),
            "sdk": addresses.for_sdk(request, backend.sandbox),
        }

    return router
