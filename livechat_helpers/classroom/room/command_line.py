"""``python -m livechat_helpers room``: a live view of where a class is."""

import argparse
import json
import os
import socket
import sqlite3
import sys
from pathlib import Path
from urllib.parse import urlsplit

from livechat_helpers import places
from livechat_helpers.sandbox.machine import unusable
from livechat_helpers.sandbox.machine.serving import Ports, StartError, serve

from .app import Room
from .store import Store

_DESCRIPTION = """\
See where your class is: which exercise each learner is on, and which mistake is most
common right now. Learners opt in with the line that's printed here. What they report
goes to this program, and stays in one file on this machine."""


def main(argv: list[str]) -> int:
    """Run the room until Ctrl-C and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers room", description=_DESCRIPTION
    )
    service = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    parser.add_argument(
        "--port", type=int, default=service.port or 8765, help="default: 8765"
    )
    parser.add_argument(
        "--bind",
        default=service.hostname or "0.0.0.0",  # noqa: S104 -- learners must reach it
        help="the address to listen on (default: all of this machine's)",
    )
    parser.add_argument(
        "--prefix",
        default=os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/"),
        help="its path, for example as a JupyterHub service (default: /)",
    )
    parser.add_argument(
        "--file",
        type=Path,
        default=places.data_dir() / "room.sqlite3",
        help="the file that stores the room; delete it for a new class",
    )
    options = parser.parse_args(argv)
    try:
        return _run(options)
    except StartError as error:
        print(error, file=sys.stderr)
    except (sqlite3.Error, OSError) as error:
        print(f"The room cannot use {options.file}: {error}", file=sys.stderr)
        print(unusable.mend(error, "--file"), file=sys.stderr)
    return 1


def _run(options: argparse.Namespace) -> int:
    import asyncio

    import uvicorn

    store = Store(options.file)
    bound = Ports(options.file.with_suffix(".port.json")).bind(
        "http", options.port, "--port", options.bind
    )
    port = bound.getsockname()[1]
    room = Room(store)
    config = uvicorn.Config(
        room.app(options.prefix),
        lifespan="off",
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )

    def announce() -> None:
        path = options.prefix.rstrip("/")
        where = address_here() if options.bind == "0.0.0.0" else options.bind  # noqa: S104
        join = f"{store.code}@{where}:{port}"
        if path:
            join = f"{store.code}@http://{where}:{port}{path}"
        page = f"http://localhost:{port}{path}/#key={store.key}"
        if not sys.stdout.isatty():
            print(json.dumps({"ready": True, "join": join, "page": page}), flush=True)
            return
        print(f'Learners run   lesson.join("{join}", "a name of their choice")')
        print(f"You open       {page}")
        print("\nCtrl-C closes the room. Everybody's progress stays in", options.file)

    asyncio.run(serve([(config, bound)], announce, lifelined=False, on_stop=room.stop))
    return 0


def address_here() -> str:
    """Return this machine's address in its network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # This picks a route, but sends nothing.
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
