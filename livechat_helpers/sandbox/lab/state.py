"""Reset the state, or restore it from a snapshot."""

from collections.abc import Callable

from ..rules import sessions
from ..rules.given_application import GivenApplication
from ..storage.clock import Clock, Ids
from ..storage.snapshots import Snapshots
from ..storage.store import Transaction


class Beginning:
    """How a state begins, before anything else is written to it.

    clock, ids: the sandbox's own. seed: makes the ids repeatable, whenever a state
    begins; None for unique ones. application: one that's in every state.
    """

    def __init__(
        self,
        clock: Clock,
        ids: Ids,
        seed: str | None,
        application: GivenApplication | None,
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._usual_seed = seed
        self._application = application

    def start(self, tx: Transaction) -> None:
        """Go on with the state of last time, as the first thing that is written."""
        self._prepare(tx)
        if self._usual_seed is not None:
            tx.run("INSERT INTO starts DEFAULT VALUES")
        self._seed(tx, self._usual_seed)

    def anew(self, seed: str | None) -> Callable[[Transaction], None]:
        """Return how another state begins.

        seed: makes the ids that follow repeatable; None for the usual one.
        """

        def begin(tx: Transaction) -> None:
            self._clock.run()
            self._prepare(tx)
            self._seed(tx, self._usual_seed if seed is None else seed)

        return begin

    def _prepare(self, tx: Transaction) -> None:
        sessions.drop_all(tx)
        if self._application is not None:
            self._application.keep(tx)

    def _seed(self, tx: Transaction, seed: str | None) -> None:
        """Make the ids that follow repeatable, and none that was given out before."""
        counted = tx.one(
            "SELECT (SELECT count(*) FROM applications) AS applications,"
            " (SELECT count(*) FROM sessions) AS sessions,"
            " (SELECT sum(seq) FROM sqlite_sequence) AS others"
        )
        assert counted is not None
        made = "/".join(str(number or 0) for number in counted)
        self._ids.seed(None if seed is None else f"{seed}/{made}")


class State:
    """The state of a sandbox, and the copies that were kept of it.

    snapshots: the copies. beginning: how another state begins. forget: called when
    the state has become another one: what is in memory is of the one before.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        beginning: Beginning,
        forget: Callable[[], object],
    ) -> None:
        self._snapshots = snapshots
        self._beginning = beginning
        self._forget = forget

    async def keep(self, name: str) -> None:
        """Keep the state under a name; an older one of that name is replaced.

        Raises:
            SnapshotError: the name is not valid.
        """
        await self._snapshots.keep(name)

    async def reset(self, seed: str | None = None) -> None:
        """Be as on the first day, except for the account and the snapshots.

        seed: makes the ids that follow repeatable; None for what the start said.
        """
        await self._snapshots.empty(self._beginning.anew(seed))
        self._forget()

    async def restore(self, name: str, seed: str | None = None) -> None:
        """Make the state what it was when it was kept under a name.

        seed: as for :meth:`reset`.

        Raises:
            SnapshotError: nothing was kept under that name.
        """
        await self._snapshots.take_back(name, self._beginning.anew(seed))
        self._forget()

    def names(self) -> list[str]:
        """Return the names under which a state was kept, the oldest first."""
        return self._snapshots.names()

    async def written(self) -> bytes:
        """Return the file that holds the state, for :meth:`load` of any sandbox."""
        return await self._snapshots.written()

    async def load(self, content: bytes, seed: str | None = None) -> None:
        """Make the state what a file holds.

        content: of the file. seed: as for :meth:`reset`.

        Raises:
            StateFileError: it doesn't hold a state.
        """
        await self._snapshots.load(content, self._beginning.anew(seed))
        self._forget()
