"""One local Vonage as a whole: what it consists of, and how that hangs together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.types import ASGIApp

from . import control, fault_orders, legacy, rest, sessions, trace_page
from .applications import Applications, load_public_key
from .auth import Tokens
from .clock import Clock, Ids
from .endings import Endings
from .events import Event
from .faults import Faults
from .front import Front
from .identity import account
from .rate_limit import RateLimit
from .realtime import Realtime
from .routing import Router
from .snapshots import Snapshots
from .store import Store, Synchronous, Transaction
from .trace import Trace
from .webhooks import Webhooks


@dataclass(frozen=True)
class Options:
    """What a sandbox can be asked for when it is started.

    strict: refuse unknown keys instead of noting them. strict_jwt: refuse tokens that
    are odd instead of noting that: in how long they live, their id or their ACL.
    rate_limit: calls of one application in a second; None for as many as it likes.
    seed: makes the ids repeatable. hosts: names, besides this machine's, that it may
    be called by.
    synchronous: what an answered write has reached, as SQLite calls it: with ``FULL``
    the disk.
    """

    strict: bool = False
    strict_jwt: bool = False
    rate_limit: int | None = None
    seed: str | None = None
    hosts: tuple[str, ...] = ()
    synchronous: Synchronous = "FULL"


class Sandbox:
    """One local Vonage: its account, its file, and everything that works on them.

    data_dir: the folder of its state; two sandboxes cannot share one.
    """

    def __init__(self, data_dir: Path, options: Options | None = None) -> None:
        self.options = options or Options()
        synced = self.options.synchronous != "OFF"
        self.account = account(data_dir, synced=synced)
        self.clock = Clock()
        self.ids = Ids()
        secrets = (self.account.api_secret, self.account.signature_secret)
        self.trace = Trace(self.options.strict, secrets)
        self.faults = Faults(self)
        self.webhooks = Webhooks(self)
        self.realtime = Realtime(self)
        self.endings = Endings(self)
        self.store = Store(
            data_dir / "sandbox.sqlite3",
            self.clock,
            self.ids,
            self.webhooks.queue,
            self._hand_out,
            self._start,
            self.options.synchronous,
        )
        self.snapshots = Snapshots(self.store, data_dir / "snapshots")
        self.rate_limit = RateLimit(self.options.rate_limit)
        self._keys: dict[str, RSAPublicKey] = {}
        self.webhooks.wake()  # some may wait since last time
        self.endings.plan()
        self.tokens = Tokens(self._public_key, self.clock, self.options.strict_jwt)

    def _hand_out(self, events: Sequence[Event]) -> None:
        self.realtime.publish(events)
        self.webhooks.find_due()

    def _public_key(self, application_id: str) -> RSAPublicKey | None:
        if application_id not in self._keys:
            row = self.store.read.one(
                "SELECT public_key FROM applications WHERE id = ?", application_id
            )
            if row is None:
                return None
            self._keys[application_id] = load_public_key(row["public_key"])
        return self._keys[application_id]

    def forget_keys(self) -> None:
        """Read the applications' keys anew: one of them has changed."""
        self._keys.clear()
        self.tokens.forget()
        self.webhooks.forget()

    def app(self) -> ASGIApp:
        """Return the ASGI application: every path this Vonage answers."""
        router = Router(
            [
                *Applications(self).routes(),
                *rest.routes(self),
                *legacy.routes(self),
                *self.realtime.routes(),
                *control.routes(self),
                *fault_orders.routes(self),
                *trace_page.routes(self),
            ]
        )
        return Front(router, self)

    def _start(self, tx: Transaction) -> None:
        sessions.drop_all(tx)
        if self.options.seed is not None:
            tx.run("INSERT INTO starts DEFAULT VALUES")
        self._seed(tx, self.options.seed)

    def _seed(self, tx: Transaction, seed: str | None) -> None:
        """Make the ids that follow repeatable, and none that was given out before."""
        counted = tx.one(
            "SELECT (SELECT count(*) FROM applications) AS applications,"
            " (SELECT count(*) FROM sessions) AS sessions,"
            " (SELECT sum(seq) FROM sqlite_sequence) AS others"
        )
        assert counted is not None
        made = "/".join(str(number or 0) for number in counted)
        self.ids.seed(None if seed is None else f"{seed}/{made}")

    async def reset(self, seed: str | None = None) -> None:
        """Be as on the first day, but for the account and the snapshots.

        seed: makes the ids that follow repeatable; None for what the start said.
        """
        await self.snapshots.empty(self._beginning(seed))
        self._forget()
        self.trace.clear()

    async def restore(self, name: str, seed: str | None = None) -> None:
        """Make the state what it was when it was kept under a name.

        seed: as for :meth:`reset`.

        Raises:
            GatewayError: nothing was kept under that name.
        """
        await self.snapshots.take_back(name, self._beginning(seed))
        self._forget()

    def _beginning(self, seed: str | None) -> Callable[[Transaction], None]:
        """Return how another state begins, before anything is written to it."""

        def begin(tx: Transaction) -> None:
            self.clock.run()
            sessions.drop_all(tx)
            self._seed(tx, self.options.seed if seed is None else seed)

        return begin

    def _forget(self) -> None:
        """Forget the faults, tokens, keys and sessions of another state."""
        self.faults.clear()
        self.forget_keys()
        self.tokens.forget_ids()
        self.realtime.forget()
        self.endings.plan()

    def stop(self) -> None:
        """Let go of whoever waits: the connections are about to be closed."""
        self.faults.clear()
        self.trace.close()

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        self.endings.close()
        await self.webhooks.close()
        await self.store.close()
