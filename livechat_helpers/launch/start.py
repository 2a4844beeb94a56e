"""Start everything, keep it running, and end it.

It starts JupyterLab, keeps the engine and the website running as long as JupyterLab
runs, and ends them in order when told to.
"""

import os
import signal
import socket
import time

from livechat_helpers import services
from livechat_helpers.processes.child import Child, ChildError
from livechat_helpers.processes.terminal import say
from livechat_helpers.services import ServiceError, WebsiteInfo
from livechat_helpers.settings import Settings

from . import doctor, jupyter
from .setup_errors import SetupError

BEAT = 0.2
"""Seconds between checks of JupyterLab."""


def main(port: int | None, *, open_browser: bool) -> int:
    """Start everything, wait until it ends, and return the exit code.

    port: JupyterLab's port; None for 8888 or the next free one.
    open_browser: whether to open JupyterLab in the browser.

    Raises:
        SetupError: something can't be started.
    """
    checks = doctor.report()
    for check in checks:
        say(check.line())
    if not checks.ok:
        return 1
    if port is not None:
        _check_free(port)
    lab: Child | None = None
    try:
        try:
            lab = jupyter.start(port, open_browser=open_browser)
            already = services.find() is not None
            website = services.ensure_running(needed_by=os.getpid()).website
            ready = _when_ready(lab)
        except (ChildError, ServiceError) as error:
            why, _, where = str(error).rpartition("\n")
            raise SetupError("Start", why, where) from error
        if already:
            engine = services.engine(Settings.load().engine_dir()).name
            say(f"OK    {engine} and the website are already running")
        _show(ready, website)
        return _wait_for(lab)
    except SystemExit:  # This is Ctrl-C, SIGTERM, or a closed terminal.
        say("Ending ...")
        return 0
    finally:
        _ignore_signals()  # The rest takes a few seconds at most.
        if lab is not None:
            lab.stop(jupyter.GRACE)
        services.let_go(needed_by=os.getpid())


def _when_ready(lab: Child) -> dict[str, str]:
    """Return JupyterLab's ready line.

    Raises:
        SetupError: it doesn't start.
    """
    try:
        return lab.ready()
    except ChildError as error:
        raise SetupError(
            "JupyterLab",
            "it didn't start; its last output is above.",
            "Fix what it names: a variable that begins with JUPYTER, your home folder, "
            f"or a file in ~/.jupyter. All of its output is in {lab.log}.",
            lab.last_words(),
        ) from error


def _check_free(port: int) -> None:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return
    except OSError as error:
        raise SetupError(
            "JupyterLab",
            f"port {port} is taken or not allowed ({error.strerror}).",
            "Choose another one with --port, or leave it out for a free one.",
        ) from error


def _show(jupyterlab: dict[str, str], website: WebsiteInfo) -> None:
    print(f"\nJupyterLab     {jupyter.link(jupyterlab)}")
    print(f"Customer page  {website.page}")
    print(f"Agent page     {website.agent_page}")
    print(f"\nIf only JupyterLab's port is forwarded: {jupyterlab['url']}livechat/")
    print("Ctrl-C ends everything.", flush=True)


def _wait_for(lab: Child) -> int:
    """Wait until JupyterLab is shut down, and return the exit code."""
    while lab.alive:
        time.sleep(BEAT)
    if lab.exit_code == 0:
        say("JupyterLab was shut down: stopping the rest.")
        return 0
    raise SetupError(
        "JupyterLab",
        f"it stopped unexpectedly (exit code {lab.exit_code}).",
        f"Start again. Its output is in {lab.log}.",
        lab.last_words(),
    )


def _ignore_signals() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
