"""The web server behind the ``web`` folder: your own backend.

It is the only part that holds the private key. A browser gets a token for one
visitor and one conversation, and a signed cookie that says which.
"""

import argparse
import asyncio
import hmac
import json
import secrets
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from itsdangerous import BadSignature, URLSafeSerializer
from requests.exceptions import RequestException
from starlette.exceptions import HTTPException
from vonage_http_client.errors import HttpRequestError, NotFoundError

from . import places
from .applications import ensure_application
from .client import application_client
from .private_files import keep_private
from .serving import Ports, StartError, serve
from .settings import CLOUD_URLS, NOT_RUNNING, Settings, SettingsError, running_sandbox
from .support_desk import SupportDesk
from .tokens import Minter, TokenError
from .webhooks import WebhookGuard

COOKIE = "livechat_visitor"
COOKIE_LIFE = 30 * 24 * 3600
"""Seconds a visitor is remembered."""
LARGEST_BODY = 64 * 1024
"""Bytes of the largest request body that is read."""

_WEB = places.ROOT / "web"
_SDK = _WEB / "node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".mjs": "text/javascript"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Backend:
    """What answers a request: the desk, its application, and where the SDK goes."""

    desk: SupportDesk
    minter: Minter
    settings: Settings
    sdk: Json
    signature_secret: str | None


class Backends:
    """Gives every thread a backend, and a new one when the settings change.

    The SDK's client must not be shared between threads. The learner makes an
    application in notebook 01 while this server runs, so ``.env`` is watched.

    sandbox_dir: the folder of the sandbox. url: this website's address.
    """

    def __init__(self, sandbox_dir: Path, url: str) -> None:
        self._sandbox_dir = sandbox_dir
        self._event_url = f"{url}/webhooks/event"
        self._mine = threading.local()
        self._choosing = threading.Lock()
        self.mode = "sandbox"

    def get(self) -> Backend:
        """Return this thread's backend.

        Raises:
            SettingsError, TokenError: the settings or the key cannot be used.
        """
        sources = (places.env_file(), self._sandbox_dir / "sandbox.json")
        version = [path.stat().st_mtime_ns if path.exists() else 0 for path in sources]
        if getattr(self._mine, "version", None) != version:
            self._mine.backend = self._make()
            self._mine.version = version
        return self._mine.backend

    def _make(self) -> Backend:
        settings = Settings.load()
        self.mode = settings.mode
        with self._choosing:  # the first call may create the demonstration application
            application = ensure_application(
                settings, self._event_url, self._sandbox_dir
            )
        minter = application.minter()
        client = application_client(settings, minter, self._sandbox_dir)
        api_url, websocket_url = CLOUD_URLS
        signature_secret = settings.signature_secret
        if settings.mode == "sandbox":
            sandbox = running_sandbox(self._sandbox_dir)
            api_url = websocket_url = sandbox.http
            signature_secret = sandbox.signature_secret
        return Backend(
            SupportDesk(client, minter, settings.support_agent),
            minter,
            settings,
            {
                "apiUrl": api_url,
                "websocketUrl": websocket_url,
                "websocketPath": "/v2/rtc",
            },
            signature_secret.get_secret_value() if signature_secret else None,
        )


class Visitors:
    """The cookie that says who a visitor is; signed, so that nobody can write one.

    key: what signs it, kept over restarts.
    """

    def __init__(self, key: str) -> None:
        self._signer = URLSafeSerializer(key, salt="visitor")

    def read(self, request: Request, backend: Backend) -> Json | None:
        """Return the visitor's user, conversation, member and agent; None if new."""
        try:
            chat = self._signer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        # A visitor of another application is a stranger to this one.
        if chat.pop("application") != backend.minter.application_id:
            return None
        return chat

    def write(self, response: Response, chat: Json, backend: Backend) -> None:
        """Set the cookie for a chat."""
        parts = ("user", "conversation", "member", "agent")
        kept: Json = {name: _short(chat[name]) for name in parts}
        kept["application"] = backend.minter.application_id
        response.set_cookie(
            COOKIE,
            self._signer.dumps(kept),  # pyright: ignore[reportArgumentType]
            max_age=COOKIE_LIFE,
            httponly=True,
            samesite="lax",
        )


def _short(part: Json) -> Json:
    """Return the few fields of an object that a page needs."""
    names = ("id", "name", "display_name", "state")
    return {name: part[name] for name in names if part.get(name) is not None}


