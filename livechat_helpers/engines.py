"""Which engine runs the chats: Vonage, in the sandbox or the cloud, or Matrix.

This is the one place that chooses. Whoever works on chats gets a client, a minter and
live sessions that look the same on both.
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
"""The name of the agent who joins every new chat; what that agent has is the queue."""

AnyClient = Client | MatrixClient
AnyMinter = Minter | MatrixMinter
Calls = Conversations | Rooms


class Session(Protocol):
    """One user's live events."""

    async def run(self) -> None:
        """Stay connected until cancelled."""

    def reconnect(self) -> None:
        """Give up the current connection."""


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
        """Return the session of a user."""
        ...


@dataclass(frozen=True)
class Engine:
    """One application on its engine.

    client: returns a client, for one thread. minter: makes the users' tokens.
    realtime_url: where the live events come from. session: makes a live session.
    matrix: what runs, if it's Matrix.
    """

    client: Callable[[], AnyClient]
    minter: AnyMinter
    realtime_url: str
    session: SessionMaker
    matrix: MatrixEngine | None = None


def connect(settings: Settings, folder: Path | None = None) -> Engine:
    """Return the application in use, on the engine that the settings name.

    folder: the engine's; the kit's own unless given.

    Raises:
        SettingsError: the engine isn't running, or there is no application.
    """
    if settings.mode == "matrix":
        return on_matrix(settings, folder or places.matrix_dir())
    return on_vonage(settings, current_application(settings, folder).minter(), folder)


def on_vonage(settings: Settings, minter: Minter, folder: Path | None) -> Engine:
    """Return an application on Vonage, in the sandbox or the cloud."""
    return Engine(
        lambda: application_client(settings, minter, folder),
        minter,
        realtime_url(settings, folder),
        RealtimeSession,
    )


def on_matrix(settings: Settings, folder: Path) -> Engine:
    """Return the application on the Synapse that runs on a folder.

    Raises:
        SettingsError: none runs there.
    """
    try:
        agents = (FRONT_DESK, *settings.colleagues())
        engine = MatrixEngine.running_on(folder, agents)
    except NotRunning as error:
        raise SettingsError(str(error)) from error
    from .matrix.live import MatrixSession  # 5 MB more, for those who need it

    url = engine.info.url
    return Engine(
        lambda: MatrixClient(engine), engine.minter, url, MatrixSession, engine
    )


def calls_of_visitor(chat: Json, folder: Path | None = None) -> Calls:
    """Return the conversation calls that a visitor can make.

    chat: what the website gave the visitor. folder: of the sandbox behind it.
    """
    where = chat.get("sdk", {})  # a learner's website needn't say it
    if where.get("engine") == "matrix":
        return rooms_of(where["url"], chat["jwt"], where["userId"])
    return token_client(chat["jwt"], sandbox_dir=folder).conversations
