"""Notebook 03: users and conversations."""

from collections.abc import Callable
from secrets import token_hex
from textwrap import indent
from typing import Any

from vonage_http_client.errors import HttpRequestError
from vonage_users import ListUsersFilter, User

from livechat_helpers.applications import current_application
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import FRONT_DESK, SupportDesk

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question, Step
from .surroundings import Surroundings


def _vonage() -> Any:
    return application_client(Settings.load(), current_application().minter())


def _conversations() -> Conversations:
    return Conversations(_vonage().http_client)


def _agent_is_there() -> bool:
    found, _ = _vonage().users.list_users(
        ListUsersFilter.model_validate({"name": FRONT_DESK})
    )
    return bool(found)


def _make_agent(surroundings: Surroundings) -> None:
    SupportDesk.open().agent()


def _new_user() -> str:
    """Make a user and return the id."""
    wanted = User.model_validate({"name": f"kim-practice-{token_hex(2)}"})
    return _vonage().users.create_user(wanted).id


# 3.1


def _check_ensure_user(ensure_user: Callable[[str], Any]) -> None:
    name = f"kim-practice-{token_hex(2)}"
    first = ensure_user(name)
    if getattr(first, "id", None) is None:
        raise Mistaken("no_user")
    if first.name != name:
        raise Mistaken("another_name", name=first.name)
    try:
        second = ensure_user(name)
    except HttpRequestError:
        raise Mistaken("not_twice") from None
    if getattr(second, "id", None) is None:
        raise Mistaken("nothing_the_second_time")
    if second.id != first.id:
        raise Mistaken("another_user")


_EX_1 = Exercise(
    name="3.1",
    asks=("ensure_user",),
    check=_check_ensure_user,
    correct="Call it once or ten times: there is one user of that name.",
    hints=(
        "Try to create the user. What does Vonage say if there is one already?",
        "`error.response.status_code == 409` tells that the name is taken. Other "
        "errors are not yours to hide: `raise` them.",
        "`ListUsersFilter(name=name)` finds the user of a name; `get_user` returns all "
        "of it.",
    ),
    solution="""
def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    return vonage.users.get_user(found[0].id)
""",
    mistakes={
        "no_user": Mistake(
            "The first call returns no user. Did you forget `return`?",
            """
def ensure_user(name):
    vonage.users.create_user(User(name=name))
""",
        ),
        "another_name": Mistake(
            'The user is called "{name}", which is not what was asked for.',
            """
def ensure_user(name):
    return vonage.users.create_user(User(name=name + "-" + token_hex(2)))
""",
        ),
        "not_twice": Mistake(
            "The second call with the same name fails: the user is there already. Find "
            "it and return it.",
            """
def ensure_user(name):
    return vonage.users.create_user(User(name=name))
""",
        ),
        "nothing_the_second_time": Mistake(
            "The second call returns no user. It should be the one of the first.",
            """
def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError:
        return None
""",
        ),
        "another_user": Mistake(
            "The second call returns another user. Was the first one deleted? All its "
            "chats are gone then.",
            """
def ensure_user(name):
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    for each in found:
        vonage.users.delete_user(each.id)
    return vonage.users.create_user(User(name=name))
""",
        ),
    },
)

# 3.2


class _Counted:
    """The SDK's users, ending a loop that would never end."""

    def __init__(self, users: Any, most: int) -> None:
        self._users = users
        self._left = most

    def list_users(self, chosen: ListUsersFilter | None = None) -> Any:
        """List users, so many times."""
        self._left -= 1
        if self._left < 0:
            raise Mistaken("endless")
        return self._users.list_users(
            chosen or ListUsersFilter.model_validate({"page_size": 2})
        )


def _check_all_names(all_names: Callable[[Any], Any]) -> None:
    users = _vonage().users
    everybody, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=100, cursor=cursor))
        everybody += [each.name for each in page]
        if cursor is None:
            break
    names = all_names(_Counted(users, len(everybody) + 1))
    if names is None:
        raise Mistaken("nothing")
    names = list(names)
    if names and not isinstance(names[0], str):
        raise Mistaken("no_names", kind=type(names[0]).__name__)
    if len(names) > len({*names}):
        raise Mistaken("twice")
    if len(names) <= 2 < len(everybody):
        raise Mistaken("first_page")
    if {*names} != {*everybody}:
        raise Mistaken("not_all", found=len(names), there=len(everybody))


