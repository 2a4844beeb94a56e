"""An answer that never ends is stopped, wherever it hangs, and leaves nothing."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from waiting import eventually

from livechat_helpers.lessons import checking, time_limit
from livechat_helpers.lessons.browser import Browser
from livechat_helpers.lessons.calling import called
from livechat_helpers.lessons.cells import Cells
from livechat_helpers.lessons.content import Exercise
from livechat_helpers.lessons.feedback import Note
from livechat_helpers.lessons.wording import ExerciseWords

PATIENCE = 0.3  # seconds
ENOUGH = 2  # seconds, even on a busy machine


def checked(
    code: str, check: Callable[..., None], patience: float = PATIENCE
) -> tuple[Note, float]:
    """Return what a check says about an answer, and how many seconds it took."""
    names: dict[str, Any] = {}
    exec(code, names)
    exercise = Exercise("9.1", ("answer",), check, patience)
    words = ExerciseWords("Right.", (), {})
    began = time.monotonic()
    found = checking.run(exercise, words, names, Cells(Path("none.ipynb")))
    return found, time.monotonic() - began


def call(answer: Callable[[], Any]) -> None:
    called(answer)


def call_in_a_thread(answer: Callable[[], Any]) -> None:
    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    thread.join()


def call_in_a_server(answer: Callable[..., Any]) -> None:
    Browser(Starlette(routes=[Route("/", answer)])).get("/")


LOOP = "def answer(*_):\n    while True:\n        pass"
ANSWERS = [
    LOOP,
    "import time\ndef answer(*_):\n    time.sleep(60)",
    "import queue\ndef answer(*_):\n    queue.Queue().get()",
    "async def answer(*_):\n    while True:\n        pass",
    "def answer(*_):\n while True:\n  try:\n   len('')\n  except Exception:\n   pass",
]
STUBBORN = [
    "def answer(*_):\n while True:\n  try:\n   len('')\n  except:\n   pass",
    "import time\ndef answer(*_):\n while True:\n  try:\n   time.sleep(1)\n"
    "  except BaseException:\n   continue",
    "def answer(*_):\n while True:\n  try:\n   len('')\n  finally:\n   continue",
]


@pytest.mark.parametrize("code", ANSWERS)
@pytest.mark.parametrize("check", [call, call_in_a_server])
def test_an_endless_answer_is_told_where_it_hangs(
    code: str, check: Callable[..., None]
) -> None:
    found, seconds = checked(code, check)
    assert found.state == "not yet"
    assert "still hadn't ended" in found.text
    assert ", in line " in found.text
    assert seconds < PATIENCE + 20
    eventually(lambda: processor_used() < 0.1)


def processor_used() -> float:
    """Return how much processor time is used while this thread sleeps."""
    began = time.process_time()
    time.sleep(0.5)
    return (time.process_time() - began) / 0.5


@pytest.mark.parametrize("code", STUBBORN)
def test_an_answer_that_swallows_every_error_is_stopped_too(code: str) -> None:
    found, seconds = checked(code, call)
    assert "still hadn't ended" in found.text
    assert seconds < PATIENCE + 20
    assert sys.gettrace() is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_answer_in_a_thread_that_swallows_every_error_stops_burning() -> None:
    found, seconds = checked(STUBBORN[0], call_in_a_thread)
    assert "still hadn't ended" in found.text
    assert seconds < PATIENCE + 20
    eventually(lambda: processor_used() < 0.1)


def test_a_loop_outside_the_main_thread_is_stopped_too() -> None:
    found: list[tuple[Note, float]] = []
    thread = threading.Thread(target=lambda: found.append(checked(LOOP, call)))
    thread.start()
    thread.join(60)
    assert "still hadn't ended" in found[0][0].text


def test_many_short_calls_can_take_longer_together() -> None:
    def check(answer: Callable[[], Any]) -> None:
        for _ in range(5):
            called(answer)

    code = f"import time\ndef answer():\n    time.sleep({ENOUGH / 4})"
    assert checked(code, check, ENOUGH)[0].state == "correct"


def test_nothing_is_ended_once_a_check_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = "def answer():\n    return 1"
    assert checked(code, call, ENOUGH)[0].state == "correct"
    time.sleep(ENOUGH + 0.3)


def test_a_check_that_takes_a_minute_is_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time_limit, "_IN_ALL", 0.7)
    found, _ = checked("def answer():\n    return 1", lambda answer: time.sleep(30))
    assert "The check was stopped" in found.text


def test_a_timer_that_ran_before_a_check_goes_on_after_it() -> None:
    before = signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        assert checked("def answer():\n    return 1", call)[0].state == "correct"
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
