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
import traceback
from dataclasses import asdict
from pathlib import Path

import trustme
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from livechat_helpers import places
from livechat_helpers.private_files import keep_private
from livechat_helpers.serving import Ports, StartError, serve

from . import rest
from .applications import ApplicationError, Applications, load_public_key
from .auth import Tokens
from .errors import ApiError
from .identity import account, certificate_authority
from .realtime import LARGEST_FRAME, Realtime
from .store import Store, report

_LOOPBACK = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


class Sandbox:
    """One local Vonage: its account, its file, and everything that works on them.

    data_dir: the folder of its state; two sandboxes cannot share one.
    """

    def __init__(self, data_dir: Path) -> None:
        self.account = account(data_dir)
        self.realtime = Realtime(self)
        self.store = Store(data_dir / "sandbox.sqlite3", self.realtime.publish)
        self._keys: dict[str, RSAPublicKey] = {}
        self.tokens = Tokens(self._public_key)

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
                Route("/_sandbox/health", self._health),
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
                Middleware(_ErrorAnswers),
            ],
            exception_handlers={HTTPException: _no_route},
        )
        app.router.redirect_slashes = False  # a path with one means the one without
        return app

    async def _health(self, request: Request) -> Response:
        counted = self.store.read.one("SELECT count(*) AS found FROM applications")
        return JSONResponse(
            {
                "status": "ok",
                "applications": counted["found"] if counted else 0,
                "sessions": self.realtime.open_connections,
            }
        )


class _ErrorAnswers:
    """Turns every error into the answer Vonage gives, inside the CORS headers.

    app: what may raise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Older clients send a slash at the end.
        scope["path"] = scope["path"].rstrip("/") or "/"
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:
            await _answer(error)(scope, receive, send)


def _answer(error: Exception) -> JSONResponse:
    """Return the answer to a request that raised an error."""
    if isinstance(error, ApplicationError):
        return JSONResponse(error.body, error.status)
    if isinstance(error, sqlite3.Error):
        report(error)
    elif not isinstance(error, ApiError):  # a fault of the sandbox itself
        traceback.print_exception(error)
    known = error if isinstance(error, ApiError) else None
    known = known or ApiError("system:error:internal-error")
    return JSONResponse(known.body(), known.status)


def _no_route(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to a request that no route takes."""
    wrong_method = isinstance(error, HTTPException) and error.status_code == 405
    name = "method-not-allowed" if wrong_method else "not-found"
    return _answer(ApiError(f"http:error:{name}"))


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
        sandbox.store.close()
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
