"""Notebook 08: an agent's pane, and on which thread what runs."""

import asyncio
import threading
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

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


_EX_1 = Exercise(
    name="8.1",
    asks=("in_order",),
    check=_check_in_order,
    correct="Nobody waits longer because somebody else is louder.",
    hints=(
        "`sorted(rows, key=...)` returns a new list. The key is a function that gets a "
        "row and returns what to sort by.",
        "An empty text sorts before all others: that puts the answered ones first. "
        "They have to come last.",
        "Sort by a pair: `(not since, since)`. False comes before True.",
    ),
    solution="""
def in_order(rows):
    def urgency(row):
        return not row["waiting_since"], row["waiting_since"]

    return sorted(rows, key=urgency)
""",
    mistakes={
        "nothing": Mistake(
            "You returned nothing: `rows.sort` changes the list and returns `None`. "
            "`sorted` returns a new one.",
            """
def in_order(rows):
    return rows.sort(key=lambda row: row["waiting_since"])
""",
        ),
        "answered_first": Mistake(
            "The chat that has its answer comes first: its `waiting_since` is empty, "
            "and an empty text sorts before all others.",
            """
def in_order(rows):
    return sorted(rows, key=lambda row: row["waiting_since"])
""",
        ),
        "lost": Mistake(
            "The chat that has its answer is not there any more. The agent may still "
            "want to look at it.",
            """
def in_order(rows):
    waiting = [row for row in rows if row["waiting_since"]]
    return sorted(waiting, key=lambda row: row["waiting_since"])
""",
        ),
        "newest_first": Mistake(
            "Who came last is served first. The earlier time is the smaller text.",
            """
def in_order(rows):
    return sorted(rows, key=lambda row: row["waiting_since"], reverse=True)
""",
        ),
        "another_order": Mistake(
            "The order is {order}; it should be a, b, c and then d, who has an answer.",
            """
def in_order(rows):
    return sorted(rows, key=lambda row: not row["waiting_since"])
""",
        ),
    },
)


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


_EX_2 = Exercise(
    name="8.2",
    asks=("line",),
    check=_check_line,
    correct="Whatever they write, it is seen and not obeyed.",
    hints=(
        "`escape` is imported already. Use it on whatever comes from a visitor.",
        "Escape each part on its own, before your own `<b>` comes around it.",
        'f"<b>{escape(name)}</b>: " and then the text',
    ),
    solution="""
def line(name, text):
    return f"<b>{escape(name)}</b>: {escape(text)}"
""",
    mistakes={
        "nothing": Mistake(
            "Return the HTML as a text; you returned a {kind}.",
            """
def line(name, text):
    said.value = f"<b>{escape(name)}</b>: {escape(text)}"
""",
        ),
        "another_form": Mistake(
            'For Ada, who says Hello, the browser shows "{seen}". It should show '
            '"Ada: Hello", with a bold name.',
            """
def line(name, text):
    return escape(f"<b>{name}</b>: {text}")
""",
        ),
        "text_is_obeyed": Mistake(
            "A visitor wrote `<img src=x onerror=alert(1)>`, and the browser loads a "
            "picture and runs the script. Escape the text.",
            """
def line(name, text):
    return f"<b>{escape(name)}</b>: {text}"
""",
        ),
        "name_is_obeyed": Mistake(
            "The text is safe. But a visitor called `<img src=x onerror=alert(1)>` "
            "runs a script: escape the name as well.",
            """
def line(name, text):
    return f"<b>{name}</b>: {escape(text)}"
""",
        ),
        "text_is_lost": Mistake(
            'Of what the visitor wrote, the agent sees only "{seen}". Do not throw '
            "anything away: who asks about `<b>` has to be understood.",
            """
def line(name, text):
    def safe(words):
        return words.replace("<", "").replace(">", "")

    return f"<b>{safe(name)}</b>: {safe(text)}"
""",
        ),
        "twice": Mistake(
            'The agent sees "{seen}": you have escaped it twice.',
            """
def line(name, text):
    return f"<b>{escape(name)}</b>: {escape(escape(text))}"
""",
        ),
    },
)

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


