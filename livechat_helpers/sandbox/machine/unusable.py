"""Explains why a program can't use its folder, and how to fix it."""

import errno
import sqlite3
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_MAPS = {
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP,
}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def explain(error: Exception, folder: Path) -> str:
    """Return a message for somebody whose sandbox can't use its folder.

    error: the error from the operating system or SQLite.
    folder: the sandbox's folder.
    """
    how = mend(error, "--data-dir")
    if isinstance(error, sqlite3.DatabaseError) and _is_damaged(error):
        how = (
            f"Its file sandbox.sqlite3 is damaged. Move {folder} away: the sandbox then"
            " starts with an empty state. The snapshots, in its folder snapshots, are"
            " separate files."
        )
    return f"The sandbox cannot use {folder}: {error}\n{how}"


def mend(error: Exception, option: str) -> str:
    """Return what to do if a program can't use its file or folder.

    error: the error from the operating system or SQLite.
    option: the command-line option that names it.
    """
    if getattr(error, "sqlite_errorcode", None) in _NO_MAPS:
        return (
            "Its file system lacks shared memory maps, which SQLite needs. It may be "
            "on the network. Set LIVECHAT_HOME to a folder on one of this machine's "
            f"disks before you start Jupyter, or choose one with {option}."
        )
    if _is_full(error):
        return f"Free some space, or choose another place with {option}."
    if isinstance(error, OSError) and error.errno in _FORBIDDEN:
        return f"Make sure you own the folder, or choose another one with {option}."
    return f"Choose another place with {option}."


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    code = getattr(error, "sqlite_errorcode", None)
    # SQLite reports a full disk as an I/O error if it can't extend a file.
    return code is not None and code & 0xFF in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
    )


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
