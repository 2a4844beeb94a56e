"""One local Vonage: its parts, and how they're connected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from . import page
from .api import current_version, description, older_versions
from .api.application_calls import ApplicationCalls
from .api.gate import Gate
from .api.session_calls import SessionCalls
from .delivery.live_sessions import LiveSessions
from .delivery.webhook_queue import Sender, WebhookQueue
from .http.application_keys import ApplicationKeys
from .http.auth import Tokens
from .http.entrance import Entrance
from .http.error_answers import ErrorAnswers
from .http.issued_tokens import Issuer
from .http.names import Names
from .http.rate_limit import RateLimit
from .http.routing import AnyRoute, Router
from .lab import browse_paths, fault_paths, state_paths
from .lab.active_faults import Faults, FaultyApp
from .lab.state import Beginning, State
from .lab.trace_log import Trace, TracedApp
from .rules.events import Event
from .rules.expiry import Expiry
from .rules.given_application import GivenApplication
from .storage.clock import Clock, Ids
from .storage.identity import account
from .storage.snapshots import Snapshots
from .storage.store import Store, Synchronous


@dataclass(frozen=True)
class Options:
    """The options for starting a sandbox.

    strict: reject unknown keys instead of noting them.
    strict_jwt: reject tokens with an odd lifetime, id or ACL instead of noting that.
    rate_limit: calls per second allowed to one application; None for no limit.
    seed: makes the ids repeatable.
    bind: the address to listen on.
    hosts: host names to accept, besides this machine's and the vendor's.
    synchronous: how far a write gets before it's answered, in SQLite's terms; with
        ``FULL``, onto the disk.
    credentials: the account's key and secrets, as far as they're chosen.
    application: an application that always exists.
    """

    strict: bool = False
    strict_jwt: bool = False
    rate_limit: int | None = None
    seed: str | None = None
    bind: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    synchronous: Synchronous = "FULL"
    credentials: Mapping[str, str] = field(default_factory=dict)
    application: GivenApplication | None = None


class Sandbox:
    """One local Vonage, which creates its parts and gives each one what it needs.

    data_dir: the folder for its state; two sandboxes can't share one.
    options: how it behaves.
    """

    def __init__(self, data_dir: Path, options: Options | None = None) -> None:
        self._options = options or Options()
        self._ids = Ids()
        self._clock = Clock()
        beginning = Beginning(
            self._clock, self._ids, self._options.seed, self._options.application
        )
        synchronous = self._options.synchronous
        self.account = account(
            data_dir, synced=synchronous != "OFF", given=self._options.credentials
        )
        self.store = Store(
            data_dir / "sandbox.sqlite3",
            self._clock,
            self._ids,
            beginning.start,
            synchronous,
        )
        self._issuer = Issuer(self._clock)
        self._tokens = Tokens(
            ApplicationKeys(self.store),
            self._issuer,
            self._clock,
            self._options.strict_jwt,
        )
        secrets = (self.account.api_secret, self.account.signature_secret)
        self.trace = Trace(self._options.strict, secrets)
        self._faults = Faults(self._tokens)
        self._live = LiveSessions(
            self.store,
            self._tokens,
            self._clock,
            self.trace,
            self._faults,
            self.account.api_key,
        )
        self._webhooks = WebhookQueue(
            self.store, self.trace, self._faults, self._open_sender
        )
        self._expiry = Expiry(self.store, self._clock)
        snapshots = Snapshots(self.store, data_dir / "snapshots")
        self.state = State(snapshots, beginning, self._forget)
        self.store.tell_of_events(self._webhooks.queue, self._hand_out)
        self._webhooks.wake()  # Some may be left from the last run.
        self._expiry.plan()

    def app(self, names: Names | None = None) -> ASGIApp:
        """Return the ASGI application, with every path that this Vonage answers.

        names: its host names; defaults to its own and those in the options.
        """
        router = Router([*self._calls(), *self._sandbox_paths()])
        faulty = FaultyApp(ErrorAnswers(router), self._faults)
        return Entrance(
            TracedApp(faulty, self.trace), names or Names(self._options.hosts)
        )

    def _calls(self) -> list[AnyRoute]:
        """Return the paths that the real Vonage has too."""
        end_sessions = self._live.end_sessions
        session_calls = SessionCalls(self._live, self.account.api_key)
        current = current_version.paths(end_sessions, self._expiry.plan, session_calls)
        rate_limit = RateLimit(self._options.rate_limit)
        gate = Gate(self.store, self._tokens, rate_limit)
        applications = ApplicationCalls(
            self.store,
            self._ids,
            self.account,
            self._forget_applications,
            end_sessions,
        )
        return [
            *applications.routes(),
            *current_version.routes(gate, current),
            *older_versions.routes(gate, current, session_calls.refresh_session),
            *self._live.routes(),
        ]

    def _sandbox_paths(self) -> list[AnyRoute]:
        """Return the paths that only the sandbox has."""
        return [
            *description.routes(self.store, lambda: self._live.open_connections),
            *state_paths.state_routes(self.account, self.state, self.trace),
            *state_paths.clock_routes(self.account, self._clock, self._time_changed),
            *fault_paths.routes(self.account, self._faults),
            *browse_paths.routes(self.account, self.store, self._issuer),
            *page.routes(self.account, self.trace),
        ]

    def _open_sender(self) -> Sender:
        # The HTTP client loads slowly, and not everybody needs it.
        from .delivery.webhook_request import WebhookSender

        return WebhookSender(self.account)

    def _hand_out(self, events: Sequence[Event]) -> None:
        self._live.publish(events)
        self._webhooks.find_due()

    def _time_changed(self) -> None:
        self._live.check_expiry()
        self._expiry.plan()

    def _forget_applications(self) -> None:
        """Forget the cached applications, because one of them has changed."""
        self._tokens.forget()
        self._webhooks.forget()

    def _forget(self) -> None:
        """Forget the faults, tokens, keys and sessions of the previous state."""
        self._faults.clear()
        self._forget_applications()
        self._tokens.forget_ids()
        self._live.forget()
        self._expiry.plan()

    def stop(self) -> None:
        """Release everybody who's waiting: the connections are about to close."""
        self._faults.clear()
        self.trace.close()

    async def close(self) -> None:
        """Finish pending work and close the file."""
        self._expiry.close()
        await self._webhooks.close()
        await self.store.close()
