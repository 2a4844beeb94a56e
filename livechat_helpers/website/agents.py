"""The calls of the agents' page: sign-in, token, list, hand-over, close, events.

Agents can read their own chats and the queue. Only the agent who owns a chat can hand
it over or close it, except that the front desk can always do so.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from vonage_http_client.errors import NotFoundError

from ..conversations import Json
from ..support_desk import FRONT_DESK
from . import addresses
from .chat_list import ChatList
from .desks import Desks
from .event_stream import EventStream
from .files import packed, takes_gzip
from .passwords import team
from .sign_in import SignIn


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Credentials(_Body):
    """How an agent signs in; empty for an agent who has already signed in."""

    password: str | None = None
    agent: str = FRONT_DESK
    code: str | None = Field(None, max_length=1000)


ConversationId = Annotated[str, Field(pattern=r"^[\w!.:-]+$", max_length=100)]


class HandOver(_Body):
    """Which chat to hand over, and to whom."""

    conversation: ConversationId
    to: str


class Close(_Body):
    """Which chat to close, and what to tell the visitor."""

    conversation: ConversationId
    reason: str = Field("", max_length=200)


def routes(
    desks: Desks, sign_in: SignIn, chats: ChatList, events: EventStream
) -> APIRouter:
    """Return the routes of the calls."""
    router = APIRouter(prefix="/api")

    def signed_in(request: Request) -> str:
        return sign_in.agent(request, desks.current().settings)

    def must_be_allowed(agent: str, conversation: str) -> None:
        owner = desks.desk().owner(conversation)
        if agent == FRONT_DESK or owner is None:
            return
        user = owner["_embedded"]["user"]
        if user["id"] not in chats.readable_by(agent):
            name = user.get("display_name") or user["name"]
            raise HTTPException(
                403, f"This is {name}'s chat. Ask {name} or the front desk."
            )

    @router.post("/jwt/agent", response_model=None)
    def agent_token(request: Request, response: Response, given: Credentials) -> Json:
        backend = desks.current()
        settings = backend.settings
        if given.code is not None:
            agent = sign_in.by_link(given.code, settings)
            sign_in.begin(request, response, agent, settings)
        elif given.password is not None:
            agent = given.agent
            sign_in.by_password(request, agent, given.password, settings)
            sign_in.begin(request, response, agent, settings)
        else:
            agent = sign_in.renew(request, response, settings)
        desk = desks.desk(agent)
        user = desk.agent()
        return {
            "jwt": desk.token_of(user),
            "user": user,
            "agent": agent,
            "team": team(settings),
            "sdk": addresses.for_page(request, backend, user["id"]),
        }

    @router.post("/agent/sign-out", response_model=None)
    def sign_out(request: Request, response: Response) -> Json:
        sign_in.end(request, response)
        return {"signed_in": False}

    @router.get("/agent/chats")
    def list_chats(
        request: Request, agent: Annotated[str, Depends(signed_in)]
    ) -> Response:
        return _packed_json(request, {"chats": chats.of(agent)})

    @router.post("/agent/hand-over", response_model=None)
    def hand_over(order: HandOver, agent: Annotated[str, Depends(signed_in)]) -> Json:
        names = team(desks.current().settings)
        if order.to not in names:
            raise HTTPException(400, f"The agents are {', '.join(names)}.")
        with _known_chats():
            must_be_allowed(agent, order.conversation)
            member = desks.desk().hand_over(order.conversation, order.to)
        return {"owner": member["_embedded"]["user"]}

    @router.post("/agent/close", response_model=None)
    def close(order: Close, agent: Annotated[str, Depends(signed_in)]) -> Json:
        with _known_chats():
            must_be_allowed(agent, order.conversation)
            desks.desk().close_chat(order.conversation, order.reason)
        return {"ended": True}

    @router.get("/agent/events")
    async def follow_events(
        request: Request,
        agent: Annotated[str, Depends(signed_in)],
        last_event_id: Annotated[int | None, Header(ge=0, le=2**63 - 1)] = None,
    ) -> Response:
        async def is_signed_in() -> bool:
            settings = (await desks.awaited()).settings
            with suppress(HTTPException):
                return sign_in.agent(request, settings) == agent
            return False

        stream = events.follow(last_event_id, chats.reader(agent), is_signed_in)
        return StreamingResponse(stream, media_type="text/event-stream")

    return router


def _packed_json(request: Request, content: Json) -> Response:
    """Return JSON that may be long, compressed if the browser accepts that."""
    body = json.dumps(content, separators=(",", ":")).encode()
    headers = {"Vary": "Accept-Encoding"}
    if takes_gzip(request):
        body, headers["Content-Encoding"] = packed(body), "gzip"
    return Response(body, headers=headers, media_type="application/json")


@contextmanager
def _known_chats() -> Iterator[None]:
    try:
        yield
    except (NotFoundError, ValueError) as error:  # ValueError: nobody has joined it.
        raise HTTPException(404, "There's no such chat.") from error
