"""Run a long step, and show what it's doing and for how long."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Empty, Queue

from livechat_helpers.processes.terminal import say

BEAT = 10.0
"""Seconds between two progress lines if the line can't be rewritten."""


WIDTH = 100
"""The maximum length of such a line in characters."""


class StepError(Exception):
    """A step failed.

    step: what was being done.
    output: the last lines of its program's output.
    """

    def __init__(self, step: str, output: str) -> None:
        super().__init__(f"{step} failed")
        self.step = step
        self.output = output


def run(
    step: str,
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    lock: int | None = None,
) -> None:
    """Run a program to completion and show its progress on stderr.

    step: what it does, in a few words.
    command: the program and its arguments.
    cwd: the folder to run it in.
    env: environment variables to add to this process's own.
    lock: the descriptor of a lock for the program to hold too, in case it outlives us.

    Raises:
        StepError: the program can't be run, or its exit code isn't 0.
    """
    inherited = () if lock is None or sys.platform == "win32" else (lock,)
    line = _Line(step)
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=inherited,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        line.end("failed")
        raise StepError(step, str(error)) from error
    said: deque[str] = deque(maxlen=200)
    try:
        _follow(process, said, line)
    except BaseException:
        line.end("interrupted")
        raise
    finally:
        _end(process)
    line.end("failed" if process.returncode else "done")
    if process.returncode:
        raise StepError(step, "\n".join(said))


def _follow(process: "subprocess.Popen[str]", said: deque[str], line: "_Line") -> None:
    """Collect a program's output, and show its last line, until the program ends."""
    lines: Queue[str] = Queue()

    def read() -> None:
        assert process.stdout is not None
        for text in process.stdout:
            lines.put(text.strip())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    while True:
        # The program's own children can keep the pipe open after it has ended.
        ended = process.poll() is not None
        if ended:
            reader.join(timeout=1)
        with contextlib.suppress(Empty):
            text = lines.get(timeout=0.2)
            while True:
                if text:
                    said.append(text)
                text = lines.get_nowait()
        if ended:
            return
        line.beat(said[-1] if said else "")


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Line:
    """The line of one step: rewritten on a terminal, repeated regularly elsewhere.

    step: what is being done.
    """

    def __init__(self, step: str) -> None:
        self._step = step
        self._terminal = sys.stderr.isatty()
        self._started = self._said = time.monotonic()
        if not self._terminal:
            say(f"{step} ...")
        self.beat("")

    def beat(self, last: str) -> None:
        """Show that the step is still going on.

        last: the last line of its program's output.
        """
        now = time.monotonic()
        text = f"{self._step} ... {now - self._started:.0f} s  {last}"
        if self._terminal:
            self._rewrite(text)
        elif now - self._said >= BEAT:
            self._said = now
            say(text[:WIDTH])

    def end(self, result: str) -> None:
        """Print a final line with the step and its result."""
        seconds = time.monotonic() - self._started
        if self._terminal:
            self._rewrite("")
        say(f"{self._step}: {result} after {seconds:.0f} s")

    def _rewrite(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        with contextlib.suppress(OSError):
            print(
                f"\r{text[:width]:<{width}}\r",
                end="",
                file=sys.stderr,
                flush=True,
            )
