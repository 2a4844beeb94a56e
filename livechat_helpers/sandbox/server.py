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
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import trustme
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from livechat_helpers import places
from livechat_helpers.private_files import keep_private
from livechat_helpers.serving import Ports, StartError, serve

from . import control, rest
from .applications import Applications, load_public_key
from .auth import Tokens
from .clock import Clock, Ids
from .events import Event
from .faults import Faults
from .front import Front, no_route
from .identity import account, certificate_authority
from .realtime import LARGEST_FRAME, Realtime
from .store import Store
from .trace import Trace
from .webhooks import Webhooks

_LOOPBACK = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


@dataclass(frozen=True)
class Options:
    """What a sandbox can be asked for when it is started.

    strict: refuse unknown keys instead of noting them. strict_jwt: refuse tokens
    that live too long, have no true expiry or share an id. rate_limit: calls of one
    application in a second; None for as many as it likes. seed: makes the ids
    repeatable. hosts: names, besides this machine's, that it may be called by.
    """

    strict: bool = False
    strict_jwt: bool = False
    rate_limit: int | None = None
    seed: str | None = None
    hosts: tuple[str, ...] = ()


class Sandbox:
    """One local Vonage: its account, its file, and everything that works on them.

    data_dir: the folder of its state; two sandboxes cannot share one.
    """

    def __init__(self, data_dir: Path, options: Options | None = None) -> None:
        self.options = options or Options()
        self.account = account(data_dir)
        self.clock = Clock()
        self.ids = Ids()
        self.trace = Trace(self.options.strict)
        self.faults = Faults(self)
        self.webhooks = Webhooks(self)
        self.realtime = Realtime(self)
        self.store = Store(
            data_dir / "sandbox.sqlite3",
            self.clock,
            self.ids,
            self.webhooks.queue,
            self._hand_out,
        )
        self._keys: dict[str, RSAPublicKey] = {}
        self.tokens = Tokens(self._public_key, self.clock)

    def _hand_out(self, events: Sequence[Event]) -> None:
        self.realtime.publish(events)
        self.webhooks.wake()

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

    def app(self) -> ASGIApp:
        """Return the ASGI application: every path this Vonage answers."""
        app = Starlette(
            routes=[
                *Applications(self).routes(),
                *rest.routes(self),
                *self.realtime.routes(),
                *control.routes(self),
            ],
            middleware=[
                # Only pages of this machine may call from a browser.
                Middleware(
                    CORSMiddleware,
                    allow_origin_regex=_LOOPBACK,
                    allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                    allow_headers=["authorization", "content-type"],
                    max_age=600,
                ),
                Middleware(Front, sandbox=self),
            ],
            exception_handlers={HTTPException: no_route},
        )
        app.router.redirect_slashes = False  # a path with one means the one without
        return app

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        await self.webhooks.close()
        self.store.close()


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


async def _run(data_dir: Path, http_port: int, tls_port: int, lifelined: bool) -> None:
    """Serve until told to stop.

    data_dir: the folder of the state. http_port, tls_port: 0 for free ones.
    lifelined: whether to end with the parent process.

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
    sandbox = Sandbox(data_dir)
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
        print(json.dumps(ready), flush=True)

    try:
        app = sandbox.app()
        listeners = [(_config(app, None), plain), (_config(app, authority), secure)]
        await serve(listeners, announce, lifelined=lifelined)
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
        ws="websockets-sansio",
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
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    options = parser.parse_args(argv)
    try:
        options.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        asyncio.run(
            _run(
                options.data_dir,
                options.http_port,
                options.tls_port,
                options.exit_with_parent,
            )
        )
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, sqlite3.Error, OverflowError) as error:
        print(
            f"The sandbox cannot use {options.data_dir}: {error}\n"
            "Free some space, or choose another folder with --data-dir.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
