"""One event to many sessions, next to a bare broadcast of frames of the same size."""

import json
import statistics
from contextlib import ExitStack
from dataclasses import dataclass

from tests.sandbox.callers import message

from . import floors, servers
from .listeners import Audience, Heard, Listeners, listening
from .load import Request
from .operations import TEXT
from .report import Figure, Target, compared, say, single
from .rounds import Pairs, in_turn
from .servers import Desk, Meter

_CPU = Target(2.0)
_MOST_MEMBERS = 100  # A conversation has no more; they open the other sessions, too.


@dataclass(frozen=True)
class _Room:
    """The sessions that receive an event.

    sessions: how many there are.
    events: how many are sent in a round.
    acknowledges: whether the sessions acknowledge each event.
    """

    sessions: int
    events: int
    acknowledges: bool

    def __str__(self) -> str:
        return f"one event to {self.sessions:,} sessions" + (
            " that acknowledge it" if self.acknowledges else ""
        )


_ROOMS = (_Room(100, 100, False), _Room(100, 100, True), _Room(1000, 20, True))


@dataclass(frozen=True)
class _Delivered:
    """One round.

    cpu: the server's seconds for one delivery.
    heard: what the sessions received.
    """

    cpu: float
    heard: Heard


def measure(quick: bool) -> list[Figure]:
    """Return CPU per delivery, delay and losses for rooms of several sizes."""
    rounds = 3 if quick else 9
    return [figure for room in _ROOMS for figure in _figures(room, rounds)]


def _figures(room: _Room, rounds: int) -> list[Figure]:
    say(f"fan-out: {room}, {rounds} rounds of {room.events} events")
    with ExitStack() as stack:
        desk = stack.enter_context(servers.desk())
        ours = stack.enter_context(listening(_audience(desk, room)))
        size = ours.hear(5).size
        floor = floors.start("broadcast")
        stack.callback(floor.kill)
        bare = stack.enter_context(
            listening(
                Audience(
                    floor.ready()["http"],
                    [""] * room.sessions,
                    "x" * size,
                    room.acknowledges,
                )
            )
        )
        meter = Meter(floor.process.pid)
        measures = {
            str(room): (
                lambda: _deliver(room, ours, desk.meter),
                lambda: _deliver(room, bare, meter),
            )
        }
        pairs = in_turn(rounds, measures)[str(room)]
    return _lines(room, pairs)


def _audience(desk: Desk, room: _Room) -> Audience:
    """Return the sessions of a new conversation, and an event for all of them."""
    names = [f"user-{n}" for n in range(min(room.sessions, _MOST_MEMBERS))]
    conversation, members = desk.application.chat(*names)
    tokens = [desk.application.token(name, seconds=3600) for name in names]
    post = Request(
        "POST",
        f"/v1/conversations/{conversation}/events",
        desk.authorization(),
        json.dumps({**message(TEXT), "from": members[0]}),
    )
    sessions = tokens * (room.sessions // len(names))
    event = post.raw(desk.url.removeprefix("http://")).decode()
    return Audience(desk.url, sessions, event, room.acknowledges)


def _deliver(room: _Room, listeners: Listeners, meter: Meter) -> _Delivered:
    before = meter.cpu()
    heard = listeners.hear(room.events)
    return _Delivered((meter.cpu() - before) / (room.events * room.sessions), heard)


def _lines(room: _Room, pairs: Pairs[_Delivered]) -> list[Figure]:
    deliveries = room.sessions * room.events
    missed = sum(
        abs(deliveries - one.heard.frames) + one.heard.disordered
        for one in pairs.measured
    )
    return [
        compared(
            f"CPU per delivery: {room}",
            "µs",
            pairs,
            lambda one: one.cpu * 1e6,
            _CPU if room.sessions <= _MOST_MEMBERS else None,
        ),
        compared(
            f"until the last has it: {room}",
            "ms",
            pairs,
            lambda one: statistics.median(one.heard.seconds) * 1e3,
        ),
        single(
            f"lost, duplicated or out of order: {room}, "
            f"{deliveries * len(pairs.measured):,} deliveries",
            "frames",
            missed,
            0,
        ),
    ]
