"""End an answer that runs too long, wherever it hangs.

A timer signal interrupts the main thread, and even ends a sleep or a wait. Any other
thread, and every thread on Windows, gets an exception at its next step. If an answer
swallows exceptions, it gets another one on each line.
"""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .learners_code import LearnersCode, Place, place

_BEAT = 0.1  # seconds between checks
_IN_ALL = 60.0  # seconds that a check can take in total
_CLEARING = 2.0  # seconds that threads get to end


class TooLong(SystemExit):
    """An answer, or a whole check, was ended because it took too long.

    It's a ``SystemExit`` because error handlers don't usually catch that, and a thread
    that ends with it prints nothing.

    seconds: how long it was given.
    where: the learner's line that was running, or None.
    """

    def __init__(self, seconds: float = 0, where: Place | None = None) -> None:
        super().__init__("It takes too long.")
        self.seconds = seconds
        self.where = where


@contextmanager
def time_limit(seconds: float, code: LearnersCode) -> Iterator[None]:
    """End the code in this block as soon as one call of the answer takes too long.

    seconds: how long one call can take.
    code: knows which code is the learner's.

    Raises:
        TooLong: a call took too long, or the block took more than a minute.
    """
    watch = _Watch(seconds, code, boundary=sys._getframe(2))
    beats = _Signals if _may_use_signals() else _Thread
    beating = beats(watch)
    try:
        try:
            beating.begin()
            yield
        finally:
            beating.end()
    except TooLong:
        beating.end()  # The exception may have prevented the first end().
        watch.end_threads()
        raise watch.verdict or TooLong() from None
    finally:
        watch.stop_tracing()


class _Watch:
    """Watches how long the answer's calls take, in any thread.

    boundary: the check's frame; in this thread, its callers don't count.
    """

    def __init__(self, seconds: float, code: LearnersCode, boundary: FrameType) -> None:
        self.verdict: TooLong | None = None
        self.thread = threading.get_ident()
        self._seconds = seconds
        self._code = code
        self._boundary = boundary
        self._began = time.monotonic()
        self._since: dict[FrameType, float] = {}
        self._before: set[FrameType] = set()
        self._before = {one for stack in self._stacks().values() for one in stack}
        self._traced_before: Any = None
        self._tracing = False

    def _stacks(self) -> dict[int, list[FrameType]]:
        """Return each thread's frames of the answer, innermost first."""
        found = {}
        for thread, innermost in sys._current_frames().items():
            boundary = self._boundary if thread == self.thread else None
            stack = self._code.of_stack(innermost, boundary)
            if new := [one for one in stack if one not in self._before]:
                found[thread] = new
        return found

    def look(self) -> TooLong | None:
        """Return what to raise in the watched thread, once it's time."""
        if self.verdict is not None:
            return self.verdict
        now = time.monotonic()
        innermost = {stack[-1]: stack[0] for stack in self._stacks().values()}
        self._since = {call: self._since.get(call, now) for call in innermost}
        for call, began in self._since.items():
            if now - began >= self._seconds:
                self.verdict = TooLong(self._seconds, place(innermost[call]))
        if now - self._began >= max(_IN_ALL, 2 * self._seconds):
            self.verdict = self.verdict or TooLong(_IN_ALL)
        return self.verdict

    def trace(self, frame: FrameType | None) -> None:
        """Raise at the answer's next line, in case it swallowed the last exception."""
        if not self._tracing:
            self._tracing = True
            self._traced_before = sys.gettrace()
        for one in self._code.of_stack(frame, self._boundary):
            one.f_trace = self._raise
        sys.settrace(self._raise)

    def _raise(self, frame: FrameType, event: str, arg: Any) -> Any:
        # When this raises, Python stops tracing; the next beat starts it again.
        if event == "line" and self.verdict is not None and self._code.holds(frame):
            raise self.verdict
        return self._raise

    def stop_tracing(self) -> None:
        """Undo ``trace``, and release all frames."""
        if self._tracing:
            sys.settrace(self._traced_before)
        self._since.clear()
        self._before.clear()

    def end_threads(self) -> None:
        """End any threads that are still running the answer."""
        end = time.monotonic() + _CLEARING
        while time.monotonic() < end:
            running = self._stacks().keys() - {self.thread}
            if not running:
                return
            for thread in running:
                _raise_in(thread)
            time.sleep(0.01)


def _may_use_signals() -> bool:
    here = threading.current_thread() is threading.main_thread()
    return here and hasattr(signal, "setitimer")


class _Signals:
    """Checks on a timer signal, and raises in the main thread."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        self._raised = False
        self._handler: Any = None
        self._timer = (0.0, 0.0)

    def begin(self) -> None:
        self._handler = signal.signal(signal.SIGALRM, self._on_beat)
        self._timer = signal.setitimer(signal.ITIMER_REAL, _BEAT, _BEAT)

    def end(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        signal.setitimer(signal.ITIMER_REAL, *self._timer)  # the previous timer

    def _on_beat(self, number: int, frame: FrameType | None) -> None:
        verdict = self._watch.look()
        if verdict is None:
            return
        if self._raised:
            self._watch.trace(frame)
        self._raised = True
        raise verdict


class _Thread:
    """Checks in a separate thread, and raises in the watched one."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch
        self._over = threading.Event()
        self._lock = threading.Lock()

    def begin(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="time-limit").start()

    def end(self) -> None:
        with self._lock:
            self._over.set()
            _raise_in(self._watch.thread, None)

    def _run(self) -> None:
        while not self._over.wait(_BEAT):
            with self._lock:
                if self._watch.look() is not None and not self._over.is_set():
                    _raise_in(self._watch.thread)


def _raise_in(thread: int, kind: type[TooLong] | None = TooLong) -> None:
    """Raise in another thread at its next step; None cancels that."""
    what = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
