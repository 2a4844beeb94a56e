"""The sandbox compared with a small model of it: the same answers and events.

Hypothesis makes up what an application and its users do, over REST and on two real
websockets. The model is so simple that it must be right: lists, in the order
in which things happened.
"""

import fnmatch
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from waiting import eventually

from .callers import Application, Caller, message
from .conftest import MakeApplication
from .running import Json
from .sockets import Session

Draw = Callable[[st.SearchStrategy[Any]], Any]

LISTENERS = ("alice", "bob")
OTHERS = ("carol", "dave")
CUSTOM_DATA = {"desk": {"floor": 1}}
KINDS = (
    "message",
    "message",
    "custom:note",
    "ephemeral",
    "text:typing:on",
    "message:seen",
    "message:delivered",
)
DELETABLE = ("message", "custom:note")
PASSING = ("ephemeral", "text:typing:on", "text:typing:off")
RECEIPTS = {"message:seen": "seen_by", "message:delivered": "delivered_to"}


@dataclass(eq=False)
class User:
    """A user. One who's deleted and created again is a different user."""

    id: str
    name: str


@dataclass(eq=False)
class Member:
    """A member of a conversation."""

    id: str
    user: User
    state: str


@dataclass(eq=False)
class Event:
    """An event. An ephemeral one has no id.

    body: all of it, or what's certain if the sandbox wrote it.
    state: who has seen it and who has received it, by the kind of receipt.
    """

    id: int | None
    type: str
    sender: str | None
    body: Json
    state: dict[str, set[str]] = field(default_factory=dict)
    deleted: bool = False

    def is_shown_by(self, shown: Json) -> bool:
        """Return whether an answer, or a frame's payload, describes this event."""
        body = shown["body"]
        if self.deleted:
            left = {key: body[key] for key in body if key != "timestamp"}
            is_text = self.body.get("message_type") == "text"
            empty = {"message_type": "text", "text": ""} if is_text else {}
            is_marked = list(body.get("timestamp", {})) == ["deleted"]
            return shown["id"] == self.id and is_marked and left == empty
        return (shown.get("id"), shown.get("from")) == (self.id, self.sender) and {
            key: body.get(key) for key in self.body
        } == self.body


@dataclass(eq=False)
class Room:
    """A conversation, which stays in the model when it's deleted."""

    id: str
    name: str
    created: str
    sort_key: str
    members: list[Member] = field(default_factory=list, repr=False)
    log: list[Event] = field(default_factory=list, repr=False)
    deleted: bool = False

    def active(self, user: User | None) -> Member | None:
        """Return the member of a user who hasn't left."""
        for member in self.members:
            if member.user is user and member.state != "LEFT":
                return member
        return None


class Listener:
    """A user's session, the events that it should get, and those it has missed.

    due: the events since the last check. missed: the invitations since the connection
        was lost.
    """

    def __init__(self, url: str, token: str, user: User) -> None:
        self._url = url
        self._token = token
        self._pings = count()
        self.user = user
        self.due: list[tuple[Room, Event]] = []
        self.missed: list[tuple[Room, Event]] = []
        self.session: Session | None = None
        self.session_id: str | None = None

    def log_in(self) -> None:
        """Log in with a new session."""
        self.session = Session(self._url, self._token)
        assert self.session.id != self.session_id
        self.session_id = self.session.id
        assert "pending_events" not in self.session.user

    def log_out(self) -> None:
        """End the session for good."""
        assert self.session is not None
        self.session.leave()
        self.close()

    def drop(self) -> None:
        """Lose the connection."""
        assert self.session is not None
        self.session.drop()
        self.close()

    def resume(self) -> None:
        """Reconnect to the dropped session."""
        self.session = Session(self._url, self._token, session_id=self.session_id)
        assert self.session.id == self.session_id
        missed, self.missed = self.missed, []
        pending = self.session.user.get("pending_events", [])
        assert [(one["type"], one["cid"], one["id"]) for one in pending] == [
            (event.type, room.id, event.id) for room, event in missed
        ]

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self.session is not None:
            self.session.close()
            self.session = None

    def heard(self) -> list[tuple[str, Json]]:
        """Return every event that has arrived since the last time."""
        assert self.session is not None
        ping = f"after {next(self._pings)}"
        self.session.send(f"2{ping}")
        events = []
        # The answer to a ping comes after everything that was sent before it.
        while (frame := self.session.frame()) != f"3{ping}":
            if frame != "2":
                assert frame.startswith("42"), frame
                # A number after it asks for an acknowledgement.
                name, payload = json.loads(frame[2:].lstrip("0123456789"))
                events.append((name, payload))
        return events


