"""The measured servers: a sandbox with a desk on it, and what a server has used."""

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
    """What a process, with all its threads and children, has used so far.

    pid: the process.
    """

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    def cpu(self) -> float:
        """Return the seconds of processor time, of the program and of the system."""
        return sum(_cpu(process) for process in self._all())

    def memory(self) -> float:
        """Return the resident memory in megabytes (millions of bytes)."""
        return sum(process.memory_info().rss for process in self._all()) / 1e6

    def _all(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    if sys.platform == "linux":
        # psutil counts hundredths of a second; the kernel's clock of a process,
        # whose number clock_getcpuclockid(3) makes so, counts nanoseconds.
        return time.clock_gettime(~process.pid << 3 | 2)
    times = process.cpu_times()
    return times.user + times.system


class Desk:
    """An application on a sandbox of its own.

    program: the running sandbox. ready: what it said when it was. http: a
    connection to it.
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
        """Return the headers of the application's own calls; its ACL is checked."""
        minted = self.application.minter.mint(acl=acl(ALL_PATHS), seconds=3600)
        return {"Authorization": f"Bearer {minted}"}


@contextmanager
def desk(*arguments: str) -> Iterator[Desk]:
    """Yield an application on a sandbox that starts and ends here.

    arguments: the sandbox's own.
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
