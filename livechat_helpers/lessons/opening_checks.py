"""Checks of opening a chat: a name, the steps, and all or nothing."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from vonage import Vonage
from vonage_http_client.errors import HttpRequestError, NotFoundError

from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.sandbox.remote import RemoteSandbox

from .calling import called, shown
from .content import Mistaken, Unexpected
from .judging import generated
from .practice import (
    Practice,
    application,
    client,
    open_desk,
    own_calls,
    practice,
    sandbox_in_use,
)
from .wording import message

# All or nothing: 3.4

_TRIES = 3  # because an open pane makes calls too, and may get the rejection


def check_open_chat(open_chat: Callable[[], Any]) -> None:
    """Make each of an answer's calls fail once while it opens a chat."""
    # Asking for the agent creates the agent's user if necessary; that user stays.
    at_vonage = _AtVonage(client(), open_desk().agent()["id"])
    sandbox = sandbox_in_use()
    mark = sandbox.trace.mark() if sandbox else 0
    chat = called(open_chat)
    steps = len(own_calls(sandbox, mark)) if sandbox else 0
    with at_vonage.clearing(chat):
        at_vonage.look_at(chat)
    for step in range(steps):
        assert sandbox is not None
        _let_fail(open_chat, step, sandbox, at_vonage)


class _AtVonage:
    """What exists at Vonage after a chat was opened, or wasn't.

    vonage: a client for the application.
    agent: the id of the agent's user.
    """

    def __init__(self, vonage: Vonage, agent: str) -> None:
        self._users = vonage.users
        self._conversations = Conversations(vonage.http_client)
        self._agent = agent

    @contextmanager
    def clearing(self, chat: Any) -> Iterator[None]:
        """Delete a chat at the end."""
        try:
            yield
        finally:
            with suppress(HttpRequestError, LookupError, TypeError):
                self._conversations.delete(chat["conversation"]["id"])
            with suppress(HttpRequestError, LookupError, TypeError):
                if chat["user"]["id"] != self._agent:
                    self._users.delete_user(chat["user"]["id"])

    def look_at(self, chat: Any) -> None:
        """Check that visitor and agent are in a chat, and that it says who is who.

        Raises:
            Mistaken: something is missing.
        """
        if not isinstance(chat, Mapping) or "conversation" not in chat:
            raise Mistaken("no_chat")
        for part in ("user", "member"):
            if part not in chat:
                raise Mistaken("part_missing", part=part)
        try:
            members = list(self._conversations.members(chat["conversation"]["id"]))
        except NotFoundError:
            raise Mistaken("undone_for_nothing") from None
        joined = {
            member["_embedded"]["user"]["id"]: member["id"]
            for member in members
            if member["state"] == "JOINED"
        }
        visitor = chat["user"]["id"]
        if self._agent not in joined:
            raise Mistaken("no_agent")
        if visitor not in joined or visitor == self._agent:
            raise Mistaken("no_visitor")
        if next(iter(joined)) == self._agent:
            raise Mistaken("agent_first")
        if chat["member"]["id"] != joined[visitor]:
            raise Mistaken("another_member")

    def left_of(self, calls: Sequence[Json]) -> set[str]:
        """Return the kinds of things that calls have created and that still exist.

        They're deleted.
        """
        ways = {
            "users": (self._users.get_user, self._users.delete_user),
            "conversations": (self._conversations.get, self._conversations.delete),
        }
        kinds = set()
        for call in calls:
            kind = call["path"].split("/")[-1]
            if call["method"] == "POST" and call["status"] == 201 and kind in ways:
                look, delete = ways[kind]
                made = json.loads(call["answer"])["id"]
                with suppress(NotFoundError):
                    look(made)
                    kinds.add(kind)
                    delete(made)
        return kinds


