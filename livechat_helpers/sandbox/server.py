"""The sandbox's process: two listeners on one app, one ready line, a clean end.

Run it alone with ``python -m livechat_helpers sandbox``. The plain listener is for
browsers and Node; the TLS listener is for PyPI ``vonage``, which speaks nothing else.
"""

import argparse
import asyncio
import gc
import json
import logging
import sqlite3
import ssl
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import trustme
import uvicorn
from starlette.types import ASGIApp

from .delivery.websocket import LARGEST_FRAME
from .http.uvicorn_connections import HttpConnection, WebsocketConnection
from .http.validation import Json
from .local_vonage import Options, Sandbox
from .machine.folder import default_folder
from .machine.private_files import keep_private
from .machine.running import INFO_FILE, LOCK_FILE
from .machine.serving import Ports, StartError, serve
from .machine.unusable import explain
from .storage.identity import certificate_authority
from .storage.store import Synchronous


def _lock(data_dir: Path) -> sqlite3.Connection:
    """Hold a folder for this process; the operating system lets go when it ends."""
    lock = sqlite3.connect(data_dir / LOCK_FILE, timeout=0.2, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise StartError(
                f"{data_dir / LOCK_FILE} is damaged. Delete it: there's nothing in it."
            ) from error
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
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
    with ExitStack() as stack:
        stack.enter_context(closing(_lock(data_dir)))
        ports = Ports(data_dir / "sandbox-ports.json")
        plain = stack.enter_context(ports.bind("http", http_port, "--http-port"))
        secure = stack.enter_context(ports.bind("tls", tls_port, "--tls-port"))
        authority = certificate_authority(data_dir)
        ports.remember({"http": plain, "tls": secure})
        sandbox = Sandbox(data_dir, options)
        known = data_dir / INFO_FILE

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


def _is_about_us(record: logging.LogRecord) -> bool:
    """Return whether a log line is of interest here.

    A client's invalid bytes ("Invalid HTTP request received") are its own affair, and
    so is HTTP/2 where there is none: it has had its answer, and could fill the log.
    """
    return not record.getMessage().startswith(("Invalid ", "Unsupported upgrade"))


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
        default=default_folder(),
        help="folder of its state (default: .data/sandbox)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="refuse unknown keys with 400"
    )
    parser.add_argument(
        "--strict-jwt",
        action="store_true",
        help="refuse tokens that live over 24 hours or under 30 seconds, whose exp is"
        " in milliseconds or a string, whose jti is another token's, or whose ACL"
        " says what has no effect",
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
    gc.freeze()  # what was imported stays: the collector need not look at it again
    # Requests that come together make more than the usual 700 objects, and none of them
    # stays: it would look at each in vain while everybody waits.
    gc.set_threshold(10_000, 10, 10)
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
        print(explain(error, given.data_dir), file=sys.stderr)
        return 1
    return 0


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
