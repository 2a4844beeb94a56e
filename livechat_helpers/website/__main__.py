"""Run the website: ``python -m livechat_helpers website``."""

import argparse
import asyncio
import json
import sqlite3
import sys
from pathlib import Path

import uvicorn
from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

from .. import places
from ..private_files import keep_private
from ..services import find_website
from ..serving import Ports, StartError, serve
from ..settings import NOT_RUNNING, SettingsError
from ..tokens import TokenError
from .app import create_app


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
    # One more process leaves the first one's port and note alone.
    is_first = find_website(sandbox_dir) is None
    known = sandbox_dir / "website.json"
    if is_first:
        ports.remember({"http": bound})

    def announce() -> None:
        ready = json.dumps({"ready": True, "url": url})
        if is_first:
            keep_private(known, ready.encode())
        print(ready, flush=True)

    config = uvicorn.Config(
        app,
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    try:
        await serve(
            [(config, bound)], announce, lifelined=lifelined, on_stop=app.state.stop
        )
    finally:
        if is_first:
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
    except (OSError, OverflowError, sqlite3.Error) as error:
        print(
            f"The website cannot use {options.sandbox_dir}: {error}\n"
            "Free some space, or choose another folder with --sandbox-dir.",
            file=sys.stderr,
        )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
