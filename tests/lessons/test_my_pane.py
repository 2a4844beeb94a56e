"""The pane that notebook 08 builds, and what learners do with it, right or wrong."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers.lessons import RunningLesson, pieces, start
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

MY_LINE = "def line(name, text):\n    return f'<i>{escape(name)}</i>: {escape(text)}'\n"


@pytest.fixture
def lesson(running_home: Path) -> Iterator[RunningLesson]:
    """Notebook 08, begun, with the kit's pieces."""
    yield start(8, {})
    pieces.use("8.2", "the kit's")


async def until(holds: Callable[[], Any]) -> None:
    """Wait until a condition holds, by polling."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 -- it may be about anything
            await asyncio.sleep(0.02)


@asynccontextmanager
async def pane_with(*visitors: Visitor) -> AsyncIterator[Any]:
    """Open a pane, wait for the visitors' chats, and show the first visitor's."""
    pane = import_module("my_chat.pane").Pane(SupportDesk.open())
    await until(lambda: {one.conversation for one in visitors} <= {*pane.events})
    pane.inbox.value = visitors[0].conversation
    yield pane
    pane.close()
    await until(lambda: not pane.tasks)


def play(scene: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scene)


def somebody(lesson: RunningLesson, text: str) -> Visitor:
    """Return a visitor who has said something."""
    visitor = lesson.visitor()
    visitor.say(text)
    return visitor


def said(visitor: Visitor) -> list[str]:
    """Return what both sides have said in a visitor's chat."""
    return [text for _, text in visitor.messages()]


def type_in(visitor: Visitor) -> None:
    """Tell the others that a visitor is typing."""
    member = visitor.chat["member"]["id"]
    signal = {"type": "ephemeral", "from": member, "body": {"typing": True}}
    SupportDesk.open().conversations.send_event(visitor.conversation, signal)


def test_typing_is_shown_in_its_own_chat_and_ends_on_its_own(
    lesson: RunningLesson,
) -> None:
    async def scene() -> None:
        ada, ben = (somebody(lesson, f"I'm {name}.") for name in ("Ada", "Ben"))
        async with pane_with(ada, ben) as pane:
            type_in(ben)
            await until(lambda: pane.signals.get(ben.conversation))
            assert pane.typing.value == ""
            pane.inbox.value = ben.conversation
            assert pane.typing.value == "typing ..."
            (moment, on), *_ = pane.signals[ben.conversation]
            pane.signals[ben.conversation] = [(moment - 7, on)]
            await until(lambda: pane.typing.value == "")  # the pane checks every second

    play(scene())


def test_enter_and_the_button_send_the_text_once(
    lesson: RunningLesson,
) -> None:
    async def scene() -> None:
        ada = somebody(lesson, "Hello?")
        async with pane_with(ada) as pane:
            pane.field.value = "By Enter."
            # As the browser sends it.
            pane.field._handle_custom_msg({"event": "submit"}, [])
            await until(lambda: "By Enter." in pane.said.value)
            pane.field.value = "By the button."
            pane.button.click()
            await until(lambda: "By the button." in pane.said.value)
        assert said(ada) == ["Hello?", "By Enter.", "By the button."]

    play(scene())


def test_a_text_of_spaces_isnt_sent_and_ends_nothing(
    lesson: RunningLesson,
) -> None:
    async def scene() -> None:
        ada = somebody(lesson, "Hello?")
        async with pane_with(ada) as pane:
            for text in ("", "   ", "Something."):
                pane.field.value = text
                pane.button.click()
            await until(lambda: "Something." in pane.said.value)
        assert said(ada) == ["Hello?", "Something."]

    play(scene())


def test_running_a_cell_again_leaves_one_pane(lesson: RunningLesson) -> None:
    async def scene() -> None:
        ada = somebody(lesson, "Hello?")
        async with pane_with(ada) as first, pane_with(ada) as second:
            await until(lambda: not first.tasks)
            second.field.value = "Only once."
            second.button.click()
            await until(lambda: "Only once." in second.said.value)
        assert said(ada) == ["Hello?", "Only once."]

    play(scene())


def test_the_pane_shows_the_learners_own_lines(lesson: RunningLesson) -> None:
    pieces.put("8.2", MY_LINE, {})

    async def scene() -> None:
        ada = somebody(lesson, "<b>Hello?</b>")
        async with pane_with(ada) as pane:
            assert pane.said.value.endswith("</i>: &lt;b&gt;Hello?&lt;/b&gt;")

    play(scene())
