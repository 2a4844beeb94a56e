"""One application on one Synapse: everything that desks and websites need."""

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
    """The calls that a desk makes.

    It can be used in any thread, but each thread needs its own list of rooms.

    engine: the application to call.
    """

    def __init__(self, engine: "MatrixEngine") -> None:
        self._engine = engine
        self.conversations = Rooms(engine.calls, engine.people)
        self.users = Users(engine.calls, engine.people, engine.fresh)

    def aside(self) -> "MatrixClient":
        """Return another client like this one."""
        return MatrixClient(self._engine)


class MatrixEngine:
    """The application on a Synapse.

    info: Synapse's address and secrets.
    agents: the agents' names.
    """

    def __init__(self, info: MatrixInfo, agents: Collection[str]) -> None:
        self.info = info
        self.people = People(agents)
        self.calls = Calls(info.url, info.as_token)
        self.fresh: dict[str, str] = {}
        """Tokens of users who have just been created."""
        self.minter = Minter(info.url, self.calls, self.people, self.fresh)

    @classmethod
    def running_on(cls, folder: Path, agents: Collection[str]) -> "MatrixEngine":
        """Return the application on the Synapse that's running on a folder.

        Raises:
            NotRunning: no Synapse is running there.
        """
        return cls(running_matrix(folder), agents)


def rooms_of(url: str, token: str, user: str) -> Rooms:
    """Return the conversation calls of one user, made with that user's token.

    url: Synapse's address.
    token: the user's token.
    user: the user's id.
    """
    return Rooms(Calls(url, Secret(token)), People(()), user)
