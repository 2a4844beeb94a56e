"""Open a chat: a visitor, a conversation, the visitor joins, the agent joins."""

from vonage_http_client.errors import HttpRequestError, NotFoundError
from vonage_users import ListUsersFilter, User

from livechat_helpers.support_desk import SupportDesk

from .connection import conversations, desk, vonage
from .tokens import visitor_token


# [3.1] a user who is made once, however often you ask
def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    return vonage.users.get_user(found[0].id)


# [/3.1]


# [3.2] every user, page by page
def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names += [each.name for each in page]
        if cursor is None:
            return names


# [/3.2]


# [3.3] bring a user into a conversation
def bring_in(room, user):
    for member in conversations.members(room):
        same_user = member["_embedded"]["user"]["id"] == user
        if same_user and member["state"] == "JOINED":
            return
    conversations.join(room, user)


# [/3.3]


# [3.4] all steps, or none
def open_chat():
    user = desk.create_visitor()
    conversation = None
    try:
        conversation = desk.create_conversation(user)
        member = desk.join(conversation, user)
        desk.join(conversation, desk.agent())
    except Exception:
        if conversation is not None:
            conversations.delete(conversation["id"])
        vonage.users.delete_user(user["id"])
        raise
    return {"user": user, "conversation": conversation, "member": member}


# [/3.4]


def is_open(desk, chat):
    """Return whether a visitor's chat is still going on."""
    conversation, member = chat["conversation"]["id"], chat["member"]["id"]
    try:
        joined = desk.conversations.member(conversation, member)["state"] == "JOINED"
        return joined and desk.ended(conversation) is None
    except NotFoundError:
        return False


class Desk(SupportDesk):
    """A support desk that opens chats and mints tokens the way you do."""

    def open_chat(self, name=None):
        """Open a chat with your steps, and mint the visitor's token."""
        chat = open_chat()
        return {**chat, "jwt": self.visitor_token(chat["user"], chat["conversation"])}

    def visitor_token(self, visitor, conversation):
        """Mint the visitor's token with your code."""
        return visitor_token(visitor, conversation)
