"""A notebook's scripts run in a real browser: the learner's, or a headless one."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import headless
import pytest
from playwright.sync_api import Browser, Page

from livechat_helpers.lessons import javascript
from livechat_helpers.lessons.content import CannotLook
from livechat_helpers.lessons.in_browser.jobs import Jobs, Late, of_this_process
from livechat_helpers.lessons.javascript import JavaScriptError, run_js


def test_a_script_can_log_wait_and_use_what_python_provides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    script = "async function add(n) { console.log('adding', { n }); return n + more; }"
    assert run_js(script, "add(1)", more=[2]) == "12"
    assert capsys.readouterr().out == 'adding {"n":1}\n'
    assert run_js(script, "undefined") is None


def test_a_script_has_a_real_page_with_markup_and_style() -> None:
    told = run_js(
        "",
        "document.querySelector('p').getBoundingClientRect().width",
        markup="<p>Hello</p>",
        style="p { width: 123px }",
    )
    assert told == 123


@pytest.mark.parametrize(
    ("script", "call", "said"),
    [
        ("\nlet a;\nlet b = ;", "a", "SyntaxError: Unexpected token ';' (line 2)"),
        (
            "function f() {\n return x.y;\n}",
            "f()",
            "ReferenceError: x is not defined (l",
        ),
        ("let a = 1;", "b", "ReferenceError: b is not defined"),
        ("", "Promise.reject('no')", "Error: no"),
        ("", "Promise.reject()", "Error: undefined"),
    ],
)
def test_an_error_says_what_and_where(script: str, call: str, said: str) -> None:
    with pytest.raises(JavaScriptError) as error:
        run_js(script, call)
    assert str(error.value).startswith(said)


@pytest.mark.parametrize(
    "body", ["for (;;);", "return new Promise(() => {});"], ids=["a loop", "a promise"]
)
def test_a_script_that_never_ends_is_stopped_and_the_next_one_runs(body: str) -> None:
    with pytest.raises(JavaScriptError, match="hasn't ended after 1 seconds"):
        run_js(f"function f() {{ {body} }}", "f()", seconds=1)
    assert run_js("", "1 + 1") == 2


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript, "of_this_process", Jobs)
    monkeypatch.setattr(javascript, "_headless", None)
    monkeypatch.setattr(javascript.chromium, "find", lambda: None)
    with pytest.raises(CannotLook, match="no browser"):
        run_js("", "1")


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A browser only for this test."""
    with headless.chromium() as launched:
        yield launched


def shows_the_notebook(chromium: Browser) -> Page:
    """Return a page that asks for scripts, as a cell's page does."""
    page = chromium.new_page()
    jobs = of_this_process()
    page.evaluate(
        "base => { import(base + 'host.js').then(m => m.work(base, document.body)) }",
        jobs.beside_jupyter,
    )
    while not jobs.has_browser():
        page.wait_for_timeout(20)
    return page


def test_the_browser_that_shows_the_notebook_runs_scripts_itself(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    javascript._close_headless()
    monkeypatch.setattr(javascript, "Headless", None)  # there isn't a second one
    page = shows_the_notebook(chromium)
    told: list[object] = []
    asks = threading.Thread(
        target=lambda: told.append(run_js("", "navigator.webdriver"))
    )
    asks.start()
    while asks.is_alive():
        page.wait_for_timeout(20)  # Playwright's browser works while it's waited for
    assert told == [True]


def test_a_page_that_was_closed_takes_no_script_with_it(chromium: Browser) -> None:
    javascript._close_headless()
    jobs = of_this_process()
    for _ in range(2):
        shows_the_notebook(chromium).close()
    end = time.monotonic() + 8  # less than a request of a page stays open
    while jobs.has_browser() and time.monotonic() < end:
        time.sleep(0.02)
    assert not jobs.has_browser()
    assert run_js("", "1 + 1") == 2


def test_a_stranger_who_does_not_know_the_key_gets_nothing() -> None:
    jobs = Jobs()
    assert jobs.relative("/guess/next") is None
    assert jobs.relative("/") is None


def test_a_browser_that_disconnects_leaves_no_traceback_in_the_notebook(
    capsys: pytest.CaptureFixture[str],
) -> None:
    jobs = Jobs()
    address = urlsplit(jobs.url)
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(f"GET {address.path}next HTTP/1.1\r\n\r\n".encode())
        while not jobs.has_browser():
            time.sleep(0.01)
        reset = struct.pack("ii", 1, 0)  # it gets no goodbye
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    with pytest.raises(Late):
        jobs.do({}, 0.3)
    assert capsys.readouterr().err == ""
