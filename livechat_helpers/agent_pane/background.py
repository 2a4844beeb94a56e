"""An event loop on its own thread, and how other threads call it.

The notebook's loop is blocked while a cell runs; this one never is.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


class Ended(RuntimeError):
    """The loop has ended, and takes nothing."""


class Background:
    """A loop that runs until its one main coroutine ends.

    name: the thread's.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._ready = threading.Event()
        self._taking = threading.Lock()
        self._is_over = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self.doing = 0
        """How many things are under way."""

    # From any thread

    def start(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start the thread; return when the loop is there."""
        run = lambda: asyncio.run(self._run(main))  # noqa: E731
        self._thread = threading.Thread(target=run, daemon=True, name=self._name)
        self._thread.start()
        self._ready.wait()

    def close(self, wait: bool = True) -> None:
        """Cancel the main coroutine.

        wait: whether until the thread has ended.
        """
        self.call(self._main.cancel)
        if wait and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def call(self, job: Callable[[], object]) -> None:
        """Run a function on the loop, unless that has ended; its result is lost."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(job)

    @property
    def is_running(self) -> bool:
        """Whether the loop takes anything."""
        return not self._is_over

    def ask(self, job: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the loop, and return what will hold its result.

        If the loop ends first, the result is cancelled.

        Raises:
            Ended: the loop has ended.
        """
        with self._taking:
            if self._is_over:
                job.close()
                raise Ended
            return asyncio.run_coroutine_threadsafe(job, self.loop)

    # On the loop

    async def _run(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._main = asyncio.ensure_future(main())
        self._ready.set()
        try:
            with suppress(asyncio.CancelledError):
                await self._main
        finally:
            with self._taking:
                self._is_over = True
            # What was taken before becomes a task now; all tasks are cancelled next.
            await asyncio.sleep(0)

    def spawn(self, job: Coroutine[Any, Any, Any]) -> None:
        """Let a coroutine run by itself; it counts as under way."""

        async def counted() -> None:
            try:
                await job
            finally:
                self.done()

        self.doing += 1
        task = self.loop.create_task(counted())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def done(self) -> None:
        """Note that something has finished."""
        self.doing -= 1
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again at what they wait for."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition holds, and return whether it does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    changed = self._changed
                    if holds():
                        return True
                    await changed.wait()
        return holds()


class Home:
    """Where the notebook's own functions run: its loop, or a thread without one."""

    def __init__(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def run(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let a coroutine function run there; called on any other loop."""
        if self._loop is None:
            here = asyncio.get_running_loop()
            here.run_in_executor(None, lambda: asyncio.run(job()))
        elif not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(job(), self._loop)