def create_app(sandbox_dir: Path, url: str) -> FastAPI:
    """Return the website.

    sandbox_dir: the folder of the sandbox it talks to, where it also keeps the keys
        it makes. url: its own address, for the webhook of an application it makes.
    """
    app = FastAPI(title="Live chat website", docs_url=None, redoc_url=None)
    backends = Backends(sandbox_dir, url)
    backends.get()  # find the application now: a wrong setting must be told at once
    visitors = Visitors(_kept_secret(sandbox_dir / "cookie.key"))
    opening = _Locks()

    @app.middleware("http")
    async def guard(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        refusal = _refusal(request)
        response = refusal if refusal is not None else await call_next(request)
        response.headers.update(_security_headers(backends.mode, sandbox_dir))
        if request.url.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.exception_handler(HttpRequestError)
    @app.exception_handler(RequestException)
    @app.exception_handler(SettingsError)
    @app.exception_handler(TokenError)
    def cannot_reach_vonage(request: Request, error: Exception) -> JSONResponse:
        print(f"{request.url.path}: {error}", file=sys.stderr)
        return _error(503, "The chat is not available right now.", retry=5)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> JSONResponse:
        return _error(error.status_code, str(error.detail))

    @app.exception_handler(RequestValidationError)
    def not_understood(request: Request, error: RequestValidationError) -> JSONResponse:
        return _error(400, "The request body is not the JSON object that is expected.")

    @app.exception_handler(Exception)
    def fault_of_ours(request: Request, error: Exception) -> JSONResponse:
        return _error(500, "Something went wrong.")

    @app.get("/health")
    def health() -> Json:
        return {"status": "ok"}

    @app.get("/")
    def customer_page() -> FileResponse:
        return FileResponse(_WEB / "index.html")

    @app.get("/agent")
    def agent_page() -> FileResponse:
        return FileResponse(_WEB / "agent.html")

    @app.get("/web/{name}")
    def page_file(name: str) -> FileResponse:
        path = _WEB / name
        # The type is set here: Windows' registry can spoil the guessed one.
        if path.suffix not in _TYPES or path not in _WEB.iterdir():
            raise HTTPException(404, "There is no such file.")
        return FileResponse(path, media_type=_TYPES[path.suffix])

    @app.get("/sdk/vonageClientSDK.min.mjs")
    def browser_sdk() -> FileResponse:
        if not _SDK.is_file():
            raise HTTPException(
                503,
                "The browser SDK is not installed: run python -m livechat_helpers.",
            )
        return FileResponse(_SDK, media_type=_TYPES[".mjs"])

    @app.post("/api/new")
    def new_chat(request: Request, response: Response) -> Json:
        backend = backends.get()
        with opening.of(request.cookies.get(COOKIE)):
            chat = _resumed(backend, visitors.read(request, backend))
            if chat is None:
                chat = backend.desk.open_chat()
        visitors.write(response, chat, backend)
        parts = ("user", "conversation", "member", "agent")
        return {
            **{name: _short(chat[name]) for name in parts},
            "jwt": chat["jwt"],
            "sdk": backend.sdk,
        }

    @app.post("/api/token")
    def new_token(request: Request) -> Json:
        backend = backends.get()
        chat = visitors.read(request, backend)
        if chat is None:
            raise HTTPException(401, "Open a chat first.")
        return {"jwt": backend.desk.visitor_token(chat["user"], chat["conversation"])}

    agent_password = _kept_secret(sandbox_dir / "agent-password")

    @app.post("/api/jwt/agent")
    def agent_token(request: Request, sign_in: Json) -> Json:
        backend = backends.get()
        chosen = backend.settings.agent_password
        wanted = chosen.get_secret_value() if chosen else agent_password
        given = sign_in.get("password")
        if not isinstance(given, str) or not hmac.compare_digest(
            given.encode(errors="surrogatepass"), wanted.encode()
        ):
            raise HTTPException(401, "That is not the agent's password.")
        return {
            "jwt": backend.desk.agent_token(),
            "user": backend.desk.agent(),
            "sdk": backend.sdk,
        }

    webhooks = WebhookGuard()

    @app.post("/webhooks/event")
    def event(request: Request, body: Annotated[bytes, Depends(_raw_body)]) -> Response:
        secret = backends.get().signature_secret
        token = request.headers.get("authorization", "").partition(" ")[2]
        if secret is None or not webhooks.is_genuine(token, body, secret):
            raise HTTPException(401, "The signature of this webhook is not valid.")
        return Response(status_code=204)

    return app


async def _raw_body(request: Request) -> bytes:
    return await request.body()


def _error(status: int, detail: str, retry: int | None = None) -> JSONResponse:
    body: Json = {"error": status, "detail": detail}
    if retry is not None:
        body["retry_after_seconds"] = retry
    return JSONResponse(body, status)


def _kept_secret(path: Path) -> str:
    """Return the secret in a file; the first call makes it."""
    if not path.exists():
        keep_private(path, secrets.token_urlsafe(24).encode())
    return path.read_text()


def _resumed(backend: Backend, chat: Json | None) -> Json | None:
    """Return a returning visitor's chat with a fresh token; None if it is over."""
    if chat is None:
        return None
    try:
        member = backend.desk.conversations.member(
            chat["conversation"]["id"], chat["member"]["id"]
        )
    except NotFoundError:
        return None  # the conversation was deleted
    if member["state"] != "JOINED":
        return None
    jwt = backend.desk.visitor_token(chat["user"], chat["conversation"])
    return {**chat, "jwt": jwt}


class _Locks:
    """Lets two calls of one visitor wait for each other; others go on."""

    def __init__(self) -> None:
        self._locks = [threading.Lock() for _ in range(64)]

    def of(self, cookie: str | None) -> threading.Lock:
        # A visitor without a cookie has nobody to wait for.
        return self._locks[hash(cookie) % 64] if cookie else threading.Lock()


def _refusal(request: Request) -> JSONResponse | None:
    """Return why a request is not even looked at, or None."""
    if request.method != "POST":
        return None
    length = request.headers.get("content-length", "0")
    if "transfer-encoding" in request.headers:
        return _error(411, "Send the length of the request body.")
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        return _error(413, "The request body is larger than 64 KiB.")
    origin = request.headers.get("origin")
    if origin is None:
        return None  # not a browser's page: it has no cookie of a visitor
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "")
    if origin.partition("://")[2] != host:
        return _error(403, "This request comes from another website.")
    return None


