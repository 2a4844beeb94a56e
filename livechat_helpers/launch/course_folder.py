"""Copy the course's notebooks into a folder of the learner's choice."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from livechat_helpers import places

_PATTERNS = ("*.ipynb", "*.md", "images", "[a-z][a-z]")  # The last one is languages.


def fill(folder: Path) -> int:
    """Copy what's missing, and return how many of the numbered notebooks are new.

    folder: created if necessary. It becomes the folder of the learner's notebooks.

    Raises:
        OSError: it can't be written.
    """
    source = places.shipped() / "notebooks"
    numbered = places.notebooks()
    new = 0
    for path in _course(source):
        to = folder / path.relative_to(source)
        if not to.exists():
            _copy(path, to)
            new += path in numbered
    places.data_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
    places.course_note().write_text(str(folder), "utf-8")
    return new


def _course(source: Path) -> Iterator[Path]:
    """Yield the course's files, but not what working in them has left there."""
    for pattern in _PATTERNS:
        for top in source.glob(pattern):
            for path in top.rglob("*") if top.is_dir() else [top]:
                is_shipped = "-kept-" not in path.name and path.parent.name[0] != "."
                if is_shipped and path.is_file():
                    yield path


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    # If this is killed, half a notebook mustn't be taken for the learner's own.
    unfinished = to.with_name(f"{to.name}.unfinished")
    shutil.copyfile(path, unfinished)  # Don't copy the mode, which may be read-only.
    unfinished.replace(to)
