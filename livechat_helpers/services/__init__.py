"""The engine and the website: find them, and keep them running.

The engine is the sandbox, or Synapse if the settings say ``matrix``.

Both belong to a learner rather than to a kernel. A process that needs them registers,
and a keeper runs them until no registered process is left: see ``keeper`` and
``users``. ``running_on`` runs them for a while as children of this process.

=============  ==================================================================
``known``      which services exist, and how to find them
``links``      links to their pages for a browser
``service``    one service, found or started
``starting``   starts them in order
``users``      which process needs which service
``keeper``     the process that keeps them running
=============  ==================================================================
"""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from .. import places
from ..plain_errors import PlainError
from ..processes.child import log_dir
from . import keeper, known, users
from .known import (
    WebsiteInfo,
    find_matrix,
    find_sandbox,
    find_website,
    matrix,
    sandbox,
    website,
)
from .links import Link, link
from .service import Service
from .starting import Services, engine, engine_name, running_on, start

__all__ = [
    "Link",
    "Service",
    "ServiceError",
    "Services",
    "WebsiteInfo",
    "agent_link",
    "engine",
    "ensure",
    "ensure_running",
    "find",
    "find_matrix",
    "find_sandbox",
    "find_website",
    "let_go",
    "link",
    "matrix",
    "running_on",
    "sandbox",
    "start",
    "website",
]

_PATIENCE = 250.0  # seconds that services can take until they're all ready
_ENDING = 10.0  # seconds that services can take to end when nobody needs them
_AGAIN = 3.0  # seconds before calling a keeper again
_LOOK = 0.05  # seconds between checks


class ServiceError(PlainError):
    """A service didn't start; the text says why."""


def find(data_dir: Path | None = None) -> Services | None:
    """Return the running services, or None unless both are running.

    data_dir: the engine's folder; defaults to the kit's own.
    """
    folder = _folder(data_dir)
    running, page = engine(folder).find(), find_website(folder)
    return Services(running, page) if running and page else None


def agent_link(data_dir: Path | None = None, *, agent: str = "agent") -> Link:
    """Return a link that signs an agent in on the agents' page, once, within minutes.

    If it's the last line of a cell, the notebook shows it in a form that works wherever
    the browser is; see ``links``.

    data_dir: the engine's folder; defaults to the kit's own.
    agent: the agent's name.

    Raises:
        ServiceError: the website isn't running.
    """
    from ..agent_links import link_code  # It loads packages that few callers need.

    folder = _folder(data_dir)
    running = find_website(folder)
    if running is None:
        raise ServiceError(
            "The website is not running.\nStart it: services.ensure_running()"
        )
    # Browsers neither send the part after the # to a server nor log it.
    return running.agent_page.to(f"#{link_code(folder, agent)}")


def ensure_running(
    data_dir: Path | None = None, *, needed_by: int | None = None
) -> Services:
    """Return the running services, after starting those that aren't running.

    They run as long as this kernel's Jupyter server or, outside Jupyter, as long as
    this process.

    data_dir: the engine's folder; defaults to the kit's own.
    needed_by: as for ``ensure``.

    Raises:
        ServiceError: one of them doesn't start.
    """
    _check_place()
    folder = _folder(data_dir)
    while True:
        ensure(engine_name(), "website", data_dir=folder, needed_by=needed_by)
        if found := find(folder):  # One may have died just now.
            return found


def ensure(
    *names: str, data_dir: Path | None = None, needed_by: int | None = None
) -> None:
    """Keep services running as long as a process does; wait until they're ready.

    names: the services' names in ``known.KNOWN``.
    data_dir: the engine's folder; defaults to the kit's own.
    needed_by: the process's id; defaults to Jupyter's, or this one's outside Jupyter.

    Raises:
        ServiceError: one of them doesn't start.
    """
    _check_place()
    folder = _folder(data_dir)
    pid = users.owner() if needed_by is None else needed_by
    try:
        is_news = users.add(folder, [*names], pid)
        try:
            _wait(folder, names)
        except ServiceError:
            if is_news:
                users.remove(folder, pid)
            raise
    except OSError as error:  # The course may be shared, or the disk full.
        raise ServiceError(
            f"{folder} can't be written: {error.strerror or error}.\n"
            "Set LIVECHAT_HOME to a folder of your own before you start Jupyter, or "
            "free some space."
        ) from error


def _check_place() -> None:
    """Check that the kit is still where this process has found it.

    Raises:
        ServiceError: its folder was moved or deleted.
    """
    if not Path(__file__).exists():
        raise ServiceError(
            f"This kit's folder isn't there any more: {places.ROOT}\n"
            "If you moved it, close Jupyter and start it again in the new place."
        )


def _wait(folder: Path, names: Sequence[str]) -> None:
    failure = keeper.failure(folder)
    failure.unlink(missing_ok=True)
    end, called = time.monotonic() + _PATIENCE, float("-inf")
    services = [known.KNOWN[name](folder) for name in names]
    while True:
        if time.monotonic() - called > _AGAIN:
            called = time.monotonic()
            keeper.summon(folder)
        if all(service.find() for service in services) and keeper.is_at_work(folder):
            return
        if failure.exists():
            if said := failure.read_text(encoding="utf-8"):
                raise ServiceError(said)
            _check_space(folder)  # A full disk has no space for the reason.
        if time.monotonic() > end:
            raise ServiceError(
                f"The services did not start within {_PATIENCE:.0f} s.\n"
                f"Their output is in {log_dir()}."
            )
        time.sleep(_LOOK)


def _check_space(folder: Path) -> None:
    with TemporaryFile(dir=folder, buffering=0) as file:
        file.write(b"0" * 4096)


def let_go(data_dir: Path | None = None, *, needed_by: int | None = None) -> None:
    """Release a process's services; if nobody else needs them, wait until they end.

    data_dir: the engine's folder; defaults to the kit's own.
    needed_by: as for ``ensure``.
    """
    folder = _folder(data_dir)
    users.remove(folder, users.owner() if needed_by is None else needed_by)
    end = time.monotonic() + _ENDING
    while time.monotonic() < end and not keeper.is_gone(folder):
        if users.needed(folder):
            return  # Another process still needs them.
        time.sleep(_LOOK)


def _folder(data_dir: Path | None) -> Path:
    if data_dir is None:
        from ..settings import Settings  # The keeper stays small without this.

        data_dir = Settings.load().engine_dir()
    return data_dir.resolve()
