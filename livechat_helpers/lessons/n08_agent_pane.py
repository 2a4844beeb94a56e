"""Notebook 08: an agent's pane, and which thread runs what."""

import asyncio
import re
import threading
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser
from random import Random
from typing import Any

from .calling import as_code, called, shown
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import generated, judge
from .wording import words_of

Row = dict[str, str]
Signals = list[tuple[float, bool]]

# 8.1


def _rows(random: Random) -> tuple[list[Row]]:
    """Return rows of chats in random order, some of which are waiting."""
    seconds = random.sample(range(60), random.randint(2, 7))
    rows = [
        {
            "room": f"CON-{random.randrange(16**8):08x}",
            "last": random.choice(("Hello?", "We do.", "My code", "")),
            "waiting_since": f"2026-01-01T12:00:{second:02}.000Z",
        }
        for second in seconds
    ]
    for row in random.sample(rows, random.randint(0, len(rows) - 1)):
        row["waiting_since"] = ""
    return (rows,)


def _urgency(row: Row) -> tuple[bool, str]:
    return not row["waiting_since"], row["waiting_since"]


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=_urgency)


def _waiting(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["waiting_since"]]


def _answered(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not row["waiting_since"]]


def _same_order(wanted: Any, got: Any) -> bool:
    """Return whether rows are the same; the order of answered chats doesn't matter."""
    if wanted is None or got is None:
        return wanted is got
    one, other = list(wanted), list(got)
    answered = (sorted(map(str, _answered(rows))) for rows in (one, other))
    places = [[bool(row["waiting_since"]) for row in rows] for rows in (one, other)]
    return (
        _waiting(one) == _waiting(other)
        and len({*map(tuple, answered)}) == 1
        and places[0] == places[1]
    )


_ORDERS: dict[str, Callable[[list[Row]], Any]] = {
    "nothing": lambda rows: None,
    "answered_first": lambda rows: sorted(rows, key=lambda row: row["waiting_since"]),
    "lost": lambda rows: _waiting(_in_order(rows)),
    "newest_first": lambda rows: [
        *reversed(_waiting(_in_order(rows))),
        *_answered(rows),
    ],
    "newest_first~reverse": lambda rows: sorted(
        rows, key=lambda row: row["waiting_since"], reverse=True
    ),
    "as_they_came": lambda rows: [*_waiting(rows), *_answered(rows)],
    "as_they_came~not_at_all": lambda rows: rows,
}


def _check_in_order(in_order: Callable[[list[Row]], Any]) -> None:
    judge(in_order, _in_order, generated(_rows), _ORDERS, same=_same_order)


# 8.2


