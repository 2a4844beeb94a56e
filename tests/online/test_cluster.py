"""Two hundred visitors at once: Synapse as one process, and as three on PostgreSQL.

It needs PostgreSQL and Redis: apt-get install postgresql redis-server. The figures
that it prints (``-s``) are in ``livechat_helpers/online/README.md``.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .cluster import Cluster
from .crowd import PAUSE, Crowd, memory_of_synapse
from .machine import Machine

pytestmark = [pytest.mark.weekly, pytest.mark.timeout(900)]

VISITORS = 200
HASTY = ["a", "b", "c"]
CALM = ["d", "e", "f"]

SHAPES: dict[str, Callable[[Path], Machine]] = {
    "one process": lambda folder: Machine(folder, "matrix"),
    "PostgreSQL and two workers": Cluster,
}


@pytest.fixture(params=SHAPES)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """The recipe on Matrix, with one process or three."""
    machine = SHAPES[request.param](tmp_path)
    try:
        machine.start_all()
        print(f"\n{request.param}, {VISITORS} visitors:")
        yield machine
    finally:
        machine.stop()


async def chat(machine: Machine) -> None:
    """Let a crowd chat, first in a rush and then calmly, and print what happened."""
    crowd = Crowd(machine, VISITORS)
    print(f"  all chats open after {await crowd.open():.1f} s")
    print(f"  without a pause: {await crowd.talk(HASTY)}")
    print(f"  every {PAUSE:.0f} s: {await crowd.talk(CALM, PAUSE)}")
    print(f"  Synapse has {memory_of_synapse():.0f} MB")
    for events in await crowd.rooms():
        messages = [e for e in events if e["type"] == "m.room.message"]
        assert [one["content"]["body"] for one in messages] == HASTY + CALM
        numbers = [one["unsigned"]["livechat.number"] for one in events]
        assert sorted(numbers) == list(range(1, len(events) + 1))
    await crowd.leave()


def test_a_crowd_loses_nothing_on_one_process_or_three(machine: Machine) -> None:
    asyncio.run(chat(machine))
