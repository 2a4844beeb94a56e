"""The running processes that a test has started, found by their home."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from livechat_helpers import places

if not Path("/proc/self/environ").exists():
    pytest.skip("these tests look into /proc", allow_module_level=True)


def living(home: Path) -> dict[int, str]:
    """Return the processes that were started for a home: their ids and commands."""
    mark = f"LIVECHAT_HOME={home}".encode()
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().split(b"\0")
                found[int(process.name)] = b" ".join(command).decode().strip()
        except OSError:
            continue  # it has just ended
    return found


def process_of(home: Path, words: str) -> int:
    """Return a home's process whose command contains some words."""
    (found,) = (pid for pid, command in living(home).items() if words in command)
    return found


def command(*arguments: str) -> "subprocess.Popen[str]":
    """Start ``python -m livechat_helpers``, as a learner does, and don't wait."""
    return subprocess.Popen(
        [sys.executable, "-m", "livechat_helpers", *arguments],
        cwd=places.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # As in a terminal, a hang-up ends this new session.
        start_new_session=True,
        preexec_fn=_hear_a_hang_up,
    )


def _hear_a_hang_up() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have run these tests
