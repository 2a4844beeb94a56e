"""The cost of a message on its way into the agent's pane, in a real JupyterLab.

The floor is a bare comm that puts a number into a text node, in the same notebook. The
peers are what most people would write first: an HTML widget that is rendered again for
every message, and an Output widget that grows. A message's time starts when the kernel
has it and ends when the browser has drawn it.
"""

import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from livechat_helpers import places
from livechat_helpers.visitor import Visitor
from tests import headless
from tests.agent_pane.jupyter import IMPORTS, Lab, Notebook
from tests.agent_pane.stand import Stand

from .report import Figure, Target, compared, say, single
from .rounds import Pairs, spread

_LATENCY, _BYTES, _HISTORY, _MEMORY, _SDK = 1.5, 1024.0, 0.5, 1.1, 2.0

# Records when the wanted text appears in the document. Each contender brings its own
# `find`.
_WATCH = """
window.wanted = null; window.seen = {};
new MutationObserver(() => {
  if (window.wanted && window.find(window.wanted)) {
    window.seen[window.wanted] = performance.timeOrigin + performance.now();
    window.wanted = null;
  }
}).observe(document, {subtree: true, childList: true, characterData: true});
"""
_FIND = {
    "echo": "text => document.querySelector('.echo')?.textContent === text",
    "pane": "text => [...document.querySelectorAll('.livechat-pane .lcp-lines')]"
    ".some(box => box.lastChild?.querySelector('.lcp-text')?.textContent === text)",
    "id": "text => document.getElementById(text) !== null",
}

_ECHO = """
import anywidget, threading
class Echo(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        const text = document.createTextNode('');
        el.className = 'echo'; el.append(text);
        model.on('msg:custom', (message) => { text.data = message; });
    } }'''
echo = Echo()
began = {}
def later(say, text):  # from a thread, as news come, and when the cell is over
    def go():
        began[text] = time.time(); say(text)
    threading.Timer(0.1, go).start()
"""
_PANE = """
pane = AgentPane()
calm = 0.1  # seconds: whoever else had work with the event has done it then
def watch(event, take):
    def go():
        began[event['body'].get('text', '')] = time.time(); take(event)
    pane._chats.background.loop.call_later(calm, go)
for session in pane._chats._sessions.values():
    session._on_event = lambda event, take=session._on_event: watch(event, take)
from IPython.display import display
display(echo, pane)
"""
_PEERS = {
    "HTML widget, rendered whole": """
import ipywidgets
box = ipywidgets.HTML()
def bubble(text): return f"<p class='m' id='{text}'><b>Visitor</b> {text}</p>"
def fill(count): global all; all = [bubble(f"old{n}") for n in range(count)]; show()
def show(): box.value = ''.join(all)
def say(text): all.append(bubble(text)); show()
""",
    "Output widget that grows": """
import ipywidgets
from IPython.display import HTML
box = ipywidgets.Output()
def bubble(text): return f"<p class='m' id='{text}'><b>Visitor</b> {text}</p>"
def fill(count):
    data = [{'output_type': 'display_data', 'metadata': {},
        'data': {'text/html': bubble(f"old{n}"), 'text/plain': ''}}
        for n in range(count)]
    box.outputs = tuple(data)
def say(text): box.append_display_data(HTML(bubble(text)))
""",
}
_SHOW = "from IPython.display import display\ndisplay(echo, box)"

# _RATE: messages a second from all visitors together.
_CHATS, _RATE, _TALKERS = 50, 20, 4
_KEYS, _CLICKS = 60, 10
_KEY_TO_FRAME, _BUSY = 2.0, 35.0

_FRAMES = """() => {
  window.frames_ = [];
  document.addEventListener('keydown', (event) => {
    requestAnimationFrame(() => setTimeout(() =>
      window.frames_.push(performance.now() - event.timeStamp)));
  }, true);
}"""

_SDK_TALK = """async ({jwt, cid, texts, sdk}) => {
  const { VonageClient } = await import('/sdk/vonageClientSDK.min.mjs');
  const client = new VonageClient({ loggingLevel: 'Error' });
  client.setConfig(sdk);
  await client.createSession(jwt);
  const heard = {}, sent = {};
  const now = () => performance.timeOrigin + performance.now();
  client.on('conversationEvent', (event) => { heard[event.body?.text] = now(); });
  for (const text of texts) {
    sent[text] = now();
    await client.sendMessageTextEvent(cid, text, true);
    while (!heard[text]) await new Promise((next) => setTimeout(next, 5));
    await new Promise((next) => setTimeout(next, 150));
  }
  return { sent, heard };
}"""


