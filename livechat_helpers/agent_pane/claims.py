"""Replies that a kernel has accepted from a view, on disk until the chat has them.

A browser keeps a reply until a kernel says that it has taken it. The kernel may end
right after, or before it could say so; then the browser gives the reply to the next
kernel. So each reply has a key, and a file of that name: whichever kernel makes the
file has taken the reply, and no other can. What a kernel has left behind when it ended,
the next one sends.
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

_KEPT = 24 * 3600.0  # seconds for which a key that is done stays known


class Claims:
    """The replies that this kernel has taken for one agent.

    user: the id of the agent's user.
    """

    def __init__(self, user: str) -> None:
        self._folder = places.data_dir() / "outbox" / user
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._owner = f"{uuid4()}.lock"
        # The lock is free as soon as this process ends, however it does.
        self._lock = os.open(self._folder / self._owner, os.O_RDWR | os.O_CREAT, 0o600)
        try_to_hold(self._lock)

    def close(self) -> None:
        """Leave what is not done to the next kernel."""
        os.close(self._lock)
        (self._folder / self._owner).unlink(missing_ok=True)

    def claim(self, reply: Reply, after: int) -> bool:
        """Take a reply; return whether nobody has taken it before.

        after: the last event of its chat that is known.

        Raises:
            OSError: it cannot be written down.
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
        """Note that a reply is sent, or discarded; its key stays taken."""
        with suppress(FileNotFoundError):  # it did not come from a view
            os.truncate(self._path(key), 0)

    def left_behind(self) -> list[Reply]:
        """Take over the replies that kernels which have ended did not send."""
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
        """Return whether the kernel of a claim has ended."""
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
    # It may have been sent: so it is looked for before it is sent again.
    after = int(str(claim["after"]))
    return Reply(key, str(claim["chat"]), str(claim["text"]), tried_after=after)


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime
