"""Open a visitor's chat, or find it, even if other calls try at the same time.

On Vonage, a user's name is unique. So if two calls open the same chat, in any process,
one of them creates the user and goes on with the other steps. The other call waits
until that chat is complete, and returns the same chat.
"""

import time
from contextlib import suppress

from vonage_http_client.errors import HttpRequestError, NotFoundError

from ..conversations import Json
from ..support_desk import SupportDesk
from .visitors import Visitor

PATIENCE = 10.0
"""Seconds after which a call that hasn't completed its chat is considered dead."""

_LOOK = 0.05  # seconds between checks
_CONFLICT = 409


def open_next(
    desk: SupportDesk, visitor: Visitor, page: str = ""
) -> tuple[Visitor, Json]:
    """Open a chat for a visitor who doesn't have an open one.

    page: the path of the page that the visitor is on.

    Returns:
        The visitor with the chat, and the chat.

    Raises:
        vonage_http_client.errors.HttpRequestError: a step failed; whatever earlier
            steps created has been deleted again.
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
    """Return the parts of a chat that the page and the cookie need."""
    names = ("id", "name", "display_name", "state")
    return {
        part: {name: chat[part][name] for name in names if chat[part].get(name)}
        for part in ("user", "conversation", "member", "agent")
    }


def is_open(desk: SupportDesk, chat: Json) -> bool:
    """Return whether the visitor can still write in the chat."""
    return is_there(desk, chat) and desk.ended(chat["conversation"]["id"]) is None


def is_there(desk: SupportDesk, chat: Json) -> bool:
    """Return whether the visitor can read the chat, open or ended."""
    try:
        member = desk.conversations.member(
            chat["conversation"]["id"], chat["member"]["id"]
        )
    except NotFoundError:
        return False  # The conversation has been deleted.
    return member["state"] == "JOINED"


def find(desk: SupportDesk, name: str) -> Json | None:
    """Return the chat with a name, or None if it was deleted or isn't complete."""
    conversation = _conversation(desk, name)
    members = _members(desk, conversation) if conversation else []
    if conversation is None or len(members) < 2:  # It needs a visitor and an agent.
        return None
    user = members[0]["_embedded"]["user"]
    parts = {"user": user, "conversation": conversation}
    return kept({**parts, "member": members[0], "agent": members[1]})


def _complete(desk: SupportDesk, name: str) -> Json | None:
    """Wait for the chat that another call opens; return None if that call fails."""
    deadline = time.monotonic() + PATIENCE
    while True:
        if chat := find(desk, name):
            return chat
        user = desk.find_user(name)
        if user is None or time.monotonic() > deadline:
            break  # The other call has undone its steps, or is dead.
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
    """Return a conversation's current and former members, but no invited ones."""
    try:
        members = desk.conversations.members(conversation["id"])
        return [member for member in members if member["state"] != "INVITED"]
    except NotFoundError:
        return []  # The other call has just deleted the conversation again.
