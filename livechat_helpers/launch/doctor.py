"""The checks: each one says OK, or what's wrong and how to fix it."""

import html
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from livechat_helpers import places
from livechat_helpers.matrix import platforms

from . import environment
from .npm_packages import browser_sdk

SPACE_NEEDED = 50_000_000
"""How many bytes must be free where the kit keeps its data."""

AGAIN = "python -m livechat_helpers doctor"


@dataclass(frozen=True)
class Check:
    """The result of one check.

    name: what was checked, which is the same on every machine.
    ok: whether it passed.
    detail: what was found.
    mend: what to do if it failed.
    """

    name: str
    ok: bool
    detail: str = ""
    mend: str = ""

    def line(self, *, details: bool = True) -> str:
        """Return the line to show, followed by how to fix a failure.

        details: whether to show what was found if the check passed.
        """
        if self.ok:
            found = f": {self.detail}" if details and self.detail else ""
            return f"OK    {self.name}{found}"
        mend = "".join(f"\n      {line}" for line in self.mend.splitlines())
        return f"FAIL  {self.name}: {self.detail}{mend}"


class Report(list[Check]):
    """The results of all checks.

    As text, and in a notebook, a passed check doesn't show anything that differs
    between machines.
    """

    @property
    def ok(self) -> bool:
        """Whether all checks passed."""
        return all(check.ok for check in self)

    def __repr__(self) -> str:
        """Return the lines without details, so they're the same on every machine."""
        return "\n".join(check.line(details=False) for check in self)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{'OK' if check.ok else '<b>FAIL</b>'}</td>"
            f"<td style='text-align:left'>{_cell(check)}</td></tr>"
            for check in self
        )
        return f"<table>{rows}</table>"


def _cell(check: Check) -> str:
    if check.ok:
        return html.escape(check.name)
    parts = (f"{check.name}: {check.detail}", *check.mend.splitlines())
    return "<br>".join(html.escape(part) for part in parts)


def report() -> Report:
    """Run all checks and return their results, without changing anything."""
    return Report([*(check() for check in _CHECKS), *synapse()])


def main() -> int:
    """Print the results, and whether the services are running; return the exit code."""
    results = report()
    for check in [*results, services_run()]:
        print(check.line())
    return 0 if results.ok else 1


def services_run() -> Check:
    """Report whether the sandbox and the website are running; they don't have to."""
    from livechat_helpers import services
    from livechat_helpers.settings import Settings, SettingsError

    with suppress(SettingsError):  # The check of the settings has reported it.
        folder = Settings.load().engine_dir()
        both = services.engine(folder), services.website(folder)
        found = [service.name for service in both if service.find()]
        names = " and ".join(name.replace("The ", "the ") for name in found)
        return Check("Services running", True, f"{names} now" if found else "none now")
    return Check("Services running", True, "see the settings")


def synapse() -> list[Check]:
    """Check that Synapse can run, if the settings say Matrix; otherwise do nothing."""
    from livechat_helpers.settings import Settings, SettingsError

    try:
        if Settings.load().mode != "matrix":
            return []
    except SettingsError:
        return []
    name = "Matrix"
    if why := platforms.obstacle():
        return [Check(name, False, *why)]
    is_there = not environment.missing(("matrix",))
    found = f"Synapse {version('matrix-synapse')}" if is_there else "no Synapse here."
    mend = "Run python -m livechat_helpers matrix, which installs and starts it."
    return [Check(name, is_there, found, mend)]


def python_version() -> Check:
    """Check Python's version."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    oldest = ".".join(str(part) for part in environment.OLDEST)
    return Check(
        "Python",
        sys.version_info >= environment.OLDEST,
        version,
        f"Install Python {oldest} or newer.",
    )


def packages() -> Check:
    """Check that all packages are installed and new enough."""
    missing = environment.missing(environment.COURSE)
    mend = f"Run {AGAIN}: it installs them."
    if missing and os.environ.get("PYTHONPATH"):
        mend += "\nPYTHONPATH is set, so its folders come first. Try without it."
    needed = len(environment.requirements(environment.COURSE))
    return Check(
        environment.WHAT,
        not missing,
        f"missing or too old: {', '.join(missing)}" if missing else f"all {needed}",
        mend,
    )


def sdk() -> Check:
    """Check that the browser SDK is completely installed."""
    there = browser_sdk.installed()
    return Check(
        browser_sdk.what,
        there,
        "" if there else "not installed, or not the version it should be.",
        f"Run {AGAIN}: it installs it.",
    )


def settings() -> Check:
    """Check that ``.env``, if it exists, can be read."""
    from livechat_helpers.settings import Settings, SettingsError

    name = "Settings in .env"
    try:
        mode = Settings.load().mode
    except SettingsError as error:
        why, _, mend = str(error).partition("\n")
        return Check(name, False, why, mend)
    return Check(name, True, f"{mode} mode")


def data_folder() -> Check:
    """Check that ``.data`` is writable and has enough space."""
    name, folder = "Data in .data", places.data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0" * 4096)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check(
            name,
            False,
            f"it cannot be written ({error.strerror}).",
            "Free some space and make sure you own the folder, or name another in "
            "the variable LIVECHAT_HOME.",
        )
    return Check(
        name,
        free >= SPACE_NEEDED,
        f"{free // 1_000_000} MB free",
        f"Free some space: {SPACE_NEEDED // 1_000_000} MB at least.",
    )


def private_key() -> Check:
    """Check that nobody else on this machine can read the private key."""
    from livechat_helpers.settings import Settings, SettingsError

    name = "Private key"
    try:
        path = Settings.load().private_key()
    except SettingsError:
        return Check(name, True, "see the settings")
    if path is None or not path.exists():
        return Check(name, True, "none yet")
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "nt" or mode & 0o077 == 0:
        return Check(name, True, "only you can read it")
    return Check(
        name,
        False,
        f"others can read {_short(path)} (its mode is {mode:04o}).",
        f"chmod 600 {_short(path)}",
    )


def _short(path: Path) -> str:
    """Return a path relative to the learner's folder, if it's inside."""
    home = places.home()
    return str(path.relative_to(home) if path.is_relative_to(home) else path)


_CHECKS: tuple[Callable[[], Check], ...] = (
    python_version,
    packages,
    sdk,
    settings,
    data_folder,
    private_key,
)
