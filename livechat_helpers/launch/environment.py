"""The Python for everything: this one if it has the packages, otherwise .venv's.

A file in ``.venv`` records its state. While the file says "unfinished", the next start
creates the environment again. When it's finished, the file contains a hash of
everything that determines the packages. The file is written last, so a set-up can be
killed at any moment.

A working environment is never changed: its replacement is created next to it, in
``.venv-new``, and takes over when it's ready. If it can't be created, for example
without a network, the old one stays in use. (Windows locks the programs that are
running, so there the environment is updated where it is.)
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Collection
from importlib import metadata
from pathlib import Path
from typing import TypedDict

from livechat_helpers import places
from livechat_helpers.processes import lock
from livechat_helpers.processes.terminal import say

from . import long_steps
from .long_steps import StepError
from .setup_errors import SetupError, explain, explain_system

WHAT = "Packages"
OLDEST = (3, 11)
COURSE = ("course",)
"""The optional packages that everything except the sandbox needs."""
UNFINISHED = "unfinished"


class _State(TypedDict):
    """The content of the file in ``.venv``: a hash, and the installed extras."""

    key: str
    extras: list[str]


def ensure(extras: Collection[str] = ()) -> Path:
    """Return a Python that has the packages, after installing missing ones.

    extras: the optional parts of pyproject.toml that are needed too.

    Raises:
        SetupError: they can't be installed.
    """
    ready = _ready(extras)
    if ready is not None:
        return ready
    with setup_lock() as held:
        _finish_swap()
        ready = _ready(extras)
        if ready is not None:
            return ready
        try:
            return _make(extras, held)
        except (StepError, OSError) as failed:
            raise _explained(failed) from failed


def _explained(failed: StepError | OSError) -> SetupError:
    if isinstance(failed, StepError):
        return explain(WHAT, failed)
    return explain_system(failed)


def setup_lock():
    """Hold the set-up's lock while a block runs, and return its descriptor."""
    home = places.ROOT if places.is_clone() else places.home()
    return lock.held(
        home / ".data" / "setup.lock",
        "Another set-up is running here; waiting for it ...",
    )


def requirements(extras: Collection[str] = ()) -> list[str]:
    """Return the lines of pyproject.toml that list the required packages."""
    if not places.is_clone():
        return _requirements_of_the_wheel(extras)
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text("utf-8"))
    optional = project["project"]["optional-dependencies"]
    return [
        *project["project"]["dependencies"],
        *(line for extra in sorted(extras) for line in optional[extra]),
    ]


def _requirements_of_the_wheel(extras: Collection[str]) -> list[str]:
    found = []
    for line in metadata.requires("livechat-helpers") or []:
        needed, _, marker = line.partition(";")
        extra = re.search(r"extra == ['\"]([\w-]+)", marker)
        if extra is None or extra[1] in extras:
            found.append(needed.strip())
    return found


def missing(extras: Collection[str] = ()) -> list[str]:
    """Return the requirements that the current Python doesn't meet."""
    return [line for line in requirements(extras) if not _met(line, _version_here)]


def install(step: str, *packages: str, lock: int | None = None) -> None:
    """Install packages into the current environment, at the tested versions.

    step: the name to show while it runs.
    packages: the packages to install.
    lock: the descriptor of the set-up's lock.

    Raises:
        StepError: they can't be installed.
    """
    _install(Path(sys.executable), step, packages, lock)


def activated(python: Path) -> dict[str, str]:
    """Return the variables that put an environment's programs first on PATH.

    python: the environment's Python.
    """
    folders = (str(python.parent), os.environ.get("PATH", os.defpath))
    return {"PATH": os.pathsep.join(folders), "VIRTUAL_ENV": str(_venv())}


def _venv() -> Path:
    return places.ROOT / ".venv"


def _venv_python() -> Path:
    inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return _venv() / inside


def _inside() -> bool:
    """Return whether this process runs the Python of ``.venv``."""
    return _venv().is_dir() and Path(sys.prefix).resolve() == _venv().resolve()


def _ready(extras: Collection[str]) -> Path | None:
    """Return a Python that has everything, or None."""
    inside, state = _inside(), _read_state()
    made_here = inside and state is not None
    if not made_here and not missing(extras):
        return Path(sys.executable)
    if isinstance(state, str) or state is None or not set(extras) <= {*state["extras"]}:
        return None
    version = _version(_venv_python())
    if version is None or state["key"] != _key(version):
        return None
    return Path(sys.executable) if inside else _venv_python()


