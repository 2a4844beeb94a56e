"""The calls on conversations, and the list of a user's conversations."""

import sqlite3
from collections.abc import Callable

from starlette.responses import Response

from ..http.paging import PAGING, read_page
from ..http.replies import reply
from ..http.validation import Fields, Json, read_moment, read_object
from ..rules import conversations
from ..storage.store import Transaction
from .gate import Call, Paths, takes


def _created_within(call: Call) -> tuple[str, list[str]]:
    """Return an SQL condition and its values for ``date_start`` and ``date_end``."""
    parts, values = ["TRUE"], []
    for name, comparison in (("date_start", ">="), ("date_end", "<=")):
        if name in call.request.query_params:
            parts.append(f"created {comparison} ?")
            values.append(read_moment(name, call.request.query_params[name]))
    return " AND ".join(parts), values


def _conversation_shape(call: Call, row: sqlite3.Row) -> Json:
    links = {"self": {"href": call.href("conversations", row["id"])}}
    return {**conversations.shape(row), "_links": links}


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
    # A user's token can read a conversation that the user hasn't joined, because every
    # SDK reads a conversation before joining it. Only its members can see the members
    # and events.
    row = conversations.find(call.read, call.application_id, call.path("conversation"))
    return reply(_conversation_shape(call, row))


async def delete_conversation(call: Call) -> Response:
    await call.write(
        lambda tx: conversations.delete(
            tx, conversations.find_for(tx, call.caller, call.path("conversation"))
        )
    )
    return Response(status_code=204)


@takes(*PAGING, "state", "date_start", "date_end", "order_by", "include_custom_data")
async def list_conversations_of_user(call: Call) -> Response:
    user = call.own_user(call.read, call.path("user"))
    where = (
        "members.user_id = ? AND conversations.application_id = ?"
        " AND (expires IS NULL OR expires > ?)"
        # A user who left and came back has two members; only the newest one counts.
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
        # Conversations without a sort key come first; equal keys keep creation order.
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


async def _create(call: Call) -> sqlite3.Row:
    body = conversations.read_fields(
        await read_object(call.request), older=call.is_older
    )
    return await call.create(
        lambda tx: conversations.create(tx, call.application_id, body)
    )


async def _update(call: Call) -> sqlite3.Row:
    body = conversations.read_fields(
        await read_object(call.request), older=call.is_older
    )

    def operation(tx: Transaction) -> sqlite3.Row:
        row = conversations.find_for(tx, call.caller, call.path("conversation"))
        changes = body
        if call.request.method == "PATCH":
            changes = {**conversations.kept_fields(row), **body}
        return conversations.update(tx, row, changes)

    return await call.write(operation)


def paths(expiry_changed: Callable[[], None]) -> Paths:
    """Return the calls on conversations.

    expiry_changed: called when a conversation with an expiry time has been written.
    """

    def written(call: Call, row: sqlite3.Row, status: int) -> Response:
        if row["expires"]:
            expiry_changed()
        return reply(_conversation_shape(call, row), status)

    async def create_conversation(call: Call) -> Response:
        return written(call, await _create(call), 201)

    async def update_conversation(call: Call) -> Response:
        return written(call, await _update(call), 200)

    return {
        "/users/{user}/conversations": {"GET": list_conversations_of_user},
        "/conversations": {"GET": list_conversations, "POST": create_conversation},
        "/conversations/{conversation}": {
            "GET": get_conversation,
            "PUT": update_conversation,
            "PATCH": update_conversation,
            "DELETE": delete_conversation,
        },
    }
