"""Replies that a kernel has accepted from a view, saved until the chat has them.

A browser keeps a reply until a kernel confirms that it has accepted it. The kernel can
end right after, or before confirming; then the browser gives the reply to the next
kernel. So each reply has a key, and a file with that name. Whichever kernel creates the
file has accepted the reply, and no other kernel can. If a kernel ends before it has
sent everything, the next one sends the rest.
"""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from livechat_helpers import places
from livechat_helpers.processes.lock import try_to_hold

from .outbox import Reply

_KEPT = 24 * 3600.0  # seconds to remember the key of a finished reply


class Claims:
    """The replies that this kernel has accepted for one agent.

    user: the agent's user id.
    """

    def __init__(self, user: str) -> None:
        self._folder = places.data_dir() / "outbox" / user
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._owner = f"{uuid4()}.lock"
        # The lock is released whenever this process ends, even if it crashes.
        self._lock = os.open(self._folder / self._owner, os.O_RDWR | os.O_CREAT, 0o600)
        try_to_hold(self._lock)

    def close(self) -> None:
        """Leave unsent replies to the next kernel."""
        os.close(self._lock)
        (self._folder / self._owner).unlink(missing_ok=True)

    def claim(self, reply: Reply, after: int) -> bool:
        """Accept a reply; return False if it has been accepted before.

        after: the id of the last known event in its chat.

        Raises:
            OSError: the file can't be written.
        """
        claim = {
            "chat": reply.chat,
            "text": reply.text,
            "after": after,
            "owner": self._owner,
        }
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            handle = os.open(self._path(reply.key), flags, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(claim, file)
        return True

    def done(self, key: str) -> None:
        """Record that a reply was sent or discarded; its key stays claimed."""
        with suppress(FileNotFoundError):  # The reply didn't come from a view.
            os.truncate(self._path(key), 0)

    def left_behind(self) -> list[Reply]:
        """Take over unsent replies from kernels that have ended."""
        found = []
        for path in sorted(self._folder.glob("*.json"), key=_age, reverse=True):
            with suppress(OSError, ValueError, KeyError, TypeError):
                if path.stat().st_size == 0:
                    if _age(path) > _KEPT:
                        path.unlink()
                    continue
                claim = json.loads(path.read_text(encoding="utf-8"))
                if self._is_left(claim["owner"]):
                    claim["owner"] = self._owner
                    path.write_text(json.dumps(claim), encoding="utf-8")
                    found.append(_reply(path.stem, claim))
        return found

    def _is_left(self, owner: str) -> bool:
        """Return whether the kernel that made a claim has ended."""
        lock = self._folder / Path(owner).name
        try:
            handle = os.open(lock, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            return owner != self._owner and try_to_hold(handle)
        finally:
            os.close(handle)

    def _path(self, key: str) -> Path:
        return self._folder / f"{Path(key).name}.json"


def _reply(key: str, claim: dict[str, object]) -> Reply:
    # It may have been sent already, so look for it before sending it again.
    after = int(str(claim["after"]))
    return Reply(key, str(claim["chat"]), str(claim["text"]), tried_after=after)


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
