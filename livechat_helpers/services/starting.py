"""Start services in order, here and now: each ends with this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..matrix.ready_file import MatrixInfo
from ..processes import lock
from ..sandbox.machine.ready_file import SandboxInfo
from .known import KNOWN, WebsiteInfo, website
from .service import Service


@dataclass(frozen=True)
class Services:
    """The running engine and the running website."""

    sandbox: SandboxInfo | MatrixInfo
    website: WebsiteInfo


def engine_name() -> str:
    """Return which service runs the chats, as the settings say.

    Raises:
        SettingsError: the settings can't be used.
    """
    from ..settings import Settings  # the keeper, which is small, doesn't load it

    return "matrix" if Settings.load().mode == "matrix" else "sandbox"


def engine(data_dir: Path) -> Service[SandboxInfo] | Service[MatrixInfo]:
    """Return what runs the chats on a folder, as the settings say.

    Raises:
        SettingsError: the settings can't be used.
    """
    return KNOWN[engine_name()](data_dir)


def start(data_dir: Path, *services: Service[Any]) -> None:
    """Find or start services, each when the one before it is ready.

    data_dir: the folder that is theirs; only one start at a time is under way there.

    Raises:
        ChildError: one of them does not start; the others are ended.
    """
    waiting = "Another start of the sandbox is under way; waiting for it ..."
    with lock.held(data_dir / "start.lock", waiting):
        try:
            for service in services:
                service.begin()
                service.wait()
        except BaseException:
            for service in services:
                service.stop()
            raise


@contextmanager
def running_on(data_dir: Path) -> Iterator[Services]:
    """Run both on a folder while the block lasts; those that run already go on.

    data_dir: the engine's folder.

    Raises:
        ChildError: one of them does not start.
    """
    both = engine(data_dir), website(data_dir)
    start(data_dir, *both)
    try:
        yield Services(both[0].info, both[1].info)
    finally:
        for service in reversed(both):
            service.stop()
