"""Start services in order, as children that end with this process."""

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
    """Return the name of the service that runs the chats, according to the settings.

    Raises:
        SettingsError: the settings can't be used.
    """
    from ..settings import Settings  # The keeper stays small without this.

    return "matrix" if Settings.load().mode == "matrix" else "sandbox"


def engine(data_dir: Path) -> Service[SandboxInfo] | Service[MatrixInfo]:
    """Return the service that runs the chats on a folder, according to the settings.

    Raises:
        SettingsError: the settings can't be used.
    """
    return KNOWN[engine_name()](data_dir)


def start(data_dir: Path, *services: Service[Any]) -> None:
    """Find or start services, each one once the one before it is ready.

    data_dir: their folder, in which only one start can run at a time.

    Raises:
        ChildError: one of them doesn't start; the others have been ended.
    """
    waiting = "The sandbox is already being started; waiting for it ..."
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
    """Run both services on a folder during the block; leave running ones alone.

    data_dir: the engine's folder.

    Raises:
        ChildError: one of them doesn't start.
    """
    both = engine(data_dir), website(data_dir)
    start(data_dir, *both)
    try:
        yield Services(both[0].info, both[1].info)
    finally:
        for service in reversed(both):
            service.stop()
