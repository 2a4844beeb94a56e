"""The calls of the agents' page: sign-in, token, hand-over, close, the events."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from vonage_http_client.errors import NotFoundError

from ..conversations import Json
from ..settings import Settings
from ..support_desk import FRONT_DESK
from . import addresses
from .backends import Backends
from .event_stream import EventStream
from .sign_in import SignIn


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Credentials(_Body):
    """How an agent signs in; nothing at all for one who has signed in already."""

    password: str | None = None
    agent: str = FRONT_DESK
    code: str | None = Field(None, max_length=1000)


ConversationId = Annotated[str, Field(pattern=r"^CON-[\w-]+$", max_length=100)]


class HandOver(_Body):
    """Which chat whom is to have."""

    conversation: ConversationId
    to: str


class Close(_Body):
    """Which chat is over, and what the visitor is told."""

    conversation: ConversationId
    reason: str = Field("", max_length=200)


def routes(backends: Backends, sign_in: SignIn, events: EventStream) -> APIRouter:
    """Return the routes of the calls."""
    router = APIRouter(prefix="/api")

    def signed_in(request: Request) -> str:
        return sign_in.agent(request, backends.current().settings)

    @router.post("/jwt/agent", response_model=None)
    def agent_token(request: Request, response: Response, given: Credentials) -> Json:
        backend = backends.current()
        settings = backend.settings
        if given.code is not None:
            agent = sign_in.by_link(given.code)
            sign_in.begin(request, response, agent, settings)
        elif given.password is not None:
            sign_in.by_password(request, given.password, settings)
            agent = _one_of(team(settings), given.agent)
            sign_in.begin(request, response, agent, settings)
        else:
            agent = sign_in.renew(request, response, settings)
        desk = backends.desk(agent)
        user = desk.agent()
        return {
            "jwt": desk.token_of(user),
            "user": user,
            "team": team(settings),
            "sdk": addresses.for_sdk(request, backend),
        }

    @router.post("/agent/sign-out", response_model=None)
    def sign_out(request: Request, response: Response) -> Json:
        sign_in.end(request, response)
        return {"signed_in": False}

    @router.post(
        "/agent/hand-over", dependencies=[Depends(signed_in)], response_model=None
    )
    def hand_over(order: HandOver) -> Json:
        to = _one_of(team(backends.current().settings), order.to)
        with _known_chats():
            member = backends.desk().hand_over(order.conversation, to)
        return {"owner": member["_embedded"]["user"]}

    @router.post("/agent/close", dependencies=[Depends(signed_in)], response_model=None)
    def close(order: Close) -> Json:
        with _known_chats():
            backends.desk().close_chat(order.conversation, order.reason)
        return {"ended": True}

    @router.get("/agent/events", dependencies=[Depends(signed_in)])
    async def follow_events(
        last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
    ) -> Response:
        return StreamingResponse(
            events.follow(last_event_id), media_type="text/event-stream"
        )

    return router


def team(settings: Settings) -> list[str]:
    """Return the names of all agents."""
    return [FRONT_DESK, *settings.colleagues()]


def _one_of(team: list[str], name: str) -> str:
    if name not in team:
        raise HTTPException(400, f"The agents are {', '.join(team)}.")
    return name


@contextmanager
def _known_chats() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, ValueError) as error:  # or one that nobody has joined
        raise HTTPException(404, "There is no such chat.") from error
