"""JavaScript in a notebook: a real browser runs it.

It's the browser that shows the notebook, if a page of ``my_chat`` is open there; else
the system's Chromium, Chrome or Edge, without a window.
"""

import time
from typing import Any

from livechat_helpers.launch import chromium
from livechat_helpers.plain_errors import PlainError

from .content import CannotLook
from .in_browser.headless_page import Headless
from .in_browser.jobs import Jobs, Late, of_this_process

_LONGEST = 10.0  # seconds a script may take
_STARTING = 40.0  # seconds a browser may take to start, on cores that others use too
_MORE = 5.0  # seconds until a browser that says nothing is given up

_headless: Headless | None = None


class JavaScriptError(PlainError):
    """A script ended in an error, or didn't end.

    line: in the script, from 1; None if it isn't there.
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
    """Run a script on an empty page of a real browser, then return what a call gives.

    script: defines functions. ``loadSdk()`` gives the browser's SDK. What it logs is
        printed.
    call: an expression, such as ``bubble("Hello")``; if it's a promise, it's waited
        for. markup, style: of the page. width: of the page, in pixels. seconds: how
        long it may take. values: by name, what script and call can use.

    Returns:
        The value, as JSON can hold it.

    Raises:
        JavaScriptError: it ended in an error, or didn't end in time.
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
        _close_headless()  # a script without an end may have stopped all of it
        told = {"late": True}
    if told.get("late"):
        raise JavaScriptError(
            f"The script hasn't ended after {seconds:.0f} seconds. Is there a loop "
            "without an end, or a promise that never resolves?"
        )
    if "error" in told:
        lines = order["script"].count("\n") + 1
        line = int(told.get("line") or 0)
        raise JavaScriptError(told["error"], line if 0 < line <= lines else None)
    for line in told["said"]:
        print(line)
    return told["value"]


def _see_that_somebody_works(jobs: Jobs) -> None:
    """Start a browser without a window, unless one asks for jobs.

    Raises:
        CannotLook: there's none, or it doesn't start.
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
