"""The calls on members."""

import sqlite3

from starlette.responses import Response

from ..http.errors import ApiError
from ..http.paging import PAGING, read_page
from ..http.replies import reply
from ..http.validation import Json, read_object
from ..rules import conversations, members
from ..storage.store import Transaction
from .gate import Call, Paths, takes


def _member_shape(call: Call, tx: Transaction, row: sqlite3.Row) -> Json:
    shape = members.shape(tx, row)
    user = shape["_embedded"]["user"]
    user["_links"] = {"self": {"href": call.href("users", user["id"])}}
    href = call.href("conversations", row["conversation_id"], "members", row["id"])
    # The v1 description shows `href`, but the service returned `self`, so give both.
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
    conversation = conversations.find(
        call.read, call.application_id, call.path("conversation")
    )
    own = members.own_of(call.read, call.caller, conversation)
    if not call.caller.is_admin and own is None:
        raise ApiError("conversation:error:member-not-found")
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


PATHS: Paths = {
    "/conversations/{conversation}/members": {
        "GET": list_members,
        "POST": create_member,
    },
    "/conversations/{conversation}/members/{member}": {
        "GET": get_member,
        "PATCH": update_member,
        "PUT": update_member,
        "DELETE": delete_member,
    },
}
