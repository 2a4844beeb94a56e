"""Users, conversations, members, events and sessions on /v1 and /v0.3.

Both versions are the same calls; they differ in where a list of events stands: v1
answers it as ``_embedded``, v0.3 as ``_embedded.events``. The Client SDK uses v0.3,
and for leaving a conversation and for a new token the older /v0.2 (``legacy.py``).
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from . import conversations, events, members, sessions, users
from .auth import Caller, bearer_token
from .errors import ApiError
from .json_text import reply
from .paging import PAGING, own_address, read_page
from .routing import AnyRoute, Mount, Route
from .store import Result, Transaction
from .users import User
from .validation import (
    Fields,
    Json,
    check_query,
    read_moment,
    read_object,
    refuse,
)

if TYPE_CHECKING:
    from .local_vonage import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[["Call"], Awaitable[Response]]


_QUERIES: dict[Answer, frozenset[str]] = {}


def takes(*names: str) -> Callable[[Answer], Answer]:
    """Return a decorator that says which query parameters a call knows."""

    def mark(answer: Answer) -> Answer:
        _QUERIES[answer] = frozenset(names)
        return answer

    return mark


def queries(answer: Answer) -> frozenset[str]:
    """Return the query parameters that a call knows."""
    return _QUERIES.get(answer, frozenset())


class Call:
    """One verified request: who calls, on which sandbox."""

    def __init__(self, request: Request, sandbox: "Sandbox", caller: Caller) -> None:
        self.request = request
        self.sandbox = sandbox
        self.caller = caller
        self.application_id = caller.application_id
        self._here = own_address(request.scope) + request.scope["root_path"]

    @property
    def read(self) -> Transaction:
        """Queries on what is committed."""
        return self.sandbox.store.read

    async def write(self, operation: Callable[[Transaction], Result]) -> Result:
        """Run an operation in a transaction and return its result.

        Raises:
            ApiError: what the operation raised.
        """
        return await self.sandbox.store.write(operation)

    async def create(self, make: Callable[[Transaction], Result]) -> Result:
        """Run an operation that makes something which only the application has.

        Raises:
            ApiError: ``system:error:invalid-token``: the application has gone since
                the token was verified. Otherwise, what the operation raised.
        """

        def make_if_it_is_there(tx: Transaction) -> Result:
            here = "SELECT 1 FROM applications WHERE id = ?"
            if tx.one(here, self.application_id) is None:
                raise ApiError("system:error:invalid-token")
            return make(tx)

        return await self.write(make_if_it_is_there)

    def path(self, name: str) -> str:
        """Return a part of the path, such as the id of a user."""
        return self.request.path_params[name]

    def query(self, *names: str) -> Json:
        """Return the named query parameters that are there."""
        given = self.request.query_params
        return {name: given[name] for name in names if name in given}

    def href(self, *parts: str) -> str:
        """Return a link on this request's scheme, host and version."""
        return f"{self._here}/{'/'.join(parts)}"

    def require_admin(self) -> None:
        """Refuse a token that stands for one user only.

        Raises:
            ApiError: ``system:error:permission``.
        """
        if not self.caller.is_admin:
            raise ApiError("system:error:permission")

    def user(self, tx: Transaction, id_or_name: str) -> User:
        """Return a user; ``me`` is the token's own.

        Raises:
            ApiError: ``user:error:not-found``.
        """
        if id_or_name == "me" and self.caller.user_name is not None:
            return users.by_name(tx, self.application_id, self.caller.user_name)
        return users.find(tx, self.application_id, id_or_name)

    def own_user(self, tx: Transaction, id_or_name: str) -> User:
        """Return a user that the token may change or list the belongings of.

        Raises:
            ApiError: not found, or somebody else than the token's user.
        """
        user = self.user(tx, id_or_name)
        if not self.caller.is_admin and user.name != self.caller.user_name:
            raise ApiError("system:error:permission")
        return user