_EX_3 = Exercise(
    name="8.3",
    asks=("is_typing",),
    check=_check_is_typing,
    correct="It begins, goes on, stops, and ends by itself.",
    hints=(
        "Only the last signal counts: `signals[-1]`. But there may be none.",
        "`moment, on = signals[-1]`: the visitor types if `on` is true, and the moment "
        "is not too long ago.",
        "`on and now - moment <= 6`",
    ),
    solution="""
def is_typing(signals, now):
    if not signals:
        return False
    moment, on = signals[-1]
    return on and now - moment <= 6
""",
    mistakes={
        "never": Mistake(
            "A signal came two seconds ago, and you say that nobody types.",
            """
def is_typing(signals, now):
    return False
""",
        ),
        "nobody_yet": Mistake(
            "There was no signal at all yet: then nobody types.",
            """
def is_typing(signals, now):
    moment, on = signals[-1]
    return on and now - moment <= 6
""",
        ),
        "stopped": Mistake(
            "The last signal said that it is over, and you still show it.",
            """
def is_typing(signals, now):
    return any(on and now - moment <= 6 for moment, on in signals)
""",
        ),
        "for_ever": Mistake(
            "The visitor closed the page {seconds} seconds ago, and the agent still "
            'waits for the end of "typing".',
            """
def is_typing(signals, now):
    return bool(signals) and signals[-1][1]
""",
        ),
        "again": Mistake(
            "The visitor stopped, and began again. The last signal counts.",
            """
def is_typing(signals, now):
    fresh = [on for moment, on in signals if now - moment <= 6]
    return bool(fresh) and all(fresh)
""",
        ),
        "goes_on": Mistake(
            "The visitor has been typing for eight seconds, and said so again three "
            "seconds ago. Count from the last signal.",
            """
def is_typing(signals, now):
    return bool(signals) and signals[-1][1] and now - signals[0][0] <= 6
""",
        ),
    },
)

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


_EX_4 = Exercise(
    name="8.4",
    asks=("hand_over",),
    check=_check_hand_over,
    correct="It leaves a note at the door and is gone, from whatever thread.",
    hints=(
        "Look for spaces first: `text.strip()` is empty then.",
        "The function to hand over is `queue.put_nowait`: not called by you, but named "
        "for the loop to call.",
        "`loop.call_soon_threadsafe(queue.put_nowait, (room, text))`",
    ),
    solution="""
def hand_over(room, text, loop, queue):
    if text.strip():
        loop.call_soon_threadsafe(queue.put_nowait, (room, text))
""",
    mistakes={
        "wrong_thread": Mistake(
            "You put it into the queue on the thread of the click. The queue belongs "
            "to the loop: whoever waits there may not be woken.",
            """
def hand_over(room, text, loop, queue):
    if text.strip():
        queue.put_nowait((room, text))
""",
        ),
        "never_arrives": Mistake(
            "Nothing has come into the queue. `queue.put` is a coroutine: to call it "
            "does nothing until somebody awaits it.",
            """
def hand_over(room, text, loop, queue):
    if text.strip():
        queue.put((room, text)).close()
""",
        ),
        "another_thing": Mistake(
            "In the queue is {found}. The task expects a pair: the room and the text.",
            """
def hand_over(room, text, loop, queue):
    if text.strip():
        loop.call_soon_threadsafe(queue.put_nowait, text)
""",
        ),
        "nothing_said": Mistake(
            "Somebody clicked with nothing but spaces in the field, and the visitor "
            "gets an empty answer.",
            """
def hand_over(room, text, loop, queue):
    loop.call_soon_threadsafe(queue.put_nowait, (room, text))
""",
        ),
        "waits": Mistake(
            "The click came on the thread of the loop this time, and all stood still: "
            "you waited there for something that only the loop can do. Hand over, and "
            "do not wait.",
            """
def hand_over(room, text, loop, queue):
    if text.strip():
        putting = queue.put((room, text))
        asyncio.run_coroutine_threadsafe(putting, loop).result(timeout=3)
""",
        ),
    },
)

LESSON = Lesson(
    number=8,
    title="The agent's pane",
    minutes=35,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4),
    questions=(
        Question(
            "A click has to send a message, which takes a second. Where?",
            (
                Option(
                    "In the callback of the click.",
                    "Then nothing else happens for a second, and on some versions no "
                    "other click either.",
                ),
                Option(
                    "In a task that waits at a queue; the callback puts it in there.",
                    "The click is done at once, and the answers keep their order.",
                    right=True,
                ),
                Option(
                    "On a new thread for each click.",
                    "Two quick answers may then arrive in the wrong order.",
                ),
            ),
        ),
        Question(
            "Why does a pane escape what visitors write?",
            (
                Option(
                    "So that it looks better.",
                    "It looks the same, but for the few who write `<`.",
                ),
                Option(
                    "Because Vonage refuses HTML.",
                    "Vonage takes any text. It is the browser that obeys HTML.",
                ),
                Option(
                    "So that it is shown, and not obeyed.",
                    "Otherwise any visitor can run a script in the agent's browser.",
                    right=True,
                ),
            ),
        ),
        Question(
            "The visitor's typing signal has come, and nothing after it. What then?",
            (
                Option(
                    "After a few seconds the pane takes it for over.",
                    "The page may be closed, or the network gone: no second signal "
                    "comes from there.",
                    right=True,
                ),
                Option(
                    "The pane shows it until the next message.",
                    "There may never be one.",
                ),
                Option(
                    "The pane reads the history to find the end.",
                    "Typing is ephemeral: the history does not know of it.",
                ),
            ),
        ),
    ),
)