class Watched:
    """A notebook, with a page that records texts and a count of its bytes."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page: Page = notebook.page
        self.page.evaluate(_WATCH)
        self.received = 0
        session = self.page.context.new_cdp_session(self.page)
        session.on("Network.webSocketFrameReceived", self._count)
        session.send("Network.enable")
        self._cdp = session

    def _count(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        size = len(frame["payloadData"])
        self.received += size * 3 // 4 if frame["opcode"] == 2 else size

    def busy(self) -> float:
        """Return the seconds that the page's main thread has worked so far."""
        self._cdp.send("Performance.enable")
        found = self._cdp.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in found if one["name"] == "TaskDuration")

    def heap(self) -> float:
        """Return the megabytes that the page's scripts use."""
        self._cdp.send("HeapProfiler.collectGarbage")
        return self.page.evaluate("performance.memory.usedJSHeapSize") / 1e6

    def want(self, text: str, find: str) -> None:
        """Start to watch for a text.

        text: the text to wait for.
        find: how to find it, a key of `_FIND`.
        """
        self.page.evaluate(
            "([text, find]) => { window.find = eval(find); window.wanted = text; }",
            [text, _FIND[find]],
        )

    def seen(self, text: str) -> float:
        """Wait until a text has appeared, and return when, in epoch milliseconds."""
        self.page.wait_for_function("text => window.seen[text]", arg=text)
        return self.page.evaluate("text => window.seen[text]", text)

    def began(self, text: str) -> float:
        """Return when the kernel had a text, in milliseconds of the epoch."""
        return self.notebook.python("", f"began[{text!r}]") * 1000

    def time(self, text: str, find: str, say: str) -> float:
        """Return the milliseconds that a text takes from the kernel to the screen.

        text: the text that is sent.
        find: how it's found on the screen, a key of `_FIND`.
        say: the function in the notebook that sends it.
        """
        self.want(text, find)
        self.notebook.python(f"later({say}, {text!r})")
        seen = self.seen(text)
        return seen - self.began(text)


