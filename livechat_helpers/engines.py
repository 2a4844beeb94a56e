"""Which engine runs the chats: Vonage, in the sandbox or the cloud, or Matrix.

Only this module chooses. Code that works with chats gets a client, a minter and live
sessions that look the same on both engines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from . import places
from .applications import current_application
from .client import Client, application_client, realtime_url, token_client
from .conversations import Conversations
from .matrix.engine import MatrixClient, MatrixEngine, rooms_of
from .matrix.ready_file import NotRunning
from .matrix.rooms import Rooms
from .matrix.tokens import Minter as MatrixMinter
from .realtime import RealtimeSession
from .settings import Settings, SettingsError
from .tokens import Minter

Json = dict[str, Any]

FRONT_DESK = "agent"
"""The name of the agent who joins every new chat; that agent's chats are the queue."""

AnyClient = Client | MatrixClient
AnyMinter = Minter | MatrixMinter
Calls = Conversations | Rooms


class Session(Protocol):
    """One user's live events."""

    async def run(self) -> None:
        """Stay connected until cancelled."""

    def reconnect(self) -> None:
        """Drop the current connection, so that the session makes a new one."""


class SessionMaker(Protocol):
    """Makes a session; see ``realtime.RealtimeSession``."""

    def __call__(
        self,
        url: str,
        token: Callable[[], str],
        *,
        on_event: Callable[[Json], None],
        on_login: Callable[[], None],
        on_drop: Callable[[str], None],
    ) -> Session:
        """Return a session for one user."""
        ...


@dataclass(frozen=True)
class Engine:
    """One application on its engine.

    client: returns a client for use in one thread.
    minter: makes tokens for the users.
    realtime_url: the address of the live events.
    session: makes a live session.
    matrix: the Matrix engine, if that's the one in use.
    """

    client: Callable[[], AnyClient]
    minter: AnyMinter
    realtime_url: str
    session: SessionMaker
    matrix: MatrixEngine | None = None


def connect(settings: Settings, folder: Path | None = None) -> Engine:
    """Connect to the application in use, on the engine that the settings name.

    folder: the engine's folder; defaults to the kit's own.

    Raises:
        SettingsError: the engine isn't running, or there is no application.
    """
    if settings.mode == "matrix":
        return on_matrix(settings, folder or places.matrix_dir())
    return on_vonage(settings, current_application(settings, folder).minter(), folder)


def on_vonage(settings: Settings, minter: Minter, folder: Path | None) -> Engine:
    """Return an ``Engine`` on Vonage, in the sandbox or the cloud."""
    return Engine(
        lambda: application_client(settings, minter, folder),
        minter,
        realtime_url(settings, folder),
        RealtimeSession,
    )


def on_matrix(settings: Settings, folder: Path) -> Engine:
    """Return an ``Engine`` for the Synapse that keeps its state in a folder.

    Raises:
        SettingsError: Synapse isn't running there.
    """
    try:
        agents = (FRONT_DESK, *settings.colleagues())
        engine = MatrixEngine.running_on(folder, agents)
    except NotRunning as error:
        raise SettingsError(str(error)) from error
    from .matrix.live import MatrixSession  # It takes 5 MB, so only load it if needed.

    url = engine.info.url
    return Engine(
        lambda: MatrixClient(engine), engine.minter, url, MatrixSession, engine
    )


def calls_of_visitor(chat: Json, folder: Path | None = None) -> Calls:
    """Return the conversation calls that a visitor can make.

    chat: the website's answer to the visitor's ``api/new``.
    folder: the folder of the sandbox behind the website.
    """
    where = chat.get("sdk", {})  # A learner's website can leave it out.
    if where.get("engine") == "matrix":
        return rooms_of(where["url"], chat["jwt"], where["userId"])
    return token_client(chat["jwt"], sandbox_dir=folder).conversations
