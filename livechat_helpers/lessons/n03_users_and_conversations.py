"""Notebook 03: users and conversations."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import product
from threading import Thread
from typing import Any

from vonage_http_client.errors import HttpRequestError
from vonage_users import ListUsersFilter, User

from livechat_helpers.conversations import Conversations
from livechat_helpers.sandbox.remote import RemoteSandbox
from livechat_helpers.support_desk import FRONT_DESK, SupportDesk

from .calling import as_code, called, shown
from .content import Exercise, Lesson, Mistaken, Step, Unexpected
from .lesson_servers import LessonServers
from .opening_checks import check_open_chat, check_steps, check_visitor_name
from .practice import Practice, application, client, own_calls, practice, sandbox_in_use
from .wording import message, words_of


def _agent_is_there() -> bool:
    return SupportDesk.open().find_user(FRONT_DESK) is not None


def _make_agent(servers: LessonServers) -> None:
    SupportDesk.open().agent()


# 3.1

_BEAT = 0.02  # seconds between checks of what has happened


def _check_ensure_user(ensure_user: Callable[[str], Any]) -> None:
    with practice() as mine:
        name = mine.name()
        first = _the_user(called(ensure_user, name), name)
        try:
            _ask_again(ensure_user, name, first)
        except Mistaken as found:
            if found.mistake == "nothing_the_second_time" and (
                _reads_one_page_of_many(ensure_user, mine)
            ):
                raise Mistaken("first_page_only") from None
            raise
        elsewhere = mine.user()
        _ask_for_one_made_elsewhere(ensure_user, mine.names[-1], elsewhere)
        if sandbox := sandbox_in_use():
            _ask_while_another_asks(ensure_user, mine, sandbox)
            _ask_while_vonage_fails(ensure_user, mine.name(), sandbox)
            if _lists_without_a_name(ensure_user, mine, sandbox):
                _ask_among_many(ensure_user, mine)


def _the_user(found: Any, name: str) -> str:
    """Return the id of the user that an answer returned."""
    if found is None:
        raise Mistaken("no_user")
    if isinstance(found, str) and found.startswith("USR-"):
        raise Mistaken("only_the_id")
    user_id = getattr(found, "id", None)
    if not isinstance(user_id, str):
        raise Unexpected(as_code("ensure_user", name), message("a user"), shown(found))
    if (given := getattr(found, "name", None)) != name:
        raise Mistaken("another_name", name=given)
    return user_id


def _ask_again(ensure_user: Callable[[str], Any], name: str, first: str) -> None:
    try:
        second = called(ensure_user, name)
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
        raise Mistaken("not_twice") from None
    if second is None:
        raise Mistaken("nothing_the_second_time")
    if _the_user(second, name) != first:
        raise Mistaken("another_user")


def _ask_for_one_made_elsewhere(
    ensure_user: Callable[[str], Any], name: str, made: str
) -> None:
    try:
        found = called(ensure_user, name)
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
        raise Mistaken("made_elsewhere") from None
    if _the_user(found, name) != made:
        raise Mistaken("another_user")


def _ask_while_another_asks(
    ensure_user: Callable[[str], Any], mine: Practice, sandbox: RemoteSandbox
) -> None:
    """Create the user elsewhere, right after the answer has looked for it."""
    name, beside = mine.name(), client()
    with sandbox.faults.delay(
        0.5, method="GET", path="/*/users", application=application().id
    ) as look:

        def make_it_too() -> None:
            while look.active and not look.met:
                time.sleep(_BEAT)
            if look.met:
                with suppress(HttpRequestError):
                    beside.users.create_user(User.model_validate({"name": name}))
                look.undo()

        other = Thread(target=make_it_too, daemon=True)
        other.start()
        try:
            found = called(ensure_user, name)
        except HttpRequestError as error:
            if error.response.status_code != 409:
                raise
            raise Mistaken("at_once") from None
        finally:
            look.undo()
            other.join(5)
    _the_user(found, name)


def _ask_while_vonage_fails(
    ensure_user: Callable[[str], Any], name: str, sandbox: RemoteSandbox
) -> None:
    with sandbox.faults.refuse(503, method="POST", path="/*/users", times=1) as fault:
        try:
            found = called(ensure_user, name)
        except Exception:
            return  # The answer reports the failure.
        if fault.met and getattr(found, "name", None) != name:
            raise Mistaken("hidden")


def _lists_without_a_name(
    ensure_user: Callable[[str], Any], mine: Practice, sandbox: RemoteSandbox
) -> bool:
    """Return whether an answer looks for a user in the list of all users."""
    mark = sandbox.trace.mark()
    called(ensure_user, mine.names[0])
    return any(
        one["path"] == "/v1/users"
        and one["method"] == "GET"
        and "name=" not in one["query"]
        for one in own_calls(sandbox, mark)
    )


def _reads_one_page_of_many(ensure_user: Callable[[str], Any], mine: Practice) -> bool:
    """Return whether an answer looks in a list that doesn't fit on one page."""
    sandbox, most = sandbox_in_use(), ListUsersFilter.model_validate({"page_size": 100})
    are_many = mine.users.list_users(most)[1] is not None
    return (
        sandbox is not None
        and are_many
        and _lists_without_a_name(ensure_user, mine, sandbox)
    )


