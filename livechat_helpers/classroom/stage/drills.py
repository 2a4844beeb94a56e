"""Failures that an instructor causes with one key, in front of the class.

Each drill ends after a while, so nothing needs fixing before the next cell.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from livechat_helpers.sandbox.remote import RemoteSandbox

CLOCK_SECONDS = 20.0
"""How many seconds the clock is wrong."""

_EVENTS = "/*/conversations/*/events"


@dataclass(frozen=True)
class Drill:
    """One failure.

    key: the key that causes it.
    label: the button's label.
    run: causes it, and returns what to tell the class.
    """

    key: str
    label: str
    run: Callable[[RemoteSandbox], str]


def _drop(sandbox: RemoteSandbox) -> str:
    count = sandbox.faults.drop_sockets()
    return (
        f"Connections dropped: {count}. The pages and the pane reconnect on their own."
    )


def _too_many(sandbox: RemoteSandbox) -> str:
    sandbox.faults.refuse(429, path=_EVENTS, method="POST", times=3, retry_after=2)
    return "Vonage refuses the next three messages: 429, try again in 2 seconds."


def _lost_answer(sandbox: RemoteSandbox) -> str:
    sandbox.faults.drop_reply(path=_EVENTS, method="POST", times=1)
    return "The next message is stored, but Vonage's answer gets lost."


def _twice(sandbox: RemoteSandbox) -> str:
    sandbox.faults.duplicate_webhooks(times=10, lasting=120)
    return "Each of the next ten webhooks arrives twice."


def _clock(sandbox: RemoteSandbox) -> str:
    sandbox.clock.step(20 * 60)
    # The clock can't be stepped back, and a class mustn't stay in the future.
    back = threading.Timer(CLOCK_SECONDS, sandbox.clock.run)
    back.daemon = True
    back.start()
    return (
        f"For {CLOCK_SECONDS:.0f} seconds, Vonage's clock is 20 minutes ahead, so even "
        "new tokens have expired."
    )


def _expire(sandbox: RemoteSandbox) -> str:
    sandbox.faults.expire_tokens(lasting=600)
    return (
        "All current tokens have expired, as if 20 minutes had passed. New ones work."
    )


def _calm(sandbox: RemoteSandbox) -> str:
    sandbox.faults.clear()
    sandbox.clock.run()
    return "All faults are off, and the clock is right."


DRILLS = {
    "drop": Drill("1", "Drop", _drop),
    "429": Drill("2", "429", _too_many),
    "lost answer": Drill("3", "Lost answer", _lost_answer),
    "twice": Drill("4", "Repeat webhooks", _twice),
    "clock": Drill("5", "Clock +20 min", _clock),
    "tokens": Drill("6", "Tokens expire", _expire),
    "calm": Drill("0", "All off", _calm),
}
"""The drills, by name."""