def _security_headers(mode: str, sandbox_dir: Path) -> dict[str, str]:
    connect = "'self'"  # and where the SDK goes
    if mode == "cloud":
        api_url, websocket_url = CLOUD_URLS
        wss = websocket_url.replace("https", "wss", 1)
        connect += f" {api_url} {websocket_url} {wss}"
    else:
        with suppress(SettingsError):  # it is down: the page must load all the same
            sandbox = running_sandbox(sandbox_dir)
            connect += f" {sandbox.http} {sandbox.http.replace('http', 'ws', 1)}"
    # JupyterLab, on another port of this machine, shows the page in a frame.
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"img-src 'self' data:; connect-src {connect}; base-uri 'none'; "
            "form-action 'none'; "
            "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }


async def _run(sandbox_dir: Path, port: int, lifelined: bool) -> None:
    """Serve until told to stop.

    sandbox_dir: the folder of the sandbox. port: 0 for a free one. lifelined:
    whether to end with the parent process.

    Raises:
        StartError: the port is taken.
        SettingsError, TokenError: the settings or the key cannot be used.
    """
    ports = Ports(sandbox_dir / "website-port.json")
    bound = ports.bind("http", port, "--port")
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    app = create_app(sandbox_dir, url)
    ports.remember({"http": bound})
    known = sandbox_dir / "website.json"

    def announce() -> None:
        ready = {"ready": True, "url": url}
        keep_private(known, json.dumps(ready).encode())
        print(json.dumps(ready), flush=True)

    config = uvicorn.Config(
        app,
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    try:
        await serve([(config, bound)], announce, lifelined=lifelined)
    finally:
        known.unlink(missing_ok=True)


def main(argv: list[str]) -> int:
    """Run the website in the foreground and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers website",
        description="Run the website alone: the customer page, the agent page and "
        "the calls behind them. It prints one JSON line when it is ready.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument(
        "--sandbox-dir",
        type=Path,
        default=places.sandbox_dir(),
        help="folder of the running sandbox (default: .data/sandbox)",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    options = parser.parse_args(argv)
    try:
        asyncio.run(_run(options.sandbox_dir, options.port, options.exit_with_parent))
        return 0
    except (StartError, SettingsError, TokenError, HttpRequestError) as error:
        print(error, file=sys.stderr)
    except RequestException:  # it was killed, and its sandbox.json is still there
        print(NOT_RUNNING, file=sys.stderr)
    except (OSError, OverflowError) as error:
        print(
            f"The website cannot use {options.sandbox_dir}: {error}\n"
            "Free some space, or choose another folder with --sandbox-dir.",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
