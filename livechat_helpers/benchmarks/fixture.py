"""What tests and lessons wait for: the start of a sandbox and a restored state."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from livechat_helpers.sandbox.machine.ready_file import SandboxInfo
from livechat_helpers.sandbox.remote import RemoteSandbox
from livechat_helpers.sandbox.testing import in_process, running

from . import floors, servers
from .long_conversation import fill
from .report import Figure, Target, compared, say
from .rounds import in_turn

_IN_PROCESS = Target(5, of_ratio=False)
_RESET = Target(3, of_ratio=False)
_ON_A_THREAD = Target(60, of_ratio=False)
_OF_A_CLASS = Target(100, of_ratio=False)
_CHATS, _MESSAGES = 30, 100  # the chats of a class, and the messages in each


def measure(quick: bool) -> list[Figure]:
    """Return the milliseconds that the fixtures take, next to an echo's."""
    rounds = 5 if quick else 30
    say(f"fixture: {rounds} rounds")
    with running() as sandbox, httpx.Client(trust_env=False) as client:

        def ask() -> None:
            client.get(f"{sandbox.url}/_sandbox/health").raise_for_status()

        one_process = "a sandbox in the test's process, and a first request"
        reset = "reset of a running sandbox; floor: its health"
        thread = "a sandbox on a thread, a first request, and its end"
        results = in_turn(
            rounds,
            {
                one_process: (_of_task(_in_process), _of_task(_echo_in_process)),
                reset: (_of(sandbox.reset), _of(ask)),
                thread: (_of(_on_a_thread), _of(_echo_on_a_thread)),
            },
        )
    targets = {one_process: _IN_PROCESS, reset: _RESET, thread: _ON_A_THREAD}
    return [
        *(
            compared(name, "ms", results[name], lambda one: one, target)
            for name, target in targets.items()
        ),
        *_state_of_a_class(rounds),
    ]


def _state_of_a_class(rounds: int) -> list[Figure]:
    """Return the milliseconds of a snapshot, a restore and a reset, on a real disk."""
    with servers.desk() as desk:
        for number in range(_CHATS):
            names = (f"visitor-{number}", f"agent-{number}")
            conversation, (member, _) = desk.application.chat(*names)
            fill(desk, conversation, member, _MESSAGES)
        sandbox = RemoteSandbox(SandboxInfo.read(desk.ready))

        def ask() -> None:
            sandbox.clock.now()

        def reset() -> float:
            sandbox.restore("class")
            return _of(sandbox.reset)()

        state = f"of {_CHATS} chats with {_MESSAGES} messages each; floor: its clock"
        measures = {
            f"snapshot {state}": (_of(lambda: sandbox.snapshot("class")), _of(ask)),
            f"restore {state}": (_of(lambda: sandbox.restore("class")), _of(ask)),
            f"reset {state}": (reset, _of(ask)),
        }
        sandbox.snapshot("class")
        say(f"fixture: {rounds} rounds with the state of a class")
        results = {}
        # The reset must come last, because it deletes everything.
        for name, pair in measures.items():
            results |= in_turn(rounds, {name: pair})
        sandbox.close()
    return [
        compared(name, "ms", pairs, lambda one: one, _OF_A_CLASS)
        for name, pairs in results.items()
    ]


def _of(work: Callable[[], object]) -> Callable[[], float]:
    """Return a measure of the milliseconds that some work takes."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return (time.perf_counter() - start) * 1000

    return measure


def _of_task(work: Callable[[], Coroutine[None, None, float]]) -> Callable[[], float]:
    """Return a measure of the milliseconds that a coroutine returns."""
    return lambda: asyncio.run(work())


async def _in_process() -> float:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        async with in_process(Path(folder)) as client:
            (await client.get("/_sandbox/health")).raise_for_status()
            return (time.perf_counter() - start) * 1000


async def _echo_in_process() -> float:
    start = time.perf_counter()
    transport = httpx.ASGITransport(floors.echo_app())
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1"
    ) as client:
        (await client.get("/health")).raise_for_status()
        return (time.perf_counter() - start) * 1000


def _on_a_thread() -> None:
    with running() as sandbox:
        _ask(f"{sandbox.url}/_sandbox/health")


def _echo_on_a_thread() -> None:
    with _echoing() as url:
        _ask(f"{url}/health")


@contextmanager
def _echoing() -> Iterator[str]:
    server = uvicorn.Server(floors.echo_config())
    bound = floors.listener()
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    while not server.started:
        time.sleep(0.001)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


def _ask(url: str) -> None:
    # Without TLS, because reading the certificate authorities takes longer than the
    # rest.
    with httpx.Client(trust_env=False, verify=False) as client:
        client.get(url).raise_for_status()
