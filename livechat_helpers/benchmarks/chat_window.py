"""The chat window's size, and a message's cost in it and on the 2019 page."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from livechat_helpers import places
from livechat_helpers.website.files import lean, packed
from tests import headless
from tests.web.people import AGAIN, Kit, Visitor

from .report import Figure, Target, compared, say, single
from .rounds import Pairs

_WEB = places.ROOT / "web"
_SEED = places.ROOT / "tests/web/seed_page"
_WINDOW = [
    *("embed.js", "chat-dom.js", "strings.js", "chat-widget.js", "chat-widget.css"),
]
_SESSION = [
    *("chat-window.js", "chat-form.js", "chat-list.js", "chat-client.js"),
    *("chat-binding.js", "chat-calls.js", "chat-conversation.js", "chat-log.js"),
    *("chat-outbox.js", "chat-session.js", "chat-vonage.js"),
]
_LATER = [
    *("chat-ending.js", "chat-transcript.js", "chat-ending.css", "chat-sound.js"),
    "strings-ar.js",
]
_APPENDED = 30
_BESIDE_2019 = Target(0.2)

# Both pages get the same functions: `one` adds one message, `many` adds many at once.
_OURS = """async () => {
    const widget = document.querySelector('chat-widget');
    const module = new URL('web/chat-log.js', document.baseURI);
    const { ChatLog, view } = await import(module);
    const log = new ChatLog();
    const user = { id: 'ada', name: 'Ada' };
    const from = { kind: 'embeddedInfo', memberId: 'ada', user };
    const timestamp = new Date().toISOString();
    const [kind, before] = ['message:text', widget.view];
    const take = text => log.take(
        { id: log.complete + 1, kind, from, body: { text }, timestamp }, 'me');
    const show = () => widget.render({ ...before, ...view(log) });
    window.one = text => { take(text); show(); };
    window.many = texts => { texts.forEach(take); show(); };
}"""
_THEIRS = """() => {
    document.getElementById('chatWindow').classList.add('active');
    const area = document.getElementById('message-area');
    window.one = text => append(text, 'agent');
    window.many = texts => {
        const all = document.createDocumentFragment();
        for (const text of texts) {
            const message = document.createElement('div');
            message.className = 'message agent';
            message.append(document.createElement('p'));
            message.firstChild.append(text);
            all.append(message);
        }
        area.append(all);
    };
}"""
# The work of a number of frames, each with or without a new message.
_FRAMES = """async ([count, text]) => {
    for (let frame = 0; frame < count; frame++) {
        if (text) one(`${text} ${frame}`);
        await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
    }
}"""
_MANY = (
    "([start, end]) => many(Array.from({length: end - start}, (_, n) => `Text ${n}`))"
)


class _Watch:
    """Reads Chromium's counters of a page, such as its main thread's seconds."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession = page.context.new_cdp_session(page)
        ticks = {"timeDomain": "threadTicks"}  # CPU time, without other processes
        self._session.send("Performance.enable", ticks)

    def count(self, name: str) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in metrics if each["name"] == name)

    def heap(self) -> float:
        """Return the megabytes in use."""
        self._session.send("HeapProfiler.collectGarbage")
        return self.count("JSHeapUsedSize") / 1e6

    def frames(self, text: str) -> float:
        """Return the milliseconds that some frames take.

        text: the message that each frame adds; with an empty text they add none.
        """
        before = self.count("TaskDuration")
        self._page.evaluate(_FRAMES, [_APPENDED, text])
        return (self.count("TaskDuration") - before) * 1000


def measure(quick: bool) -> list[Figure]:
    """Return sizes, the cost of a message in a long list, and what removal leaves."""
    with (
        tempfile.TemporaryDirectory(prefix="page-") as folder,
        _serving(_SEED) as seed,
        headless.chromium() as chromium,
    ):
        kit = Kit(Path(folder))
        try:
            return [
                *_sizes(),
                *_loading(chromium, kit, 1 if quick else 7),
                *_appending(chromium, kit, seed, 1 if quick else 3, quick),
                *_leaving(chromium, kit),
            ]
        finally:
            kit.stop()


