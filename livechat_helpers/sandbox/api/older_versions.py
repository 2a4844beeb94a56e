"""The paths of the 2019 clients: /beta and /beta2, also called /v0.1 and /v0.2.

They serve the same users, conversations, members and events as /v1, in an older format.
No decisions are made here: each call runs the current one, and then converts its
answer.

Sources: conversation.yml and conversation.v2.yml in
    https://github.com/Nexmo/api-specification, and the code of nexmo 2.7.0-beta-1 and
    of nexmo-client 6.0.10, 6.2.1 and 9.5.1.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from ..http.paging import page_size
from ..http.replies import reply
from ..http.routing import AnyRoute, Mount
from ..http.validation import Fields, Json, read_object, refuse
from ..rules import members
from ..storage import json_text
from . import event_calls, member_calls, user_calls
from .conversation_calls import (
    delete_conversation,
    get_conversation,
    list_conversations,
    list_conversations_of_user,
)
from .gate import Answer, Call, Gate, Paths, queries, takes

_LONGEST_LIST = 100
"""The most items that a list on /beta can have, because it has only one page."""

Wording = Callable[[Call, Any], Any]
"""Converts the answer of a current call to the older format."""


# Running the current call


def _reworded(newer: Answer, wording: Wording) -> Answer:
    """Return the older version of a call.

    newer: the current call.
    wording: converts its answer, whose status becomes 200.
    """

    @takes(*queries(newer))
    async def older(call: Call) -> Response:
        return await _answer(newer, call, wording)

    return older


async def _answer(newer: Answer, call: Call, wording: Wording) -> Response:
    answer = bytes((await newer(call)).body)
    return reply(wording(call, json_text.read(answer) if answer else {}))


def _asking(call: Call, **query: Any) -> Call:
    """Return the call with different query parameters."""
    scope = {**call.request.scope, "query_string": urlencode(query).encode()}
    return call.with_request(Request(scope, call.request.receive))


def _saying(call: Call, body: Json) -> Call:
    """Return the call with a different body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": json_text.write(body).encode()}

    return call.with_request(Request(call.request.scope, receive))


def _nothing(_: Call, __: Any) -> Json:
    return {}


# /beta, or /v0.1


def _whole_list(newer: Answer, name: str, wording: Wording) -> Answer:
    """Return a call that converts a list of the current API to a bare array.

    newer: the current call.
    name: the list's name in its answer.
    wording: converts one item.
    """

    @takes(*queries(newer))
    async def older(call: Call) -> Response:
        query = {"page_size": _LONGEST_LIST, **call.request.query_params}
        return await _answer(
            newer,
            _asking(call, **query),
            lambda _, page: [wording(call, item) for item in page["_embedded"][name]],
        )

    return older


def _some(item: Json, *names: str) -> Json:
    return {name: item[name] for name in names if name in item}


def _href(item: Json) -> str:
    return item["_links"]["self"]["href"]


def _user(_: Call, user: Json) -> Json:
    shown = _some(user, "id", "name", "display_name", "image_url")
    return {**shown, "href": _href(user)}


def _id_and_href(_: Call, item: Json) -> Json:
    return {"id": item["id"], "href": _href(item)}


def _conversation(call: Call, conversation: Json) -> Json:
    """Return a conversation with its current and former members."""
    rows = call.read.all(
        "SELECT * FROM members WHERE conversation_id = ? ORDER BY position",
        conversation["id"],
    )
    return {
        "uuid": conversation["id"],
        **{key: value for key, value in conversation.items() if key != "id"},
        "numbers": {},
        "members": [_member_inside(members.shape(call.read, row)) for row in rows],
    }


def _member_inside(member: Json) -> Json:
    """Return a member in the form used inside conversations, and in answers."""
    user = member["_embedded"]["user"]
    return {
        "member_id": member["id"],
        "user_id": user["id"],
        **_some(user, "name", "display_name"),
        **_some(member, "state", "timestamp", "channel", "media", "invited_by"),
        "initiator": {
            state: {
                "isSystem" if key == "is_system" else key: value
                for key, value in initiator.items()
            }
            for state, initiator in member["initiator"].items()
        },
    }


def _member(call: Call, member: Json) -> Json:
    inside = _member_inside(member)
    if "invited_by" in inside:  # A member's id in the current API, a user's in this one
        row = call.read.one(
            "SELECT user_id FROM members WHERE id = ?", inside["invited_by"]
        )
        inside["invited_by"] = row["user_id"] if row is not None else ""
    return {"id": inside.pop("member_id"), **inside, "href": _href(member)}


def _member_in_list(_: Call, member: Json) -> Json:
    user = member["_embedded"]["user"]
    return {
        "member_id": member["id"],
        "user_id": user["id"],
        "user_name": user["name"],
        "name": user["name"],
        "state": member["state"],
    }


