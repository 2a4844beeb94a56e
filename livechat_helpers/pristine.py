"""The original notebooks, for a learner who wants to start over.

A clone has them in git: in the branch it was cloned from, even if changes were
committed since, by the learner or by nbgitpuller, which commits them before it brings
an update. A folder that came as a zip has no git: so the set-up keeps a copy of each.
A wheel has them inside, and so has a clone that many share: nobody works there.
"""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from . import places

_SECONDS = 10  # git may take to read one file
_AS_SHIPPED = ("@{upstream}", "HEAD")  # a clone of a clone, or a copy, has no upstream


def keep(notebooks: Iterable[Path]) -> None:
    """Copy notebooks that git doesn't have; a copy that's there already stays.

    notebooks: as they came, before anybody works in them.

    Raises:
        OSError: they can't be copied.
    """
    if places.shipped() != places.ROOT:
        return  # nobody works in the package
    for path in notebooks:
        if _copy_of(path).exists():
            continue
        if _in_git(path) is not None:
            return  # and so are the others
        _copy_of(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy(path, _copy_of(path))


def original(path: Path) -> bytes | None:
    """Return what a notebook was at its beginning, or None if nobody knows.

    path: of the notebook, in the course's folder.
    """
    shipped = places.shipped() / "notebooks" / _inside(path, places.notebooks_dir())
    found = _in_git(shipped)
    if found is None and _copy_of(path).exists():
        found = _copy_of(path).read_bytes()
    if found is None and shipped != path and shipped.exists():
        found = shipped.read_bytes()
    return found


def is_same(one: bytes, other: bytes) -> bool:
    """Return whether two files are the same notebook.

    Line ends don't count, which git changes on Windows; nor does how JSON is written.
    """
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return one == other


def _in_git(path: Path) -> bytes | None:
    name = path.relative_to(places.ROOT).as_posix()
    for version in _AS_SHIPPED:
        try:
            return subprocess.run(
                ["git", "-C", str(places.ROOT), "show", f"{version}:./{name}"],
                capture_output=True,
                check=True,
                timeout=_SECONDS,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            continue
    return None


def _copy_of(path: Path) -> Path:
    inside = _inside(path, places.ROOT / "notebooks")
    return places.ROOT / ".data" / "pristine" / inside


def _inside(path: Path, folder: Path) -> Path:
    """Return a notebook's place in a folder: a translated one has a folder there."""
    return path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