def _ask_among_many(ensure_user: Callable[[str], Any], mine: Practice) -> None:
    *_, made = (mine.user() for _ in range(101))
    try:
        found = called(ensure_user, mine.names[-1])
    except Exception:
        raise Mistaken("first_page_only") from None
    if getattr(found, "id", None) != made:
        raise Mistaken("first_page_only")


# 3.2


class _Pages:
    """The SDK's users, with smaller pages than requested.

    users: the SDK's own calls.
    most: the number of users on a page.
    calls: how many calls to allow before a loop counts as endless.
    meanwhile: called after the first page.
    """

    def __init__(
        self, users: Any, most: int, calls: int, meanwhile: Callable[[], object]
    ) -> None:
        self._users = users
        self._most = most
        self._left = calls
        self._meanwhile = meanwhile
        self.cursors: list[str | None] = []

    def list_users(self, filter: ListUsersFilter | None = None) -> Any:
        """List users; after too many calls, report an endless loop."""
        self._left -= 1
        if self._left < 0:
            raise Mistaken("endless")
        wanted = filter or ListUsersFilter.model_validate({})
        size = min(wanted.page_size or self._most, self._most)
        page = self._users.list_users(wanted.model_copy(update={"page_size": size}))
        self.cursors.append(wanted.cursor)
        if len(self.cursors) == 1:
            self._meanwhile()
        return page


def _all_names(users: Any) -> list[str]:
    names: list[str] = []
    cursor = None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=100, cursor=cursor))
        names += [each.name for each in page]
        if cursor is None:
            return names


def _check_all_names(all_names: Callable[[Any], Any]) -> None:
    with practice() as mine:
        there = len(_all_names(mine.users))
        for _ in range(max(0, 8 - there) + there % 2):
            mine.user()
        there = len(_all_names(mine.users))
        for most, meanwhile in ((there // 4, False), (there // 2, True), (100, False)):
            _read_all(all_names, mine, min(most, 100), meanwhile)


def _read_all(
    all_names: Callable[[Any], Any], mine: Practice, most: int, meanwhile: bool
) -> None:
    before = _all_names(mine.users)
    make_one = mine.user if meanwhile else lambda: None
    pages = _Pages(mine.users, most, len(before) + 3, make_one)
    found = called(all_names, pages)
    if found is None:
        raise Mistaken("nothing")
    names = list(found)
    after = _all_names(mine.users)
    if odd := next((one for one in names if not isinstance(one, str)), None):
        raise Mistaken("no_names", kind=type(odd).__name__)
    if names and all(name.startswith("USR-") for name in names):
        raise Mistaken("ids")
    many = f"all_names(users) with {len(before)} users, {most} to a page"
    got = message("names", count=len(names), different=len({*names}))
    if len(names) > len({*names}):
        if len(pages.cursors) > len({*pages.cursors}):
            raise Mistaken("twice")
        raise Unexpected(many, message("each name once"), got)
    missing = {*before} - {*names}
    if missing and pages.cursors == [None] and len(names) <= most < len(before):
        raise Mistaken("first_page")
    if {*names} - {*after}:
        raise Unexpected(many, message("names of users"), shown(names))
    if missing:
        raise Mistaken("not_all", found=len(names), there=len(before), most=most)


# 3.3

_BEFORE: Mapping[str, Sequence[str]] = {
    "was never there": (),
    "is invited": ("invite",),
    "is in": ("join",),
    "has accepted an invitation": ("invite", "accept"),
    "has left": ("join", "leave"),
    "has left twice": ("join", "leave", "join", "leave"),
    "has come back": ("join", "leave", "join"),
}
"""What a user can have done in a room, in words and as calls."""


def _check_bring_in(bring_in: Callable[[str, str], Any]) -> None:
    with practice() as mine:
        user, other = mine.user(), mine.user()
        seen = {}
        for before, company in product(_BEFORE, (False, True)):
            room = mine.room()
            if company:
                mine.conversations.join(room, other)
            _let(mine.conversations, room, user, _BEFORE[before])
            seen[before, company] = _bring(bring_in, mine, room, user)
    _judge_bring_in(seen)


def _let(
    conversations: Conversations, room: str, user: str, steps: Sequence[str]
) -> None:
    member = ""
    for step in steps:
        if step in ("invite", "join"):
            member = getattr(conversations, step)(room, user)["id"]
        else:
            getattr(conversations, step)(room, member)


def _bring(
    bring_in: Callable[[str, str], Any], mine: Practice, room: str, user: str
) -> str:
    """Return what happened to a user: in, out, put out, or refused with a code."""
    conversations = mine.conversations
    before = _states(conversations, room, user)
    events = len(list(conversations.events(room)))
    try:
        called(bring_in, room, user)
    except HttpRequestError as error:
        return (
            f"refused {error.response.json().get('code', error.response.status_code)}"
        )
    now = _states(conversations, room, user)
    if "JOINED" not in now.values():
        return "out"
    was_in = "JOINED" in before.values()
    if was_in and len(list(conversations.events(room))) != events:
        return "put out"
    return "in"


def _states(conversations: Conversations, room: str, user: str) -> dict[str, str]:
    return {
        member["id"]: member["state"]
        for member in conversations.members(room)
        if member["_embedded"]["user"]["id"] == user
    }


def _judge_bring_in(seen: Mapping[tuple[str, bool], str]) -> None:
    bad = {case: found for case, found in seen.items() if found != "in"}
    if not bad:
        return
    outs = {case for case, found in bad.items() if found == "out"}
    absent = {"was never there", "is invited", "has left", "has left twice"}
    if outs == bad.keys() == {(before, True) for before in absent}:
        raise Mistaken("anybody")
    if all((before, False) in bad for before in absent) and (
        bad["was never there", False] == "out"
    ):
        raise Mistaken("not_in")
    (before, company), found = next(iter(bad.items()))
    if found.startswith("refused"):
        raise Mistaken("refused", before=message(before), code=found.split()[1])
    if found == "put out":
        raise Mistaken("put_out")
    if outs == bad.keys():
        whose = {before for before, _ in outs}
        if {"has left", "has left twice"} <= whose <= absent - {"was never there"}:
            raise Mistaken("left_for_good")
        if whose == {"is invited"}:
            raise Mistaken("only_invited")
    wanted = "in, beside others" if company else "in"
    wanted = message(wanted, before=message(before))
    raise Unexpected("bring_in(room, user)", wanted, message(found))


LESSON = Lesson(
    number=3,
    minutes=65,
    words=words_of(3),
    exercises=(
        Exercise("3.1", ("ensure_user",), _check_ensure_user),
        Exercise("3.2", ("all_names",), _check_all_names),
        Exercise("3.3", ("bring_in",), _check_bring_in),
        Exercise("3.4", ("open_chat",), check_open_chat),
        Exercise("3.5", ("visitor_name",), check_visitor_name),
        Exercise(
            "3.6",
            ("create_visitor", "create_conversation", "join", "agent"),
            check_steps,
        ),
    ),
    leaves=(Step("the support agent's user", _agent_is_there, _make_agent),),
    uses=("2.5",),
)
