"""An event loop in a separate thread, and how other threads call it.

While a cell runs, the notebook's loop is blocked; this one never is.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


class Ended(RuntimeError):
    """The loop has ended and doesn't accept anything any more."""


class Background:
    """A loop that runs until its main coroutine ends.

    name: the thread's name.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._ready = threading.Event()
        self._taking = threading.Lock()
        self._is_over = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self.doing = 0
        """How many jobs are in progress."""

    # From any thread

    def start(self, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start the thread; return once the loop is running."""
        run = lambda: asyncio.run(self._run(main))  # noqa: E731
        self._thread = threading.Thread(target=run, daemon=True, name=self._name)
        self._thread.start()
        self._ready.wait()

    def close(self, wait: bool = True) -> None:
        """Cancel the main coroutine.

        wait: whether to wait until the thread has ended.
        """
        self.call(self._main.cancel)
        if wait and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def call(self, job: Callable[[], object]) -> None:
        """Run a function on the loop, unless it has ended; the result is dropped."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(job)

    @property
    def is_running(self) -> bool:
        """Whether the loop still accepts jobs."""
        return not self._is_over

    def ask(self, job: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine on the loop, and return a future for its result.

        If the loop ends first, the future is cancelled.

        Raises:
            Ended: the loop has already ended.
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
            # Jobs accepted so far become tasks now; all tasks are cancelled next.
            await asyncio.sleep(0)

    def spawn(self, job: Coroutine[Any, Any, Any]) -> None:
        """Start a coroutine without waiting for it; it counts as a job in progress."""

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
        """Record that a job has finished."""
        self.doing -= 1
        self.wake()

    def wake(self) -> None:
        """Make everybody who's waiting check their condition again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition is true, and return whether it is.

        holds: the condition.
        seconds: how long to wait at most.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    changed = self._changed
                    if holds():
                        return True
                    await changed.wait()
        return holds()


class Home:
    """The place for the notebook's own functions: its loop, or else a thread."""

    def __init__(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def run(self, job: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a coroutine function there; call this on any other loop."""
        if self._loop is None:
            here = asyncio.get_running_loop()
            here.run_in_executor(None, lambda: asyncio.run(job()))
        elif not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(job(), self._loop)