def _conversation_of_user(_: Call, conversation: Json) -> Json:
    member = conversation["_embedded"]["member"]
    shown = ("id", "name", "display_name", "image_url", "sequence_number", "timestamp")
    return {
        **_some(conversation, *shown),
        "member_id": member["id"],
        "state": member["state"],
        "href": _href(conversation),
    }


def _event(_: Call, event: Json) -> Json:
    return {
        "id": event["id"],
        "type": event["type"],
        "from": event.get("from", ""),
        "to": event.get("to", ""),
        "body": event["body"],
        "state": event.get("state", ""),
        "timestamp": event["timestamp"],
        "href": _href(event),
    }


def _session(_: Call, session: Json) -> Json:
    user = session["_embedded"]["user"]
    return {
        "id": session["id"],
        "name": user["name"],
        "user_id": user["id"],
        "api_key": session["_embedded"]["api_key"],
        "href": _href(session),
    }


def _sent_event(_: Call, event: Json) -> Json:
    """Return the answer to a sender; an ephemeral event has no id."""
    known = {"id": event["id"], "href": _href(event)} if "id" in event else {}
    return {**known, "timestamp": event["timestamp"]}


async def _create_member(call: Call) -> Response:
    body = await read_object(call.request)
    fields = Fields(body, others=None)
    action = fields.choice("action", ("invite", "join"), required=True)
    user_id, name = fields.text("user_id"), fields.text("user_name")
    fields.done()
    if user_id is None and name is None:
        refuse("value", "must contain at least one of [user_id, user_name]")
    # An acceptance can name the invited member, but the user is enough to find it.
    reworded = ("action", "user_id", "user_name", "member_id")
    newer = {key: value for key, value in body.items() if key not in reworded}
    newer["state"] = "invited" if action == "invite" else "joined"
    newer["user"] = {"id": user_id} if user_id is not None else {"name": name}
    return await _answer(member_calls.create_member, _saying(call, newer), _member)


async def _update_member(call: Call) -> Response:
    body = await read_object(call.request)
    fields = Fields(body, others=("channel", "originating_session"))
    fields.choice("action", ("join",), required=True)
    fields.done()
    joined = _saying(call, {"state": "joined"})
    return await _answer(member_calls.update_member, joined, _id_and_href)


@takes("page_size", "record_index", "order", "date_start", "date_end")
async def _list_conversations(call: Call) -> Response:
    if call.request.scope["raw_path"].endswith(b"/"):
        refuse("conversation_id", "is not allowed to be empty")
    fields = Fields(call.query("record_index"))
    index = fields.number("record_index", most=10**9) or 0
    fields.done()
    size = page_size(call.request)
    start = index * size  # The index counts pages.
    given = call.query("order", "date_start", "date_end")
    newer = _asking(call, **given, page_size=_LONGEST_LIST)
    answer = await list_conversations(newer)
    found = json_text.read(bytes(answer.body))["_embedded"]["conversations"]
    return reply(
        {
            "count": len(found),
            "page_size": size,
            "record_index": index,
            "_embedded": {
                "conversations": [
                    {
                        "uuid": item["id"],
                        "name": item["name"],
                        "href": _href(item),
                        "_links": item["_links"],
                    }
                    for item in found[start : start + size]
                ]
            },
            "_links": {"self": {"href": call.href("conversations")}},
        }
    )


_ONE_USER = "/users/{user}"
_CONVERSATIONS = "/conversations"
_ONE_CONVERSATION = "/conversations/{conversation}"
_MEMBERS = "/conversations/{conversation}/members"
_ONE_MEMBER = "/conversations/{conversation}/members/{member}"
_EVENTS = "/conversations/{conversation}/events"
_ONE_SESSION = "/sessions/{session}"
_ONE_EVENT = "/conversations/{conversation}/events/{event}"


