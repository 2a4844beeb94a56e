"""Report to the class's room where a learner is, if the learner has joined it.

A report contains the name that the learner chose, the notebook, the exercise, the
result of a check, and the name of the mistake. It doesn't contain code or answers.
Reports only go to the address that the learner has entered, and nothing is sent before
that.
"""

import contextlib
import json
import os
import threading
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from queue import Empty, Full, Queue
from typing import Any
from urllib.parse import urlsplit

from livechat_helpers import places
from livechat_helpers.private_files import keep_private

ADDRESS = "LIVECHAT_ROOM"
"""The variable in which a hub's administrator gives the room's address and code."""

_PATIENCE = 3.0  # seconds
_MOST = 100  # waiting reports; further ones are dropped


class RoomError(Exception):
    """The room can't be joined; the text says why."""


@dataclass(frozen=True)
class Membership:
    """A learner's permission to report to a room.

    url: the room's address.
    token: identifies the learner.
    name: the learner's name in the room.
    """

    url: str
    token: str
    name: str


def join(address: str, name: str) -> Membership:
    """Join a room, and remember it for every notebook.

    If the room still knows the learner by this name, nothing changes.

    address: the code and the room's location, such as ``K7QM2XPA@192.168.1.5:8765``;
        defaults to the variable LIVECHAT_ROOM.
    name: any name that the learner likes.

    Raises:
        RoomError: the room can't be reached, or rejected the learner.
    """
    code, at, where = (address or os.environ.get(ADDRESS, "")).strip().partition("@")
    if not (code and at and where):
        raise RoomError("An address looks like this: K7QM2XPA@192.168.1.5:8765")
    url = (where if "://" in where else f"http://{where}").rstrip("/")
    before = joined()
    said = {"code": code, "name": str(name)}
    try:
        status, answer = _post(f"{url}/api/join", said, before.token if before else "")
    except (OSError, HTTPException, ValueError) as error:
        why = getattr(error, "strerror", None)
        raise RoomError(
            f"There's no room at {where}{f' ({why})' if why else ''}. Compare the "
            "address with your instructor's, and ask whether the room is open."
        ) from error
    if status != 201 or not {"token", "name"} <= answer.keys():
        raise RoomError(answer.get("detail", f"What's at {where} isn't a room."))
    if before and before.token != answer["token"]:
        leave()
    member = Membership(url, answer["token"], answer["name"])
    keep_private(_file(), json.dumps(asdict(member)).encode(), synced=False)
    return member


def leave() -> bool:
    """Leave the room, which then forgets the learner; return whether there was one."""
    member = joined()
    if member is None:
        return False
    with contextlib.suppress(OSError, HTTPException, ValueError):
        _post(f"{member.url}/api/leave", {}, member.token)
    _file().unlink(missing_ok=True)
    return True


def joined() -> Membership | None:
    """Return the membership of the room joined in any notebook, or None."""
    try:
        return Membership(**json.loads(_file().read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def report(
    notebook: int, exercise: str = "", state: str = "", mistake: str | None = None
) -> None:
    """Send a report to the room, if there is one, without waiting for it.

    notebook: the notebook's number.
    exercise: such as ``2.1``.
    state: the result of its check.
    mistake: the name of the recognised mistake.
    """
    member = joined()
    if member is None:
        return
    said = {"notebook": notebook, "exercise": exercise, "state": state}
    with contextlib.suppress(Full):
        _waiting.put_nowait((member, {**said, "mistake": mistake or ""}))
    _sender()


def settle(seconds: float = _PATIENCE) -> None:
    """Wait until every report has been sent."""
    told = threading.Event()
    _waiting.put(told)
    _sender()
    told.wait(seconds)


_waiting: "Queue[tuple[Membership, dict[str, Any]] | threading.Event]" = Queue(_MOST)
_starting = threading.Lock()
_threads: list[threading.Thread] = []


def _sender() -> None:
    """Make sure that a thread is sending the reports."""
    with _starting:
        if not any(thread.is_alive() for thread in _threads):
            _threads[:] = [threading.Thread(target=_send, daemon=True, name="room")]
            _threads[0].start()


def _send() -> None:
    while True:
        try:
            next_ = _waiting.get(timeout=60)
        except Empty:
            return
        if isinstance(next_, threading.Event):
            next_.set()
            continue
        member, said = next_
        # A closed room mustn't disturb the learner.
        with contextlib.suppress(OSError, HTTPException, ValueError):
            _post(f"{member.url}/api/report", said, member.token)


def _post(
    url: str, body: dict[str, Any], token: str = ""
) -> tuple[int, dict[str, Any]]:
    """Post JSON and return the status and answer.

    It bypasses proxies, because a room is nearby.
    """
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=_PATIENCE)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request("POST", parts.path, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read(10_000)
        found = json.loads(text) if text else {}
        return answer.status, found if isinstance(found, dict) else {}
    finally:
        connection.close()


def _file() -> Path:
    return places.data_dir() / "room.json"
