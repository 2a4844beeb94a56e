"""A long chat: drawn in part, but readable from end to end."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect
from waiting import eventually

from livechat_helpers.visitor import Visitor

from ..jupyter import SLOW, Notebook
from ..stand import Stand

LINES = 330  # more than the pane draws at once
STEP = 380  # px; a little less than the height in view

IN_SIGHT = """log => [...log.querySelectorAll('.lcp-text')].filter((one) => {
  const [inner, outer] = [one, log].map((it) => it.getBoundingClientRect());
  return inner.bottom > outer.top && inner.top < outer.bottom;
}).map((one) => Number(one.textContent.replace('line ', '')))"""

# A turn of the wheel begins late on a busy machine, and takes several frames.
AT_REST = """(log, from) => new Promise((done) => {
  const began = performance.now();
  let [before, calm] = [NaN, 0];
  const look = () => {
    const passed = performance.now() - began;
    const end = log.scrollHeight - log.clientHeight - 1;
    const moved = log.scrollTop !== from || log.scrollTop === 0 || log.scrollTop >= end;
    calm = log.scrollTop === before ? calm + 1 : 0;
    before = log.scrollTop;
    if (calm > 3 && (moved ? passed > 120 : passed > 3000)) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


class History:
    """A chat with many lines, ``line 0`` and so on, and a short chat."""

    def __init__(self, stand: Stand, book: Notebook, lines: int) -> None:
        stand.sandbox.restore("empty")
        book.python("await pane.settle()")
        # A page behind another draws no frames, and a turn of the wheel waits for one.
        book.page.bring_to_front()
        self.book = book
        self.total = lines
        self._short = Visitor(stand.url)
        self._short.say("only this")
        self._visitor = Visitor(stand.url)
        # Let the pane read them all together afterwards, because drawing each one takes
        # longer.
        with stand.sandbox.faults.refuse(503, user="agent"):
            stand.sandbox.faults.drop_sockets(user="agent")
            for number in range(lines):
                self._visitor.say(f"line {number}")
        self.open()

    @property
    def lines(self) -> Locator:
        return self.book.log.locator(".lcp-line")

    def open(self) -> None:
        """Open the short chat, and then this one, which opens at its end."""
        self.book.row("only this").click(timeout=SLOW)
        self.book.row(f"line {self.total - 1}").click(timeout=SLOW)
        eventually(lambda: self.is_in_sight(self.total - 1))

    def say_one_more(self) -> None:
        self._visitor.say(f"line {self.total}")
        self.total += 1
        expect(self.book.row(f"line {self.total - 1}")).to_be_visible()

    def in_sight(self) -> list[int]:
        return self.book.log.evaluate(IN_SIGHT)

    def is_in_sight(self, line: int) -> bool:
        return line in self.in_sight()

    def seen_with_the_wheel(self, step: int, last: int) -> set[int]:
        """Turn the wheel until a line is in view; return all lines seen on the way."""
        self.book.log.hover()
        seen: set[int] = set()
        for _ in range(2 * self.total):
            seen.update(self.in_sight())
            if last in seen:
                break
            at = self.book.log.evaluate("log => log.scrollTop")
            self.book.page.mouse.wheel(0, step)
            self.book.log.evaluate(AT_REST, at)
        return seen


@pytest.fixture(scope="module")
def history(stand: Stand, book: Notebook) -> Iterator[History]:
    yield History(stand, book, LINES)


def assert_whole(history: History, first: int = 0) -> None:
    """Scroll from the end up to a line and back, and see every line both times."""
    last = history.total - 1
    for step, goal in ((-STEP, first), (STEP, last)):
        seen = history.seen_with_the_wheel(step, goal)
        assert sorted(set(range(first, last + 1)) - seen) == []
        eventually(lambda: history.lines.count() <= 300)


def test_every_line_can_be_scrolled_into_view_both_ways(history: History) -> None:
    assert_whole(history)


@pytest.mark.weekly
def test_every_line_can_be_scrolled_into_view_on_a_slow_machine(
    history: History,
) -> None:
    page = history.book.page
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    history.open()
    try:
        assert_whole(history, history.total - 150)  # more than two pages above
    finally:
        devtools.detach()


@pytest.mark.weekly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("lines", [5000, 10_000])
def test_every_one_of_thousands_of_lines_can_be_scrolled_into_view(
    stand: Stand, book: Notebook, lines: int
) -> None:
    assert_whole(History(stand, book, lines))


def test_a_chat_opens_at_its_end_with_one_page(history: History) -> None:
    history.open()
    assert history.lines.count() <= 60


def test_new_messages_dont_move_what_is_being_read(history: History) -> None:
    history.open()
    history.seen_with_the_wheel(-STEP, history.total - 80)
    before = history.in_sight()
    for _ in range(3):
        history.say_one_more()
    assert history.in_sight() == before
    history.book.pane.get_by_role("button", name="Newest messages").click()
    eventually(lambda: history.is_in_sight(history.total - 1))
    history.say_one_more()  # at the end, the newest line stays in view
    eventually(lambda: history.is_in_sight(history.total - 1))
    assert history.lines.count() <= 150


def test_search_jumps_to_a_line_and_reading_continues_both_ways(
    history: History,
) -> None:
    book = history.book
    history.open()
    book.pane.get_by_role("button", name="Search", exact=True).click()
    book.search_box.fill("LINE 10")
    expect(book.pane.locator(".lcp-hits")).to_have_text("11 matches")
    book.pane.locator(".lcp-found button", has_text="line 108").click()
    eventually(lambda: history.is_in_sight(108))
    book.pane.get_by_role("button", name="Done").click()
    for step, last in ((STEP, 180), (-STEP, 50)):
        seen = history.seen_with_the_wheel(step, last)
        whole = set(range(min(seen), max(seen) + 1))
        assert sorted(whole - seen) == []