def _let_fail(
    open_chat: Callable[[], Any],
    step: int,
    sandbox: RemoteSandbox,
    at_vonage: _AtVonage,
) -> None:
    """Make one of the calls that open a chat fail, and check what's left behind."""
    for _ in range(_TRIES):
        told, chat, mark = False, None, sandbox.trace.mark()
        with sandbox.faults.refuse(
            503, application=application().id, skip=step, times=1
        ):
            try:
                chat = called(open_chat)
            except Exception:
                told = True
        calls = own_calls(sandbox, mark)
        failed = next((one for one in calls if one["status"] == 503), None)
        with at_vonage.clearing(chat):
            if failed is not None and not told:
                _has_tried_again(chat, _in_words(failed, calls), at_vonage)
        if failed is not None:
            break
    else:
        return
    if not told:
        return
    left, call = at_vonage.left_of(calls), _in_words(failed, calls)
    if "conversations" in left:
        raise Mistaken("a_conversation_is_left", call=call)
    if "users" in left:
        raise Mistaken("a_user_is_left", call=call)


def _has_tried_again(chat: Any, failed: str, at_vonage: _AtVonage) -> None:
    """Check that a chat is complete even though one of its calls was rejected."""
    try:
        at_vonage.look_at(chat)
    except Mistaken:
        raise Mistaken("hidden", call=failed) from None


def _in_words(failed: Json, calls: Sequence[Json]) -> str:
    """Return what a failed call was for."""
    what = failed["path"].split("/")[-1]
    call = f"{failed['method']} {what}"
    earlier = [one["path"] for one in calls[: calls.index(failed)]]
    if call == "POST members":
        return (
            f"to let the {'second' if failed['path'] in earlier else 'first'} one join"
        )
    return {
        "POST users": "to make a user",
        "POST conversations": "to make the conversation",
    }.get(call, "to look for a user")


# A name for a stranger: 3.5

_PEACEFUL = ("quiet", "classic", "massive", "brass", "otter", "cassowary", "peacock")
_MORE_WORDS = "-of-awesome-wonder"
_BAD = ("fat", "ass", "cock", "naked", "sexy")


@dataclass(frozen=True)
class _Draws:
    """The names that a generator returns, in turn.

    slugs: the names.
    bad: words that a name mustn't contain.
    """

    slugs: tuple[str, ...]
    bad: frozenset[str]

    @property
    def right(self) -> str:
        """The first name without a bad word."""
        return next(s for s in self.slugs if self.bad.isdisjoint(s.split("-")))

    @property
    def first(self) -> str:
        """The first name."""
        return self.slugs[0]

    @property
    def second_at_the_latest(self) -> str:
        """The result of using an ``if`` instead of a ``while``."""
        return self.slugs[0] if self.right == self.slugs[0] else self.slugs[1]

    @property
    def without_letters(self) -> str:
        """The first name that doesn't contain a bad word even inside other words."""
        return next(s for s in self.slugs if not any(bad in s for bad in self.bad))

    def given(self, visitor_name: Callable[..., Any]) -> Any:
        """Return the name that an answer chooses from them."""
        left = iter(self.slugs)

        def make_slug(words: int | None = None) -> str:
            """Return the next name.

            Like ``generate_slug``, with more than two words by default.
            """
            slug = next(left, "")
            if not slug:  # An answer that draws forever needn't keep a processor busy.
                slug = "quiet-otter"
                time.sleep(0.001)
            return slug if words == 2 else slug + _MORE_WORDS

        return called(visitor_name, make_slug, {*self.bad})


def _some_draws(random: Random) -> _Draws:
    bad = frozenset(random.sample(_BAD, random.randint(1, 4)))
    words = [*_PEACEFUL, *_BAD, *bad, *bad, *bad]
    drawn = ["-".join(random.sample(words, 2)) for _ in range(random.randint(1, 5))]
    return _Draws((*drawn, "calm-badger", "wise-finch"), bad)


