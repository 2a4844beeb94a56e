"""Keep the other accounts of this machine out, as on a JupyterHub without containers.

A port of this machine is open to all of them. So a learner's own website looks whose
program is at the other end of a connection, and hangs up before it reads anything
unless that's the learner's own, or root's. Linux tells this in ``/proc/net/tcp``; where
no system tells, everybody is let in.

Jupyter's proxy comes by a socket in a folder that only the learner may enter.

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
    """Speaks HTTP with the programs of this account, and hangs up on all others."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        here = transport.get_extra_info("sockname")
        there = transport.get_extra_info("peername")
        if isinstance(there, tuple) and is_stranger(here, there):
            transport.abort()


def is_stranger(here: tuple[str, int], there: tuple[str, int]) -> bool:
    """Return whether a connection comes from another account of this machine.

    here: our end of it, an IPv4 address and a port. there: the other end.
    """
    if sys.platform != "linux":
        return False
    with suppress(OSError, ValueError):
        lines = [line.split() for line in _TABLE.read_text().splitlines()[1:]]
        ours = _in_table(here)
        if not any(line[1] == ours and line[3] == _LISTENS for line in lines):
            return False  # not a whole table, as in some containers
        for line in lines:
            if line[1:3] == [_in_table(there), ours]:
                known = {os.getuid(), 0}
                return int(line[7]) not in known or line[9] == _NOBODY
        return True  # it has gone: we would never learn whose it was
    return False


def _in_table(address: tuple[str, int]) -> str:
    number = int.from_bytes(map(int, address[0].split(".")), sys.byteorder)
    return f"{number:08X}:{address[1]:04X}"


def prepared(path: Path) -> Path | None:
    """Make the folder of a socket, and return the path; None if it can't be used.

    path: of the socket. What is left there by a program that was killed is taken away.
    """
    if sys.platform == "win32":
        return None  # it has no such sockets
    try:
        with suppress(FileExistsError):
            path.parent.mkdir(mode=0o700)
        found = path.parent.lstat()
        if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
            say(f"{path.parent} isn't yours alone: Jupyter can't show the chat page.")
            return None
        with socket.socket(socket.AF_UNIX) as visitor:
            if visitor.connect_ex(str(path)) == 0:
                return None  # another website's
        path.unlink(missing_ok=True)
    except OSError:
        return None  # it goes without, as in a service that has no folder for this
    return path
