"""End an answer that doesn't end by itself, wherever it hangs.

The main thread is interrupted by a timer signal, which also ends a sleep or a wait.
Any other thread, and every thread on Windows, gets an exception that arrives with its
next step. An answer that swallows exceptions gets another one at each of its lines.
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

_BEAT = 0.1  # seconds between two looks
_IN_ALL = 60.0  # seconds a check may take, with everything it tries
_CLEARING = 2.0  # seconds that threads get to end


class TooLong(SystemExit):
    """An answer, or a check as a whole, was ended.

    It is a ``SystemExit`` because no handler of errors catches that, and a thread that
    ends with one says nothing. seconds: how long it was given. where: the learner's
    line that ran; None if none did.
    """

    def __init__(self, seconds: float = 0, where: Place | None = None) -> None:
        super().__init__("It takes too long.")
        self.seconds = seconds
        self.where = where


@contextmanager
def time_limit(seconds: float, code: LearnersCode) -> Iterator[None]:
    """End what runs in this block as soon as one call of the answer lasts too long.

    seconds: how long one call may last. code: knows what is the learner's.

    Raises:
        TooLong: it did, or the block has taken a minute.
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
        beating.end()  # it may have been raised on the way to the first end
        watch.end_threads()
        raise watch.verdict or TooLong() from None
    finally:
        watch.stop_tracing()


class _Watch:
    """Sees how long the calls of the answer last, in any thread.

    boundary: the frame of the check; on this thread, what called it doesn't count.
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
        """Return the frames of the answer, innermost first, by thread."""
        found = {}
        for thread, innermost in sys._current_frames().items():
            boundary = self._boundary if thread == self.thread else None
            stack = self._code.of_stack(innermost, boundary)
            if new := [one for one in stack if one not in self._before]:
                found[thread] = new
        return found

    def look(self) -> TooLong | None:
        """Return what to raise in the watched thread, as soon as it is time."""
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
        """Raise at the next line of the answer, outside of what has swallowed it."""
        if not self._tracing:
            self._tracing = True
            self._traced_before = sys.gettrace()
        for one in self._code.of_stack(frame, self._boundary):
            one.f_trace = self._raise
        sys.settrace(self._raise)

    def _raise(self, frame: FrameType, event: str, arg: Any) -> Any:
        # Python stops tracing when this raises; the next beat begins again.
        if event == "line" and self.verdict is not None and self._code.holds(frame):
            raise self.verdict
        return self._raise

    def stop_tracing(self) -> None:
        """Take back what ``trace`` did, and let go of all frames."""
        if self._tracing:
            sys.settrace(self._traced_before)
        self._since.clear()
        self._before.clear()

    def end_threads(self) -> None:
        """End whatever still runs the answer in other threads."""
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
    """Looks by a timer's signal, and raises in the main thread."""

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
        signal.setitimer(signal.ITIMER_REAL, *self._timer)  # of whoever had one

    def _on_beat(self, number: int, frame: FrameType | None) -> None:
        verdict = self._watch.look()
        if verdict is None:
            return
        if self._raised:
            self._watch.trace(frame)
        self._raised = True
        raise verdict


class _Thread:
    """Looks from a thread of its own, and raises in the watched one."""

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
    """Raise in another thread at its next step; with None, raise nothing after all."""
    what = ctypes.py_object(kind) if kind else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)
