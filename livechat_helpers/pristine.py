"""The original notebooks, for a learner who wants to start over.

A clone has them in git, on the branch that it was cloned from. They're there even if
the learner has committed changes, or nbgitpuller has, which does so before each update.
In a fork, that branch has the learner's commits, so those don't count either. A folder
that was unpacked from a zip has no git, so the set-up keeps a copy of each notebook. A
wheel contains the originals, and a shared clone still has them because nobody works
there.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from . import places

_SECONDS = 10  # This is how long git can take to read one file.
_AS_SHIPPED = ("@{upstream}", "HEAD")  # A copy of a clone has no upstream.


def keep(notebooks: Iterable[Path]) -> None:
    """Copy the notebooks that git doesn't have; keep copies that already exist.

    notebooks: the notebooks as shipped, before anybody has worked in them.

    Raises:
        OSError: they can't be copied.
    """
    if places.shipped() != places.ROOT:
        return  # Nobody works inside the package.
    for path in notebooks:
        if _copy_of(path).exists():
            continue
        if _in_git(path) is not None:
            return  # If git has one notebook, it has them all.
        _copy_of(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy(path, _copy_of(path))


def original(path: Path) -> bytes | None:
    """Return a notebook's original content, or None if it can't be found.

    path: the notebook in the course's folder.
    """
    shipped = places.shipped() / "notebooks" / _inside(path, places.notebooks_dir())
    found = _in_git(shipped)
    if found is None and _copy_of(path).exists():
        found = _copy_of(path).read_bytes()
    if found is None and shipped != path and shipped.exists():
        found = shipped.read_bytes()
    return found


def is_same(one: bytes, other: bytes) -> bool:
    """Return whether two files contain the same notebook.

    Line endings, which git changes on Windows, don't count. Neither does JSON
    formatting.
    """
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return one == other


def _in_git(path: Path) -> bytes | None:
    """Return a notebook as somebody other than the learner last committed it."""
    name = f"./{path.relative_to(places.ROOT).as_posix()}"
    learner = _git("config", "user.email").split()
    for version in _AS_SHIPPED:
        said = _git("log", "--format=%H %ae", version, "--", name)
        commits = [line.split() for line in said.splitlines()]
        of_others = [commit for commit, *author in commits if author != learner]
        # Whoever has made every commit is the course's author.
        for commit in of_others[:1] or [commit for commit, *_ in commits[:1]]:
            return _git("show", f"{commit.decode()}:{name}") or None
    return None


def _git(*arguments: str) -> bytes:
    """Return what git says about the course, or nothing if it fails."""
    try:
        return subprocess.run(
            ["git", "-C", str(places.ROOT), *arguments],
            capture_output=True,
            check=True,
            timeout=_SECONDS,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return b""


def _copy_of(path: Path) -> Path:
    inside = _inside(path, places.ROOT / "notebooks")
    return places.ROOT / ".data" / "pristine" / inside


def _inside(path: Path, folder: Path) -> Path:
    """Return a notebook's path within a folder; translated ones are in a subfolder."""
    return path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
