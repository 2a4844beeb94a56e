"""Reset the state, or restore it from a snapshot."""

from collections.abc import Callable

from ..rules import sessions
from ..rules.given_application import GivenApplication
from ..storage.clock import Clock, Ids
from ..storage.snapshots import Snapshots
from ..storage.store import Transaction


class Beginning:
    """What's written to a state before anything else.

    clock, ids: the sandbox's own.
    seed: makes the ids of every new state repeatable; None for unique ones.
    application: an application that exists in every state.
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
        """Prepare the state of the last run, before anything else is written."""
        self._prepare(tx)
        if self._usual_seed is not None:
            tx.run("INSERT INTO starts DEFAULT VALUES")
        self._seed(tx, self._usual_seed)

    def anew(self, seed: str | None) -> Callable[[Transaction], None]:
        """Return a function that prepares a new state.

        seed: makes the ids that follow repeatable; None for the usual seed.
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
        """Make the ids that follow repeatable, without reusing earlier ones."""
        counted = tx.one(
            "SELECT (SELECT count(*) FROM applications) AS applications,"
            " (SELECT count(*) FROM sessions) AS sessions,"
            " (SELECT sum(seq) FROM sqlite_sequence) AS others"
        )
        assert counted is not None
        made = "/".join(str(number or 0) for number in counted)
        self._ids.seed(None if seed is None else f"{seed}/{made}")


class State:
    """The state of a sandbox, and its saved copies.

    snapshots: the copies.
    beginning: prepares a new state.
    forget: called when the state has been replaced, because what's in memory is
        outdated.
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
        """Save the state under a name, replacing an older copy with the same name.

        Raises:
            SnapshotError: the name isn't valid.
        """
        await self._snapshots.keep(name)

    async def reset(self, seed: str | None = None) -> None:
        """Start over with an empty state; the account and the snapshots stay.

        seed: makes the ids that follow repeatable; None for the seed given at the
            start.
        """
        await self._snapshots.empty(self._beginning.anew(seed))
        self._forget()

    async def restore(self, name: str, seed: str | None = None) -> None:
        """Restore the state that was saved under a name.

        seed: as for :meth:`reset`.

        Raises:
            SnapshotError: nothing was saved under that name.
        """
        await self._snapshots.take_back(name, self._beginning.anew(seed))
        self._forget()

    def names(self) -> list[str]:
        """Return the names of the saved states, oldest first."""
        return self._snapshots.names()

    async def written(self) -> bytes:
        """Return the state as a file's content, for :meth:`load` in any sandbox."""
        return await self._snapshots.written()

    async def load(self, content: bytes, seed: str | None = None) -> None:
        """Replace the state with the one in a file.

        content: the file's content.
        seed: as for :meth:`reset`.

        Raises:
            StateFileError: the file doesn't contain a state.
        """
        await self._snapshots.load(content, self._beginning.anew(seed))
        self._forget()
