"""The measured servers: a sandbox with an application, and what a server has used."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from cryptography.hazmat.primitives.asymmetric import rsa

from livechat_helpers.tokens import acl
from tests.sandbox import running
from tests.sandbox.callers import ALL_PATHS, Application, Caller
from tests.sandbox.running import Json, Program

from . import machine


class Meter:
    """What a process has used so far, with all its threads and children.

    pid: the process's id.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    def cpu(self) -> float:
        """Return the seconds of processor time, in the program and in the system."""
        return sum(_cpu(process) for process in self._all())

    def memory(self) -> float:
        """Return the resident memory in megabytes (millions of bytes)."""
        return sum(process.memory_info().rss for process in self._all()) / 1e6

    def _all(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    if sys.platform == "linux":
        # psutil counts in hundredths of a second. The kernel's clock for a process
        # counts in nanoseconds; clock_getcpuclockid(3) makes its number this way.
        return time.clock_gettime(~process.pid << 3 | 2)
    times = process.cpu_times()
    return times.user + times.system


class Desk:
    """An application on a sandbox that only the benchmark uses.

    program: the running sandbox.
    ready: what the sandbox printed when it was ready.
    http: a connection to it.
    """

    def __init__(self, program: Program, ready: Json, http: httpx.Client) -> None:
        self.ready = ready
        self.url: str = ready["http"]
        self.meter = Meter(program.process.pid)
        request = httpx.Request("GET", self.url)
        next(httpx.BasicAuth(ready["api_key"], ready["api_secret"]).auth_flow(request))
        account = Caller(http, request.headers["Authorization"])
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.application = Application(http, account, key)

    def authorization(self) -> dict[str, str]:
        """Return the headers for the application's own calls.

        Their token has an ACL.
        """
        minted = self.application.minter.mint(acl=acl(ALL_PATHS), seconds=3600)
        return {"Authorization": f"Bearer {minted}"}


@contextmanager
def desk(*arguments: str) -> Iterator[Desk]:
    """Yield an application on a sandbox that runs until the end of the block.

    arguments: more arguments for the sandbox.
    """
    folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
    program = running.sandbox(folder, *arguments, before=machine.server_core())
    try:
        ready = program.ready()
        with httpx.Client(base_url=ready["http"], trust_env=False, timeout=60) as http:
            yield Desk(program, ready, http)
    finally:
        program.kill()
        shutil.rmtree(folder)
