"""The chats that this kernel follows, and the panes that show them."""

from pathlib import Path
from typing import Any, Protocol
from weakref import WeakSet

from livechat_helpers.support_desk import SupportDesk

from .callbacks import Callbacks
from .cell import CellRun, running_cell
from .chats import AgentChats


class Session:
    """One agent's chats, shared by all panes of that agent.

    desk: the agent's desk.
    agent: the agent's user.
    sandbox_dir: the sandbox's folder.
    """

    def __init__(
        self, desk: SupportDesk, agent: dict, sandbox_dir: Path | None
    ) -> None:
        self.chats = AgentChats(desk, agent, sandbox_dir)
        self.callbacks = Callbacks(self.chats)
        self.panes = 0
        self.chats.start()


class Made(Protocol):
    """Something that a cell creates."""

    made_by: CellRun | None


_sessions: dict[tuple[str, str], Session] = {}
_made: "WeakSet[Made]" = WeakSet()


def join(desk: SupportDesk, sandbox_dir: Path | None) -> Session:
    """Return an agent's session for a pane; the first pane starts it."""
    agent = desk.agent()
    key = (desk.realtime_url, agent["id"])
    session = _sessions.get(key)
    if session is None or not session.chats.background.is_running:
        session = _sessions[key] = Session(desk, agent, sandbox_dir)
    session.panes += 1
    return session


def leave(session: Session, wait: bool = True) -> None:
    """Release a session; the last pane ends it.

    wait: whether to wait until it has ended.
    """
    session.panes -= 1
    if session.panes == 0:
        for key, one in list(_sessions.items()):
            if one is session:
                del _sessions[key]
        session.chats.close(wait)


def made_earlier(made: Made) -> list[Any]:
    """Return what an earlier run of the current cell created, and record this run's."""
    made.made_by = running_cell()
    cell = made.made_by
    earlier = [one for one in _made if cell and cell.repeats(one.made_by)]
    _made.add(made)
    return earlier
