"""Move every conversation to Matrix: ``python -m livechat_helpers move``."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import requests
from vonage_http_client.errors import HttpRequestError

from . import engines, places
from .client import Client
from .matrix.moving import Receipt, move
from .plain_errors import PlainError
from .settings import Settings

RECEIPTS = "moved.jsonl"
"""The file next to Synapse's state with the receipts of all moves, one in a line."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = argparse.ArgumentParser(
        prog="python -m livechat_helpers move",
        description="Copy the conversations of the sandbox into rooms of the Matrix "
        "server, with their senders and times. Both have to be running. "
        "What has already moved isn't moved again, so you can safely repeat it. "
        "Receipts are kept next to the server's state, in moved.jsonl.",
    )
    made.add_argument(
        "conversations",
        nargs="*",
        metavar="CONVERSATION",
        help="the ids of the conversations to move (default: all)",
    )
    return made


def main(argv: list[str]) -> int:
    """Move conversations and return the exit code.

    argv: the arguments after ``move``.
    """
    given = parser().parse_args(argv)
    folder = places.matrix_dir()
    events, failed = 0, False
    try:
        for receipt in moved(given.conversations, folder):
            _keep(receipt, folder / RECEIPTS)
            print(receipt, flush=True)
            events += receipt.moved
            failed = failed or bool(receipt.failed)
    except PlainError as error:
        print(error, file=sys.stderr)
        return 1
    except requests.RequestException as error:
        print(f"A server doesn't answer any more: {error}", file=sys.stderr)
        print("What has moved stays. Start both, and repeat it.", file=sys.stderr)
        return 1
    print(f"{events} events moved.")
    return 1 if failed else 0


def _keep(receipt: Receipt, path: Path) -> None:
    """Add a receipt to a file that only its owner can read."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"at": now, **vars(receipt)}) + "\n"
    path.touch(mode=0o600)
    with path.open("a") as file:
        file.write(line)


def moved(conversations: list[str], folder: Path) -> Iterator[Receipt]:
    """Move conversations one by one, and yield a receipt for each.

    If one of them can't be moved, its receipt says why.

    conversations: their ids; an empty list moves all of them.
    folder: Synapse's folder.

    Raises:
        SettingsError: the sandbox or Synapse isn't running.
        requests.RequestException: one of them doesn't answer any more.
    """
    settings = Settings.load()
    sandbox = settings.model_copy(update={"mode": "sandbox"})
    source = engines.connect(sandbox).client()
    assert isinstance(source, Client)
    matrix = engines.on_matrix(settings, folder).matrix
    assert matrix is not None
    for id in conversations or [each["id"] for each in source.conversations.list()]:
        try:
            receipt = move(source.conversations, matrix, id)
        except HttpRequestError as error:
            receipt = Receipt(id, id, failed=" ".join(str(error).split()))
        yield receipt
