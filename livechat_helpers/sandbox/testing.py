"""A sandbox for your own tests; pytest finds these fixtures automatically.

    def test_my_chat(vonage_sandbox):
        client = MyClient(vonage_sandbox.url)

``vonage_sandbox`` is one real sandbox for the whole run, emptied before each test.
"""

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from .local_vonage import Options
    from .remote import RemoteSandbox


@pytest.fixture(scope="session")
def vonage_sandbox_of_the_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> "Iterator[RemoteSandbox]":
    """One running sandbox, with whatever earlier tests left in it."""
    with running(tmp_path_factory.mktemp("vonage-sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def vonage_sandbox(
    vonage_sandbox_of_the_run: "RemoteSandbox", monkeypatch: pytest.MonkeyPatch
) -> "RemoteSandbox":
    """An empty sandbox, trusted by PyPI's ``vonage`` and by the test's programs."""
    sandbox = vonage_sandbox_of_the_run
    sandbox.reset()
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    return sandbox


@contextlib.contextmanager
def running(
    data_dir: Path | None = None, options: "Options | None" = None
) -> "Iterator[RemoteSandbox]":
    """Run a sandbox in a thread of this process, on free ports of 127.0.0.1.

    data_dir: the folder for its state; by default, a temporary one.
    options: as on the command line; by default, writes don't wait for the disk.

    Raises:
        StartError: another sandbox uses the folder.
        OSError, sqlite3.Error: the folder isn't writable.
    """
    with contextlib.ExitStack() as stack:
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield stack.enter_context(_on_a_thread(data_dir, options))


def _make(data_dir: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextlib.contextmanager
def _on_a_thread(
    data_dir: Path, options: "Options | None"
) -> "Iterator[RemoteSandbox]":
    from . import server
    from .local_vonage import Options
    from .machine.ready_file import SandboxInfo
    from .remote import RemoteSandbox

    _make(data_dir)
    started = threading.Event()
    ready: dict[str, str] = {}
    failed: list[BaseException] = []
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()

    def announce(told: dict[str, str]) -> None:
        ready.update(told)
        started.set()

    def serve() -> None:
        try:
            loop.run_until_complete(
                server.run(
                    data_dir,
                    options or Options(synchronous="OFF"),
                    announce,
                    ending=ending,
                )
            )
        except BaseException as error:
            failed.append(error)
        finally:
            started.set()
            loop.close()

    thread = threading.Thread(target=serve, name="vonage-sandbox", daemon=True)
    thread.start()
    started.wait()
    try:
        if not failed:
            remote = RemoteSandbox(SandboxInfo.read(ready))
            with contextlib.closing(remote):
                yield remote
    finally:
        with contextlib.suppress(RuntimeError):  # The loop may have closed already.
            loop.call_soon_threadsafe(ending.set)
        thread.join()
    if failed:
        raise failed[0]


@contextlib.asynccontextmanager
async def in_process(
    data_dir: Path, options: "Options | None" = None
) -> "AsyncIterator[httpx.AsyncClient]":
    """Create a sandbox without sockets, and a client that calls it directly.

    data_dir, options: as for :func:`running`.
    """
    import httpx

    from .local_vonage import Options, Sandbox

    _make(data_dir)
    sandbox = Sandbox(data_dir, options or Options(synchronous="OFF"))
    try:
        transport = httpx.ASGITransport(sandbox.app())
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1"
        ) as client:
            yield client
    finally:
        sandbox.stop()
        await sandbox.close()
