"""The calls of a visitor's page: a chat, a fresh token, the end, a rating."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from vonage_http_client.errors import HttpRequestError, NotFoundError

from ..conversations import Json
from ..support_desk import SupportDesk
from . import addresses
from .backends import Backends
from .opening import is_open, open_next
from .rate_limits import (
    CALLS_OF_A_VISITOR,
    CHATS_OF_A_VISITOR,
    CHATS_OF_AN_ADDRESS,
    RateLimits,
    address,
)
from .visitors import Visitors

RATING = "custom:rating"
"""The type of the event in which a rating is stored."""


class Rating(BaseModel):
    """What a visitor says of a chat."""

    model_config = ConfigDict(extra="forbid", strict=True)

    stars: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1000)


def routes(backends: Backends, visitors: Visitors, limits: RateLimits) -> APIRouter:
    """Return the routes of the calls."""
    # Without a model of the answer: to check it would be one more wait for a thread,
    # behind everybody who has come since.
    router = APIRouter(prefix="/api")

    def own_chat(request: Request) -> Json:
        visitor = visitors.read(request, backends.current().minter.application_id)
        if visitor is None or visitor.chat is None:
            raise HTTPException(401, "Open a chat first.")
        limits.count(CALLS_OF_A_VISITOR, visitor.name)
        return visitor.chat

    @router.post("/new", response_model=None)
    def new_chat(request: Request, response: Response) -> Json:
        backend = backends.current()
        application = backend.minter.application_id
        visitor = visitors.read(request, application) or visitors.new()
        limits.count(CALLS_OF_A_VISITOR, visitor.name)
        desk = backends.desk()
        chat = visitor.chat
        if chat is None or not is_open(desk, chat):
            limits.count(CHATS_OF_A_VISITOR, visitor.name)
            limits.count(CHATS_OF_AN_ADDRESS, address(request))
            visitor, chat = open_next(desk, visitor)
        visitors.write(request, response, visitor, application)
        return {
            **chat,
            "jwt": desk.visitor_token(chat["user"], chat["conversation"]),
            "sdk": addresses.for_sdk(request, backend),
        }

    @router.post("/token", response_model=None)
    def new_token(request: Request) -> Json:
        chat = own_chat(request)
        desk = backends.desk()
        return {"jwt": desk.visitor_token(chat["user"], chat["conversation"])}

    @router.post("/end", response_model=None)
    def end_chat(request: Request) -> Json:
        chat = own_chat(request)
        desk = backends.desk()
        why = {"code": "ended", "text": "The visitor has ended the chat."}
        try:
            conversation, member = chat["conversation"]["id"], chat["member"]["id"]
            desk.conversations.leave(conversation, member, why)
        except HttpRequestError:
            if is_open(desk, chat):
                raise
        return {"ended": True}

    @router.post("/rating", response_model=None)
    def rate_chat(request: Request, rating: Rating) -> Json:
        chat = own_chat(request)
        _rate(backends.desk(), chat, rating)
        return {"rated": True}

    return router


def _rate(desk: SupportDesk, chat: Json, rating: Rating) -> None:
    if is_open(desk, chat):
        raise HTTPException(400, "A chat can be rated when it has ended.")
    conversation = chat["conversation"]["id"]
    event = {"type": RATING, "body": rating.model_dump()}
    try:
        if not _ratings(desk, conversation):
            mine = desk.conversations.send_event(conversation, event)["id"]
            # Of two that come at once the first one counts, and both see which it is.
            if min(_ratings(desk, conversation)) == mine:
                return
            desk.conversations.delete_event(conversation, mine)
    except NotFoundError as error:
        raise HTTPException(400, "This chat is not there any more.") from error
    raise HTTPException(409, "This chat has been rated already.")


def _ratings(desk: SupportDesk, conversation: str) -> list[int]:
    """Return the ids of the ratings of a chat."""
    stored = desk.conversations.events(conversation, event_type=RATING)
    # A visitor's page could write such an event, too: ours is from no member.
    return [one["id"] for one in stored if "from" not in one and "stars" in one["body"]]
