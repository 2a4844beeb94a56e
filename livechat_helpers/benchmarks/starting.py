"""The time from a process's start to its first answer, and its memory then."""

import http.client
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox import running
from tests.sandbox.running import Program

from . import floors, machine
from .report import Figure, Target, compared, say
from .rounds import in_turn
from .servers import Meter

_TIME = Target(400, of_ratio=False)
_MEMORY = Target(60, of_ratio=False)


@dataclass(frozen=True)
class Start:
    """One start: milliseconds to the first answer, and megabytes of memory then."""

    milliseconds: float
    megabytes: float


def _start(make: Callable[[], Program], health: str) -> Start:
    started = time.perf_counter()
    program = make()
    try:
        # Making an httpx client takes longer than the answer, so this uses http.client.
        address = program.ready()["http"].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=20)
        connection.request("GET", health)
        status = connection.getresponse().status
        taken = time.perf_counter() - started
        connection.close()
        assert status == 200, status
        return Start(taken * 1000, Meter(program.process.pid).memory())
    finally:
        program.kill()


def _echo() -> Start:
    return _start(lambda: floors.start("echo"), "/health")


def _sandbox(folder: Path) -> Start:
    return _start(
        lambda: running.sandbox(folder, before=machine.server_core()),
        "/_sandbox/health",
    )


def _first_sandbox() -> Start:
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        return _sandbox(Path(folder))


def measure(quick: bool) -> list[Figure]:
    """Return the time and memory of a start, in a new folder and in a used one."""
    rounds = 3 if quick else 15
    say(f"starting: {rounds} rounds of 4 starts")
    with tempfile.TemporaryDirectory(prefix="sandbox-") as kept:
        folder = Path(kept)
        measures = {
            "start": (lambda: _sandbox(folder), _echo),
            "first start, in an empty folder,": (_first_sandbox, _echo),
        }
        results = in_turn(rounds, measures)
    return [
        *(
            compared(
                f"{name} to first answer", "ms", pairs, lambda o: o.milliseconds, _TIME
            )
            for name, pairs in results.items()
        ),
        compared(
            "memory when ready", "MB", results["start"], lambda o: o.megabytes, _MEMORY
        ),
    ]
