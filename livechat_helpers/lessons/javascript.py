"""JavaScript in a notebook, run by a real browser.

If a page of ``my_chat`` is open in the notebook, the notebook's browser runs it.
Otherwise, the system's Chromium, Chrome or Edge does, headless.
"""

import time
from typing import Any

from livechat_helpers.launch import chromium
from livechat_helpers.plain_errors import PlainError

from .content import CannotLook
from .in_browser.headless_page import Headless
from .in_browser.jobs import Jobs, Late, of_this_process

_LONGEST = 10.0  # seconds that a script can take
_STARTING = 40.0  # seconds that a browser can take to start on busy cores
_MORE = 5.0  # further seconds before a silent browser is given up

_headless: Headless | None = None


class JavaScriptError(PlainError):
    """A script raised an error, or didn't end.

    line: the line in the script, starting at 1; None if it's elsewhere.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(f"{text} (line {line})" if line else text)
        self.line = line


def run_js(
    script: str,
    call: str,
    *,
    markup: str = "",
    style: str = "",
    width: int = 800,
    seconds: float = _LONGEST,
    **values: Any,
) -> Any:
    """Run a script on an empty page of a real browser, and return a call's value.

    script: defines functions. ``loadSdk()`` gives it the browser SDK. Its log is
        printed.
    call: an expression, such as ``bubble("Hello")``; a promise is awaited.
    markup, style: the page's content.
    width: the page's width in pixels.
    seconds: how long it can take.
    values: values that the script and the call can use, by name.

    Returns:
        The value, as JSON.

    Raises:
        JavaScriptError: it raised an error, or didn't end in time.
        CannotLook: there's no browser.
    """
    order = {"script": script.strip("\n"), "call": call, "values": values}
    order |= {"markup": markup, "style": style, "width": width, "seconds": seconds}
    jobs = of_this_process()
    _see_that_somebody_works(jobs)
    told: dict[str, Any]
    try:
        told = jobs.do(order, seconds + _MORE)
    except Late:
        _close_headless()  # An endless script may have blocked the whole browser.
        told = {"late": True}
    if told.get("late"):
        raise JavaScriptError(
            f"The script hasn't ended after {seconds:.0f} seconds. Is there an "
            "endless loop, or a promise that never resolves?"
        )
    if "error" in told:
        lines = order["script"].count("\n") + 1
        line = int(told.get("line") or 0)
        raise JavaScriptError(told["error"], line if 0 < line <= lines else None)
    for line in told["said"]:
        print(line)
    return told["value"]


def _see_that_somebody_works(jobs: Jobs) -> None:
    """Start a headless browser, unless a browser is asking for jobs.

    Raises:
        CannotLook: there's no browser, or it doesn't start.
    """
    global _headless
    if jobs.has_browser():
        return
    if _headless is None or not _headless.alive:
        program = chromium.find()
        if program is None:
            raise CannotLook(
                "There's no browser to run it in. Show your page in a cell in a "
                "browser; or install Chromium, Chrome or Edge."
            )
        _headless = Headless(program, f"{jobs.url}host.html")
    end = time.monotonic() + _STARTING
    while not jobs.has_browser():
        if time.monotonic() > end or not _headless.alive:
            _close_headless()
            raise CannotLook("The browser on this machine didn't start.")
        time.sleep(0.02)


def _close_headless() -> None:
    global _headless
    if _headless is not None:
        _headless.close()
        _headless = None