def _beta(current: Paths, refresh_session: Answer) -> Paths:
    """Return the calls of /beta, which run the current ones."""
    return {
        "/users": {
            "GET": _whole_list(user_calls.list_users, "users", _user),
            "POST": _reworded(user_calls.create_user, _user),
        },
        _ONE_USER: {
            "GET": _reworded(user_calls.get_user, _user),
            "PUT": _reworded(user_calls.update_user, _id_and_href),
            "DELETE": _reworded(current[_ONE_USER]["DELETE"], _nothing),
        },
        "/users/{user}/conversations": {
            "GET": _whole_list(
                list_conversations_of_user,
                "conversations",
                _conversation_of_user,
            ),
        },
        _CONVERSATIONS: {
            "GET": _list_conversations,
            "POST": _reworded(current[_CONVERSATIONS]["POST"], _id_and_href),
        },
        _ONE_CONVERSATION: {
            "GET": _reworded(get_conversation, _conversation),
            "PUT": _reworded(current[_ONE_CONVERSATION]["PUT"], _id_and_href),
            "DELETE": _reworded(delete_conversation, _nothing),
        },
        _MEMBERS: {
            "GET": _whole_list(member_calls.list_members, "members", _member_in_list),
            "POST": _create_member,
        },
        _ONE_MEMBER: {
            "GET": _reworded(member_calls.get_member, _member),
            "PUT": _update_member,
            "DELETE": _reworded(member_calls.delete_member, _nothing),
        },
        _EVENTS: {
            "GET": _whole_list(event_calls.list_events, "events", _event),
            "POST": _reworded(event_calls.create_event, _sent_event),
        },
        _ONE_EVENT: {
            "GET": _reworded(event_calls.get_event, _event),
            "DELETE": _reworded(event_calls.delete_event, _nothing),
        },
        "/users/{user}/sessions": current["/users/{user}/sessions"],
        "/sessions": {"POST": _reworded(current["/sessions"]["POST"], _session)},
        _ONE_SESSION: {
            "PUT": refresh_session,
            "DELETE": _reworded(current[_ONE_SESSION]["DELETE"], _nothing),
        },
        f"{_ONE_SESSION}/touch": {
            "POST": _reworded(current[f"{_ONE_SESSION}/touch"]["POST"], _nothing),
        },
    }


# /beta2, or /v0.2


def _page(newer: Answer, name: str, wording: Wording) -> Answer:
    """Return a call that converts a page of the current API to the format of /beta2.

    newer: the current call.
    name: the list's name in its answer.
    wording: converts one item.
    """

    def older(call: Call, page: Json) -> Json:
        items = [wording(call, item) for item in page["_embedded"][name]]
        links = page["_links"]
        return {
            "page_size": page["page_size"],
            "cursor": {side: _cursor(links, side) for side in ("prev", "self", "next")},
            "_embedded": {"data": {name: items}},
            "_links": links,
        }

    return _reworded(newer, older)


def _cursor(links: Json, side: str) -> str:
    href = links[side]["href"] if side in links else ""
    return parse_qs(urlsplit(href).query).get("cursor", [""])[0]


def _same(_: Call, item: Json) -> Json:
    return item


def _linked(wording: Wording) -> Wording:
    """Return a wording that turns a ``href`` of the first API into a HAL link."""

    def linked(call: Call, item: Json) -> Json:
        worded = wording(call, item)
        href = worded.pop("href")
        return {**worded, "_links": {"self": {"href": href}}}

    return linked


def _member_on_page(_: Call, member: Json) -> Json:
    user = member["_embedded"]["user"]
    return {
        "id": member["id"],
        "user_id": user["id"],
        **_some(user, "name", "display_name"),
        "state": member["state"],
        "_links": {"self": member["_links"]["self"]},
    }


def _event_on_page(_: Call, event: Json) -> Json:
    return {**event, "conversation_id": _href(event).split("/")[-3]}


def _beta2() -> dict[str, Mapping[str, Answer]]:
    """Return the calls of /beta2 that differ from /beta."""
    return {
        "/users": {"GET": _page(user_calls.list_users, "users", _same)},
        _ONE_USER: {"GET": _reworded(user_calls.get_user, _same)},
        "/users/{user}/conversations": {
            "GET": _page(
                list_conversations_of_user,
                "conversations",
                _linked(_conversation_of_user),
            ),
        },
        _CONVERSATIONS: {"GET": _page(list_conversations, "conversations", _same)},
        _ONE_CONVERSATION: {"GET": _reworded(get_conversation, _same)},
        _MEMBERS: {
            "GET": _page(member_calls.list_members, "members", _member_on_page),
        },
        _ONE_MEMBER: {
            "GET": _reworded(member_calls.get_member, _linked(_member)),
            # Every version of the Client SDK uses this path to leave, or remove a
            # member.
            "DELETE": member_calls.delete_member,
        },
        _EVENTS: {
            "GET": _page(event_calls.list_events, "events", _event_on_page),
        },
        _ONE_EVENT: {
            "GET": _reworded(event_calls.get_event, _event_on_page),
            "DELETE": event_calls.delete_event,
        },
    }


# Routes


def routes(gate: Gate, current: Paths, refresh_session: Answer) -> list[AnyRoute]:
    """Return every older path of the Conversation API.

    gate: verifies each call.
    current: the current calls, by path and method.
    refresh_session: renews a session's token; the Client SDKs only do that here.
    """
    first = _beta(current, refresh_session)
    second = _beta2()
    # Both versions write in the same way; they only differ in some of the answers.
    for path, answers in first.items():
        second[path] = {**answers, **second.get(path, {})}
    beta, beta2 = gate.routes(first), gate.routes(second)
    return [
        Mount("/beta", routes=beta),
        Mount("/v0.1", routes=beta),
        Mount("/beta2", routes=beta2),
        Mount("/v0.2", routes=beta2),
    ]
