"""The cost of a long conversation: listing a page of it, and memory."""

import json

from tests.sandbox.callers import message

from . import load, servers
from .listeners import Audience, listening
from .load import Plan, Request
from .operations import TEXT, Cost, cost, cpu
from .report import Figure, Target, compared, say, single
from .rounds import Measure, Pairs, in_turn
from .servers import Desk

_LISTING = Target(1.2)
_MEMORY = Target(1.1)
_GROWTH = 10  # MB
_SHORT = 100
_PAGES = {
    "the first 20": "page_size=20",
    "the newest 20": "page_size=20&order=desc",
    "20 from the middle": "page_size=20&start_id={middle}",
}


def measure(quick: bool) -> list[Figure]:
    """Return the cost of a long conversation's pages, and memory while it grows."""
    events = 10_000 if quick else 100_000
    with servers.desk() as desk:
        short, (member, _) = desk.application.chat("visitor", "agent")
        fill(desk, short, member, _SHORT)
        long, (member, _) = desk.application.chat("customer", "listener")
        token = desk.application.token("listener", seconds=3600)
        with listening(Audience(desk.url, [token], "", True)) as session:
            megabytes = []
            for done in range(events // 10, events + 1, events // 10):
                fill(desk, long, member, events // 10)
                megabytes.append(desk.meter.memory())
                say(f"long-conversation: {done:,} of {events:,} messages are there")
            heard = session.hear(0)
        missed = float(abs(events - heard.frames) + heard.disordered)
        return [
            *_memory(events, megabytes, missed),
            *_listing(desk, short, long, quick),
        ]


def _memory(events: int, megabytes: list[float], missed: float) -> list[Figure]:
    early, late = megabytes[0], megabytes[-1]
    after = f"after {events:,} messages, a session listening"
    return [
        compared(
            f"memory {after}; floor: after {events // 10:,}",
            "MB",
            Pairs([late], [early]),
            lambda one: one,
            _MEMORY,
        ),
        single(f"memory's growth {after}", "MB", late - early, _GROWTH),
        single(f"lost, duplicated or out of order of {events:,}", "frames", missed, 0),
    ]


def _listing(desk: Desk, short: str, long: str, quick: bool) -> list[Figure]:
    rounds, seconds = (3, 0.5) if quick else (9, 0.8)
    headers = desk.authorization()

    def listing(conversation: str, events: int, query: str) -> Measure[Cost]:
        query = query.format(middle=events // 2)
        path = f"/v1/conversations/{conversation}/events?{query}"
        plan = Plan(desk.url, [Request("GET", path, headers)], seconds=seconds)
        return lambda: cost(desk.meter, plan)

    path = f"/v1/conversations/{long}"
    events = desk.application.admin.get(path).json()["sequence_number"]
    measures = {
        f"list {name} of {events:,} events": (
            listing(long, events, query),
            listing(short, _SHORT, query),
        )
        for name, query in _PAGES.items()
    }
    say(f"long-conversation: {rounds} rounds of {len(measures)} kinds of pages")
    return [
        cpu(f"{name}; floor: of {_SHORT}", costs, _LISTING)
        for name, costs in in_turn(rounds, measures).items()
    ]


def fill(desk: Desk, conversation: str, member: str, events: int) -> None:
    """Let a member send messages.

    events: how many.
    """
    path = f"/v1/conversations/{conversation}/events"
    body = json.dumps({**message(TEXT), "from": member})
    post = Request("POST", path, desk.authorization(), body)
    outcome = load.run(Plan(desk.url, [post], connections=64, most=events))
    assert outcome.requests == events and not outcome.errors, outcome
