"""Reset a notebook, or the whole course, to its beginning.

The learner's version of a notebook is kept next to it. The sandbox returns to the state
that it had when the notebook was started.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from dotenv import dotenv_values, unset_key

from livechat_helpers import places, pristine, services
from livechat_helpers.applications import APPLICATION_SETTINGS, ensure_application
from livechat_helpers.processes.child import ChildError
from livechat_helpers.sandbox.remote import RemoteSandbox, SandboxError, connect
from livechat_helpers.settings import Settings, SettingsError

from . import catalogues, pieces, progress
from .content import KEPT, Lesson
from .running import all_lessons, snapshot_name


class ResetError(Exception):
    """Something can't be reset; the text says why and what to do."""


def main(argv: list[str]) -> int:
    """Reset what the arguments name, report that, and return the exit code."""
    lessons = {lesson.number: lesson for lesson in all_lessons()}
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers reset",
        description="Reset one notebook, with the sandbox and your progress in it, or "
        "reset everything. Your own version of a notebook is kept as a copy.",
    )
    parser.add_argument(
        "number",
        nargs="?",
        type=int,
        choices=lessons,
        metavar="NN",
        help="the number of a notebook, such as 04 (default: everything)",
    )
    number = parser.parse_args(argv).number
    chosen = list(lessons.values()) if number is None else [lessons[number]]
    notebooks = [path for lesson in chosen for path in _notebooks(lesson)]
    failed = [path for path in notebooks if not _take_back_notebook(path)]
    try:
        print(take_back_everything() if number is None else _take_back(chosen[0]))
    except (ChildError, SettingsError, SandboxError) as error:
        print(f"FAIL  {error}", file=sys.stderr)
        return 1
    print(
        "Open notebooks: choose File > Reload Notebook from Disk, restart the kernel."
    )
    return 1 if failed else 0


def _notebooks(lesson: Lesson) -> list[Path]:
    """Return a lesson's notebook in every language in the learner's folder."""
    languages = catalogues.languages_of(f"{lesson.number:02}")
    folders = [places.notebook_folder(language) for language in languages]
    translated = [folder / lesson.path.name for folder in folders if folder.is_dir()]
    return [lesson.path, *translated]


def _take_back_notebook(path: Path) -> bool:
    """Reset a file, report the result, and return whether that succeeded."""
    name = path.relative_to(places.notebooks_dir()).as_posix()
    was_there = path.exists()
    try:
        kept = take_back_file(path)
    except (ResetError, OSError) as error:
        print(f"FAIL  {error}", file=sys.stderr)
        return False
    if not was_there:
        print(f"OK    {name} was gone and is back; one you renamed stays as it is")
    elif kept is not None:
        print(f"OK    {name} is back to the original; yours is now {kept.name}")
    else:
        print(f"OK    {name} was not changed")
    return True


def take_back_file(path: Path) -> Path | None:
    """Restore a notebook's original content.

    Returns:
        Where the earlier content is kept; None if it was the same, or the file was
        gone.

    Raises:
        ResetError: the original content can't be found.
        OSError: the folder isn't writable.
    """
    original = pristine.original(path)
    if original is None:
        raise ResetError(
            f"{path.name} wasn't reset: git doesn't have it, and there's no copy.\n"
            "      Get the file again from where you got the course."
        )
    if not path.exists():
        _put(path, original)
        return None
    own = path.read_bytes()
    if pristine.is_same(own, original):
        return None
    names = (path.with_stem(f"{path.stem}{KEPT}{number}") for number in count(1))
    kept = next(name for name in names if not name.exists())
    _put(kept, own)
    _put(path, original)
    return kept


def _put(path: Path, content: bytes) -> None:
    """Write a file completely or not at all, even if the old one is read-only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(content)
    new.replace(path)


def _take_back(lesson: Lesson) -> str:
    """Reset the work done in one notebook and later ones, and return a report."""
    begun = progress.has_begun(lesson.number)
    progress.forget(lesson.number)
    if Settings.load().mode == "cloud":
        return "OK    Your progress in it was deleted; what's in the cloud stays."
    if not begun:
        return "OK    The sandbox is unchanged, because the notebook was never begun."
    # Whatever is needed is created again when the notebook starts.
    with _running_sandbox() as sandbox:
        sandbox.restore(snapshot_name(lesson.number))
    return "OK    The sandbox and your progress are as they were before you began it."


def take_back_everything() -> str:
    """Reset the sandbox, the progress and the program, and return a report."""
    settings = Settings.load()
    progress.forget_all()
    if settings.mode == "cloud":
        return "OK    Your progress was deleted; what's in the cloud stays."
    env_file = places.env_file()
    with _running_sandbox() as sandbox:
        pieces.put_aside()
        sandbox.snapshot("before-reset")
        sandbox.reset()
        for name in {*APPLICATION_SETTINGS} & {*dotenv_values(env_file)}:
            unset_key(env_file, name)
        website = services.find_website(places.sandbox_dir())
        if website is not None:
            ensure_application(Settings.load(), f"{website.url}/webhooks/event")
            env_file.touch(mode=0o600)  # The website watches this file.
    return "OK    The sandbox is empty, and your progress was deleted."


@contextmanager
def _running_sandbox() -> Iterator[RemoteSandbox]:
    """Find the running sandbox, or run it during this block."""
    folder = places.sandbox_dir()
    service = services.sandbox(folder)
    try:
        services.start(folder, service)
        yield connect()
    finally:
        service.stop()
