"""Long steps show that they're alive, and failed ones show their output."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from livechat_helpers import places
from livechat_helpers.launch import long_steps, setup_errors

RUN = (
    "import sys\n"
    "from pathlib import Path\n"
    "from livechat_helpers.launch import long_steps\n"
    "long_steps.BEAT = 0.5\n"
    "long_steps.run('Long work', [sys.executable, '-c', sys.argv[1]], cwd=Path.cwd())"
)
WORK = "import time; print('half way', flush=True); time.sleep(3)"


def python(code: str) -> list[str]:
    """Return the command that runs some code."""
    return [sys.executable, "-c", code]


def test_outside_a_terminal_progress_appears_in_separate_lines() -> None:
    said = subprocess.run(
        [*python(RUN), WORK], cwd=places.ROOT, capture_output=True, text=True
    )
    first, *between, last = said.stderr.splitlines()
    assert first == "Long work ..."
    assert "half way" in between[-1]  # at first, the work may have said nothing
    assert re.fullmatch(r"Long work: done after \d+ s", last)
    assert said.stdout == ""


def chunks(terminal: int) -> Iterator[str]:
    """Yield what was written to a closed terminal, piece by piece."""
    with contextlib.suppress(OSError):  # then Linux says that there's no more
        while chunk := os.read(terminal, 65536):
            yield chunk.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")
def test_on_a_terminal_one_line_is_rewritten() -> None:
    ours, theirs = os.openpty()
    subprocess.run([*python(RUN), WORK], cwd=places.ROOT, stderr=theirs)
    os.close(theirs)
    said = "".join(chunks(ours))
    os.close(ours)
    assert said.count("\n") == 1
    assert re.search(r"\rLong work \.\.\. \d+ s  half way", said)
    assert re.search(r"\rLong work: done after \d+ s\r\n$", said)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_when_stopped_it_stops_its_program(tmp_path: Path) -> None:
    quiet = "from livechat_helpers.launch import commands as it\n"
    quiet += "it._leave_quietly_when_told()\n"
    began, ended = tmp_path / "began", tmp_path / "ended"
    work = (
        "import signal, sys, time\nfrom pathlib import Path\n"
        f"leave = lambda *_: (Path({str(ended)!r}).touch(), sys.exit())\n"
        "signal.signal(signal.SIGTERM, leave)\n"
        f"Path({str(began)!r}).touch()\ntime.sleep(60)"
    )
    process = subprocess.Popen([*python(quiet + RUN), work], cwd=places.ROOT)
    while not began.exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert ended.exists()


def test_a_failed_step_shows_the_last_output(tmp_path: Path) -> None:
    code = "import sys; print('out'); sys.exit('broken: \\N{SNOWMAN}')"
    with pytest.raises(long_steps.StepError) as raised:
        long_steps.run("It", python(code), cwd=tmp_path)
    assert "broken" in raised.value.output
    assert "out" in raised.value.output


def test_a_missing_program_makes_the_step_fail(tmp_path: Path) -> None:
    with pytest.raises(long_steps.StepError):
        long_steps.run("It", [tmp_path / "none"], cwd=tmp_path)


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("ERROR: [Errno 28] No space left on device", "disk is full"),
        ("npm error code ENOSPC", "disk is full"),
        ("NewConnectionError: [Errno -3] Temporary failure in name", "the network"),
        ("npm error errno EAI_AGAIN", "the network"),
        ("cause: dns error", "the network"),
        ("ReadTimeoutError: Read timed out.", "the network"),
        ("because ensurepip is not available.", "virtual environments"),
        ("error: [Errno 13] Permission denied: 'x'", "isn't writable"),
        ("something else", "its last output is above"),
    ],
)
def test_a_failure_is_explained(output: str, why: str) -> None:
    failed = long_steps.StepError("Installing", output)
    shown = str(setup_errors.explain("Packages", failed)).splitlines()
    assert output in shown[0]
    assert shown[1].startswith("FAIL  Packages: ") and why in shown[1]
    assert shown[2].startswith("      ")
