"""A child ends with its parent, and not before."""

import subprocess
import sys

import pytest

CHILD = """
import os, time
from livechat_helpers.sandbox.machine import lifeline

os.set_blocking(0, {blocking})
lifeline.watch(lambda: os._exit(7))
time.sleep(0.3)
print("still here", flush=True)
time.sleep(30)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its pipes have no such mode")
@pytest.mark.parametrize("blocking", [True, False])
def test_it_stops_when_its_pipe_closes_whatever_others_do_to_the_pipe(
    blocking: bool,
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(blocking=blocking)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == b"still here\n"
    child.stdin.close()
    assert child.wait(60) == 7
    child.stdout.close()