def refused(answer: httpx.Response, status: int, code: str) -> None:
    """Check that a request was refused for one reason."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def walk(caller: Caller, path: str, key: str, **query: Any) -> list[Json]:
    """Return a whole list by following its links, and check them backwards, too."""

    def read(where: str, **query: Any) -> tuple[list[Json], Json]:
        answer = caller.get(where, **query)
        assert answer.status_code == 200, answer.text
        embedded = answer.json()["_embedded"]
        items = embedded if isinstance(embedded, list) else embedded[key]
        return items, answer.json()["_links"]

    items, links = read(path, **query)
    assert "prev" not in links
    pages = [items]
    while "next" in links:
        items, links = read(links["next"]["href"])
        pages.append(items)
    for earlier in pages[-2::-1]:
        items, links = read(links["prev"]["href"])
        assert items == earlier
    assert "prev" not in links
    assert all(len(page) == query["page_size"] for page in pages[:-1])
    return [item for page in pages for item in page]


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a query parameter that may be left out."""
    return st.sampled_from((None, *values))


def ordered(order: str, items: Sequence[Any]) -> list[Any]:
    """Return items in their order, or reversed."""
    return list(items) if order == "asc" else list(items)[::-1]


USER_NAMES = st.sampled_from(LISTENERS + OTHERS)
LISTENER_NAMES = st.sampled_from(LISTENERS)
VERSIONS = st.sampled_from(("/v1", "/v0.3"))
PAGES = st.fixed_dictionaries(
    {
        "order": st.sampled_from(("asc", "desc")),
        "page_size": st.sampled_from((1, 2, 3, 100)),
    }
)


