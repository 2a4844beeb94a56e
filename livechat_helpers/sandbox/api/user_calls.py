"""The calls on users."""

from collections.abc import Callable

from starlette.responses import Response

from ..http.paging import PAGING, read_page
from ..http.replies import reply
from ..http.validation import Json, read_object
from ..rules import members, users
from ..rules.users import User
from ..storage.store import Transaction
from .gate import Call, Paths, takes


def _user_shape(call: Call, user: User) -> Json:
    return users.shape(user, call.href("users", user.id))


async def create_user(call: Call) -> Response:
    call.require_admin()
    name, body = users.read_fields(await read_object(call.request), older=call.is_older)
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
    name, changes = users.read_fields(
        await read_object(call.request), older=call.is_older
    )
    if name is not None:
        # A token contains its user's name, so only the application can change that.
        current = call.own_user(call.read, call.path("user"))
        if name != current.name:
            call.require_admin()
    user = await call.write(
        lambda tx: users.update(tx, call.own_user(tx, call.path("user")), name, changes)
    )
    return reply(_user_shape(call, user))


async def _delete(call: Call) -> User:
    call.require_admin()

    def operation(tx: Transaction) -> User:
        user = call.user(tx, call.path("user"))
        members.leave_all(tx, user, call.caller)
        users.delete(tx, user)
        return user

    return await call.write(operation)


EndSessions = Callable[[Callable[[User], bool]], None]
"""Ends the sessions of all users that a function selects."""


def paths(end_sessions: EndSessions) -> Paths:
    """Return the calls on users, by path and method."""

    async def delete_user(call: Call) -> Response:
        deleted = await _delete(call)
        end_sessions(lambda user: user.id == deleted.id)
        return Response(status_code=204)

    return {
        "/users": {"GET": list_users, "POST": create_user},
        "/users/{user}": {
            "GET": get_user,
            "PATCH": update_user,
            "DELETE": delete_user,
        },
    }
