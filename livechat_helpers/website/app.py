"""The website as one app: what stands in front of it, and the routes behind."""

from pathlib import Path

from fastapi import FastAPI

from ..conversations import Json
from ..private_files import kept_secret
from ..settings import CLOUD_URLS, SettingsError
from ..tokens import TokenError
from . import agents, chats, pages, webhook
from .backends import Backends
from .failures import answer_failures
from .guard import Guard
from .visitors import Visitors


def create_app(sandbox_dir: Path, url: str) -> FastAPI:
    """Return the website.

    sandbox_dir: the folder of the sandbox it talks to, where it also keeps the keys
        it makes. url: its own address, for the webhook of an application it makes.

    Raises:
        SettingsError, TokenError: the settings or the key cannot be used.
    """
    app = FastAPI(title="Live chat website", docs_url=None, redoc_url=None)
    backends = Backends(sandbox_dir, url)
    backends.current()  # a wrong setting must be told at once
    visitors = Visitors(kept_secret(sandbox_dir / "cookie.key"))

    def vonage() -> list[str]:
        try:
            sandbox = backends.current().sandbox
        except (SettingsError, TokenError):
            return []  # the page must load all the same
        apis = list(CLOUD_URLS) if sandbox is None else [sandbox.http]
        return [*apis, apis[-1].replace("http", "ws", 1)]

    answer_failures(app)
    app.add_middleware(Guard, vonage)

    @app.get("/health")
    def health() -> Json:
        return {"status": "ok"}

    app.include_router(pages.routes(backends, visitors))
    app.include_router(chats.routes(backends, visitors))
    app.include_router(agents.routes(backends, sandbox_dir))
    app.include_router(webhook.routes(backends))
    return app
