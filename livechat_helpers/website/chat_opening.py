"""Open a visitor's chat, or find it, whoever else is at it.

Vonage lets a user's name be taken once. So of two calls that open the same chat, in
any process, one creates the user and takes the other steps; the other call waits
until that chat is complete, and answers the same.
"""

import time
from contextlib import suppress

from vonage_http_client.errors import HttpRequestError, NotFoundError

from ..conversations import Json
from ..support_desk import SupportDesk
from .visitors import Visitor

PATIENCE = 10.0
"""Seconds until a call that does not finish its chat counts as dead."""

_LOOK = 0.05  # seconds between two looks
_CONFLICT = 409


def open_next(
    desk: SupportDesk, visitor: Visitor, page: str = ""
) -> tuple[Visitor, Json]:
    """Open the chat of a visitor who has none that is open.

    page: the path of the page that the visitor writes from.

    Returns:
        The visitor with the chat, and the chat.

    Raises:
        vonage_http_client.errors.HttpRequestError: a step failed; what was made for
            it is taken back.
    """
    if visitor.chat is not None:
        visitor = visitor.after_this_chat()
    while True:
        try:
            chat = kept(desk.open_chat(visitor.chat_name, page))
        except HttpRequestError as error:
            if error.response.status_code != _CONFLICT:
                raise
            chat = _complete(desk, visitor.chat_name)
            if chat is None:
                continue
            if not is_open(desk, chat):
                visitor = visitor.after_this_chat()
                continue
        return visitor.with_chat(chat), chat


def kept(chat: Json) -> Json:
    """Return what a page and the cookie need of a chat."""
    names = ("id", "name", "display_name", "state")
    return {
        part: {name: chat[part][name] for name in names if chat[part].get(name)}
        for part in ("user", "conversation", "member", "agent")
    }


def is_open(desk: SupportDesk, chat: Json) -> bool:
    """Return whether the visitor can still write in the chat."""
    return is_there(desk, chat) and desk.ended(chat["conversation"]["id"]) is None


def is_there(desk: SupportDesk, chat: Json) -> bool:
    """Return whether the visitor can read the chat, be it open or ended."""
    try:
        member = desk.conversations.member(
            chat["conversation"]["id"], chat["member"]["id"]
        )
    except NotFoundError:
        return False  # the conversation was deleted
    return member["state"] == "JOINED"


def find(desk: SupportDesk, name: str) -> Json | None:
    """Return the chat with a name; None if it was deleted, or isn't complete."""
    conversation = _conversation(desk, name)
    members = _members(desk, conversation) if conversation else []
    if conversation is None or len(members) < 2:  # the visitor, and an agent
        return None
    user = members[0]["_embedded"]["user"]
    parts = {"user": user, "conversation": conversation}
    return kept({**parts, "member": members[0], "agent": members[1]})


def _complete(desk: SupportDesk, name: str) -> Json | None:
    """Return the chat that another call opens; None if it has not come about."""
    deadline = time.monotonic() + PATIENCE
    while True:
        if chat := find(desk, name):
            return chat
        user = desk.find_user(name)
        if user is None or time.monotonic() > deadline:
            break  # the other call has taken its steps back, or is dead
        time.sleep(_LOOK)
    with suppress(NotFoundError):
        if conversation := _conversation(desk, name):
            desk.conversations.delete(conversation["id"])
        if user:
            desk.delete_user(user)
    return None


def _conversation(desk: SupportDesk, name: str) -> Json | None:
    try:
        return desk.conversations.get(name)
    except NotFoundError:
        return None


def _members(desk: SupportDesk, conversation: Json) -> list[Json]:
    """Return who is in a conversation, or was; not who has only been invited."""
    try:
        members = desk.conversations.members(conversation["id"])
        return [member for member in members if member["state"] != "INVITED"]
    except NotFoundError:
        return []  # the other call has just taken the conversation back
