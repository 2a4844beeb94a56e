"""The chats that are running in this kernel, and the panes that show them."""

from pathlib import Path
from typing import Any, Protocol
from weakref import WeakSet

from livechat_helpers.support_desk import SupportDesk

from .callbacks import Callbacks
from .cell import CellRun, running_cell
from .chats import AgentChats


class Session:
    """One agent's chats, which all the panes of that agent share.

    desk: the agent's desk. agent: its user. sandbox_dir: the folder of the sandbox.
    """

    def __init__(
        self, desk: SupportDesk, agent: dict, sandbox_dir: Path | None
    ) -> None:
        self.chats = AgentChats(desk, agent, sandbox_dir)
        self.callbacks = Callbacks(self.chats)
        self.panes = 0
        self.chats.start()


class Made(Protocol):
    """What a cell makes."""

    made_by: CellRun | None


_sessions: dict[tuple[str, str], Session] = {}
_made: "WeakSet[Made]" = WeakSet()


def join(desk: SupportDesk, sandbox_dir: Path | None) -> Session:
    """Return an agent's session for one more pane; the first pane starts it."""
    agent = desk.agent()
    key = (desk.realtime_url, agent["id"])
    session = _sessions.get(key)
    if session is None or not session.chats.background.is_running:
        session = _sessions[key] = Session(desk, agent, sandbox_dir)
    session.panes += 1
    return session


def leave(session: Session, wait: bool = True) -> None:
    """Give a session up; the last pane ends it.

    wait: whether until it has ended.
    """
    session.panes -= 1
    if session.panes == 0:
        for key, one in list(_sessions.items()):
            if one is session:
                del _sessions[key]
        session.chats.close(wait)


def made_earlier(made: Made) -> list[Any]:
    """Return what an earlier run of the running cell made; note what this one did."""
    made.made_by = running_cell()
    cell = made.made_by
    earlier = [one for one in _made if cell and cell.repeats(one.made_by)]
    _made.add(made)
    return earlier
