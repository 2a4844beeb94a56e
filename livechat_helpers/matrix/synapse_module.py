"""A module for Synapse that keeps visitors in their room and numbers events.

Agents sign in with any Matrix client and their password for the agents' page.

A visitor's token is only good for one room, because its user can't create rooms, can't
join rooms without an invitation from the application, and can't invite anybody.

Every event gets a number in its room: 1, 2, 3 and so on, in the order in which Synapse
stored them. It's in ``unsigned``, as ``livechat.number``, and shows a client whether it
has missed an event. A deletion also has the number of the deleted event,
``livechat.redacts``.

Source: https://element-hq.github.io/synapse/latest/modules/writing_a_module.html
"""

import os
from bisect import bisect_left
from collections import OrderedDict
from typing import Any

from synapse.events import EventBase
from synapse.module_api import NOT_SPAM, ModuleApi, errors
from synapse.types import StateMap
from twisted.internet import reactor

from ..sandbox.machine import lifeline
from .ready_file import APPLICATION, VISITOR
from .synapse_variables import ENDS_WITH_STDIN

_MOST_ROOMS = 10_000  # rooms whose events' positions are cached


class LiveChat:
    """The module, as loaded by Synapse.

    config: ``website``, the address that knows the agents' passwords.
    api: Synapse's API for modules.
    """

    def __init__(self, config: dict[str, Any], api: ModuleApi) -> None:
        self._api = api
        self._sign_in = f"{config['website']}/api/jwt/agent"
        self._stored: OrderedDict[str, list[int]] = OrderedDict()
        api.register_spam_checker_callbacks(
            user_may_create_room=self._may_make,
            user_may_create_room_alias=self._may_make,
            user_may_publish_room=self._may_make,
            user_may_join_room=self._may_join,
            user_may_invite=self._may_invite,
            user_may_send_3pid_invite=self._may_make,
        )
        api.register_third_party_rules_callbacks(check_event_allowed=self._is_allowed)
        api.register_add_extra_fields_to_unsigned_client_event_callbacks(
            add_field_to_unsigned_callback=self._numbers
        )
        api.register_password_auth_provider_callbacks(
            auth_checkers={("m.login.password", ("password",)): self._signs_in}
        )
        if os.environ.get(ENDS_WITH_STDIN):
            lifeline.watch(_end)

    @staticmethod
    def parse_config(config: dict[str, Any]) -> dict[str, Any]:
        """Return the module's settings unchanged."""
        return config

    async def _may_make(self, user: str, *_: object) -> Any:
        return errors.Codes.FORBIDDEN if _is_visitor(user) else NOT_SPAM

    async def _may_join(self, user: str, room: str, is_invited: bool) -> Any:
        is_welcome = is_invited or not _is_visitor(user)
        return NOT_SPAM if is_welcome else errors.Codes.FORBIDDEN

    async def _may_invite(self, inviter: str, invitee: str, room: str) -> Any:
        is_ours = inviter == APPLICATION
        between_agents = not (_is_visitor(inviter) or _is_visitor(invitee))
        return NOT_SPAM if is_ours or between_agents else errors.Codes.FORBIDDEN

    async def _is_allowed(
        self, event: EventBase, state: StateMap[EventBase]
    ) -> tuple[bool, dict[str, Any] | None]:
        """Reject a member's second join, which would only change the display name.

        The agent who joined last owns the chat, so a join must not have any other
        meaning.
        """
        if event.type == "m.room.member" and event.sender == event.state_key:
            before = state.get(("m.room.member", event.sender))
            is_in = before is not None and before.membership == "join"
            return not (is_in and event.membership == "join"), None
        return True, None

    async def _signs_in(
        self, user: str, kind: str, given: dict[str, Any]
    ) -> tuple[str, None] | None:
        """Return an agent's id if the website accepts the password."""
        id = self._api.get_qualified_user_id(user)
        name = id[1:].partition(":")[0]
        body = {"agent": name, "password": given["password"]}
        try:
            await self._api.http_client.post_json_get_json(self._sign_in, body)
        except Exception:  # The website rejected it, or is down.
            return None
        return id, None

    async def _numbers(self, event: EventBase) -> dict[str, Any]:
        place = event.internal_metadata.stream_ordering
        if place is None or not event.room_id:
            return {}  # The event isn't stored.
        numbers = {"livechat.number": await self._number(event.room_id, place)}
        redacts = event.redacts or event.content.get("redacts")
        if event.type == "m.room.redaction" and redacts:
            target = await self._api.run_db_interaction(
                "livechat_redacts", _place, event.room_id, redacts
            )
            if target is not None:
                numbers["livechat.redacts"] = await self._number(event.room_id, target)
        return numbers

    async def _number(self, room: str, place: int) -> int:
        """Return an event's number in its room, starting at 1.

        place: its position among all events on the server. A room has a single writer,
            so later events have later positions.
        """
        stored = self._stored.setdefault(room, [])
        self._stored.move_to_end(room)
        while len(self._stored) > _MOST_ROOMS:
            self._stored.popitem(last=False)
        if not stored or stored[-1] < place:
            last = stored[-1] if stored else 0
            found = await self._api.run_db_interaction(
                "livechat_numbers", _places_after, room, last
            )
            known = stored[-1] if stored else 0  # Another call may have been faster.
            stored += [each for each in found if each > known]
        return bisect_left(stored, place) + 1


def _is_visitor(user: str) -> bool:
    return user.startswith(f"@{VISITOR}")


def _places_after(transaction: Any, room: str, last: int) -> list[int]:
    # Dummy events connect loose ends in a room's graph; clients never get them.
    transaction.execute(
        "SELECT stream_ordering FROM events WHERE room_id = ? AND stream_ordering > ?"
        " AND type <> 'org.matrix.dummy_event' ORDER BY stream_ordering",
        (room, last),
    )
    return [place for (place,) in transaction]


def _place(transaction: Any, room: str, event: str) -> int | None:
    transaction.execute(
        "SELECT stream_ordering FROM events WHERE room_id = ? AND event_id = ?",
        (room, event),
    )
    row = transaction.fetchone()
    return row[0] if row else None


def _end() -> None:
    reactor.callFromThread(reactor.stop)  # pyright: ignore[reportAttributeAccessIssue]
