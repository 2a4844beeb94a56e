"""The sandbox's process: two listeners on one app, a ready line, a clean shutdown.

Run it alone with ``python -m livechat_helpers sandbox``. The plain listener is for
browsers and Node. The TLS listener is for PyPI's ``vonage``, which only speaks https.
"""

import asyncio
import json
import logging
import sqlite3
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path

import trustme
import uvicorn
from starlette.types import ASGIApp

from .delivery.websocket import LARGEST_FRAME
from .http.names import Names, own_names, reachable
from .http.uvicorn_connections import HttpConnection, WebsocketConnection
from .http.validation import Json
from .local_vonage import Options, Sandbox
from .machine.owner_only import keep_private
from .machine.ready_file import INFO_FILE, LOCK_FILE
from .machine.serving import Ports, StartError, serve
from .machine.unusable import explain
from .options import read
from .storage.identity import certificate_authority


def _lock(data_dir: Path) -> sqlite3.Connection:
    """Lock a folder for this process; the operating system unlocks it when it ends."""
    lock = sqlite3.connect(data_dir / LOCK_FILE, timeout=0.2, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise StartError(
                f"{data_dir / LOCK_FILE} is damaged. Delete it; it holds no data."
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

    data_dir: the folder for the state.
    options: how the sandbox behaves.
    on_ready: called with the content of the ready line.
    http_port, tls_port: the ports; 0 for free ones.
    lifelined: whether to end with the parent process.
    ending: ends it when set; without it, signals do.

    Raises:
        StartError: a port is taken, or the folder is in use.
        OSError, sqlite3.Error: the folder isn't writable.
    """
    with ExitStack() as stack:
        stack.enter_context(closing(_lock(data_dir)))
        ports = Ports(data_dir / "sandbox-ports.json")
        plain = stack.enter_context(
            ports.bind("http", http_port, "--http-port", options.bind)
        )
        secure = stack.enter_context(
            ports.bind("tls", tls_port, "--tls-port", options.bind)
        )
        authority = certificate_authority(data_dir)
        ports.remember({"http": plain, "tls": secure})
        names = Names((*options.hosts, *own_names([options.bind])))
        sandbox = Sandbox(data_dir, options)
        host = reachable(options.bind)
        known = data_dir / INFO_FILE

        def announce() -> None:
            ready = {
                "ready": True,
                "http": f"http://{host}:{plain.getsockname()[1]}",
                "tls": f"https://{host}:{secure.getsockname()[1]}",
                "ca": str((data_dir / "ca.pem").resolve()),
                **asdict(sandbox.account),
            }
            keep_private(known, json.dumps(ready).encode())
            on_ready(ready)

        try:
            app = sandbox.app(names)
            certificate = authority.issue_cert(*names.certified())
            listeners = [
                (_config(app, None), plain),
                (_config(app, certificate), secure),
            ]
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
    """Return whether a log line matters here.

    A client's invalid bytes ("Invalid HTTP request received") aren't the sandbox's
    problem, and neither is a client that asks for HTTP/2: it has received its answer,
    and would only fill the log.
    """
    return not record.getMessage().startswith(("Invalid ", "Unsupported upgrade"))


def _config(app: ASGIApp, certificate: trustme.LeafCert | None) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=HttpConnection,
        ws=WebsocketConnection,
        ws_max_size=LARGEST_FRAME,
        ws_ping_interval=None,  # Engine.IO has its own pings.
        lifespan="off",
        log_level="warning",
        access_log=False,  # A websocket's address contains a token.
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_about_us)
    config.load()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        config.ssl = context
    return config


def main(argv: Sequence[str], commands: str = "") -> int:
    """Run the sandbox in the foreground and return the exit code.

    argv: the arguments after the program's name.
    commands: the text about other commands for --help.
    """
    given, options = read(argv, commands)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
