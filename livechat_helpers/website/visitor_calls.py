"""The calls of a visitor's page: a chat, a fresh token, the end, a rating."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from vonage_http_client.errors import NotFoundError

from ..conversations import Json
from ..support_desk import SupportDesk
from . import addresses
from .chat_opening import find, is_open, is_there, open_next
from .desks import Desks
from .rate_limits import (
    CALLS_OF_A_VISITOR,
    CHATS_OF_A_VISITOR,
    CHATS_OF_AN_ADDRESS,
    RateLimits,
    address,
)
from .visitors import Visitors

_GONE = "This chat no longer exists."

RATING = "custom:rating"
"""The type of the event that stores a rating."""


class Which(BaseModel):
    """Which of a visitor's chats a call is about.

    chat: the name of the chat's user; defaults to the visitor's latest chat.
    """

    chat: str | None = Field(None, max_length=100)


class Look(Which):
    """Which chat a page shows, and which one its visitor has left.

    left: the name of the user of an ended chat that the visitor doesn't want to see
        again.
    """

    left: str | None = Field(None, max_length=100)


class Begin(BaseModel):
    """Where a chat starts.

    page: the path of the page that the visitor is on.
    """

    page: str = Field("", max_length=500)


class Rating(Which):
    """A visitor's rating of a chat."""

    model_config = ConfigDict(extra="forbid", strict=True)

    stars: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1000)


def routes(desks: Desks, visitors: Visitors, limits: RateLimits) -> APIRouter:
    """Return the routes of the calls."""
    # Don't declare a model for the answers. Checking it would mean waiting for a thread
    # again, behind everybody who has called since.
    router = APIRouter(prefix="/api")

    def own_chat(request: Request, which: Which | None) -> Json:
        """Return the chat that a call is about, if it belongs to the caller.

        The cookie says whose chats they are. If a browser doesn't keep cookies, its
        page sends its current token. That token can be renewed, but doesn't give access
        to other chats.
        """
        minter = desks.current().minter
        visitor = visitors.read(request, minter.application_id)
        latest = visitor.chat if visitor else None
        name = which.chat if which else None
        if visitor and latest and name in (None, latest["user"]["name"]):
            limits.count(CALLS_OF_A_VISITOR, visitor.name)
            return latest
        shown = minter.subject(request.headers.get("authorization", ""))
        if name is None or not (name == shown or (visitor and visitor.had(name))):
            raise HTTPException(401, "Open a chat first.")
        limits.count(CALLS_OF_A_VISITOR, visitor.name if visitor else name)
        chat = find(desks.desk(), name)
        if chat is None:
            raise HTTPException(410, _GONE)
        return chat

    def with_token(request: Request, chat: Json) -> Json:
        desk = desks.desk()
        mint = desk.visitor_token if is_open(desk, chat) else desk.reader_token
        return {
            **chat,
            "jwt": mint(chat["user"], chat["conversation"]),
            "sdk": addresses.for_page(request, desks.current(), chat["user"]["id"]),
        }

    @router.post("/new", response_model=None)
    def new_chat(
        request: Request, response: Response, begin: Begin | None = None
    ) -> Json:
        application = desks.current().minter.application_id
        visitor = visitors.read(request, application) or visitors.new()
        limits.count(CALLS_OF_A_VISITOR, visitor.name)
        desk = desks.desk()
        chat = visitor.chat
        if chat is None or not is_open(desk, chat):
            limits.count(CHATS_OF_A_VISITOR, visitor.name)
            limits.count(CHATS_OF_AN_ADDRESS, address(request))
            visitor, chat = open_next(desk, visitor, begin.page if begin else "")
        visitors.write(request, response, visitor, application)
        return with_token(request, chat)

    @router.post("/chat", response_model=None)
    def look_for_chat(request: Request, response: Response, look: Look) -> Json:
        """Return the chat that a page shows, or the visitor's latest; never open one.

        The answer says whether the chat belongs to the browser's cookie (``known``),
        whether the chat has been deleted (``gone``), and which ``engine`` the page
        needs.
        """
        backend = desks.current()
        application = backend.minter.application_id
        visitor = visitors.read(request, application)
        known = visitor is not None and (not look.chat or visitor.had(look.chat))
        desk = desks.desk()
        if look.chat:
            chat = own_chat(request, look)
        else:
            visitor = visitor or visitors.new()
            limits.count(CALLS_OF_A_VISITOR, visitor.name)
            chat = visitor.chat
            if chat and look.left == chat["user"]["name"] and not is_open(desk, chat):
                visitor, chat = visitor.after_this_chat(), None
            visitors.write(request, response, visitor, application)
        there = chat is not None and is_there(desk, chat)
        return {
            "known": known,
            "chat": with_token(request, chat) if chat and there else None,
            "gone": chat is not None and not there,
            "engine": "matrix" if backend.settings.mode == "matrix" else "vonage",
        }

    @router.post("/token", response_model=None)
    def new_token(request: Request, which: Which | None = None) -> Json:
        chat = own_chat(request, which)
        return {"jwt": with_token(request, chat)["jwt"]}

    @router.post("/end", response_model=None)
    def end_chat(request: Request, which: Which | None = None) -> Json:
        chat = own_chat(request, which)
        desk = desks.desk()
        if is_there(desk, chat):
            desk.close_chat(chat["conversation"]["id"], by="visitor")
        return {"ended": True}

    @router.post("/rating", response_model=None)
    def rate_chat(request: Request, rating: Rating) -> Json:
        _rate(desks.desk(), own_chat(request, rating), rating)
        return {"rated": True}

    return router


def _rate(desk: SupportDesk, chat: Json, rating: Rating) -> None:
    if is_open(desk, chat):
        raise HTTPException(400, "You can rate a chat only after it has ended.")
    conversation = chat["conversation"]["id"]
    event = {"type": RATING, "body": rating.model_dump(exclude={"chat"})}
    try:
        if not _ratings(desk, conversation):
            mine = desk.conversations.send_event(conversation, event)["id"]
            # If two arrive at once, the first counts, and both calls can see which.
            if min(_ratings(desk, conversation)) == mine:
                return
            desk.conversations.delete_event(conversation, mine)
    except NotFoundError as error:
        raise HTTPException(410, _GONE) from error
    raise HTTPException(409, "This chat has already been rated.")


def _ratings(desk: SupportDesk, conversation: str) -> list[int]:
    """Return the ids of a chat's ratings."""
    stored = desk.conversations.events(conversation, event_type=RATING)
    # A visitor's page can send such an event too, but ours has no sender.
    return [one["id"] for one in stored if "from" not in one and "stars" in one["body"]]
