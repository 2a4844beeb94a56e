"""Run Synapse for the chat: ``python -m livechat_helpers matrix``."""

import argparse
import json
import sys
import threading
from contextlib import suppress
from pathlib import Path

from .. import places
from ..plain_errors import PlainError
from ..private_files import keep_private
from ..processes import lock
from ..sandbox.machine import lifeline
from ..sandbox.machine.serving import StartError
from .homeserver import Homeserver, HomeserverError, is_well
from .ready_file import INFO_FILE, NotRunning, running_matrix

_BEAT = 0.2  # seconds between checks whether Synapse is still there


def parser() -> argparse.ArgumentParser:
    """Return the command's argument parser."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers matrix",
        description="Run the chat's other engine alone: Synapse, a Matrix server, for "
        "this machine only. It prints one JSON line when it's ready. Ctrl-C stops it. "
        "With VONAGE_MODE=matrix in .env, the website and the notebooks use it.",
    )
    parser.add_argument(
        "--port", type=int, default=0, help="0 for the last one, or a free one"
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=places.matrix_dir(),
        metavar="FOLDER",
        help="folder for its state (default: .data/matrix)",
    )
    parser.add_argument(
        "--website",
        default="",
        metavar="URL",
        help="where Synapse reports every event (default: the website on this machine)",
    )
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    return parser


def main(argv: list[str]) -> int:
    """Run Synapse in the foreground and return the exit code.

    argv: the arguments after ``matrix``.
    """
    given = parser().parse_args(argv)
    folder: Path = given.data_dir.resolve()
    ending = threading.Event()
    if given.exit_with_parent:
        lifeline.watch(ending.set)
    try:
        with lock.held(folder / "synapse.lock", "Waiting for another start ..."):
            _refuse_a_second(folder)
            server = Homeserver(folder, given.port, given.website)
        return _stay(server, folder, ending)
    except (PlainError, StartError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(
            f"Synapse cannot use {folder}: {error}\n"
            "Free some space, or choose another folder with --data-dir.",
            file=sys.stderr,
        )
    return 1


def _refuse_a_second(folder: Path) -> None:
    with suppress(NotRunning):
        url = running_matrix(folder).url
        if is_well(url):
            raise HomeserverError(
                f"Synapse is already running in this folder, at {url}.\n"
                "Use that one, or stop it first."
            )


def _stay(server: Homeserver, folder: Path, ending: threading.Event) -> int:
    """Print Synapse's address, and wait until Synapse or this process ends."""
    info = folder / INFO_FILE
    ready = server.ready(folder)
    try:
        keep_private(info, json.dumps(ready).encode())
        # A terminal keeps what it shows, so the secrets are only in the file.
        shown = {name: ready[name] for name in ("ready", "url", "pid")}
        print(json.dumps({**shown, "file": str(info)}), flush=True)
        while server.is_running:
            if ending.wait(_BEAT):
                return 0
        print("Synapse stopped unexpectedly. Start it again.", file=sys.stderr)
        return 1
    except SystemExit:  # This is Ctrl-C, SIGTERM, or a closed terminal.
        return 0
    finally:
        info.unlink(missing_ok=True)
        server.stop()
