"""The calls on events."""

import re

from starlette.responses import Response

from ..http.errors import ApiError
from ..http.paging import PAGING, read_page
from ..http.replies import reply
from ..http.validation import Json, read_object
from ..rules import conversations, events, members
from ..storage.store import Transaction
from .gate import Call, Paths, takes

_ARRAY_READERS = re.compile(r"@vonage/|vonage-(node|php|ruby|dotnet)", re.I)


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


def _wants_an_array(call: Call) -> bool:
    """Return whether the caller is an SDK that expects a bare array on /v1.

    In 2024, the service returned an object, but these SDKs' own fixtures contain an
    array.
    """
    if not call.request.scope["root_path"].endswith("/v1"):
        return False
    return bool(_ARRAY_READERS.match(call.request.headers.get("user-agent", "")))


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
    return reply(
        {
            "page_size": page.size,
            "_embedded": items if _wants_an_array(call) else {"events": items},
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


PATHS: Paths = {
    "/conversations/{conversation}/events": {
        "GET": list_events,
        "POST": create_event,
    },
    "/conversations/{conversation}/events/{event}": {
        "GET": get_event,
        "DELETE": delete_event,
    },
}
