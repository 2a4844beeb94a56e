"""The engine and the website: find them running, or have them kept.

The engine is the sandbox, or Synapse if the settings say ``matrix``.

Both belong to a learner, and not to a kernel. Whoever needs them says so, and a keeper
runs them until nobody who needs them lives: see ``keeper``, and ``users`` for who that
is. ``running_on`` runs them for a while as children of this process.

=============  ==================================================================
``known``      which services there are, and where each is found
``links``      how a browser comes to their pages
``service``    one of them: found, or started
``starting``   starts them in order
``users``      who needs which
``keeper``     the process that keeps them running
=============  ==================================================================
"""

import time
from collections.abc import Sequence
from pathlib import Path

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

_PATIENCE = 250.0  # seconds that services may take until they're all ready
_ENDING = 10.0  # seconds that are waited at most until what nobody needs has ended
_AGAIN = 3.0  # seconds until a keeper that didn't come is called again
_LOOK = 0.05  # seconds between two looks


class ServiceError(PlainError):
    """A service didn't start; the text says why."""


def find(data_dir: Path | None = None) -> Services | None:
    """Return the running services, or None unless both run.

    data_dir: the engine's folder; the kit's own unless given.
    """
    folder = _folder(data_dir)
    running, page = engine(folder).find(), find_website(folder)
    return Services(running, page) if running and page else None


def agent_link(data_dir: Path | None = None, *, agent: str = "agent") -> Link:
    """Return a link that signs an agent in on the agents' page: once, within minutes.

    As the last line of a cell it works wherever the browser is; see ``links``.

    data_dir: the engine's folder; the kit's own unless given. agent: the agent's name.

    Raises:
        ServiceError: the website is not running.
    """
    from ..agent_links import link_code  # it loads what few callers need

    folder = _folder(data_dir)
    running = find_website(folder)
    if running is None:
        raise ServiceError(
            "The website is not running.\nStart it: services.ensure_running()"
        )
    # What stands behind the # is sent to no server and written into no log.
    return running.agent_page.to(f"#{link_code(folder, agent)}")


def ensure_running(
    data_dir: Path | None = None, *, needed_by: int | None = None
) -> Services:
    """Return the running services, after starting what does not run.

    They run as long as the Jupyter server whose kernel this is; or, outside Jupyter, as
    long as this process.

    data_dir: the engine's folder; the kit's own unless given. needed_by: as ``ensure``
    has it.

    Raises:
        ServiceError: one of them does not start.
    """
    folder = _folder(data_dir)
    while True:
        ensure(engine_name(), "website", data_dir=folder, needed_by=needed_by)
        if found := find(folder):  # one may have died just now
            return found


def ensure(
    *names: str, data_dir: Path | None = None, needed_by: int | None = None
) -> None:
    """Have services run as long as a process does, and wait until they're ready.

    names: of the services, as ``known.KNOWN`` has them. data_dir: the engine's folder;
    the kit's own unless given. needed_by: the process; that of Jupyter, or this one,
    unless given.

    Raises:
        ServiceError: one of them does not start.
    """
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
    except OSError as error:  # a course that many share, a full disk
        raise ServiceError(
            f"{folder} can't be written: {error.strerror or error}.\n"
            "Set LIVECHAT_HOME to a folder of your own before you start Jupyter, or "
            "free some space."
        ) from error


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
        if failure.exists() and (said := failure.read_text(encoding="utf-8")):
            raise ServiceError(said)
        if time.monotonic() > end:
            raise ServiceError(
                f"The services did not start within {_PATIENCE:.0f} s.\n"
                f"Their output is in {log_dir()}."
            )
        time.sleep(_LOOK)


def let_go(data_dir: Path | None = None, *, needed_by: int | None = None) -> None:
    """Release a process's services; if it was the last user, wait until they end.

    data_dir: the engine's folder; the kit's own unless given. needed_by: as ``ensure``
    has it.
    """
    folder = _folder(data_dir)
    users.remove(folder, users.owner() if needed_by is None else needed_by)
    end = time.monotonic() + _ENDING
    while time.monotonic() < end and not keeper.is_gone(folder):
        if users.needed(folder):
            return  # by somebody else
        time.sleep(_LOOK)


def _folder(data_dir: Path | None) -> Path:
    if data_dir is None:
        from ..settings import Settings  # the keeper, which is small, doesn't load it

        data_dir = Settings.load().engine_dir()
    return data_dir.resolve()