def verified(sandbox: "Sandbox", answer: Answer) -> Endpoint:
    """Return an endpoint that verifies the token and its ACL before it answers."""

    async def endpoint(request: Request) -> Response:
        token = bearer_token(request.headers.get("authorization"))
        caller = sandbox.tokens.verify(token)
        sandbox.rate_limit.count(caller.application_id)
        caller.require(request.method, request.scope["path"])
        if request.scope["query_string"]:
            check_query(request, queries(answer))
        return await answer(Call(request, sandbox, caller))

    return endpoint


# Users


def _user_shape(call: Call, user: User) -> Json:
    return users.shape(user, call.href("users", user.id))


async def create_user(call: Call) -> Response:
    call.require_admin()
    name, body = users.read_fields(await read_object(call.request))
    user = await call.create(
        lambda tx: users.create(tx, call.application_id, name, body)
    )
    return reply(_user_shape(call, user), 201)


@takes(*PAGING, "name")
async def list_users(call: Call) -> Response:
    call.require_admin()
    where, values = "application_id = ?", [call.application_id]
    if "name" in call.request.query_params:
        where, values = where + " AND name = ?", [*values, call.query("name")["name"]]
    page = read_page(call.read, call.request, table="users", where=where, values=values)
    items = []
    for row in page.rows:
        user = users.from_row(row)
        links = {"self": {"href": call.href("users", user.id)}}
        items.append({**user.embedded(), "_links": links})
    return reply(
        {
            "page_size": page.size,
            "_embedded": {"users": items},
            "_links": page.links(call.request),
        }
    )


async def get_user(call: Call) -> Response:
    user = call.user(call.read, call.path("user"))
    return reply(_user_shape(call, user))


async def update_user(call: Call) -> Response:
    name, changes = users.read_fields(await read_object(call.request))
    if name is not None:
        # A token names its user, so only the application may rename one.
        current = call.own_user(call.read, call.path("user"))
        if name != current.name:
            call.require_admin()
    user = await call.write(
        lambda tx: users.update(tx, call.own_user(tx, call.path("user")), name, changes)
    )
    return reply(_user_shape(call, user))


async def delete_user(call: Call) -> Response:
    call.require_admin()

    def operation(tx: Transaction) -> User:
        user = call.user(tx, call.path("user"))
        members.leave_all(tx, user, call.caller)
        users.delete(tx, user)
        return user

    deleted = await call.write(operation)
    call.sandbox.realtime.end_sessions(lambda user: user.id == deleted.id)
    return Response(status_code=204)


@takes(*PAGING, "state", "date_start", "date_end", "order_by", "include_custom_data")
async def list_conversations_of_user(call: Call) -> Response:
    user = call.own_user(call.read, call.path("user"))
    where = (
        "members.user_id = ? AND conversations.application_id = ?"
        " AND (expires IS NULL OR expires > ?)"
        # A user who left and came back has two members: the newest one counts.
        " AND members.position = (SELECT max(position) FROM members AS other"
        " WHERE other.conversation_id = conversations.id"
        " AND other.user_id = members.user_id)"
    )
    values = [user.id, call.application_id, call.read.clock.now()]
    fields = Fields(call.query("state", "order_by", "include_custom_data"))
    state = fields.choice("state", ("invited", "joined", "left"))
    order_by = fields.choice("order_by", ("created", "custom_sort_key"))
    by_sort_key = order_by == "custom_sort_key"
    with_data = fields.choice("include_custom_data", ("true", "false")) != "false"
    fields.done()
    if state:
        where, values = where + " AND members.state = ?", [*values, state.upper()]
    created, moments = _created_within(call)
    table = (
        "(SELECT conversations.*, members.id AS member_id,"
        " members.state AS member_state,"
        # Who has no sort key comes first; among equals, the order of creation.
        " coalesce(conversations.body ->> '$.properties.custom_sort_key', '')"
        " || printf(char(1) || '%020d', conversations.position) AS sort_key"
        " FROM members JOIN conversations ON conversations.id = conversation_id"
        f" WHERE {where} AND {created})"
    )
    page = read_page(
        call.read,
        call.request,
        table=table,
        where="TRUE",
        values=[*values, *moments],
        key="sort_key" if by_sort_key else "position",
        key_type=str if by_sort_key else int,
    )
    items = []
    for row in page.rows:
        member = {"id": row["member_id"], "state": row["member_state"]}
        shape = _conversation_shape(call, row)
        if not with_data:
            shape["properties"].pop("custom_data", None)
        items.append({**shape, "_embedded": {**member, "member": member}})
    return reply(
        {
            "page_size": page.size,
            "_embedded": {"conversations": items},
            "_links": page.links(call.request),
        }
    )


