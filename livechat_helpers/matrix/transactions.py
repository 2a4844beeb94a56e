"""What Synapse reports to the application: events, receipts, typing.

Source: https://spec.matrix.org/latest/application-service-api/#pushing-events
"""

import hmac
from dataclasses import dataclass
from typing import Any

from ..sandbox.machine.ready_file import Secret
from .calls import Calls, Json, path
from .events import number, seen, to_vonage
from .people import People


@dataclass(frozen=True)
class Report:
    """One reported event.

    key: identifies it; it's the same if the event is reported again.
    event: the event in Vonage's format.
    """

    key: str
    event: Json


def is_genuine(authorization: str, hs_token: Secret) -> bool:
    """Return whether a call comes from Synapse.

    authorization: the call's Authorization header.
    hs_token: the token that Synapse sends.
    """
    right = f"Bearer {hs_token.get_secret_value()}"
    return hmac.compare_digest(authorization.encode(), right.encode())


def reports(transaction: Json, calls: Calls, people: People) -> list[Report]:
    """Return the reported events of a transaction, in order.

    transaction: the body of Synapse's call.
    calls: look up the numbers of events that receipts refer to.
    people: knows the users.

    Raises:
        vonage_http_client.errors.HttpRequestError, requests.RequestException: Synapse
            didn't answer a lookup.
    """
    told = [
        Report(event["event_id"], to_vonage(event, event["room_id"], people))
        for event in transaction.get("events", [])
        if number(event)
    ]
    for one in transaction.get("ephemeral", []):
        if one["type"] == "m.receipt":
            told += _receipts(one["room_id"], one["content"], calls, people)
    return told


def _receipts(
    room: str, content: dict[str, Any], calls: Calls, people: People
) -> list[Report]:
    told: list[Report] = []
    for event, kinds in content.items():
        users = kinds.get("m.read", {})
        if users:
            found = calls("GET", path("rooms", room, "event", event))
            told += [
                Report(f"{event} {user}", seen(room, user, number(found), people))
                for user in users
            ]
    return told
