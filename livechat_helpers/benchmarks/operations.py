"""CPU and latency of the four calls that make up a chat, next to an echo's."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tests.sandbox.callers import message

from . import floors, load, servers
from .load import CONNECTIONS, Outcome, Plan, Request
from .report import Figure, Target, compared, say
from .rounds import Measure, Pairs, in_turn
from .servers import Desk, Meter

_CPU = Target(2.5)
_CPU_NORMAL = Target(2.0)
_LATENCY = Target(3.0)
TEXT = "Hello, I have a question about the order that I made last week."
"""The text of every message, as long as a customer's first one often is."""
_NEW = "with a new token"
_MINTED = 1500  # tokens for a round in which every call has a new one


@dataclass(frozen=True)
class Cost:
    """What a call costs its server.

    cpu: seconds of processor time for one call.
    outcome: what the client saw.
    """

    cpu: float
    outcome: Outcome


def cost(meter: Meter, plan: Plan) -> Cost:
    """Run a plan and return the cost of each of its requests.

    meter: the server's.
    plan: what to send.
    """
    before = meter.cpu()
    outcome = load.run(plan)
    return Cost((meter.cpu() - before) / max(1, outcome.requests), outcome)


@contextmanager
def echo(seconds: float) -> Iterator[Measure[Cost]]:
    """Yield the floor's measure: the echo of a JSON body as large as an event.

    seconds: how long one round lasts.
    """
    program = floors.start("echo")
    try:
        url = program.ready()["http"]
        body = json.dumps({**message(TEXT), "from": "MEM-" + "0" * 36, "id": 1})
        plan = Plan(url, [Request("POST", "/", {}, body)], seconds=seconds)
        meter = Meter(program.process.pid)
        yield lambda: cost(meter, plan)
    finally:
        program.kill()


def calls(desk: Desk, seconds: float) -> dict[str, Measure[Cost]]:
    """Return the measures of the four calls, and of one with a new token each time.

    desk: the sandbox and its application.
    seconds: how long one round of each lasts.
    """
    headers = desk.authorization()
    chat, (member, _) = desk.application.chat("visitor", "agent")
    history, (speaker, _) = desk.application.chat("reader", "writer")
    for _ in range(25):
        desk.application.say(history, TEXT, speaker)
    event = json.dumps({**message(TEXT), "from": member})
    user = json.dumps({"name": f"visitor-{load.COUNTER}", "display_name": "A visitor"})
    conversation = json.dumps({"name": f"chat-{load.COUNTER}", "display_name": "Help"})
    events = f"/v1/conversations/{chat}/events"
    requests = {
        "create a user": Request("POST", "/v1/users", headers, user),
        "create a conversation": Request(
            "POST", "/v1/conversations", headers, conversation
        ),
        "post an event": Request("POST", events, headers, event),
        "list 20 events": Request(
            "GET", f"/v1/conversations/{history}/events?page_size=20", headers
        ),
    }
    runs = count()

    def measure(request: Request) -> Cost:
        first = next(runs) * 1_000_000
        plan = Plan(desk.url, [request], seconds=seconds, first=first)
        return cost(desk.meter, plan)

    def with_new_tokens() -> Cost:
        # PyPI's vonage mints a token for every call, so the sandbox can cache nothing.
        fresh = [
            Request("POST", events, desk.authorization(), event) for _ in range(_MINTED)
        ]
        plan = Plan(desk.url, fresh, seconds=seconds, most=len(fresh))
        return cost(desk.meter, plan)

    measures = {
        name: lambda r=request: measure(r) for name, request in requests.items()
    }
    return {**measures, f"post an event, each {_NEW}": with_new_tokens}


def measure(quick: bool) -> list[Figure]:
    """Return CPU and p99 of every call, next to the echo's."""
    results = {
        **_all_in_turn(quick),
        # They run separately, so that neither writes to the disk while the other waits.
        **_all_in_turn(quick, "NORMAL"),
    }
    return [
        *(cpu(*one, _target(one[0])) for one in results.items()),
        *(_p99(*one) for one in results.items()),
    ]


def _all_in_turn(quick: bool, synchronous: str = "FULL") -> dict[str, Pairs[Cost]]:
    rounds, seconds = (3, 0.5) if quick else (9, 0.8)
    with (
        servers.desk("--synchronous", synchronous) as desk,
        echo(seconds) as floor,
    ):
        measures = calls(desk, seconds)
        if synchronous != "FULL":
            measures = {
                f"{name}, synchronous={synchronous}": call
                for name, call in measures.items()
                if not name.startswith("list") and _NEW not in name
            }
        say(f"operations: {rounds} rounds of {len(measures)} calls, {seconds} s each")
        with_floor = {name: (call, floor) for name, call in measures.items()}
        return in_turn(rounds, with_floor)


def _target(name: str) -> Target | None:
    if _NEW in name:
        return None
    return _CPU_NORMAL if name.endswith("NORMAL") else _CPU


def cpu(name: str, costs: Pairs[Cost], target: Target | None = None) -> Figure:
    """Return the line with a call's CPU time, and the number of calls and errors."""
    asked = sum(one.outcome.requests for one in costs.measured)
    failed = sum(one.outcome.errors for one in costs.measured)
    label = f"CPU: {name} ({asked:,} calls, {failed} errors)"
    return compared(label, "µs", costs, lambda one: one.cpu * 1e6, target)


def _p99(name: str, costs: Pairs[Cost]) -> Figure:
    return compared(
        f"p99 of {CONNECTIONS} connections: {name}",
        "ms",
        costs,
        lambda one: one.outcome.p99 * 1e3,
        None if _NEW in name else _LATENCY,
    )
