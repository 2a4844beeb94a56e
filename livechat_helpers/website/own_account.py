"""Keep out other accounts on this machine, as on a JupyterHub without containers.

All of them can connect to a port on this machine. So a learner's own website checks
which account is at the other end of a connection. Unless it's the learner's or root's,
the website hangs up before reading anything. Linux has this information in
``/proc/net/tcp``; on systems that don't, everybody is let in.

Jupyter's proxy uses a socket in a folder that only the learner can enter.

Source: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

import asyncio
import os
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path

from ..processes.terminal import say
from .stalls import ImpatientProtocol

_TABLE = Path("/proc/net/tcp")
_LISTENS = "0A"
_NOBODY = "0"  # the inode of a connection whose program has closed it


class OwnAccountProtocol(ImpatientProtocol):
    """Speaks HTTP with programs in this account, and hangs up on all others."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        here = transport.get_extra_info("sockname")
        there = transport.get_extra_info("peername")
        if isinstance(there, tuple) and is_stranger(here, there):
            transport.abort()


def is_stranger(here: tuple[str, int], there: tuple[str, int]) -> bool:
    """Return whether a connection comes from another account on this machine.

    here: our end, as an IPv4 address and a port.
    there: the other end.
    """
    if sys.platform != "linux":
        return False
    with suppress(OSError, ValueError):
        lines = [line.split() for line in _TABLE.read_text().splitlines()[1:]]
        ours = _in_table(here)
        if not any(line[1] == ours and line[3] == _LISTENS for line in lines):
            return False  # The table is incomplete, as in some containers.
        for line in lines:
            if line[1:3] == [_in_table(there), ours]:
                known = {os.getuid(), 0}
                return int(line[7]) not in known or line[9] == _NOBODY
        return True  # The other end has gone, so we can't find out whose it was.
    return False


def _in_table(address: tuple[str, int]) -> str:
    number = int.from_bytes(map(int, address[0].split(".")), sys.byteorder)
    return f"{number:08X}:{address[1]:04X}"


def prepared(path: Path) -> Path | None:
    """Create a socket's folder and return the socket's path, or None if unusable.

    If a program that was killed left a socket there, it's removed.

    path: the socket's path.
    """
    if sys.platform == "win32":
        return None  # Windows doesn't have unix sockets.
    try:
        with suppress(FileExistsError):
            path.parent.mkdir(mode=0o700)
        found = path.parent.lstat()
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
            say(f"{path.parent} isn't yours alone: Jupyter can't show the chat page.")
            return None
        with socket.socket(socket.AF_UNIX) as visitor:
            if visitor.connect_ex(str(path)) == 0:
                return None  # It belongs to another website.
        path.unlink(missing_ok=True)
    except OSError:
        return None  # Do without it, as in a service that has no folder for this.
    return path
