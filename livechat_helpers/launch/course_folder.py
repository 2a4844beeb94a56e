"""Copy the course's notebooks into a folder of the learner's choice."""

import shutil
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
    numbered = {path.name for path in places.notebooks()}
    new = 0
    for pattern in _PATTERNS:
        for path in source.glob(pattern):
            if "-kept-" not in path.name and not (folder / path.name).exists():
                _copy(path, folder / path.name)
                new += path.name in numbered
    places.data_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
    places.course_note().write_text(str(folder), "utf-8")
    return new


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, to)
    else:
        shutil.copyfile(path, to)  # Don't copy the mode, which may be read-only.