# Conversations


def _created_within(call: Call) -> tuple[str, list[str]]:
    """Return the SQL condition, and its values, for ``date_start`` and ``date_end``."""
    parts, values = ["TRUE"], []
    for name, comparison in (("date_start", ">="), ("date_end", "<=")):
        if name in call.request.query_params:
            parts.append(f"created {comparison} ?")
            values.append(read_moment(name, call.request.query_params[name]))
    return " AND ".join(parts), values


def _conversation_written(call: Call, row: sqlite3.Row, status: int) -> Response:
    if row["expires"]:
        call.sandbox.endings.plan()
    return reply(_conversation_shape(call, row), status)


def _conversation_shape(call: Call, row: sqlite3.Row) -> Json:
    links = {"self": {"href": call.href("conversations", row["id"])}}
    return {**conversations.shape(row), "_links": links}


async def create_conversation(call: Call) -> Response:
    body = conversations.read_fields(await read_object(call.request))
    row = await call.create(
        lambda tx: conversations.create(tx, call.application_id, body)
    )
    return _conversation_written(call, row, 201)


@takes(*PAGING, "name", "date_start", "date_end")
async def list_conversations(call: Call) -> Response:
    call.require_admin()
    where = "application_id = ? AND (expires IS NULL OR expires > ?)"
    values = [call.application_id, call.read.clock.now()]
    created, moments = _created_within(call)
    where, values = f"{where} AND {created}", [*values, *moments]
    for name in call.query("name").values():
        where, values = f"{where} AND name = ?", [*values, name]
    page = read_page(
        call.read, call.request, table="conversations", where=where, values=values
    )
    items = []
    for row in page.rows:
        full = _conversation_shape(call, row)
        left_out = ("state", "sequence_number", "properties")
        items.append({key: full[key] for key in full if key not in left_out})
    return reply(
        {
            "page_size": page.size,
            "_embedded": {"conversations": items},
            "_links": page.links(call.request),
        }
    )


async def get_conversation(call: Call) -> Response:
    row = conversations.find_for(call.read, call.caller, call.path("conversation"))
    return reply(_conversation_shape(call, row))


async def update_conversation(call: Call) -> Response:
    body = conversations.read_fields(await read_object(call.request))

    def operation(tx: Transaction) -> sqlite3.Row:
        row = conversations.find_for(tx, call.caller, call.path("conversation"))
        changes = body
        if call.request.method == "PATCH":
            changes = {**conversations.kept_fields(row), **body}
        return conversations.update(tx, row, changes)

    row = await call.write(operation)
    return _conversation_written(call, row, 200)


async def delete_conversation(call: Call) -> Response:
    await call.write(
        lambda tx: conversations.delete(
            tx, conversations.find_for(tx, call.caller, call.path("conversation"))
        )
    )
    return Response(status_code=204)


# Members


def _member_shape(call: Call, tx: Transaction, row: sqlite3.Row) -> Json:
    shape = members.shape(tx, row)
    user = shape["_embedded"]["user"]
    user["_links"] = {"self": {"href": call.href("users", user["id"])}}
    href = call.href("conversations", row["conversation_id"], "members", row["id"])
    # The v1 description shows `href`, the service answers `self`: both are given.
    return {**shape, "_links": {"href": href, "self": {"href": href}}}


