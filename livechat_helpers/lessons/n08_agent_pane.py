"""Notebook 08: an agent's pane, and on which thread what runs."""

import asyncio
import threading
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from .content import Exercise, Lesson, Mistaken
from .wording import words_of

_ROWS = (
    {"room": "CON-b", "last": "Hello?", "waiting_since": "2026-01-01T12:00:05.000Z"},
    {"room": "CON-d", "last": "We do.", "waiting_since": ""},
    {"room": "CON-a", "last": "My code", "waiting_since": "2026-01-01T12:00:01.000Z"},
    {"room": "CON-c", "last": "Again", "waiting_since": "2026-01-01T12:00:09.000Z"},
)


def _check_in_order(in_order: Callable[[list[dict[str, str]]], Any]) -> None:
    found = in_order([dict(one) for one in _ROWS])
    if found is None:
        raise Mistaken("nothing")
    order = "".join(one["room"][-1] for one in found)
    if order.startswith("d"):
        raise Mistaken("answered_first")
    if "d" not in order:
        raise Mistaken("lost")
    if order.startswith("c"):
        raise Mistaken("newest_first")
    if order != "abcd":
        raise Mistaken("another_order", order=", ".join(order))


class _Page(HTMLParser):
    """What a browser makes of some HTML: elements, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.bold = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.elements.count("b") and not self.bold:
            self.bold = data


def _check_line(line: Callable[[str, str], Any]) -> None:
    plain = line("Ada", "Hello")
    if not isinstance(plain, str):
        raise Mistaken("nothing", kind=type(plain).__name__)
    page = _Page(plain)
    if page.text.strip() != "Ada: Hello" or page.bold.strip(": ") != "Ada":
        raise Mistaken("another_form", seen=page.text.strip())
    picture = "<img src=x onerror=alert(1)>"
    page = _Page(line("Ada", picture))
    if "img" in page.elements:
        raise Mistaken("text_is_obeyed")
    if picture not in page.text:
        seen = page.text.strip()
        raise Mistaken("twice" if "&lt;" in page.text else "text_is_lost", seen=seen)
    if "img" in _Page(line(picture, "Hello")).elements:
        raise Mistaken("name_is_obeyed")
    if "1 < 2 & 3" not in _Page(line("Ada", "1 < 2 & 3")).text:
        raise Mistaken("text_is_lost", seen=_Page(line("Ada", "1 < 2 & 3")).text)


_LASTS = 6


def _check_is_typing(
    is_typing: Callable[[list[tuple[float, bool]], float], Any],
) -> None:
    try:
        at_first = is_typing([], 100.0)
    except IndexError:
        raise Mistaken("nobody_yet") from None
    if not is_typing([(100.0, True)], 102.0):
        raise Mistaken("never")
    if at_first:
        raise Mistaken("nobody_yet")
    if is_typing([(100.0, True), (101.0, False)], 102.0):
        raise Mistaken("stopped")
    if is_typing([(100.0, True)], 100.0 + _LASTS + 1):
        raise Mistaken("for_ever", seconds=_LASTS + 1)
    if not is_typing([(100.0, True), (101.0, False), (103.0, True)], 104.0):
        raise Mistaken("again")
    if not is_typing([(100.0, True), (105.0, True)], 108.0):
        raise Mistaken("goes_on")


_LONGEST = 1.0  # seconds that a callback may take before it counts as stuck


class _Loop:
    """A loop on a thread of its own, with a queue that notes who puts things in."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # told by messages
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.put_by: list[str] = []
        put = self.queue.put_nowait

        def noted(item: Any) -> None:
            self.put_by.append(threading.current_thread().name)
            put(item)

        self.queue.put_nowait = noted
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.close()

    def call(self, function: Callable[[], Any]) -> bool:
        """Call a function on the loop's thread; return whether it comes back."""
        back = threading.Event()

        def call() -> None:
            try:
                function()
            finally:
                back.set()

        self.loop.call_soon_threadsafe(call)
        return back.wait(_LONGEST)

    def held(self) -> list[Any]:
        """Return what is in the queue, once the loop has done all it was given."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), self.loop).result()
        items = []
        while not self.queue.empty():
            items.append(self.queue.get_nowait())
        return items

    def stop(self) -> None:
        """End the thread, as soon as the answer lets go of it."""
        self.loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.call_soon(self.loop.stop)


def _check_hand_over(hand_over: Callable[..., Any]) -> None:
    there = _Loop()
    try:
        caller = threading.current_thread().name
        hand_over("CON-1", "Hello", there.loop, there.queue)
        found = there.held()
        if caller in there.put_by:
            raise Mistaken("wrong_thread")
        if not found:
            raise Mistaken("never_arrives")
        if found != [("CON-1", "Hello")]:
            raise Mistaken("another_thing", found=repr(found[0]))
        hand_over("CON-1", "   ", there.loop, there.queue)
        hand_over("CON-1", "", there.loop, there.queue)
        if there.held():
            raise Mistaken("nothing_said")
        on_loop = "CON-1", "From the loop", there.loop, there.queue
        if not there.call(lambda: hand_over(*on_loop)):
            raise Mistaken("waits")
    finally:
        there.stop()


LESSON = Lesson(
    number=8,
    minutes=35,
    words=words_of(8),
    exercises=(
        Exercise("8.1", ("in_order",), _check_in_order),
        Exercise("8.2", ("line",), _check_line),
        Exercise("8.3", ("is_typing",), _check_is_typing),
        Exercise("8.4", ("hand_over",), _check_hand_over),
    ),
)
