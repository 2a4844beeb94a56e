"""The machine that the benchmarks run on: its cores, limits and versions."""

import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import psutil

_PACKAGES = (
    *("starlette", "uvicorn", "httptools", "websockets"),
    *("pyjwt", "cryptography"),
)


Before = Callable[[], None]
"""What a new process does before its program starts."""


def server_core() -> Before | None:
    """Return a function that ties a new process to the core of the measured servers.

    Returns: None where processes can't be tied to a core.
    """
    return _pin(first=True)


def client_core() -> Before | None:
    """Return a function that ties a new process to a core that no server uses.

    Returns: None where processes can't be tied to a core.
    """
    return _pin(first=False)


def _pin(*, first: bool) -> Before | None:
    if sys.platform != "linux":
        return None
    cores = sorted(os.sched_getaffinity(0))
    chosen = cores[0] if first else cores[-1]
    return lambda: os.sched_setaffinity(0, {chosen})


def is_pinned() -> bool:
    """Return whether servers and clients each have their own core here."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def allow_open_files() -> None:
    """Let this process and its children open as many files as the system allows."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def described() -> list[str]:
    """Return lines that describe the machine.

    It takes a second to measure how busy it is.
    """
    cores = "servers and clients pinned to a core each" if is_pinned() else "not pinned"
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return [
        f"{_processor()}, {os.cpu_count()} cores, {cores}; "
        f"{platform.system()} {platform.machine()}; "
        f"a flush to its disk takes {_flush() * 1000:.2f} ms (median); "
        f"other programs kept {psutil.cpu_percent(interval=1):.0f} % of it busy",
        f"{platform.python_implementation()} {platform.python_version()}, {packages}, "
        f"SQLite {sqlite3.sqlite_version}",
    ]


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or "an unnamed processor"


def _flush() -> float:
    """Return the median seconds of one flush in the folder for temporary files."""
    taken = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)
