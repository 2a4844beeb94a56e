"""The sandbox's process: two listeners on one app, one ready line, a clean end.

Run it alone with ``python -m livechat_helpers sandbox``. The plain listener is for
browsers and Node; the TLS listener is for PyPI ``vonage``, which speaks nothing else.
"""

import argparse
import asyncio
import json
import logging
import sqlite3
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

import trustme
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.types import ASGIApp

from livechat_helpers import places
from livechat_helpers.private_files import keep_private
from livechat_helpers.serving import Ports, StartError, serve

from . import control, fault_orders, legacy, rest, trace_page
from .applications import Applications, load_public_key
from .auth import Tokens
from .clock import Clock, Ids
from .connections import HttpConnection, WebsocketConnection
from .events import Event
from .faults import Faults
from .front import Front
from .identity import account, certificate_authority
from .rate_limit import RateLimit
from .realtime import Realtime
from .routing import Router
from .snapshots import Snapshots
from .store import Store, Synchronous
from .trace import Trace
from .validation import Json
from .webhooks import Webhooks
from .websocket import LARGEST_FRAME


@dataclass(frozen=True)
class Options:
    """What a sandbox can be asked for when it is started.

    strict: refuse unknown keys instead of noting them. strict_jwt: refuse tokens
    that live too long, have no true expiry or share an id. rate_limit: calls of one
    application in a second; None for as many as it likes. seed: makes the ids
    repeatable. hosts: names, besides this machine's, that it may be called by.
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
        self.account = account(data_dir)
        self.clock = Clock()
        self.ids = Ids()
        secrets = (self.account.api_secret, self.account.signature_secret)
        self.trace = Trace(self.options.strict, secrets)
        self.faults = Faults(self)
        self.webhooks = Webhooks(self)
        self.realtime = Realtime(self)
        self.store = Store(
            data_dir / "sandbox.sqlite3",
            self.clock,
            self.ids,
            self.webhooks.queue,
            self._hand_out,
            self.options.synchronous,
        )
        self.snapshots = Snapshots(self.store, data_dir / "snapshots")
        self.rate_limit = RateLimit(self.options.rate_limit)
        self._seed(self.options.seed)
        self._keys: dict[str, RSAPublicKey] = {}
        self.webhooks.wake()  # some may wait since last time
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

    def _seed(self, seed: str | None) -> None:
        """Make the ids that follow repeatable, and none that was given out before."""
        counted = self.store.read.one("SELECT sum(seq) AS made FROM sqlite_sequence")
        made = counted["made"] if counted and counted["made"] else 0
        self.ids.seed(None if seed is None else f"{seed}/{made}")

    async def reset(self, seed: str | None = None) -> None:
        """Be as on the first day, but for the account and the snapshots.

        seed: makes the ids that follow repeatable; None for what the start said.
        """
        await self.snapshots.empty()
        self._begin_anew(seed)
        self.trace.clear()

    async def restore(self, name: str, seed: str | None = None) -> None:
        """Make the state what it was when it was kept under a name.

        seed: as for :meth:`reset`.

        Raises:
            GatewayError: nothing was kept under that name.
        """
        await self.snapshots.take_back(name)
        self._begin_anew(seed)

    def _begin_anew(self, seed: str | None) -> None:
        """Forget everything in memory that was about another state."""
        self.faults.clear()
        self.clock.run()
        self.forget_keys()
        self.realtime.end_sessions(lambda user: True)
        self._seed(self.options.seed if seed is None else seed)

    def stop(self) -> None:
        """Let go of whoever waits: the connections are about to be closed."""
        self.faults.clear()
        self.trace.close()

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        await self.webhooks.close()
        await self.store.close()


def _lock(data_dir: Path) -> sqlite3.Connection:
    """Hold a folder for this process; the operating system lets go when it ends."""
    lock = sqlite3.connect(data_dir / "lock.sqlite3", timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise StartError(
            f"Another sandbox uses {data_dir}.\n"
            "Stop it, or choose another folder with --data-dir."
        ) from error
    return lock


async def run(
    data_dir: Path,
    options: Options,
    on_ready: Callable[[Json], object],
    *,
    http_port: int = 0,
    tls_port: int = 0,
    lifelined: bool = False,
    ending: asyncio.Event | None = None,
) -> None:
    """Serve a sandbox until told to stop.

    data_dir: the folder of the state. on_ready: called with what the ready line says.
    http_port, tls_port: 0 for free ones. lifelined: whether to end with the parent
    process. ending: ends it when set; without one, signals do.

    Raises:
        StartError: a port is taken, or the folder is in use.
        OSError, sqlite3.Error: the folder cannot be written.
    """
    lock = _lock(data_dir)
    ports = Ports(data_dir / "sandbox-ports.json")
    plain = ports.bind("http", http_port, "--http-port")
    secure = ports.bind("tls", tls_port, "--tls-port")
    authority = certificate_authority(data_dir)
    ports.remember({"http": plain, "tls": secure})
    sandbox = Sandbox(data_dir, options)
    known = data_dir / "sandbox.json"

    def announce() -> None:
        ready = {
            "ready": True,
            "http": f"http://127.0.0.1:{plain.getsockname()[1]}",
            "tls": f"https://127.0.0.1:{secure.getsockname()[1]}",
            "ca": str((data_dir / "ca.pem").resolve()),
            **asdict(sandbox.account),
        }
        keep_private(known, json.dumps(ready).encode())
        on_ready(ready)

    try:
        app = sandbox.app()
        listeners = [(_config(app, None), plain), (_config(app, authority), secure)]
        await serve(
            listeners,
            announce,
            lifelined=lifelined,
            on_stop=sandbox.stop,
            ending=ending,
        )
    finally:
        known.unlink(missing_ok=True)
        await sandbox.close()
        lock.close()


def _is_about_us(record: logging.LogRecord) -> bool:
    """Return whether a log line is of interest here.

    A client's invalid bytes ("Invalid HTTP request received") are its own affair: it
    has had its answer, and could fill the log.
    """
    return not record.getMessage().startswith("Invalid ")


def _config(app: ASGIApp, authority: trustme.CA | None) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=HttpConnection,
        ws=WebsocketConnection,
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=None,  # Engine.IO has pings of its own
        lifespan="off",
        log_level="warning",
        access_log=False,  # the address of a websocket holds a token
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_about_us)
    config.load()
    if authority is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        names = ("localhost", "127.0.0.1", "::1", "api.nexmo.com", "rest.nexmo.com")
        authority.issue_cert(*names).configure_cert(context)
        config.ssl = context
    return config


def main(argv: list[str]) -> int:
    """Run the sandbox in the foreground and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers sandbox",
        description="Run the local Vonage alone. It prints one JSON line when it is "
        "ready, and ends on Ctrl-C or SIGTERM.",
    )
    parser.add_argument(
        "--http-port", type=int, default=0, help="plain HTTP port; 0 for a free one"
    )
    parser.add_argument(
        "--tls-port", type=int, default=0, help="TLS port; 0 for a free one"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=places.sandbox_dir(),
        help="folder of its state (default: .data/sandbox)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse unknown keys with 400"
    )
    parser.add_argument(
        "--strict-jwt",
        action="store_true",
        help="refuse tokens that live over 24 hours or under 30 seconds, whose exp is"
        " in milliseconds or a string, or whose jti is another token's",
    )
    parser.add_argument(
        "--rate-limit",
        type=_number,
        metavar="N",
        help="answer 429 to more than N calls a second of one application",
    )
    parser.add_argument(
        "--seed", metavar="TEXT", help="make the same ids as another run with it"
    )
    parser.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer to this name too, besides localhost; can be given again",
    )
    parser.add_argument(
        "--synchronous",
        type=str.upper,
        choices=get_args(Synchronous),
        default="FULL",
        help="what an answered write has reached: FULL for the disk (default); the"
        " others are faster, and a power cut can undo the last writes",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    given = parser.parse_args(argv)
    options = Options(
        strict=given.strict,
        strict_jwt=given.strict_jwt,
        rate_limit=given.rate_limit,
        seed=given.seed,
        hosts=tuple(given.host),
        synchronous=given.synchronous,
    )
    try:
        given.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        asyncio.run(
            run(
                given.data_dir,
                options,
                lambda ready: print(json.dumps(ready), flush=True),
                http_port=given.http_port,
                tls_port=given.tls_port,
                lifelined=given.exit_with_parent,
            )
        )
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, sqlite3.Error, OverflowError) as error:
        print(
            f"The sandbox cannot use {given.data_dir}: {error}\n"
            "Free some space, or choose another folder with --data-dir.",
            file=sys.stderr,
        )
        return 1
    return 0


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
