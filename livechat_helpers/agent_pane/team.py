"""The team: the names of all agents, and which of them have a pane open.

An agent is there whose pane is open on this machine: every pane touches a file of its
agent's name while it runs.
"""

import time
from pathlib import Path

from livechat_helpers import places
from livechat_helpers.support_desk import FRONT_DESK

_SILENCE = 10.0  # seconds after which nobody is there


class Team:
    """The agents of one application.

    application: its id. me: the name of this agent. colleagues: the other names that
    the settings have.
    """

    def __init__(self, application: str, me: str, colleagues: list[str]) -> None:
        self._folder = places.data_dir() / "team" / application
        self._me = me
        self.names = list(dict.fromkeys([FRONT_DESK, *colleagues, me]))
        """Everybody; first the front desk, whose chats are the queue."""

    @property
    def others(self) -> list[str]:
        """Everybody else."""
        return [name for name in self.names if name != self._me]

    def show(self) -> None:
        """Let the others see that this agent is there."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file(self._me).touch()

    def leave(self) -> None:
        """Let the others see that this agent has gone."""
        self._file(self._me).unlink(missing_ok=True)

    def present(self) -> list[str]:
        """Return the names of the others who are there."""
        return [name for name in self.others if self._is_here(name)]

    def find(self, wanted: str, seen: dict[str, str]) -> str:
        """Return the name of the agent who is meant.

        wanted: a name, or the name that people read. seen: such names of agents whom
        the chats know besides, each with its own name.

        Raises:
            LookupError: there is no such agent; the text lists those there are.
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