def measure(quick: bool) -> list[Figure]:
    """Return the latency, bytes, history and memory of the pane and of its peers."""
    sizes, rounds = ((10, 500), 5) if quick else ((10, 5000), 25)
    with _jupyterlab() as (stand, lab):
        figures = _measure_busy(stand, lab, _KEYS // 2 if quick else _KEYS)
        stand.sandbox.restore("empty")
        figures += _measure_pane(stand, lab, sizes, rounds)
        for name, code in _PEERS.items():
            figures += _measure_peer(lab, name, code, sizes, rounds)
    return figures


@contextmanager
def _jupyterlab() -> Iterator[tuple[Stand, Lab]]:
    folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
    before = os.environ.get("LIVECHAT_HOME")
    os.environ["LIVECHAT_HOME"] = str(folder / "home")
    places.sandbox_dir().mkdir(parents=True)
    stand = Stand()
    try:
        with headless.chromium("--enable-precise-memory-info") as chromium:
            lab = Lab(folder, chromium)
            try:
                yield stand, lab
            finally:
                lab.stop()
    finally:
        stand.stop()
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop("LIVECHAT_HOME")
        if before is not None:
            os.environ["LIVECHAT_HOME"] = before


def _talkative(stand: Stand, lines: int) -> Visitor:
    visitor = Visitor(stand.url)
    for number in range(lines):
        visitor.say(f"old{number}")
    return visitor


def _measure_pane(
    stand: Stand, lab: Lab, sizes: tuple[int, ...], rounds: int
) -> list[Figure]:
    say(f"agent-pane: writing {sum(sizes):,} messages of history")
    visitors = {size: _talkative(stand, size) for size in sizes}
    path = lab.write("pane.ipynb", IMPORTS + _ECHO + _PANE)
    notebook = lab.open(path)
    notebook.run()
    watched = Watched(notebook)
    figures, heaps = [], []
    for size, visitor in visitors.items():
        notebook.row(visitor.chat["user"]["display_name"]).click()
        notebook.line(f"old{size - 1}").last.wait_for()
        times, floors, sizes_in_bytes = [], [], []
        for number in range(rounds):
            text = f"new{size}-{number}"
            watched.want(text, "pane")
            before = _quiet(watched)
            visitor.say(text)
            seen = watched.seen(text)
            sizes_in_bytes.append(_quiet(watched) - before)
            times.append(seen - watched.began(text))
            floors.append(watched.time(f"floor{size}-{number}", "echo", "echo.send"))
        heaps.append(watched.heap())
        figures += _figures("agent pane", size, times, floors, sizes_in_bytes, True)
    figures.append(
        compared(
            f"agent pane, memory of the page after {sizes[-1]:,} messages; "
            f"floor: after {sizes[0]}",
            "MB",
            Pairs([heaps[-1]], [heaps[0]]),
            lambda one: one,
            Target(_MEMORY),
        )
    )
    figures.append(_measure_sdk(stand, lab, watched, rounds))
    notebook.page.close()
    figures.append(_measure_history(stand, lab, 3 if rounds < 10 else 7))
    return figures


def _quiet(watched: Watched) -> int:
    """Wait until the kernel sends nothing more, and return the bytes so far."""
    before = -1
    while watched.received != before:
        before = watched.received
        watched.page.wait_for_timeout(80)
    return before


def _figures(
    name: str,
    size: int,
    times: list[float],
    floors: list[float],
    sizes: list[int],
    is_ours: bool,
) -> list[Figure]:
    what = f"{name}, at {size:,} messages"
    return [
        compared(
            f"{what}: from the kernel to the screen",
            "ms",
            Pairs(times, floors),
            lambda one: one,
            Target(_LATENCY) if is_ours else None,
        ),
        single(f"{what}: over the kernel's socket", "bytes", _median(sizes), _BYTES)
        if is_ours
        else _plain(f"{what}: over the kernel's socket", "bytes", sizes),
    ]


def _median(values: list[int]) -> float:
    return float(sorted(values)[len(values) // 2])


def _plain(name: str, unit: str, values: list[int]) -> Figure:
    return Figure(name, unit, spread([float(value) for value in values]))


def _measure_sdk(stand: Stand, lab: Lab, watched: Watched, rounds: int) -> Figure:
    """Compare a message's time to the pane with its time to a page with the SDK."""
    page = watched.page.context.new_page()
    page.goto(stand.page)
    chat = page.evaluate("fetch('api/new', {method: 'POST'}).then(it => it.json())")
    watched.notebook.python("calm = 0")
    texts = [f"sdk{number}" for number in range(rounds)]
    watched.notebook.row(chat["user"]["display_name"]).click()
    watched.page.evaluate(
        """texts => {
        new MutationObserver(() => {
          const lines = document.querySelectorAll('.lcp-lines .lcp-text');
          const text = lines[lines.length - 1]?.textContent;
          if (texts.includes(text))
            window.seen[text] ??= performance.timeOrigin + performance.now();
        }).observe(document, {subtree: true, childList: true}); }""",
        texts,
    )
    asked = {"jwt": chat["jwt"], "cid": chat["conversation"]["id"]}
    talk = page.evaluate(_SDK_TALK, {**asked, "texts": texts, "sdk": chat["sdk"]})
    to_pane = [watched.seen(text) - talk["sent"][text] for text in texts]
    to_page = [talk["heard"][text] - talk["sent"][text] for text in texts]
    page.close()
    return compared(
        "agent pane: from a visitor's send to the screen; floor: to a visitor's SDK",
        "ms",
        Pairs(to_pane, to_page),
        lambda one: one,
        Target(_SDK),
    )


def _measure_history(stand: Stand, lab: Lab, rounds: int) -> Figure:
    """Return the seconds from a cell's start to a chat of 1,000 messages on screen."""
    stand.sandbox.restore("empty")
    _talkative(stand, 1000)
    seconds = []
    for number in range(rounds):
        cells = f"{IMPORTS}desk = SupportDesk.open()", "AgentPane(desk)"
        notebook = lab.open(lab.write(f"history{number}.ipynb", *cells))
        notebook.page.keyboard.press("Shift+Enter")
        notebook.python("")  # This waits until the first cell is done.
        watched = Watched(notebook)
        watched.want("old999", "pane")
        notebook.page.locator(".jp-CodeCell").nth(1).click()
        began = time.time()
        notebook.page.keyboard.press("Shift+Enter")
        seconds.append(watched.seen("old999") / 1000 - began)
        notebook.page.close()
    return Figure(
        "agent pane: run its cell until 1,000 messages of history are shown",
        "s",
        spread(seconds),
        target=Target(_HISTORY, of_ratio=False),
    )


def _measure_busy(stand: Stand, lab: Lab, keys: int) -> list[Figure]:
    """Return what an agent notices while many visitors write at once."""
    say(f"agent-pane: {_CHATS} chats, {_RATE} messages a second")
    visitors = [Visitor(stand.url) for _ in range(_CHATS)]
    for visitor in visitors:
        visitor.say("hello")
    notebook = lab.open(lab.write("busy.ipynb", f"{IMPORTS}pane = AgentPane()\npane"))
    notebook.run()
    notebook.pane.locator(".lcp-row").first.click()
    notebook.page.evaluate(_FRAMES)
    idle = _key_to_frame(notebook, keys)
    over = threading.Event()
    talkers = [
        threading.Thread(target=_talk, args=(visitors[n::_TALKERS], over))
        for n in range(_TALKERS)
    ]
    for talker in talkers:
        talker.start()
    time.sleep(1)
    watched = Watched(notebook)
    began, before = time.monotonic(), watched.busy()
    busy = _key_to_frame(notebook, keys)
    share = 100 * (watched.busy() - before) / (time.monotonic() - began)
    lost = _lost_clicks(notebook)
    over.set()
    for talker in talkers:
        talker.join()
    notebook.page.close()
    what = f"agent pane, {_CHATS} chats at {_RATE} messages/s"
    return [
        compared(
            f"{what}: from a key to the frame, p95; floor: idle",
            "ms",
            Pairs([busy], [idle]),
            lambda one: one,
            Target(_KEY_TO_FRAME),
        ),
        single(f"{what}: the page's main thread", "%", share, _BUSY),
        single(f"{what}: clicks lost of {_CLICKS}", "", lost, 0),
    ]


def _talk(visitors: list[Visitor], over: threading.Event) -> None:
    """Let visitors write one after the other until `over` is set."""
    number, pause = 0, _TALKERS / _RATE
    due = time.monotonic()
    while not over.is_set():
        number, due = number + 1, due + pause
        visitors[number % len(visitors)].say(f"and {number}")
        time.sleep(max(0.0, due - time.monotonic()))


def _key_to_frame(notebook: Notebook, keys: int) -> float:
    """Return the milliseconds from a key to the frame that shows it, as the p95."""
    notebook.page.evaluate("window.frames_ = []")
    notebook.box.focus()
    for _ in range(keys):
        notebook.page.keyboard.press("a")
        notebook.page.wait_for_timeout(60)
    times = notebook.page.evaluate("window.frames_")
    notebook.box.fill("")
    return statistics.quantiles(times, n=20)[-1]


def _lost_clicks(notebook: Notebook) -> int:
    """Press on rows, hold and release; return how many clicks opened the wrong chat."""
    lost, mouse = 0, notebook.page.mouse
    for number in range(_CLICKS):
        box = notebook.pane.locator(".lcp-row").nth(1 + number % 5).bounding_box()
        assert box is not None
        at = box["x"] + 60, box["y"] + box["height"] / 2
        mouse.move(*at)
        aimed = notebook.page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y).closest('.lcp-row')"
            "?.querySelector('.lcp-name').textContent",
            at,
        )
        mouse.down()
        notebook.page.wait_for_timeout(200)
        mouse.up()
        notebook.page.wait_for_timeout(150)
        lost += notebook.pane.locator(".lcp-title").inner_text() != aimed
    return lost


def _measure_peer(
    lab: Lab, name: str, code: str, sizes: tuple[int, ...], rounds: int
) -> list[Figure]:
    say(f"agent-pane: the peer {name}")
    path = lab.write(f"{name.split()[0]}.ipynb", IMPORTS + _ECHO + code + _SHOW)
    notebook = lab.open(path)
    notebook.menu("Run", "Run All Cells")
    notebook.page.locator(".echo").wait_for(state="attached")
    watched = Watched(notebook)
    figures = []
    for size in sizes:
        watched.want(f"old{size - 1}", "id")
        notebook.python(f"fill({size})")
        watched.seen(f"old{size - 1}")
        times, floors, received = [], [], []
        for number in range(min(rounds, 10)):
            before = _quiet(watched)
            times.append(watched.time(f"new{size}-{number}", "id", "say"))
            received.append(_quiet(watched) - before)
            floors.append(watched.time(f"floor{size}-{number}", "echo", "echo.send"))
        figures += _figures(name, size, times, floors, received, False)
    notebook.page.close()
    return figures