async def create_member(call: Call) -> Response:
    new = members.read_new(await read_object(call.request))

    def operation(tx: Transaction) -> sqlite3.Row:
        conversation = conversations.find(
            tx, call.application_id, call.path("conversation")
        )
        return members.add(tx, conversation, call.caller, new)

    row = await call.write(operation)
    return reply(_member_shape(call, call.read, row), 201)


@takes(*PAGING)
async def list_members(call: Call) -> Response:
    conversation = conversations.find_for(
        call.read, call.caller, call.path("conversation")
    )
    page = read_page(
        call.read,
        call.request,
        table="members",
        where="conversation_id = ?",
        values=[conversation["id"]],
    )
    items = []
    for row in page.rows:
        full = _member_shape(call, call.read, row)
        items.append({key: full[key] for key in ("id", "state", "_embedded", "_links")})
    return reply(
        {
            "page_size": page.size,
            "_embedded": {"members": items},
            "_links": page.links(call.request),
        }
    )


async def get_member(call: Call) -> Response:
    conversation = conversations.find_for(
        call.read, call.caller, call.path("conversation")
    )
    row = members.find(call.read, conversation, call.path("member"), call.caller)
    return reply(_member_shape(call, call.read, row))


async def update_member(call: Call) -> Response:
    state, reason = members.read_change(await read_object(call.request))
    row = await _change_member(call, state, reason)
    return reply(_member_shape(call, call.read, row))


@takes("reason_code", "reason_text", "from")
async def delete_member(call: Call) -> Response:
    given = call.query("reason_code", "reason_text")
    reason = {key.removeprefix("reason_"): value for key, value in given.items()}
    state, reason = members.read_change({"state": "left", "reason": reason})
    await _change_member(call, state, reason)
    return Response(status_code=204)


async def _change_member(call: Call, state: str, reason: Json) -> sqlite3.Row:
    def operation(tx: Transaction) -> sqlite3.Row:
        conversation = conversations.find_for(
            tx, call.caller, call.path("conversation")
        )
        member = members.find(tx, conversation, call.path("member"), call.caller)
        return members.change(tx, conversation, member, state, reason, call.caller)

    return await call.write(operation)


# Events


def _event_shape(call: Call, event: events.Event) -> Json:
    return event.shape(
        call.href("conversations", event.conversation_id, "events", str(event.id))
    )


async def create_event(call: Call) -> Response:
    kind, sender, recipient, body = events.read_request(await read_object(call.request))

    def operation(tx: Transaction) -> events.Event:
        conversation = conversations.find_for(
            tx, call.caller, call.path("conversation")
        )
        return events.append(
            tx,
            conversation,
            kind,
            body,
            sender=members.sender_of(tx, conversation, call.caller, sender),
            recipient=recipient,
        )

    event = await call.write(operation)
    return reply(_event_shape(call, event), 201)


@takes(*PAGING, *events.FILTERS)
async def list_events(call: Call) -> Response:
    conversation = conversations.find_for(
        call.read, call.caller, call.path("conversation")
    )
    where, values = events.condition(call.query(*events.FILTERS))
    page = read_page(
        call.read,
        call.request,
        table="events",
        where=f"conversation_id = ? AND {where}",
        values=[conversation["id"], *values],
        key="id",
        columns=events.COLUMNS,
    )
    address = call.href("conversations", conversation["id"], "events")
    items = list(events.shapes(call.read, page.rows, address))
    is_v1 = call.request.scope["root_path"].endswith("/v1")
    return reply(
        {
            "page_size": page.size,
            "_embedded": items if is_v1 else {"events": items},
            "_links": page.links(call.request),
        }
    )


async def get_event(call: Call) -> Response:
    conversation = conversations.find_for(
        call.read, call.caller, call.path("conversation")
    )
    event = events.find(call.read, conversation, call.path("event"))
    return reply(_event_shape(call, event))


@takes("from")
async def delete_event(call: Call) -> Response:
    def operation(tx: Transaction) -> None:
        conversation = conversations.find_for(
            tx, call.caller, call.path("conversation")
        )
        event = events.find(tx, conversation, call.path("event"))
        sender = call.request.query_params.get("from")
        by = members.sender_of(tx, conversation, call.caller, sender)
        if not call.caller.is_admin and event.sender != by:
            raise ApiError("system:error:permission")
        events.delete(tx, conversation, event, by)

    await call.write(operation)
    return Response(status_code=204)