class _Page(HTMLParser):
    """What a browser gets from some HTML: elements and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.bold = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        self.text += data
        if "b" in self._open:
            self.bold += data


def _same_page(wanted: Any, got: Any) -> bool:
    """Return whether a browser shows two pieces of HTML in the same way."""
    if not isinstance(wanted, str) or not isinstance(got, str):
        return type(wanted) is type(got)
    one, other = _Page(wanted), _Page(got)
    return (
        one.elements == other.elements
        and one.text == other.text
        and one.bold == other.bold.removesuffix(":").removesuffix(": ")
    )


_WORDS = ("Ada", "Hello", "1 < 2 & 3", "<b>bold</b>", "&lt;", 'a "quoted" word', "é 你")
_NASTY = ("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "</b><i>x")


def _name_and_text(random: Random) -> tuple[str, str]:
    return random.choice(_WORDS + _NASTY), random.choice(_WORDS + _NASTY)


def _line(name: str, text: str) -> str:
    return f"<b>{escape(name)}</b>: {escape(text)}"


def _without_tags(text: str) -> str:
    return re.sub(r"<[^>]*>", "", text)


def _without_angles(text: str) -> str:
    return text.replace("<", "").replace(">", "")


_LINES: dict[str, Callable[[str, str], Any]] = {
    "nothing": lambda name, text: None,
    "text_is_obeyed": lambda name, text: f"<b>{name}</b>: {text}",
    "text_is_obeyed~alone": lambda name, text: f"<b>{escape(name)}</b>: {text}",
    "name_is_obeyed": lambda name, text: f"<b>{name}</b>: {escape(text)}",
    "twice": lambda name, text: _line(escape(name), escape(text)),
    "twice~text": lambda name, text: _line(name, escape(text)),
    "all_escaped": lambda name, text: escape(f"<b>{name}</b>: {text}"),
    "text_is_lost": lambda name, text: _line(name, _without_tags(text)),
    "text_is_lost~both": lambda name, text: _line(
        _without_tags(name), _without_tags(text)
    ),
    "text_is_lost~angles": lambda name, text: (
        f"<b>{_without_angles(name)}</b>: {_without_angles(text)}"
    ),
}


def _check_line(line: Callable[[str, str], Any]) -> None:
    inputs = [("Ada", "Hello"), ("Ada", _NASTY[0]), (_NASTY[0], "Hello")]
    inputs += generated(_name_and_text, 60)
    judge(line, _line, inputs, _LINES, same=_same_page)


# 8.3

_LASTS = 6  # seconds that a signal is valid


def _signals(random: Random) -> tuple[Signals, float]:
    """Return signals, oldest first, and a time after them."""
    moment, signals = random.randrange(1000), []
    for _ in range(random.randint(0, 5)):
        signals.append((float(moment), random.random() < 0.6))
        moment += random.randint(1, 9)
    now = signals[-1][0] if signals else float(moment)
    # Avoid exactly six seconds, because answers can differ on whether that's valid.
    return signals, now + random.choice((0, 1, 2.5, 5.9, 6.1, 8, 100, 9000))


def _is_typing(signals: Signals, now: float) -> bool:
    return bool(signals) and signals[-1][1] and now - signals[-1][0] <= _LASTS


def _all_fresh_are_on(signals: Signals, now: float) -> bool:
    fresh = [on for moment, on in signals if now - moment <= _LASTS]
    return bool(fresh) and all(fresh)


_TYPING: dict[str, Callable[[Signals, float], Any]] = {
    "never": lambda signals, now: False,
    "always": lambda signals, now: True,
    "nobody_yet": lambda signals, now: (
        signals[-1][1] and now - signals[-1][0] <= _LASTS
    ),
    "nobody_yet~true": lambda signals, now: not signals or _is_typing(signals, now),
    "stopped": lambda signals, now: any(
        on and now - moment <= _LASTS for moment, on in signals
    ),
    "stopped~last": lambda signals, now: (
        bool(signals) and now - signals[-1][0] <= _LASTS
    ),
    "for_ever": lambda signals, now: bool(signals) and signals[-1][1],
    "again": _all_fresh_are_on,
    "again~all": lambda signals, now: (
        _is_typing(signals, now) and all(on for _, on in signals)
    ),
    "goes_on": lambda signals, now: (
        bool(signals) and signals[-1][1] and now - signals[0][0] <= _LASTS
    ),
    "first": lambda signals, now: _is_typing(signals[:1], now),
    "milliseconds": lambda signals, now: (
        bool(signals) and signals[-1][1] and now - signals[-1][0] <= 1000 * _LASTS
    ),
}


def _as_truth(wanted: Any, got: Any) -> bool:
    return bool(wanted) == bool(got)


def _check_is_typing(is_typing: Callable[[Signals, float], Any]) -> None:
    if called(is_typing, [(100.0, True)], 101.0) is None:
        raise Mistaken("nothing")
    # Include a clock that has just started: its time is smaller than a signal's life.
    inputs = [([(1.0, True)], 3.0), *generated(_signals, 80)]
    judge(is_typing, _is_typing, inputs, _TYPING, same=_as_truth)


# 8.4

_LONGEST = 2.0  # seconds that a callback can take before it counts as stuck


class _Queue(asyncio.Queue[Any]):
    """A queue that records which threads put things into it."""

    def __init__(self) -> None:
        super().__init__()
        self.put_by: list[str] = []

    def put_nowait(self, item: Any) -> None:
        """Put something in, and record the thread."""
        self.put_by.append(threading.current_thread().name)
        super().put_nowait(item)


class _Loop:
    """An event loop in its own thread, with a queue."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        # In debug mode, the loop rejects calls that aren't thread-safe.
        self.loop.set_debug(True)
        self.loop.slow_callback_duration = 60
        self.errors: list[str] = []
        self.loop.set_exception_handler(self._note)
        self.queue = _Queue()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.close()

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if error := context.get("exception"):
            self.errors.append(f"{type(error).__name__}: {error}")

    def call(self, function: Callable[[], Any]) -> bool:
        """Call a function on the loop's thread; return whether it returns in time."""
        back = threading.Event()

        def call() -> None:
            try:
                function()
            finally:
                back.set()

        self.loop.call_soon_threadsafe(call)
        return back.wait(_LONGEST)

    def call_while_busy(self, function: Callable[[], Any]) -> bool:
        """Call a function in a thread.

        Return whether it returns while the loop is busy.
        """
        free, back = threading.Event(), threading.Event()
        self.loop.call_soon_threadsafe(free.wait, 2 * _LONGEST)

        def call() -> None:
            function()
            back.set()

        threading.Thread(target=call, daemon=True).start()
        came = back.wait(_LONGEST)
        free.set()
        return came

    def held(self) -> list[Any]:
        """Return the queue's contents, after the loop has finished its work."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), self.loop).result()
        items = []
        while not self.queue.empty():
            items.append(self.queue.get_nowait())
        return items

    def stop(self) -> None:
        """End the thread as soon as the answer releases it."""
        self.loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.call_soon(self.loop.stop)


_BLANK = ("", "   ", "\n\t ")


def _answers(random: Random) -> tuple[str, str]:
    text = random.choice(("Hello", "  two spaces before", "line\nbreak", "<b>", "0"))
    return f"CON-{random.randrange(1000)}", text


def _check_hand_over(hand_over: Callable[..., Any]) -> None:
    there = _Loop()
    try:
        _check_arrival(hand_over, there)
        for text in _BLANK:
            called(hand_over, "CON-1", text, there.loop, there.queue)
            if there.held():
                raise Mistaken("nothing_said")
        on_loop = "CON-1", "From the loop", there.loop, there.queue
        if not there.call(lambda: hand_over(*on_loop)):
            raise Mistaken("waits")
        there.held()
        if not there.call_while_busy(lambda: hand_over(*on_loop)):
            raise Mistaken("waits")
    finally:
        there.stop()


def _check_arrival(hand_over: Callable[..., Any], there: _Loop) -> None:
    """Check that everything handed over arrives safely and in order."""
    caller = threading.current_thread().name
    handed: list[tuple[str, str]] = []
    for room, text in generated(_answers, 8):
        try:
            called(hand_over, room, text, there.loop, there.queue)
        except RuntimeError as error:
            if "Non-thread-safe" in str(error):
                raise Mistaken("not_safe") from None
            raise
        handed.append((room, text))
    found = there.held()
    if caller in there.queue.put_by:
        raise Mistaken("wrong_thread")
    given = as_code("hand_over", *handed[0], "loop", "queue")
    if there.errors:
        wanted = f"`{shown(handed[0])}` in the queue"
        raise Unexpected(given, wanted, f"`{there.errors[0]}` on the loop's thread")
    if not found:
        raise Mistaken("never_arrives")
    if found != handed:
        raise Unexpected(given, f"`{shown(handed)}` in the queue", f"`{shown(found)}`")


LESSON = Lesson(
    number=8,
    minutes=55,
    words=words_of(8),
    exercises=(
        Exercise("8.1", ("in_order",), _check_in_order),
        Exercise("8.2", ("line",), _check_line),
        Exercise("8.3", ("is_typing",), _check_is_typing),
        Exercise("8.4", ("hand_over",), _check_hand_over),
    ),
)
