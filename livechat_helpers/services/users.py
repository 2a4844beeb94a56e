"""Which process needs which of a folder's services: a note for each pair.

A note identifies a process by its number and start time, because numbers are reused.
Notes don't have to be deleted: once a process has ended, its notes no longer count.
"""

import os
import sys
from pathlib import Path

from ..sandbox.machine.owner_only import keep_private


def owner() -> int:
    """Return the id of the process whose end also ends this process's needs.

    In a notebook, that's the process that started the kernel, such as the Jupyter
    server, because a kernel is shut down long before a learner is finished.
    """
    if started_by := _starter_of_kernel():
        return started_by
    if _is_kernel():  # An editor started this kernel.
        return os.getppid()
    return os.getpid()


def add(folder: Path, names: list[str], pid: int) -> bool:
    """Record that a process needs services, and return whether that's new.

    folder: the services' folder.
    names: the services' names.
    pid: the process's id.

    Raises:
        OSError: the folder isn't writable.
    """
    notes = {_notes(folder) / f"{name}-{pid}" for name in names}
    news = {note for note in notes if not _counts(note)}
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for note in news:
        keep_private(note, began(pid).encode(), synced=False)
    return bool(news)


def remove(folder: Path, pid: int) -> None:
    """Record that a process no longer needs services."""
    for note in _notes(folder).glob(f"*-{pid}"):
        note.unlink(missing_ok=True)


def needed(folder: Path) -> set[str]:
    """Return the names of the services that a living process needs.

    Notes of dead processes are deleted.
    """
    names = set[str]()
    for note in _notes(folder).glob("[a-z]*-*"):
        if _counts(note):
            names.add(note.name.rpartition("-")[0])
        else:
            note.unlink(missing_ok=True)
    return names


def began(pid: int) -> str:
    """Return a text that identifies a process's start, or "" if it has ended."""
    if sys.platform != "linux":
        return _began_elsewhere(pid)
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *fields = said.rpartition(")")[2].split()
    return "" if state in "ZX" else fields[18]


def _began_elsewhere(pid: int) -> str:
    import psutil  # ipykernel depends on it, so it's always installed.

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
        return str(process.create_time())
    except psutil.Error:
        return ""


def _counts(note: Path) -> bool:
    try:
        said, pid = note.read_text(), int(note.name.rpartition("-")[2])
    except (OSError, ValueError):
        return False
    return said != "" and said == began(pid)


def _notes(folder: Path) -> Path:
    return folder / "users"


def _is_kernel() -> bool:
    loaded = sys.modules.get("ipykernel.kernelapp")
    return loaded is not None and loaded.IPKernelApp.initialized()


def _starter_of_kernel() -> int:
    """Return the id of the process that Jupyter names to a kernel.

    0 if it has ended.
    """
    said = os.environ.get("JPY_PARENT_PID", "")
    pid = int(said) if said.isdecimal() else 0
    if pid and sys.platform == "win32":  # On Windows, the number is a handle.
        import ctypes

        pid = ctypes.windll.kernel32.GetProcessId(pid)
    return pid if pid and began(pid) else 0