# Sessions


def _session_shape(call: Call, row: sqlite3.Row, user: User) -> Json:
    shape = sessions.shape(row, user, call.sandbox.account.api_key)
    return {**shape, "_links": {"self": {"href": call.href("sessions", row["id"])}}}


def _own_session(call: Call, tx: Transaction) -> sqlite3.Row:
    user = call.user(tx, "me")
    return sessions.find(tx, call.path("session"), user)


@takes(*PAGING)
async def list_sessions_of_user(call: Call) -> Response:
    user = call.own_user(call.read, call.path("user"))
    condition, oldest = sessions.alive(call.read)
    page = read_page(
        call.read,
        call.request,
        table="(SELECT rowid AS position, * FROM sessions)",
        where=f"user_id = ? AND {condition}",
        values=[user.id, oldest],
    )
    items = [_session_shape(call, row, user) for row in page.rows]
    return reply(
        {
            "page_size": page.size,
            "_embedded": {"sessions": items},
            "_links": page.links(call.request),
        }
    )


async def create_session(call: Call) -> Response:
    """Open a session ahead of its websocket, which joins by its id."""
    user = call.user(call.read, "me")
    row = await call.write(lambda tx: sessions.create(tx, user))
    return reply(_session_shape(call, row, user), 201)


async def touch_session(call: Call) -> Response:
    await call.write(lambda tx: sessions.touch(tx, _own_session(call, tx)["id"]))
    return Response(status_code=204)


async def delete_session(call: Call) -> Response:
    def operation(tx: Transaction) -> str:
        session_id = _own_session(call, tx)["id"]
        sessions.forget(tx, session_id)
        return session_id

    call.sandbox.realtime.end_session(await call.write(operation))
    return Response(status_code=204)


async def refresh_session(call: Call) -> Response:
    """Give a session a new token: ``refreshSession`` of the Client SDK."""
    if call.caller.user_name is None:
        refuse("sub", "must be in the token of a session")
    user = call.user(call.read, "me")
    call.sandbox.realtime.refresh(call.path("session"), user, call.caller)
    return reply({"session_id": call.path("session")})


def routes(sandbox: "Sandbox") -> list[AnyRoute]:
    """Return every path of the Conversation API, the older ones aside.

    sandbox: what the calls work on.
    """

    def on(path: str, **answers: Answer) -> list[Route]:
        return [
            Route(path, verified(sandbox, answer), methods=[method])
            for method, answer in answers.items()
        ]

    current = [
        *on("/users", GET=list_users, POST=create_user),
        *on("/users/{user}", GET=get_user, PATCH=update_user, DELETE=delete_user),
        *on("/users/{user}/conversations", GET=list_conversations_of_user),
        *on("/users/{user}/sessions", GET=list_sessions_of_user),
        *on("/sessions", POST=create_session),
        *on("/sessions/{session}", DELETE=delete_session),
        *on("/sessions/{session}/touch", POST=touch_session),
        *on("/conversations", GET=list_conversations, POST=create_conversation),
        *on(
            "/conversations/{conversation}",
            GET=get_conversation,
            PUT=update_conversation,
            PATCH=update_conversation,
            DELETE=delete_conversation,
        ),
        *on(
            "/conversations/{conversation}/members",
            GET=list_members,
            POST=create_member,
        ),
        *on(
            "/conversations/{conversation}/members/{member}",
            GET=get_member,
            PATCH=update_member,
            PUT=update_member,
        ),
        *on("/conversations/{conversation}/events", GET=list_events, POST=create_event),
        *on(
            "/conversations/{conversation}/events/{event}",
            GET=get_event,
            DELETE=delete_event,
        ),
    ]
    return [Mount("/v1", routes=current), Mount("/v0.3", routes=current)]
