"""The team: the names of all agents, and which of them have a pane open.

An agent is present if one of their panes is open on this machine: while it runs, every
pane touches a file with its agent's name.
"""

import time
from pathlib import Path

from livechat_helpers import places
from livechat_helpers.support_desk import FRONT_DESK

_SILENCE = 10.0  # seconds after which an agent is no longer present


class Team:
    """The agents of one application.

    application: the application's id.
    me: this agent's name.
    colleagues: the other names in the settings.
    """

    def __init__(self, application: str, me: str, colleagues: list[str]) -> None:
        self._folder = places.data_dir() / "team" / application
        self._me = me
        self.names = list(dict.fromkeys([FRONT_DESK, *colleagues, me]))
        """Everybody; the front desk, whose chats are the queue, comes first."""

    @property
    def others(self) -> list[str]:
        """Everybody except this agent."""
        return [name for name in self.names if name != self._me]

    def show(self) -> None:
        """Show the others that this agent is present."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file(self._me).touch()

    def leave(self) -> None:
        """Show the others that this agent has left."""
        self._file(self._me).unlink(missing_ok=True)

    def present(self) -> list[str]:
        """Return the names of the others who are present."""
        return [name for name in self.others if self._is_here(name)]

    def find(self, wanted: str, seen: dict[str, str]) -> str:
        """Return the user name of the agent that somebody means.

        wanted: a user name or a display name.
        seen: further agents known from the chats: their user names by display name.

        Raises:
            LookupError: there is no such agent; the text lists the agents.
        """
        known = {**seen, **{name.title(): name for name in self.names}}
        for shown, name in known.items():
            if wanted in (name, shown):
                return name
        names = sorted(set(known.values()) - {FRONT_DESK})
        raise LookupError(
            f"There is no agent {wanted!r}. "
            f"The agents are {', '.join(names)}, and {FRONT_DESK}, which is the queue."
        )

    def _file(self, name: str) -> Path:
        return self._folder / Path(name).name

    def _is_here(self, name: str) -> bool:
        try:
            return time.time() - self._file(name).stat().st_mtime < _SILENCE
        except OSError:
            return False
