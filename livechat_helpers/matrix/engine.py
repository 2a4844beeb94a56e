"""One application on one Synapse: everything a desk and a website need of it."""

from collections.abc import Collection
from pathlib import Path

from ..sandbox.machine.ready_file import Secret
from .calls import Calls
from .people import People
from .ready_file import MatrixInfo, running_matrix
from .rooms import Rooms
from .tokens import Minter
from .users import Users


class MatrixClient:
    """What a desk calls; it serves any thread, but each has its own list of rooms.

    engine: where the calls go.
    """

    def __init__(self, engine: "MatrixEngine") -> None:
        self._engine = engine
        self.conversations = Rooms(engine.calls, engine.people)
        self.users = Users(engine.calls, engine.people, engine.fresh)

    def aside(self) -> "MatrixClient":
        """Return one more client like this one."""
        return MatrixClient(self._engine)


class MatrixEngine:
    """The application on a Synapse.

    info: where it is. agents: the names of the agents.
    """

    def __init__(self, info: MatrixInfo, agents: Collection[str]) -> None:
        self.info = info
        self.people = People(agents)
        self.calls = Calls(info.url, info.as_token)
        self.fresh: dict[str, str] = {}
        """Tokens of users who have just been made."""
        self.minter = Minter(info.url, self.calls, self.people, self.fresh)

    @classmethod
    def running_on(cls, folder: Path, agents: Collection[str]) -> "MatrixEngine":
        """Return the application on the Synapse that runs on a folder.

        Raises:
            NotRunning: none runs there.
        """
        return cls(running_matrix(folder), agents)


def rooms_of(url: str, token: str, user: str) -> Rooms:
    """Return the conversation calls of one user, made with that user's token.

    url: where Synapse is. user: the user's id.
    """
    return Rooms(Calls(url, Secret(token)), People(()), user)