_EX_2 = Exercise(
    name="3.2",
    asks=("all_names",),
    check=_check_all_names,
    correct="You have followed the pages to the end.",
    hints=(
        "One page is not all. The second thing that `list_users` returns leads to the "
        "next page.",
        "`ListUsersFilter(page_size=2, cursor=cursor)` asks for the page of a cursor. "
        "The first page has the cursor `None`.",
        "Repeat until the cursor that comes back is `None`, and collect the names on "
        "the way.",
    ),
    solution="""
def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names += [each.name for each in page]
        if cursor is None:
            return names
""",
    mistakes={
        "nothing": Mistake(
            "The function returns nothing. Did you forget `return`?",
            """
def all_names(users):
    [each.name for each in users.list_users()[0]]
""",
        ),
        "no_names": Mistake(
            "The list holds things of the kind {kind}. Names are asked for.",
            """
def all_names(users):
    return users.list_users(ListUsersFilter(page_size=100))[0]
""",
        ),
        "first_page": Mistake(
            "That is the first page, and there are more. Follow the cursor.",
            """
def all_names(users):
    page, cursor = users.list_users(ListUsersFilter(page_size=2))
    return [each.name for each in page]
""",
        ),
        "twice": Mistake(
            "Somebody is in the list twice: you asked for the same page again. Give "
            "the cursor to the next call.",
            """
def all_names(users):
    page, cursor = users.list_users(ListUsersFilter(page_size=2))
    again, cursor = users.list_users(ListUsersFilter(page_size=2))
    return [each.name for each in [*page, *again]]
""",
        ),
        "endless": Mistake(
            "That never ends. Each call has to use the cursor of the call before, and "
            "`None` is the end.",
            """
def all_names(users):
    names, cursor = [], "first"
    while cursor is not None:
        page, cursor = users.list_users(ListUsersFilter(page_size=2))
        names += [each.name for each in page]
    return names
""",
        ),
        "not_all": Mistake(
            "You found {found} users; there are {there}. Is a page left out?",
            """
def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=1, cursor=cursor))
        if cursor is None:
            return names
        names += [each.name for each in page]
""",
        ),
    },
)

# 3.3


def _check_bring_in(bring_in: Callable[[str, str], Any]) -> None:
    conversations = _conversations()
    room = conversations.create()["id"]
    user = _new_user()

    def brought() -> Json:
        try:
            bring_in(room, user)
        except HttpRequestError as error:
            code = error.response.json()["code"]
            raise Mistaken("refused", code=code) from None
        members = list(conversations.members(room))
        return {member["id"]: member["state"] for member in members}

    if "JOINED" not in brought().values():
        raise Mistaken("not_in")
    (first,) = (m["id"] for m in conversations.members(room) if m["state"] == "JOINED")
    if brought() != {first: "JOINED"}:
        raise Mistaken("put_out")
    conversations.leave(room, first)
    if "JOINED" not in brought().values():
        raise Mistaken("left_for_good")


_EX_3 = Exercise(
    name="3.3",
    asks=("bring_in",),
    check=_check_bring_in,
    correct="Whoever is in stays in, and whoever has left comes back as a new member.",
    hints=(
        "Look who is there first: `conversations.members` gives every member, also "
        "those who left.",
        "A user may have several members: a member that has left stays in the list. "
        "Look for one that is `JOINED`.",
        "If none is, `conversations.join` makes a new one. Do not change the old one.",
    ),
    solution="""
def bring_in(room, user):
    for member in conversations.members(room):
        same_user = member["_embedded"]["user"]["id"] == user
        if same_user and member["state"] == "JOINED":
            return
    conversations.join(room, user)
""",
    mistakes={
        "refused": Mistake(
            "Vonage refused, with `{code}`. Is the user in already, or did you try to "
            "change a member that has left?",
            """
def bring_in(room, user):
    conversations.join(room, user)
""",
        ),
        "not_in": Mistake(
            "The user is not in the room: there is no member that is `JOINED`.",
            """
def bring_in(room, user):
    conversations.invite(room, user)
""",
        ),
        "put_out": Mistake(
            "The user was in, and you have put the user out and in again. The others "
            "saw that, and the member's id is another one now.",
            """
def bring_in(room, user):
    for member in conversations.members(room):
        if member["state"] == "JOINED":
            conversations.leave(room, member["id"])
    conversations.join(room, user)
""",
        ),
        "left_for_good": Mistake(
            "A user who has left is not brought back. A member that is `LEFT` is no "
            "longer in the room: look at the state.",
            """
def bring_in(room, user):
    members = conversations.members(room)
    if user not in [member["_embedded"]["user"]["id"] for member in members]:
        conversations.join(room, user)
""",
        ),
    },
)

# 3.4

_STEPS = (("POST", "/*/conversations"), ("POST", "/*/conversations/*/members"))


def _everything() -> tuple[set[str], set[str]]:
    """Return the ids of all users, and of all conversations."""
    users, cursor = set(), None
    vonage = _vonage()
    while True:
        page, cursor = vonage.users.list_users(
            ListUsersFilter(page_size=100, cursor=cursor)
        )
        users |= {str(each.id) for each in page}
        if cursor is None:
            break
    return users, {each["id"] for each in Conversations(vonage.http_client).list()}