def _sizes() -> list[Figure]:
    parts = {
        "the window: what is loaded with the page": (_WINDOW, 17, 7),
        "all modules, once the chat is open": ([*_WINDOW, *_SESSION], 44, 18),
        "the end of a chat, the tone, another language": (_LATER, 9, 4),
    }
    figures = []
    for name, (files, most, most_packed) in parts.items():
        served = [lean((_WEB / file).read_bytes()) for file in files]
        plain = sum(map(len, served)) / 1024
        compressed = sum(len(packed(each)) for each in served) / 1024
        figures += [
            single(name, "KiB", plain, most),
            single(f"{name}, gzip", "KiB", compressed, most_packed),
        ]
    return figures


def _loading(chromium: Browser, kit: Kit, rounds: int) -> list[Figure]:
    """Compare the processor time of loading the page with and without the chat."""
    say(f"page: {rounds} rounds of loading")

    def load(with_chat: bool) -> float:
        context = chromium.new_context()
        if not with_chat:
            context.route("**/web/embed.js", lambda route: route.abort())
        page = context.new_page()
        watch = _Watch(page)
        page.goto(kit.url, wait_until="networkidle")
        spent = watch.count("TaskDuration") * 1000
        context.close()
        return spent

    load(True)
    pairs = Pairs([], [])
    for _ in range(rounds):
        pairs.measured.append(load(True))
        pairs.floors.append(load(False))
    name = "CPU until the launcher is there; floor: the page without it"
    return [compared(name, "ms", pairs, _itself, Target(2.5))]


def _appending(
    chromium: Browser, kit: Kit, seed: str, rounds: int, quick: bool
) -> list[Figure]:
    sizes = [1, 100, 1000] if quick else [1, 100, 1000, 5000]
    ours: dict[int, list[float]] = {size: [] for size in sizes}
    theirs: dict[int, list[float]] = {size: [] for size in sizes}
    heaps: list[float] = []
    for number in range(rounds):
        say(f"page: round {number + 1} of {rounds} of messages")
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        visitor = Visitor(context, kit.url)
        visitor.open()
        visitor.page.evaluate(_OURS)
        _fill(visitor.page, ours)
        heaps.append(_Watch(visitor.page).heap())
        context.close()
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        context.route("https://cdn.example/*", lambda route: route.abort())
        page = context.new_page()
        page.goto(seed)
        page.evaluate(_THEIRS)
        _fill(page, theirs)
        context.close()
    most = sizes[-1]
    return [
        *(
            compared(
                f"CPU to show a message after {size:,} others; floor: the 2019 page",
                "ms",
                Pairs(ours[size], theirs[size]),
                _itself,
                _BESIDE_2019 if size == 5000 else None,
            )
            for size in sizes
        ),
        compared(
            f"the same with {most:,} messages; floor: with 1",
            "ms",
            Pairs(ours[most], ours[1]),
            _itself,
            Target(2),
        ),
        single(f"heap with {most:,} messages and the SDK", "MB", max(heaps), 15),
    ]


def _fill(page: Page, costs: dict[int, list[float]]) -> None:
    """Add the milliseconds that one more message costs at each size."""
    watch = _Watch(page)
    there = 0
    for size, found in costs.items():
        page.evaluate(_MANY, [there, size])
        watch.frames("")  # The added messages are drawn first.
        spent = watch.frames("Another message of usual length, number")
        found.append(max(spent - watch.frames(""), 0.001) / _APPENDED)
        there = size


def _leaving(chromium: Browser, kit: Kit) -> list[Figure]:
    say("page: removed and put back")
    context = chromium.new_context()
    visitor = Visitor(context, kit.url)
    visitor.open()
    visitor.page.route("**/api/new", lambda route: route.abort())
    watch = _Watch(visitor.page)
    visitor.widget.evaluate(AGAIN, 10)
    visitor.page.wait_for_timeout(3000)
    heap, listeners = watch.heap(), watch.count("JSEventListeners")
    visitor.widget.evaluate(AGAIN, 100)
    visitor.page.wait_for_timeout(3000)
    grown = watch.heap() - heap
    more = watch.count("JSEventListeners") - listeners
    context.close()
    name = "removed and put back 100 times"
    return [
        single(f"more listeners when {name}", "", max(more, 0), 5),
        single(f"growth of the heap when {name}", "MB", max(grown, 0), 1),
    ]


def _itself(value: float) -> float:
    return value


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """Serve a folder and yield its address."""
    handler: Callable[..., Any] = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass
