"""Open a chat: create a visitor and a conversation; visitor and agent join."""

from secrets import token_hex

from coolname import generate_slug
from vonage_http_client.errors import HttpRequestError, NotFoundError
from vonage_users import ListUsersFilter, User

from livechat_helpers.visitor_names import UNKIND as BAD_WORDS

from .connection import conversations, settings, vonage
from .tokens import visitor_token


# [3.1] get or create a user
def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    return vonage.users.get_user(found[0].id)


# [/3.1]


# [3.2] list every user
def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names += [each.name for each in page]
        if cursor is None:
            return names


# [/3.2]


# [3.3] add a user to a conversation
def bring_in(room, user):
    for member in conversations.members(room):
        same_user = member["_embedded"]["user"]["id"] == user
        if same_user and member["state"] == "JOINED":
            return
    conversations.join(room, user)


# [/3.3]


# [3.5] name a new visitor
def visitor_name(make_slug, bad_words):
    while True:
        slug = make_slug(2)
        if bad_words.isdisjoint(slug.split("-")):
            return f"{slug}-{token_hex(2)}"


# [/3.5]


# [3.6] write the steps
def create_visitor():
    name = visitor_name(generate_slug, BAD_WORDS)
    title = " ".join(name.split("-")[:2]).title()
    made = vonage.users.create_user(User(name=name, display_name=title))
    return {"id": made.id, "name": name, "display_name": title}


def create_conversation(user):
    return conversations.create(display_name=f"Chat with {user['display_name']}")


def join(conversation, user):
    return conversations.join(conversation["id"], user["id"])


def agent():
    found = ensure_user("agent")
    if found.display_name != "Support Agent":
        shown = User(name="agent", display_name="Support Agent")
        vonage.users.update_user(found.id, shown)
    return {"id": found.id, "name": "agent", "display_name": "Support Agent"}


# [/3.6]


# [3.4] take every step, or undo them all
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


class Desk:
    """Your steps in one object, and what the server does with them."""

    conversations = conversations

    def create_visitor(self):
        """Step 1: create a user for a new visitor."""
        return create_visitor()

    def create_conversation(self, user):
        """Step 2: create the visitor's conversation."""
        return create_conversation(user)

    def join(self, conversation, user):
        """Steps 3 and 4: add the visitor, and then the agent, to the conversation."""
        return join(conversation, user)

    def agent(self):
        """Return the agent's user: the one that `.env` names, or yours."""
        if settings.support_agent is None:
            return {"name": "agent", **agent()}
        named = vonage.users.get_user(settings.support_agent)
        return {"id": named.id, "name": named.name, "display_name": named.display_name}

    def visitor_token(self, user, conversation):
        """Step 5: mint the visitor's token."""
        return visitor_token(user, conversation)

    def open_chat(self):
        """Run all five steps."""
        chat = open_chat()
        return {**chat, "jwt": self.visitor_token(chat["user"], chat["conversation"])}

    def ended(self, conversation):
        """Return the event that ended a chat, or None while the chat is open."""
        kind = "custom:chat_ended"
        for event in conversations.events(conversation, event_type=kind):
            # Events sent with a user's token always have a `from`; yours doesn't.
            if "from" not in event and "by" in event["body"]:
                return event
        return None


desk = Desk()