def _check_open_chat(open_chat: Callable[[], Any]) -> None:
    SupportDesk.open().agent()  # the first call to it makes a user that stays
    in_cloud = Settings.load().mode == "cloud"
    for method, path in () if in_cloud else _STEPS:  # the cloud fails on its own only
        users, conversations = _everything()
        with connect().faults.refuse(503, method=method, path=path, times=1):
            try:
                open_chat()
            except HttpRequestError:
                pass
            else:
                raise Mistaken("hidden")
        users_now, conversations_now = _everything()
        if conversations_now - conversations:
            raise Mistaken("a_conversation_is_left")
        if users_now - users:
            raise Mistaken("a_user_is_left")
    chat = open_chat()
    if not isinstance(chat, dict) or "conversation" not in chat:
        raise Mistaken("no_chat")
    if chat["conversation"]["id"] not in _everything()[1]:
        raise Mistaken("undone_for_nothing")


def _open_chat(undo: str, word: str = "except Exception") -> str:
    """Return an answer that undoes in a certain way."""
    return f"""
def open_chat():
    user = desk.create_visitor()
    conversation = None
    try:
        conversation = desk.create_conversation(user)
        member = desk.join(conversation, user)
        desk.join(conversation, desk.agent())
    {word}:
{indent(undo.strip(), " " * 8)}
    return {{"user": user, "conversation": conversation, "member": member}}
"""


_UNDO = """
if conversation is not None:
    conversations.delete(conversation["id"])
vonage.users.delete_user(user["id"])
"""

_EX_4 = Exercise(
    name="3.4",
    asks=("open_chat",),
    check=_check_open_chat,
    correct="Whichever step fails, nothing is left behind, and the error is told.",
    hints=(
        "Put the steps after the first one into `try`, and undo in `except`.",
        "Undo in the opposite order: first the conversation, if there is one by then, "
        "then the user.",
        "End the `except` with a bare `raise`: whoever called you must learn of it.",
    ),
    solution=_open_chat(_UNDO + "raise"),
    mistakes={
        "hidden": Mistake(
            "A step failed, and nobody was told: the function returned as if all were "
            "well. `raise` the error again once you have undone.",
            _open_chat(_UNDO + "return None"),
        ),
        "a_conversation_is_left": Mistake(
            "A later step failed, and the conversation is still there, with nobody to "
            "answer in it.",
            _open_chat('vonage.users.delete_user(user["id"])\nraise'),
        ),
        "a_user_is_left": Mistake(
            "A step failed, and the user is still there. A thousand failed visits are "
            "a thousand users.",
            _open_chat(
                "if conversation is not None:\n"
                '    conversations.delete(conversation["id"])\n'
                "raise"
            ),
        ),
        "no_chat": Mistake(
            "When all goes well the function should return a dictionary with the "
            "conversation in it.",
            _open_chat(_UNDO + "raise").replace("return {", "_ = {"),
        ),
        "undone_for_nothing": Mistake(
            "Nothing failed, and the conversation is gone all the same. `finally` runs "
            "always; `except` runs when something failed.",
            _open_chat(_UNDO, "finally"),
        ),
    },
)

LESSON = Lesson(
    number=3,
    title="Users and conversations",
    minutes=35,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4),
    questions=(
        Question(
            "A visitor leaves and comes back. What is the same as before?",
            (
                Option(
                    "The user.",
                    "The user stays. The member that has left stays left; coming back "
                    "makes a new one.",
                    right=True,
                ),
                Option(
                    "The member.",
                    "To leave is final for a member. Its state is `LEFT` for ever.",
                ),
                Option(
                    "Neither: a new user has to be made.",
                    "The user is still there. Make a new one, and the old chats are "
                    "a stranger's.",
                ),
            ),
        ),
        Question(
            "Vonage answers `user:error:duplicate-name`. What do you do?",
            (
                Option(
                    "Put a number behind the name and try again.",
                    "Now one person is two users, and each has half the chats.",
                ),
                Option(
                    "Find the user of that name and go on with it.",
                    "It is the user that you wanted: that is what names are for.",
                    right=True,
                ),
                Option(
                    "Delete the user of that name first.",
                    "With the user you delete its place in every conversation.",
                ),
            ),
        ),
        Question(
            "You invite a user to a conversation. What can the user do at once?",
            (
                Option(
                    "Read and write.",
                    "To write, the user has to join first.",
                ),
                Option(
                    "Nothing: not even see that there is a conversation.",
                    "Whoever is invited may look: how else to decide?",
                ),
                Option(
                    "Look at it. To write, the user has to accept first.",
                    "An invitation is a question; joining is the answer.",
                    right=True,
                ),
            ),
        ),
    ),
    leaves=(Step("the support agent's user", _agent_is_there, _make_agent),),
)
