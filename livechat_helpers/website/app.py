"""The website as one app: the checks for every request, and the routes."""

from pathlib import Path

from fastapi import FastAPI

from ..conversations import Json
from ..private_files import kept_secret
from ..processes import lock
from . import addresses, agents, here, pages, transactions, visitor_calls, webhook
from .chat_list import ChatList
from .desks import Desks
from .event_log import EventLog
from .event_stream import EventStream
from .guard import Guard
from .json_errors import answer_failures
from .rate_limits import RateLimits
from .sign_in import SignIn
from .visitors import Visitors


def create_app(sandbox_dir: Path, url: str) -> FastAPI:
    """Create the website.

    sandbox_dir: the folder of the sandbox that it talks to, where it also saves its own
        keys.
    url: its own address, for the webhook of an application it creates.

    Returns:
        The app. ``app.state.stop()`` ends the answers that would otherwise go on
        forever.

    Raises:
        SettingsError, TokenError: the settings or the key can't be used.
        sqlite3.Error: a file in that folder can't be used.
    """
    # The website's calls aren't public, so it doesn't serve a description.
    app = FastAPI(title="Live chat website", openapi_url=None)
    desks = Desks(sandbox_dir, url)
    desks.current()  # Report a wrong setting right away.
    with lock.held(sandbox_dir / "website.lock", "Waiting for another website ..."):
        log = EventLog(sandbox_dir / "website-events.sqlite3")
        limits = RateLimits(sandbox_dir / "website-counts.sqlite3")
    secret = kept_secret(sandbox_dir / "cookie.key")
    visitors = Visitors(secret)
    chat_list = ChatList(desks, log)
    events = EventStream(log)
    sign_in = SignIn(sandbox_dir, limits, desks.current().settings)

    answer_failures(app)
    app.add_middleware(
        Guard,
        lambda: addresses.allowed(desks.last_known()),
        lambda: desks.last_known().settings.public_url,
    )

    @app.get("/health")
    def health() -> Json:
        return {"status": "ok"}

    app.include_router(here.routes(secret, url))
    app.include_router(pages.routes(desks, visitors))
    app.include_router(visitor_calls.routes(desks, visitors, limits))
    app.include_router(agents.routes(desks, sign_in, chat_list, events))
    app.include_router(webhook.routes(desks, log))
    app.include_router(transactions.routes(desks, log))
    app.state.stop = events.stop
    return app