def _met(requirement: str, version_of: Callable[[str], str | None]) -> bool:
    """Return whether a requirement is met.

    version_of: returns a package's installed version, or None.
    """
    match = re.match(r"([\w.-]+)(?:\[.*?\])?\s*(?:>=\s*([\d.]+))?", requirement)
    assert match is not None, requirement
    name, least = match.groups()
    found = version_of(name)
    if found is None or least is None:
        return found is not None
    return _numbers(found) >= _numbers(least)


def _version_here(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> list[int]:
    release = re.match(r"[\d.]*", version)
    assert release is not None
    numbers = [int(part) for part in release[0].split(".") if part]
    while numbers and numbers[-1] == 0:  # The versions 2.0 and 2 are equal.
        numbers.pop()
    return numbers


def _key(version: str) -> str:
    """Return a hash of everything that determines the contents of ``.venv``.

    version: its Python's full version text.
    """
    # Include the folder, because the package runs from it, and clones can move.
    parts = [version.encode(), str(places.ROOT).encode()]
    parts += [(places.ROOT / name).read_bytes() for name in _LISTS]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


_LISTS = ("pyproject.toml", "constraints.txt")


def _version(python: Path) -> str | None:
    """Return a Python's full version text, or None if it doesn't run."""
    try:
        said = subprocess.run(
            [python, "-I", "-S", "-c", "import sys; print(repr(sys.version))"],
            capture_output=True,
            text=True,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip() if said.returncode == 0 else None


def _usable(python: Path) -> bool:
    """Return whether a Python runs and is new enough."""
    numbers = re.findall(r"\d+", _version(python) or "0")
    return tuple(int(number) for number in numbers[:2]) >= OLDEST


def _make(extras: Collection[str], lock: int) -> Path:
    """Create, complete or replace ``.venv``, and return its Python."""
    state, python = _read_state(), _venv_python()
    if isinstance(state, dict) and _usable(python):
        _renew(extras, {*extras, *state["extras"]}, lock)
        return python
    if _inside():
        python = Path(sys.executable)  # It can't create itself again.
    elif state == UNFINISHED or not _usable(python):
        _remove_venv()
        _write_state(UNFINISHED)
        _create(lock)
    if state is not None:
        _write_state(UNFINISHED)
        if not isinstance(state, str):
            extras = {*extras, *state["extras"]}
    _fill(_venv(), python, extras, lock)
    return python


_CAN_MOVE = sys.platform != "win32"  # Windows can't move programs that are running.


def _renew(needed: Collection[str], extras: Collection[str], lock: int) -> None:
    """Renew ``.venv``; if that fails, keep the old one if it has what's needed.

    needed: the extras that this start needs.
    extras: those and the ones installed before.
    """
    try:
        (_replace if _CAN_MOVE else _change)(extras, lock)
    except (StepError, OSError) as failed:
        if _lacks(_venv_python(), needed):
            raise
        words = str(_explained(failed))
        say(words.replace(f"FAIL  {WHAT}:", f"WARN  {WHAT} stay as they were:"))


def _replace(extras: Collection[str], lock: int) -> None:
    """Create a new environment and replace ``.venv`` with it."""
    new = _beside("new")
    try:
        _remove(new)
        _create(lock, new)
        _fill(new, new / _venv_python().relative_to(_venv()), extras, lock)
    except (StepError, OSError):
        _remove(new)
        raise
    _rename_inside(new)
    _venv().rename(_beside("old"))
    new.rename(_venv())
    _finish_swap()


def _change(extras: Collection[str], lock: int) -> None:
    """Change ``.venv`` where it is.

    An installer that can't download everything doesn't change anything.
    """
    before = _read_state()
    assert before is not None
    _write_state(UNFINISHED)
    try:
        _fill(_venv(), _venv_python(), extras, lock)
    except (StepError, OSError):
        _write_state(before)
        raise


def _finish_swap() -> None:
    """Complete an interrupted swap: restore the old environment or delete it."""
    old = _beside("old")
    if old.exists() and not _venv().exists():
        old.rename(_venv())
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _beside(word: str) -> Path:
    return _venv().with_name(f".venv-{word}")


def _rename_inside(new: Path) -> None:
    """Replace a new environment's path in its programs with its future path."""
    for program in (new / "bin").iterdir():
        if program.is_file() and not program.is_symlink():
            content = program.read_bytes()
            named = content.replace(bytes(new), bytes(_venv()))
            if named != content:  # An unchanged file may be shared.
                program.write_bytes(named)


def _lacks(python: Path, extras: Collection[str]) -> bool:
    """Return whether an environment lacks a required package."""
    ask = (
        "import json; from importlib.metadata import distributions;"
        "print(json.dumps({d.name.lower().replace('_', '-'): d.version"
        " for d in distributions()}))"
    )
    said = subprocess.check_output([python, "-c", ask])
    installed: dict[str, str] = json.loads(said)
    return not all(_met(line, installed.get) for line in requirements(extras))


def _fill(
    folder: Path, python: Path, extras: Collection[str], lock: int | None
) -> None:
    """Install the packages into an environment, and record which ones."""
    wanted = f".[{','.join(sorted(extras))}]" if extras else "."
    _install(python, "Installing the packages", ("-e", wanted), lock)
    version = _version(python)
    assert version is not None
    _write_state({"key": _key(version), "extras": sorted(extras)}, folder)


def _create(lock: int, folder: Path | None = None) -> None:
    if uv := shutil.which("uv"):
        make = [uv, "venv", "--allow-existing", "--python", sys.executable]
    else:
        make = [sys.executable, "-m", "venv"]
    step = "Making a virtual environment in .venv"
    name = (folder or _venv()).name
    long_steps.run(step, [*make, name], cwd=places.ROOT, lock=lock)


def _install(
    python: Path, step: str, packages: Collection[str], lock: int | None
) -> None:
    if uv := shutil.which("uv"):
        # pip compiles packages during installation, but uv doesn't. Then the first
        # start would compile them, or every start if Python can't write bytecode.
        tool = [uv, "pip", "install", "--compile-bytecode", "--python", python]
    else:
        _add_pip(python, lock)
        quiet = ("--disable-pip-version-check", "--progress-bar", "off")
        tool = [python, "-m", "pip", "install", *quiet]
    tested = ("-c", "constraints.txt") if places.is_clone() else ()
    command = [*tool, *tested, *packages]
    # Without a network, pip's default of five retries per package takes minutes.
    settings = {**_UNSET, "PIP_RETRIES": os.environ.get("PIP_RETRIES", "1")}
    long_steps.run(step, command, cwd=places.ROOT, env=settings, lock=lock)


_PIPS = (
    *("USER", "TARGET", "PREFIX", "ROOT", "DRY_RUN", "REQUIRE_HASHES", "NO_DEPS"),
    *("REQUIRE_VIRTUALENV", "CONSTRAINT", "REQUIREMENT", "NO_BINARY", "PYTHON"),
)
_UVS = ("REQUIRE_HASHES", "SYSTEM_PYTHON", "NO_BINARY")
_UNSET = {
    **{f"PIP_{name}": "" for name in _PIPS},
    **{f"UV_{name}": "false" for name in _UVS},
    **{f"UV_{name}": "" for name in ("CONSTRAINT", "BUILD_CONSTRAINT", "OVERRIDE")},
    **{f"PYTHON{name}": "" for name in ("PATH", "HOME")},
}
"""Settings for other installs that a learner may have; these values turn them off."""


def _add_pip(python: Path, lock: int | None) -> None:
    """Add pip to an environment that lacks it, as those created by uv do."""
    if subprocess.run(
        [python, "-m", "pip", "--version"], capture_output=True
    ).returncode:
        step = "Adding pip to .venv"
        long_steps.run(step, [python, "-m", "ensurepip"], cwd=places.ROOT, lock=lock)


def _state_file() -> Path:
    return _venv() / "livechat.json"


def _read_state() -> _State | str | None:
    """Return what's installed, or "unfinished", or None if ``.venv`` isn't ours."""
    try:
        state = json.loads(_state_file().read_bytes())
        return UNFINISHED if state == UNFINISHED else _State(**state)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return UNFINISHED


def _write_state(state: _State | str, folder: Path | None = None) -> None:
    """Record the state of an environment: ``.venv``, unless a folder is given."""
    folder = folder or _venv()
    folder.mkdir(exist_ok=True)
    new = folder / "livechat.new"
    new.write_text(json.dumps(state), "utf-8")
    new.replace(folder / _state_file().name)


def _remove_venv() -> None:
    """Remove ``.venv``, and the word "unfinished" last, in case we're killed."""
    if not _venv().is_dir():
        _venv().unlink(missing_ok=True)
        return
    if _read_state() != UNFINISHED:  # Writing this fails if the disk is full.
        _write_state(UNFINISHED)
    for path in _venv().iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != _state_file():
            path.unlink()
    try:
        shutil.rmtree(_venv())
    except OSError as error:
        raise SetupError(
            WHAT,
            f".venv cannot be replaced: {error.strerror}.",
            "Close the programs that use it, delete the folder, and run it again.",
        ) from error
