"""A process that serves a folder: found running, or started by us."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..processes.child import Child, ChildError

GRACE = 4.0
"""How many seconds a service can take to end."""

Info = TypeVar("Info")


class Service(Generic[Info]):
    """One service on one folder, found running or started by us.

    name: its name, as used at the start of a sentence.
    find: returns the running service's details, or None.
    arguments: the command-line arguments that start it.
    read: creates ``info`` from its ready line.
    log: the name of its log.
    """

    def __init__(
        self,
        name: str,
        find: Callable[[], Info | None],
        arguments: list[str],
        read: Callable[[dict[str, Any]], Info],
        log: str,
    ) -> None:
        self.name = name
        start = f"Start it: python -m livechat_helpers {arguments[0]}"
        self.not_running = f"{name} is not running.\n{start}"
        """The error message if it's needed but not running."""
        self.child: Child | None = None
        self._find = find
        self._arguments = ["-m", "livechat_helpers", *arguments, "--exit-with-parent"]
        self._read = read
        self._log = log
        self._info: Info | None = None

    @property
    def info(self) -> Info:
        """The running service's details; call ``begin`` and ``wait`` first."""
        assert self._info is not None, "not started yet"
        return self._info

    def begin(self) -> None:
        """Find it, or start it without waiting until it's ready."""
        self._info = self._find()
        if self._info is None:
            self.child = Child(self.name, self._arguments, self._log)

    def wait(self) -> Info:
        """Wait until it's ready, and return its details.

        Raises:
            ChildError: it doesn't start.
        """
        if self._info is None:
            assert self.child is not None, "begin() comes first"
            try:
                self._info = self._read(self.child.ready())
            except ChildError:
                self.stop()
                raise
        return self._info

    def find(self) -> Info | None:
        """Return the running service's details, or None, no matter who started it."""
        return self._find()

    def alive(self) -> bool:
        """Return whether it's running."""
        return self.child.alive if self.child else self._find() is not None

    def stop(self) -> None:
        """End it, if it was started here."""
        if self.child is not None:
            self.child.stop(GRACE)
            self.child = None
