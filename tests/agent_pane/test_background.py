"""The pane's loop: every request gets an answer, even when the loop ends."""

import asyncio
import threading
import time
from concurrent.futures import CancelledError, Future

import pytest

from livechat_helpers.agent_pane.background import Background, Ended


async def for_ever() -> None:
    await asyncio.Event().wait()


async def soon() -> str:
    await asyncio.sleep(0)
    return "done"


@pytest.fixture
def background() -> Background:
    background = Background("test")
    background.start(for_ever)
    return background


def test_pending_work_is_cancelled_when_the_loop_ends(
    background: Background,
) -> None:
    waiting = background.ask(for_ever())
    background.close()
    with pytest.raises(CancelledError):
        waiting.result(timeout=60)
    assert not background.is_running
    with pytest.raises(Ended):
        background.ask(soon())


@pytest.mark.parametrize("attempt", range(20))
def test_a_request_while_the_loop_ends_is_done_or_cancelled(
    background: Background, attempt: int
) -> None:
    asked: list[Future[str]] = []

    def ask() -> None:
        while True:
            try:
                asked.append(background.ask(soon()))
            except Ended:
                return
            time.sleep(0)  # else the loop hardly gets to run

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    while len(asked) < 100:
        time.sleep(0.001)
    background.close()
    for asker in askers:
        asker.join()
    for future in asked:
        try:
            assert future.result(timeout=60) == "done"
        except CancelledError:
            continue
