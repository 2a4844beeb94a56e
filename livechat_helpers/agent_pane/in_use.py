"""Checks whether the website still uses the application whose chats a pane shows."""

from pathlib import Path

from livechat_helpers import engines, places
from livechat_helpers.settings import Settings, SettingsError

from .rest_threads import TROUBLE


class InUse:
    """Watches which application is in use.

    application: the id of the pane's own application.
    sandbox_dir: the sandbox's folder; defaults to the kit's own.
    """

    def __init__(self, application: str, sandbox_dir: Path | None) -> None:
        self._application = application
        self._sandbox_dir = sandbox_dir
        self._env = places.env_file()
        folder = sandbox_dir or Settings.load().engine_dir()
        self._files = (self._env, folder / "demonstration.json")
        self._known: tuple[float, ...] = ()

    def other(self) -> str:
        """Return the id of the application in use if it's not ours, or an empty string.

        It only looks when the files that decide this have changed.
        """
        now = tuple(_changed_at(path) for path in self._files)
        if now == self._known:
            return ""
        try:
            settings = Settings.load(self._env)
            engine = engines.connect(settings, self._sandbox_dir)
            found = engine.minter.application_id
        except (SettingsError, *TROUBLE):
            return ""  # The next call tries again.
        self._known = now
        return "" if found == self._application else found


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
