"""Start everything, keep it running, and end it.

It starts the engine, the website and JupyterLab as children, side by side; it starts
a service again that has died; and it ends them in order when it is told to leave.
"""

import signal
import socket
import time
from pathlib import Path
from typing import Any

from livechat_helpers import services
from livechat_helpers.processes.child import Child, ChildError
from livechat_helpers.processes.terminal import say
from livechat_helpers.services import Service
from livechat_helpers.settings import Settings

from . import doctor, jupyter
from .setup_errors import SetupError

BEAT = 0.2
"""Seconds between two looks at what we started ourselves."""

SLOW_BEAT = 2.0
"""Seconds between two looks at services that somebody else started."""

RETRY = 5.0
"""Seconds until a service that did not start again is tried again."""


def main(port: int | None, *, open_browser: bool) -> int:
    """Start everything, and return the exit code when it is over.

    port: JupyterLab's port; None for 8888 or the next free one. open_browser: whether
    to open JupyterLab in the browser.

    Raises:
        SetupError: something cannot be started.
    """
    checks = doctor.report()
    for check in checks:
        say(check.line())
    if not checks.ok:
        return 1
    if port is not None:
        _check_free(port)
    folder = Settings.load().engine_dir()
    engine, website = services.engine(folder), services.website(folder)
    lab: Child | None = None
    try:
        try:
            lab = jupyter.start(port, open_browser=open_browser)
            services.start(folder, engine, website)
            link = jupyter.link(lab.ready())
        except ChildError as error:
            why, _, where = str(error).rpartition("\n")
            raise SetupError("Start", why, where) from error
        _show(link, engine, website)
        return _keep(lab, folder, engine, website)
    except SystemExit:  # Ctrl-C, SIGTERM, or the terminal was closed
        say("Ending ...")
        return 0
    finally:
        _ignore_signals()  # what follows takes a few seconds at most
        if lab is not None:
            lab.stop(jupyter.GRACE)
        website.stop()
        engine.stop()


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


def _show(link: str, engine: Service[Any], website: Service[Any]) -> None:
    found = [service.name for service in (engine, website) if not service.child]
    if found:
        names = " and ".join(name[0].lower() + name[1:] for name in found)
        say(f"OK    {names[0].upper()}{names[1:]} already ran: using what is there")
    print(f"\nJupyterLab     {link}")
    print(f"Customer page  {website.info.page}")
    print(f"Agent page     {website.info.agent_page}")
    print("\nCtrl-C ends everything.", flush=True)


def _keep(lab: Child, folder: Path, *both: Service[Any]) -> int:
    """Start again whatever dies, until JupyterLab is shut down; return the exit code.

    lab: JupyterLab. folder: where the services keep things. both: the services.
    """
    watched = [_Watched(service, folder) for service in both]
    while lab.alive:
        for service in watched:
            service.look()
        time.sleep(BEAT)
    if lab.exit_code == 0:
        say("JupyterLab was shut down: ending the rest.")
        return 0
    raise SetupError(
        "JupyterLab",
        f"it ended by itself (exit code {lab.exit_code}).",
        f"Start again. All it said is in {lab.log}.",
        lab.last_words(),
    )


class _Watched:
    """A service that is started again when it has died.

    service: the service, running. folder: where it keeps things.
    """

    def __init__(self, service: Service[Any], folder: Path) -> None:
        self._service = service
        self._folder = folder
        self._due = 0.0
        self._given_up = False

    def look(self) -> None:
        """Look after it, if it is time to."""
        if time.monotonic() < self._due:
            return
        ours = self._service.child is not None
        self._due = time.monotonic() + (BEAT if ours else SLOW_BEAT)
        if not self._given_up and self._service.alive():
            return
        try:
            services.start(self._folder, self._service)
        except ChildError as error:
            self._due = time.monotonic() + RETRY
            if not self._given_up:
                say(f"FAIL  {self._service.name} has died, and {_rest(error)}")
            self._given_up = True
            return
        say(f"OK    {self._service.name} had died; it runs again, where it was.")
        self._given_up = False


def _rest(error: ChildError) -> str:
    return " ".join(str(error).split()) + f" Trying again every {RETRY:.0f} s."


def _ignore_signals() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_IGN)