def check_visitor_name(visitor_name: Callable[..., Any]) -> None:
    """Run an answer with many generated names, some with bad words."""
    draws = generated(_some_draws, 60)
    names = [one.given(visitor_name) for one in draws]
    if all(name is None for name in names):
        raise Mistaken("nothing")
    for name in names:
        if not isinstance(name, str):
            raise Unexpected(
                "visitor_name(make_slug, bad_words)", message("a text"), shown(name)
            )
    if not any(
        name.startswith(one.slugs) for name, one in zip(names, draws, strict=True)
    ):
        raise Mistaken("own_words", name=names[0])

    def uses(which: str) -> bool:
        pairs = zip(names, draws, strict=True)
        return all(_begins(name, getattr(one, which)) for name, one in pairs)

    if not uses("right"):
        for mistake in ("first", "second_at_the_latest", "without_letters"):
            if uses(mistake):
                raise Mistaken(mistake)
        name, one = next(
            (n, d) for n, d in zip(names, draws, strict=True) if not _begins(n, d.right)
        )
        given = (
            f"{', '.join(one.slugs)}` and the bad words `{', '.join(sorted(one.bad))}"
        )
        raise Unexpected(given, f"`{one.right}-…`", f"`{name}`")
    if long := [name for name in names if _MORE_WORDS in name]:
        raise Unexpected("visitor_name(…)", message("two words"), shown(long[0]))
    again = [
        _Draws(("quiet-otter",), frozenset({"fat"})).given(visitor_name)
        for _ in range(40)
    ]
    if len({*again}) == 1:
        raise Mistaken("always_the_same", name=again[0])
    if len({*again}) < 38:
        few = f"{len({*again})} different ones"
        raise Unexpected(message("forty names"), message("forty different"), few)


def _begins(name: str, slug: str) -> bool:
    return name == slug or name.startswith(f"{slug}-")


# The steps, one by one: 3.6


def check_steps(
    create_visitor: Callable[[], Any],
    create_conversation: Callable[[Json], Any],
    join: Callable[[Json, Json], Any],
    agent: Callable[[], Any],
) -> None:
    """Run the steps one after another, twice each, and check the results at Vonage."""
    with practice() as mine:
        visitors = [_visitor(create_visitor, mine) for _ in range(2)]
        if visitors[0]["id"] == visitors[1]["id"]:
            raise Mistaken("one_for_all", step="create_visitor")
        rooms = [_room(create_conversation, each, mine) for each in visitors]
        if rooms[0]["id"] == rooms[1]["id"]:
            raise Mistaken("one_for_all", step="create_conversation")
        support = _agent(agent)
        for room, visitor in zip(rooms, visitors, strict=True):
            for user in (visitor, support):
                _joins(join, room, user, mine)


def _part(step: str, made: Any) -> Json:
    """Check that a step's result is a dictionary with an id, and return it."""
    if made is None:
        raise Mistaken("nothing", step=step)
    if not isinstance(made, Mapping):
        raise Mistaken("no_dict", step=step, kind=type(made).__name__)
    if not isinstance(made.get("id"), str):
        raise Unexpected(f"{step}(…)", message("a dictionary"), shown(made))
    return dict(made)


def _visitor(create_visitor: Callable[[], Any], mine: Practice) -> Json:
    made = _part("create_visitor", called(create_visitor))
    try:
        there = mine.users.get_user(made["id"])
    except NotFoundError:
        raise Mistaken("not_there", step="create_visitor") from None
    mine.names.append(str(there.name))
    for name in ("name", "display_name"):
        if made.get(name) != getattr(there, name) or not made.get(name):
            wanted = f"its `{name}` to be `{getattr(there, name)}`, as at Vonage"
            raise Unexpected("create_visitor()", wanted, shown(made.get(name)))
    return made


def _room(
    create_conversation: Callable[[Json], Any], visitor: Json, mine: Practice
) -> Json:
    made = _part("create_conversation", called(create_conversation, visitor))
    try:
        there = mine.conversations.get(made["id"])
    except NotFoundError:
        raise Mistaken("not_there", step="create_conversation") from None
    mine.rooms.append(there["id"])
    title = there.get("display_name", "")
    if visitor["display_name"] not in title:
        raise Mistaken("no_title", wanted=visitor["display_name"], title=title)
    return made


def _agent(agent: Callable[[], Any]) -> Json:
    support = open_desk().agent()
    for _ in range(2):
        if _part("agent", called(agent))["id"] != support["id"]:
            raise Mistaken("another_agent")
    return support


def _joins(
    join: Callable[[Json, Json], Any], room: Json, user: Json, mine: Practice
) -> None:
    made = _part("join", called(join, room, user))
    found = {member["id"]: member for member in mine.conversations.members(room["id"])}
    if made["id"] not in found:
        raise Unexpected("join(conversation, user)", message("new member"), shown(made))
    member = found[made["id"]]
    if member["_embedded"]["user"]["id"] != user["id"]:
        raise Mistaken("somebody_else")
    if member["state"] == "INVITED":
        raise Mistaken("only_invited")