class Chat(RuleBasedStateMachine):
    """An application, its users, and the model of what can be seen.

    There is one rule, which picks one of many actions. With many rules, Hypothesis
    would leave half of them out of each run, and many runs would have no message.
    """

    def __init__(self, app: Application, url: str) -> None:
        super().__init__()
        self.app = app
        self.url = url
        self.users: list[User] = []
        self.rooms_made: list[Room] = []
        self.last_room: Room | None = None
        self.callers = {name: app.caller(name) for name in LISTENERS}
        self.listeners: dict[str, Listener] = {}

    @initialize()
    def begin(self) -> None:
        for name in LISTENERS + OTHERS:
            self._create_user(name)
        for name in LISTENERS:
            user = self._user(name)
            assert user is not None
            self.listeners[name] = Listener(self.url, self.app.token(name), user)
            self.listeners[name].log_in()
        room = self._create_room({})
        for name in LISTENERS:
            self._add(self.app.admin, room, name, "joined")

    def teardown(self) -> None:
        for listener in self.listeners.values():
            listener.close()

    # The model's own words

    @property
    def rooms(self) -> list[Room]:
        """The existing conversations."""
        return [room for room in self.rooms_made if not room.deleted]

    def _user(self, name: str) -> User | None:
        return next((user for user in self.users if user.name == name), None)

    def _room(self, draw: Draw) -> Room:
        oldest = self.rooms[0]  # the one with the most events
        return draw(st.sampled_from((oldest, *self.rooms)))

    def _member(self, draw: Draw) -> tuple[Room, Member]:
        made = self.rooms_made  # a deleted one has no members
        return draw(
            st.sampled_from([(room, one) for room in made for one in room.members])
        )

    def _happened(
        self,
        room: Room,
        kind: str,
        sender: str | None,
        body: Json,
        also_to: User | None = None,
    ) -> Event:
        event_id = None if kind in PASSING else len(room.log) + 1
        event = Event(event_id, kind, sender, body)
        if event_id is not None:
            room.log.append(event)
        self.last_room = room
        for listener in self.listeners.values():
            concerned = listener.user is also_to or room.active(listener.user)
            if concerned and listener.session is not None:
                listener.due.append((room, event))
            elif listener.user is also_to and kind == "member:invited":
                listener.missed.append((room, event))
        return event

    def _member_is(self, room: Room, member: Member, state: str) -> None:
        member.state = state
        about = {"member_id": member.id}
        kind = f"member:{state.lower()}"
        self._happened(room, kind, member.id, about, also_to=member.user)

    # Users

    def _create_user(self, name: str) -> None:
        answer = self.app.admin.post("/v1/users", {"name": name})
        assert answer.status_code == 201
        self.users.append(User(answer.json()["id"], name))
        again = self.app.admin.post("/v1/users", {"name": name})
        refused(again, 409, "user:error:duplicate-name")

    def delete_a_user_or_create_it_again(self, draw: Draw) -> None:
        name = draw(st.sampled_from(OTHERS))
        answer = self.app.admin.delete(f"/v1/users/{name}")
        user = self._user(name)
        if user is None:
            refused(answer, 404, "user:error:not-found")
            self._create_user(name)
            return
        assert answer.status_code == 204
        self.users.remove(user)
        for room in self.rooms:
            if (member := room.active(user)) is not None:
                self._member_is(room, member, "LEFT")

    def list_users(self, draw: Draw) -> None:
        query, wanted = draw(PAGES), self.users
        if name := draw(maybe(*OTHERS)):
            query["name"] = name
            wanted = [user for user in wanted if user.name == name]
        shown = walk(self.app.admin, f"{draw(VERSIONS)}/users", "users", **query)
        found = [one["id"] for one in shown]
        assert found == ordered(query["order"], [user.id for user in wanted])

    # Conversations

    def _create_room(self, fields: Json) -> Room:
        properties = {"custom_data": CUSTOM_DATA, **fields.get("properties", {})}
        body = {**fields, "properties": properties}
        answer = self.app.admin.post("/v1/conversations", body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        room = Room(
            made["id"],
            made["name"],
            made["timestamp"]["created"],
            properties.get("custom_sort_key", ""),
        )
        self.rooms_made.append(room)
        return room

    def create_conversation(self, draw: Draw) -> None:
        fields: Json = {}
        if name := draw(maybe("support", "sales")):
            fields["name"] = name
        if sort_key := draw(maybe("a", "ab", "b")):
            fields["properties"] = {"custom_sort_key": sort_key}
        if name in [room.name for room in self.rooms]:
            answer = self.app.admin.post("/v1/conversations", fields)
            refused(answer, 409, "conversation:error:duplicate-name")
        else:
            self._create_room(fields)

    def change_conversation(self, draw: Draw) -> None:
        room, title = self._room(draw), draw(st.sampled_from(("One", "Two")))
        path = f"/v0.3/conversations/{room.id}"
        answer = self.app.admin.patch(path, {"display_name": title})
        about = {"id": room.id, "name": room.name, "display_name": title}
        assert about.items() <= answer.json().items()
        self._happened(room, "conversation:updated", None, about)

    def delete_conversation(self, draw: Draw) -> None:
        if len(self.rooms) == 1:
            return
        room = self._room(draw)
        room.deleted = True
        path = f"/v1/conversations/{room.id}"
        assert self.app.admin.delete(path).status_code == 204
        for caller in (self.app.admin, self.callers[draw(LISTENER_NAMES)]):
            for answer in (
                caller.get(path),
                caller.get(f"{path}/events"),
                caller.get(f"{path}/members"),
                caller.patch(path, {"display_name": "Back"}),
                caller.post(f"{path}/events", message("Anybody?")),
                caller.delete(path),
            ):
                refused(answer, 404, "conversation:error:not-found")

    def list_conversations(self, draw: Draw) -> None:
        query = draw(PAGES)
        wanted = self._created_within(draw, query)
        if name := draw(maybe("support", "sales")):
            query["name"] = name
            wanted = [room for room in wanted if room.name == name]
        path = f"{draw(VERSIONS)}/conversations"
        shown = walk(self.app.admin, path, "conversations", **query)
        found = [one["id"] for one in shown]
        assert found == ordered(query["order"], [room.id for room in wanted])

    def _created_within(self, draw: Draw, query: Json) -> list[Room]:
        """Return a query for the conversations between two points in time."""
        moments = [room.created for room in self.rooms_made]
        found = self.rooms
        if start := draw(maybe(*moments)):
            query["date_start"] = start
            found = [room for room in found if room.created >= start]
        if end := draw(maybe(*moments)):
            query["date_end"] = end
            found = [room for room in found if room.created <= end]
        return found

    def list_conversations_of_a_user(self, draw: Draw) -> None:
        name, query = draw(USER_NAMES), draw(PAGES)
        path = f"{draw(VERSIONS)}/users/{name}/conversations"
        user = self._user(name)
        if user is None:
            refused(self.app.admin.get(path), 404, "user:error:not-found")
            return
        newest = {
            room: [one for one in room.members if one.user is user][-1]
            for room in self._created_within(draw, query)
            if any(one.user is user for one in room.members)
        }
        if state := draw(maybe("invited", "joined", "left")):
            query["state"] = state
        if order_by := draw(maybe("created", "custom_sort_key")):
            query["order_by"] = order_by
        if with_data := draw(maybe("true", "false")):
            query["include_custom_data"] = with_data
        wanted = [
            (room.id, one.id, one.state)
            for room, one in sorted(
                newest.items(),
                key=lambda pair: (
                    pair[0].sort_key if order_by == "custom_sort_key" else ""
                ),
            )
            if state is None or one.state == state.upper()
        ]
        shown = walk(self.app.admin, path, "conversations", **query)
        assert [
            (one["id"], one["_embedded"]["id"], one["_embedded"]["state"])
            for one in shown
        ] == ordered(query["order"], wanted)
        data = {} if with_data == "false" else {"custom_data": CUSTOM_DATA}
        for one in shown:
            one["properties"].pop("custom_sort_key", None)
            assert one["properties"] == data

    # Members

    def add_a_member(self, draw: Draw) -> None:
        state = draw(st.sampled_from(("invited", "joined")))
        self._add(self.app.admin, self._room(draw), draw(USER_NAMES), state)

    def join(self, draw: Draw) -> None:
        name = draw(LISTENER_NAMES)
        self._add(self.callers[name], self._room(draw), name, "joined")

    def _add(self, caller: Caller, room: Room, name: str, state: str) -> None:
        user = self._user(name)
        path = f"/v0.3/conversations/{room.id}/members"
        answer = caller.post(path, {"state": state, "user": {"name": name}})
        active = room.active(user)
        if user is None:
            refused(answer, 404, "user:error:not-found")
        elif active is not None and (active.state, state) != ("INVITED", "joined"):
            code = f"conversation:error:member-already-{active.state.lower()}"
            refused(answer, 400, code)
        else:
            assert answer.status_code == 201
            member = active or Member(answer.json()["id"], user, "")
            assert answer.json()["id"] == member.id
            if active is None:
                assert member.id not in [one.id for one in room.members]
                room.members.append(member)
            self._member_is(room, member, state.upper())

    def change_a_member(self, draw: Draw) -> None:
        room, member = self._member(draw)
        state = draw(st.sampled_from(("joined", "left")))
        path = f"/v1/conversations/{room.id}/members/{member.id}"
        answer = self.app.admin.patch(path, {"state": state})
        if room.deleted:
            refused(answer, 404, "conversation:error:not-found")
        elif member.state == "LEFT":
            refused(answer, 400, "conversation:error:invalid-member-state")
        elif member.state == state.upper():
            refused(answer, 400, "conversation:error:member-already-joined")
        else:
            assert answer.json()["state"] == state.upper()
            self._member_is(room, member, state.upper())

    # Events

    def send(self, draw: Draw) -> None:
        room, kind = self._room(draw), draw(st.sampled_from(KINDS))
        who = draw(st.sampled_from(("application", "member", *LISTENERS)))
        caller, given, wrong = self.app.admin, {}, None
        if who == "application":
            sender = None
        elif who == "member":
            home, sender = self._member(draw)
            given = {"from": sender.id}
            if home is not room:
                wrong = (404, "conversation:error:member-not-found")
        else:
            caller, sender = self.callers[who], room.active(self._user(who))
            if sender is None:
                wrong = (404, "conversation:error:not-found")
        if wrong is None and sender is not None and sender.state != "JOINED":
            wrong = (400, "conversation:error:invalid-member-state")
        body: Json = {"note": f"{kind} & <b>"}
        if kind == "message":
            body = message("I can't log in & <b>")["body"]
        elif kind in RECEIPTS:
            about = draw(st.integers(1, len(room.log) + 1))
            body = {"event_id": about}
            if wrong is None and about > len(room.log):
                wrong = (404, "event:error:not-found")
        path = f"{draw(VERSIONS)}/conversations/{room.id}/events"
        answer = caller.post(path, {"type": kind, "body": body, **given})
        if wrong is not None:
            refused(answer, *wrong)
            return
        assert answer.status_code == 201, answer.text
        if kind in RECEIPTS and sender is not None:
            state = room.log[body["event_id"] - 1].state
            state.setdefault(RECEIPTS[kind], set()).add(sender.id)
        event = self._happened(room, kind, sender.id if sender else None, body)
        assert event.is_shown_by(answer.json())

    def delete_an_event(self, draw: Draw) -> None:
        room, name = self._room(draw), draw(maybe(*LISTENERS))
        likely = [one.id for one in room.log if one.type in DELETABLE]
        number = draw(st.sampled_from((*likely, 1, len(room.log) + 1)))
        caller = self.callers[name] if name else self.app.admin
        answer = caller.delete(f"/v1/conversations/{room.id}/events/{number}")
        own = room.active(self._user(name)) if name else None
        if name and own is None:
            refused(answer, 404, "conversation:error:not-found")
        elif number > len(room.log):
            refused(answer, 404, "event:error:not-found")
        elif own and own.state != "JOINED":
            refused(answer, 400, "conversation:error:invalid-member-state")
        elif own and room.log[number - 1].sender != own.id:
            refused(answer, 403, "system:error:permission")
        elif room.log[number - 1].type not in DELETABLE:
            refused(answer, 400, "http:error:validation-fail")
        elif room.log[number - 1].deleted:
            refused(answer, 404, "event:error:not-found")
        else:
            assert answer.status_code == 204
            room.log[number - 1].deleted = True
            about = {"event_id": number}
            self._happened(room, "event:delete", own.id if own else None, about)

    def list_events(self, draw: Draw) -> None:
        room, query = self._room(draw), draw(PAGES)
        start = draw(maybe(*range(1, len(room.log) + 2)))
        end = draw(maybe(*range(1, len(room.log) + 2)))
        kinds = draw(maybe("message", "member:*", "message,custom:*", "*", "text:*"))
        group = draw(maybe("ChatEvents"))
        without_deleted = draw(maybe("true", "false"))
        filters = {
            "start_id": start,
            "end_id": end,
            "event_type": kinds,
            "filter_group_type": group,
            "exclude_deleted_events": without_deleted,
        }
        query |= {key: value for key, value in filters.items() if value is not None}
        patterns = (kinds or "*").split(",")
        wanted = [
            event
            for number, event in enumerate(room.log, 1)
            if (start or 1) <= number <= (end or number)
            and any(fnmatch.fnmatch(event.type, pattern) for pattern in patterns)
            and not (group and event.type in RECEIPTS)
            and not (without_deleted == "true" and event.deleted)
        ]
        path = f"{draw(VERSIONS)}/conversations/{room.id}/events"
        shown = walk(self.app.admin, path, "events", **query)
        self._compare(shown, ordered(query["order"], wanted))

    # Sessions

    def lose_the_connection_or_come_back(self, draw: Draw) -> None:
        listener = self.listeners[draw(LISTENER_NAMES)]
        if listener.session is None:
            listener.resume()
        else:
            listener.drop()
        self._everybody_is_counted()

    def log_out_and_in(self, draw: Draw) -> None:
        listener = self.listeners[draw(LISTENER_NAMES)]
        if listener.session is not None:
            listener.log_out()
            listener.log_in()
            self._everybody_is_counted()

    def _everybody_is_counted(self) -> None:
        """Wait until the sandbox has noticed who's connected and who isn't."""
        here = [one for one in self.listeners.values() if one.session is not None]
        eventually(
            lambda: (
                self.app.http.get("/_sandbox/health").json()["sessions"] == len(here)
            )
        )

    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        action = data.draw(st.sampled_from(ACTIONS))
        action(self, data.draw)

    # What's always true

    @invariant()
    def every_session_gets_every_event_once_and_in_order_and_no_other(self) -> None:
        for listener in self.listeners.values():
            due, listener.due = listener.due, []
            if listener.session is None:
                continue
            heard = listener.heard()
            assert [(name, one["cid"], one.get("id")) for name, one in heard] == [
                (event.type, room.id, event.id) for room, event in due
            ]
            for (_, event), (_, one) in zip(due, heard, strict=True):
                assert event.is_shown_by(one), (event, one)

    @invariant()
    def the_conversation_of_a_new_event_is_as_it_should_be(self) -> None:
        room, self.last_room = self.last_room, None
        if room is None or room.deleted:
            return
        path = f"/v1/conversations/{room.id}"
        shown = self.app.admin.get(path).json()
        assert shown["sequence_number"] == len(room.log)
        shown = walk(self.app.admin, f"{path}/events", "events", page_size=100)
        self._compare(shown, room.log)
        shown = walk(self.app.admin, f"{path}/members", "members", page_size=100)
        assert [
            (one["id"], one["state"], one["_embedded"]["user"]["id"]) for one in shown
        ] == [(member.id, member.state, member.user.id) for member in room.members]

    def _compare(self, shown: list[Json], wanted: list[Event]) -> None:
        assert [one["id"] for one in shown] == [event.id for event in wanted]
        for event, one in zip(wanted, shown, strict=True):
            assert event.is_shown_by(one), (event, one)
            told = {kind: set(who) for kind, who in one.get("state", {}).items()}
            assert told == event.state


ACTIONS: tuple[Callable[[Chat, Draw], None], ...] = (
    *(Chat.send,) * 10,
    *(Chat.list_events,) * 2,
    *(Chat.delete_an_event,) * 3,
    *(Chat.add_a_member,) * 2,
    Chat.join,
    *(Chat.change_a_member,) * 2,
    Chat.create_conversation,
    Chat.change_conversation,
    Chat.delete_conversation,
    Chat.list_conversations,
    Chat.list_conversations_of_a_user,
    Chat.delete_a_user_or_create_it_again,
    Chat.list_users,
    *(Chat.lose_the_connection_or_come_back,) * 2,
    Chat.log_out_and_in,
)
"""What can happen. Likelier actions are listed more than once."""


@pytest.mark.parametrize(
    "start", [0, *(pytest.param(n, marks=pytest.mark.weekly) for n in range(1, 8))]
)
def test_the_sandbox_behaves_like_its_model(
    make_application: MakeApplication, ready: Json, start: int
) -> None:
    @seed(start)
    class ThisChat(Chat):
        def __init__(self) -> None:
            super().__init__(make_application(), ready["http"])

    run_state_machine_as_test(
        ThisChat,
        settings=settings(
            max_examples=10,  # later ones would be like the first ten
            stateful_step_count=50,
            phases=(Phase.generate,),  # shrinking would take too long for a test
            database=None,
            deadline=None,
            suppress_health_check=(HealthCheck.too_slow,),
        ),
    )


def test_every_session_gets_what_eight_write_at_once_as_in_the_log(
    app: Application, ready: Json
) -> None:
    names = ("alice", "bob", "carol")
    users = [User(app.user(name)["id"], name) for name in names]
    rooms = [app.conversation() for _ in names]
    # Alice is in all three, Bob in two, Carol in one.
    listeners = [
        (Listener(ready["http"], app.token(user.name), user), rooms[number:])
        for number, user in enumerate(users)
    ]
    for listener, heard_rooms in listeners:
        for room in heard_rooms:
            app.member(room, listener.user.name)
    for listener, _ in listeners:
        listener.log_in()
    before = {room: len(app.events(room)) for room in rooms}

    def write(writer: int) -> None:
        for turn in range(30):
            room = rooms[(writer + turn) % len(rooms)]
            app.say(room, f"{writer} says {turn}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    logs = {room: app.events(room) for room in rooms}
    for log in logs.values():
        assert [event["id"] for event in log] == list(range(1, len(log) + 1))
    texts = [
        event["body"]["text"]
        for room, log in logs.items()
        for event in log[before[room] :]
    ]
    said = [f"{writer} says {turn}" for writer in range(8) for turn in range(30)]
    assert sorted(texts) == sorted(said)
    for listener, heard_rooms in listeners:
        heard = listener.heard()
        listener.close()
        for room in heard_rooms:
            stream = [
                (one["id"], one["body"]) for _, one in heard if one["cid"] == room
            ]
            new = logs[room][before[room] :]
            assert stream == [(event["id"], event["body"]) for event in new]
        assert {one["cid"] for _, one in heard} == set(heard_rooms)
