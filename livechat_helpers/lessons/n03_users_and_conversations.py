"""Notebook 03: users and conversations."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from vonage_http_client.errors import HttpRequestError
from vonage_users import ListUsersFilter, User

from livechat_helpers.applications import current_application
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import FRONT_DESK, SupportDesk

from .content import Exercise, Lesson, Mistaken, Step
from .surroundings import Surroundings
from .wording import words_of


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


LESSON = Lesson(
    number=3,
    minutes=35,
    words=words_of(3),
    exercises=(
        Exercise("3.1", ("ensure_user",), _check_ensure_user),
        Exercise("3.2", ("all_names",), _check_all_names),
        Exercise("3.3", ("bring_in",), _check_bring_in),
        Exercise("3.4", ("open_chat",), _check_open_chat),
    ),
    leaves=(Step("the support agent's user", _agent_is_there, _make_agent),),
)
