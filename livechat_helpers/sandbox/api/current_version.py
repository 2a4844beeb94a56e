"""Users, conversations, members, events and sessions on /v1 and /v0.3.

Both versions have the same calls. For some clients, /v1 returns a list of events
directly as ``_embedded`` instead of ``_embedded.events``. The Client SDK uses /v0.3,
and the older /v0.2 to leave a conversation and to renew a token.
"""

from collections.abc import Callable

from ..http.routing import AnyRoute, Mount
from . import conversation_calls, event_calls, member_calls, user_calls
from .gate import Gate, Paths
from .session_calls import SessionCalls
from .user_calls import EndSessions


def paths(
    end_sessions: EndSessions,
    expiry_changed: Callable[[], None],
    sessions: SessionCalls,
) -> Paths:
    """Return the calls of the current versions, by path and method.

    end_sessions: as for the calls on users.
    expiry_changed: as for the calls on conversations.
    sessions: the calls on sessions.
    """
    return {
        **user_calls.paths(end_sessions),
        **conversation_calls.paths(expiry_changed),
        **member_calls.PATHS,
        **event_calls.PATHS,
        **sessions.paths(),
    }


def routes(gate: Gate, current: Paths) -> list[AnyRoute]:
    """Return the routes of the current versions.

    gate: verifies each call.
    current: the calls, by path and method.
    """
    verified = gate.routes(current)
    return [Mount("/v1", routes=verified), Mount("/v0.3", routes=verified)]
