"""Other people's pages that contain the chat, and two browsers to open them."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

import headless
import httpx
from websockets.sync.client import ClientConnection, connect

from livechat_helpers.launch import firefox

KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004"}


class Tab(Protocol):
    """A tab of any browser."""

    def goto(self, url: str) -> None:
        """Load a page."""
        ...

    def run(self, script: str) -> Any:
        """Run the body of an async JavaScript function, and return its result."""
        ...

    def press(self, keys: str) -> None:
        """Press keys one after the other, or one key by its name."""
        ...

    def forget(self) -> None:
        """Delete all cookies; all ports of an address share them."""
        ...

    @property
    def said(self) -> list[str]:
        """The console's messages so far."""
        ...


class Chromium:
    """A tab of Chromium."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(f"Uncaught {error}"))

    def goto(self, url: str) -> None:
        self._page.goto(url)

    def run(self, script: str) -> Any:
        return self._page.evaluate(f"async () => {{ {script} }}")

    def press(self, keys: str) -> None:
        if keys in KEYS:
            self._page.keyboard.press(keys)
        else:
            self._page.keyboard.type(keys)

    def forget(self) -> None:
        self._page.context.clear_cookies()


class Firefox:
    """A tab of Firefox, over WebDriver BiDi, which needs no driver.

    Source: https://www.w3.org/TR/webdriver-bidi/
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._last = 0
        self.said: list[str] = []
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        tree = self._ask("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    def goto(self, url: str) -> None:
        self._ask(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    def run(self, script: str) -> Any:
        answer = self._ask(
            "script.evaluate",
            expression=f"(async () => {{ {script} }})().then(v => JSON.stringify(v))",
            awaitPromise=True,
            target={"context": self._context},
        )
        assert answer["type"] == "success", answer
        value = answer["result"].get("value")
        return json.loads(value) if value is not None else None

    def press(self, keys: str) -> None:
        presses = [KEYS[keys]] if keys in KEYS else list(keys)
        actions = [
            {"type": kind, "value": key}
            for key in presses
            for kind in ("keyDown", "keyUp")
        ]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._ask("input.performActions", context=self._context, actions=[source])

    def forget(self) -> None:
        self._ask("storage.deleteCookies")

    def _ask(self, method: str, **params: Any) -> Any:
        self._last += 1
        order = {"id": self._last, "method": method, "params": params}
        self._socket.send(json.dumps(order))
        while True:
            frame = json.loads(self._socket.recv(timeout=60))
            if frame.get("method") == "log.entryAdded":
                self.said.append(frame["params"]["text"] or "")
            elif frame.get("id") == self._last:
                assert frame["type"] == "success", frame
                return frame["result"]


@contextmanager
def chromium_tab(folder: Path) -> Iterator[Tab]:
    """Run Chromium and yield one of its tabs."""
    with headless.chromium() as browser:
        yield Chromium(browser.new_context().new_page())


@contextmanager
def firefox_tab(folder: Path) -> Iterator[Tab]:
    """Run the system's Firefox and yield one of its tabs.

    folder: for its profile.
    """
    program = firefox.find()
    assert program is not None, "There is no Firefox: python -m livechat_helpers test"
    process = subprocess.Popen(
        [
            *(str(program), "--headless", "--no-remote", "--profile", str(folder)),
            *("--remote-debugging-port", "0"),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"WebDriver BiDi listening on (ws://\S+)", line)
            if found:
                break
        else:
            raise AssertionError("Firefox ended before it was ready")
        Thread(target=process.stderr.read, daemon=True).start()
        with connect(f"{found[1]}/session", max_size=None) as socket:
            yield Firefox(socket)
    finally:
        process.terminate()
        process.wait(timeout=20)


BROWSERS: dict[str, Callable[[Path], Any]] = {
    "Chromium": chromium_tab,
    "Firefox": firefox_tab,
}


@dataclass
class Host:
    """Somebody else's website, which also serves the chat's files.

    website: the chat's address. pages: HTML, by path. headers: sent with all pages.
    fail: how many times each path fails. cookies: whether browsers get any.
    """

    website: str
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    fail: dict[str, int] = field(default_factory=dict)
    cookies: bool = True

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it, and yield its address."""
        handler = type("Handler", (_Handler,), {"host": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    host: Host

    def _answer(self) -> None:
        if self.path in self.host.pages:
            html = self.host.pages[self.path].encode()
            headers = {"Content-Type": "text/html; charset=utf-8", **self.host.headers}
            self._send(200, headers, html)
        elif self.host.fail.get(self.path):
            self.host.fail[self.path] -= 1
            self._send(503, {}, b"")
        else:
            self._hand_on()

    def _hand_on(self) -> None:
        kept = ("content-type", "cookie", "origin", "authorization")
        headers = {k: v for k, v in self.headers.items() if k.lower() in kept}
        headers["X-Forwarded-Host"] = self.headers["Host"]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = self.host.website + self.path.removeprefix("/")
        # There's no TLS. Without `verify=False`, it would read certificates for each
        # request.
        answer = httpx.request(
            self.command,
            url,
            headers=headers,
            content=body,
            timeout=60,
            verify=False,
            trust_env=False,
        )
        left_out = (
            *("content-length", "content-encoding", "transfer-encoding"),
            *("connection", "content-security-policy", "vary", "etag"),
        )
        if not self.host.cookies:
            left_out += ("set-cookie",)
        passed = {k: v for k, v in answer.headers.items() if k not in left_out}
        self._send(answer.status_code, passed, answer.content)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass
