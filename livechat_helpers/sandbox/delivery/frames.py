"""The frames of a Client SDK's websocket: Socket.IO in Engine.IO, versions 3 and 4.

These are all the frames that are sent or understood (S: server, C: client):

    S> 0{"sid":...,"pingInterval":...}        the server opens
    C> 40            S> 40{"sid":...}         the client joins (version 4)
                     S> 40                    the server accepts it (version 3)
    C> 42["session:login",{"tid":...}]        a login (version 3); in version 4 the
                                              token is in the address
    S> 42["session:success",{"body":...}]     the answer to a login, or an error event
    S> 2             C> 3                     the server pings (version 4)
    C> 2             S> 3                     the client pings (version 3)
    S> 42["message",{"id":7,"cid":...}]       an event of a conversation
    S> 427["message",{...}]  C> 437[]         the same, to be acknowledged as number 7
    C> 42["session:update-token",{...}]       a new token (version 3)
    C> 42["session:logout",{...}]   C> 41     the client leaves
    S> 41                                     the server ends the session

Sources: https://github.com/socketio/engine.io-protocol and
https://github.com/socketio/socket.io-protocol
"""

import json
import struct
from dataclasses import dataclass
from functools import lru_cache

from ..http.validation import Json

PING = "2"
JOIN = "40"
LEAVE = "41"
CLOSE = "1"
_TEXT = 0x81  # the first byte of a complete text message on a websocket


@dataclass(frozen=True)
class Request:
    """An event that a client sends.

    name: the event's name.
    tid: the client's id for the request, which the answer repeats as ``rid``.
    body: the event's content.
    """

    name: str
    tid: str | None
    body: Json


def opening(sid: str, ping_interval: float, ping_timeout: float, largest: int) -> str:
    """Return the server's first frame.

    sid: the connection's id.
    ping_interval, ping_timeout: in seconds.
    largest: the maximum size of a client's frame in bytes.
    """
    return "0" + json.dumps(
        {
            "sid": sid,
            "upgrades": [],
            "pingInterval": int(ping_interval * 1000),
            "pingTimeout": int(ping_timeout * 1000),
            "maxPayload": largest,
        }
    )


def joined(sid: str) -> str:
    """Return the frame that accepts a client (version 4)."""
    return JOIN + json.dumps({"sid": sid})


def refused_namespace(frame: str, is_version_3: bool) -> str | None:
    """Return the rejection if a client joins a namespace that doesn't exist.

    Only the main namespace, ``/``, exists. For a frame that joins it, or joins nothing,
    return None.
    """
    if not frame.startswith(f"{JOIN}/"):
        return None
    namespace = frame[len(JOIN) :].partition(",")[0].partition("?")[0][:200]
    if namespace == "/":
        return None
    why = "Invalid namespace"
    told = json.dumps(why if is_version_3 else {"message": why})
    return f"44{namespace},{told}"


def is_about_pings(frame: str) -> bool:
    """Return whether a frame is a ping or a pong."""
    return frame.startswith(("2", "3"))


def pong(ping: str) -> str:
    """Return the answer to a ping, with the ping's own content."""
    return "3" + ping[1:64]


def event(name: str, payload: Json) -> str:
    """Return the frame of an event."""
    return "42" + json.dumps([name, payload], separators=(",", ":"))


def to_acknowledge(frame: str, number: int) -> str:
    """Return an event's frame with a number for the client to acknowledge."""
    return f"42{number}{frame[2:]}"


def read_request(frame: str) -> Request | None:
    """Return the event in a client's frame, or None if it doesn't contain one."""
    if not frame.startswith("42"):
        return None
    try:
        packet = json.loads(frame[2:].lstrip("0123456789"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(packet, list) or not packet or not isinstance(packet[0], str):
        return None
    payload = packet[1] if len(packet) > 1 and isinstance(packet[1], dict) else {}
    tid, body = payload.get("tid"), payload.get("body")
    return Request(
        packet[0],
        tid if isinstance(tid, str) else None,
        body if isinstance(body, dict) else {},
    )


@lru_cache(maxsize=1)  # One event goes to many clients in a row.
def on_the_wire(frame: str) -> bytes:
    """Return a server's frame as the bytes of a websocket message (RFC 6455)."""
    data = frame.encode()
    length = len(data)
    if length < 126:
        return bytes((_TEXT, length)) + data
    if length < 1 << 16:
        return struct.pack("!BBH", _TEXT, 126, length) + data
    return struct.pack("!BBQ", _TEXT, 127, length) + data
