"""Run the website: ``python -m livechat_helpers website``."""

import argparse
import asyncio
import json
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from anyio import to_thread
from fastapi import FastAPI
from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

from .. import services
from ..private_files import keep_private
from ..sandbox.machine import unusable
from ..sandbox.machine.serving import Ports, StartError, bind_unix, serve
from ..services import find_website
from ..services.known import website_socket
from ..settings import Settings, SettingsError
from ..tokens import TokenError
from .app import create_app
from .own_account import OwnAccountProtocol, prepared
from .stalls import ImpatientProtocol

_THREADS = 16
"""How many calls to Vonage can run at the same time.

Each thread has a client, whose first call is slow. With the default of 40, a crowd
would wait for all of those first calls before anybody is served.
"""

_TURN = 0.0005  # seconds; with Python's 5 ms per thread, webhooks would have to wait


@dataclass(frozen=True)
class Options:
    """The website's options.

    port: the port; 0 for a free one.
    unix_socket: a further socket to listen on, for a proxy in this account.
    sandbox_dir: the sandbox's folder.
    own_account_only: whether to keep out other accounts on this machine.
    exit_with_parent: whether to end with the parent process.
    """

    port: int
    unix_socket: Path | None
    sandbox_dir: Path
    own_account_only: bool
    exit_with_parent: bool


async def _run(options: Options) -> None:
    """Serve until told to stop.

    Raises:
        StartError: the port or the socket is taken.
        SettingsError, TokenError: the settings or the key can't be used.
    """
    folder = options.sandbox_dir
    ports = Ports(folder / "website-port.json")
    bound = ports.bind("http", options.port, "--port")
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    app = create_app(folder, url)
    # Additional processes don't touch the first one's port, socket and note.
    is_first = find_website(folder) is None
    paths = [options.unix_socket] if options.unix_socket else []
    if is_first and (path := prepared(website_socket(folder))):
        paths.append(path)
    sockets = [bound, *(bind_unix(each, "--unix-socket") for each in paths)]
    # A website on the internet is for everybody, including other accounts.
    is_own = options.own_account_only and Settings.load().public_url is None
    protocol = OwnAccountProtocol if is_own else ImpatientProtocol
    known = folder / "website.json"
    if is_first:
        ports.remember({"http": bound})

    def announce() -> None:
        ready = json.dumps({"ready": True, "url": url})
        if is_first:
            keep_private(known, ready.encode())
        print(ready, flush=True)

    to_thread.current_default_thread_limiter().total_tokens = _THREADS
    sys.setswitchinterval(_TURN)
    try:
        await serve(
            [(_config(app, protocol), each) for each in sockets],
            announce,
            lifelined=options.exit_with_parent,
            on_stop=app.state.stop,
        )
    finally:
        if is_first:
            known.unlink(missing_ok=True)
        for each in paths:
            each.unlink(missing_ok=True)


def _config(app: FastAPI, protocol: type[ImpatientProtocol]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol,
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )


def main(argv: list[str]) -> int:
    """Run the website in the foreground and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers website",
        description="Run the website alone: the customer page, the agent page and "
        "the calls behind them. It prints one JSON line when it's ready. Several can "
        "share one folder, and then they behave as one.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 for a free port")
    parser.add_argument(
        "--unix-socket",
        type=Path,
        metavar="PATH",
        help="also listen on this socket, for your own proxy",
    )
    parser.add_argument(
        "--sandbox-dir",
        type=Path,
        help="folder of the running sandbox, or of Synapse (default: the one in .data)",
    )
    parser.add_argument(
        "--own-account-only",
        action="store_true",
        help="refuse programs of this machine's other accounts (only on Linux)",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    given = parser.parse_args(argv)
    try:
        given.sandbox_dir = given.sandbox_dir or Settings.load().engine_dir()
        engine = services.engine(given.sandbox_dir)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    options = Options(**vars(given))
    try:
        asyncio.run(_run(options))
        return 0
    except (
        StartError,
        SettingsError,
        TokenError,
        HttpRequestError,
    ) as error:
        print(error, file=sys.stderr)
    except RequestException:  # The engine was killed, and left its file behind.
        print(engine.not_running, file=sys.stderr)
    except (OSError, OverflowError, sqlite3.Error) as error:
        print(
            f"The website cannot use {options.sandbox_dir}: {error}\n"
            f"{unusable.mend(error, '--sandbox-dir')}",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
