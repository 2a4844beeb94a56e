"""The application in use, and a support desk on it for every thread."""

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path

from .. import engines, places
from ..applications import ensure_application
from ..engines import AnyMinter, Engine
from ..matrix.ready_file import INFO_FILE
from ..processes import lock
from ..sandbox.machine.ready_file import SandboxInfo
from ..settings import Settings, running_sandbox
from ..support_desk import FRONT_DESK, SupportDesk


@dataclass(frozen=True)
class ActiveApplication:
    """The application in use.

    settings: the settings at the time it was chosen.
    engine: the engine that it runs on.
    sandbox: its sandbox; None for the cloud and for Matrix.
    signature_secret: signs Vonage's webhooks; None if ``.env`` doesn't have it.
    """

    settings: Settings
    engine: Engine
    sandbox: SandboxInfo | None
    signature_secret: str | None

    @property
    def minter(self) -> AnyMinter:
        """Makes tokens for the application's users."""
        return self.engine.minter


class Desks:
    """Provides the application in use, and a desk on it for every thread.

    Threads can't share the SDK's client. The learner creates an application in notebook
    01 while this server is running, so it watches ``.env``.

    sandbox_dir: the sandbox's folder.
    url: this website's address.
    """

    def __init__(self, sandbox_dir: Path, url: str) -> None:
        self._sandbox_dir = sandbox_dir
        self._url = url
        ready = (sandbox_dir / name for name in ("sandbox.json", INFO_FILE))
        self._sources = (places.env_file(), *ready)
        self._choosing = threading.Lock()
        self._chosen: tuple[list[int], ActiveApplication] | None = None
        self._mine = threading.local()

    def current(self) -> ActiveApplication:
        """Return the application in use, which may need calls to Vonage.

        Raises:
            SettingsError, TokenError: the settings or the key can't be used.
        """
        version = self._version()
        chosen = self._chosen
        if chosen is None or chosen[0] != version:
            with self._choosing:
                if self._chosen is None or self._chosen[0] != version:
                    self._chosen = version, self._choose()
                chosen = self._chosen
        return chosen[1]

    async def awaited(self) -> ActiveApplication:
        """Return the application in use, for use on an event loop.

        Raises:
            SettingsError, TokenError: the settings or the key can't be used.
        """
        if self._chosen is not None and self._chosen[0] == self._version():
            return self._chosen[1]
        # This uses asyncio's threads, because a crowd may be waiting for the others.
        return await asyncio.to_thread(self.current)

    def last_known(self) -> ActiveApplication:
        """Return the application that was in use last, without any calls."""
        assert self._chosen is not None, "nobody has asked for the current one yet"
        return self._chosen[1]

    def desk(self, agent: str = FRONT_DESK) -> SupportDesk:
        """Return an agent's desk for this thread.

        agent: the agent's name.

        Raises:
            SettingsError, TokenError: the settings or the key can't be used.
        """
        backend = self.current()
        if getattr(self._mine, "backend", None) is not backend:
            desk = SupportDesk.on(backend.engine, backend.settings)
            self._mine.desks = {FRONT_DESK: desk}
            self._mine.backend = backend
        desks: dict[str, SupportDesk] = self._mine.desks
        if agent not in desks:
            desks[agent] = desks[FRONT_DESK].colleague(agent)
        return desks[agent]

    def _choose(self) -> ActiveApplication:
        settings = Settings.load()
        if settings.mode == "matrix":
            engine = engines.on_matrix(settings, self._sandbox_dir)
            return ActiveApplication(settings, engine, None, None)
        sandbox = None
        secret = settings.signature_secret
        if settings.mode == "sandbox":
            sandbox = running_sandbox(self._sandbox_dir)
            secret = sandbox.signature_secret
        # The first process creates the demonstration application for all of them.
        waiting = "Another website is creating the application; waiting for it ..."
        with lock.held(self._sandbox_dir / "application.lock", waiting):
            inside = (settings.internal_url or self._url).rstrip("/")
            application = ensure_application(
                settings, f"{inside}/webhooks/event", self._sandbox_dir
            )
        return ActiveApplication(
            settings,
            engines.on_vonage(settings, application.minter(), self._sandbox_dir),
            sandbox,
            secret.get_secret_value() if secret else None,
        )

    def _version(self) -> list[int]:
        return [_changed(path) for path in self._sources]


def _changed(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
