"""``python -m livechat_helpers guide``: how to teach each notebook, for instructors.

Most of it comes from the lessons: the plan with its minutes, the named mistakes and the
questions. The folder ``notes`` has what can't be generated: what to say and show, what
learners will say, and what can break.
"""

import argparse
from pathlib import Path

from livechat_helpers import places
from livechat_helpers.lessons.running import all_lessons

from .handwritten import FOLDER
from .page import page

PLANS = FOLDER / "plans.md"
"""The plans for an hour, half a day, a day and six weeks."""


def write(folder: Path) -> list[Path]:
    """Write the guide's pages into a folder and return their paths.

    folder: created if necessary; pages from an earlier run are overwritten.

    Raises:
        OSError: it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"README.md": PLANS.read_text(encoding="utf-8")}
    for lesson in all_lessons():
        pages[f"{lesson.path.stem}.md"] = page(lesson)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def main(argv: list[str]) -> int:
    """Write the guide and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers guide",
        description="Write the instructor's guide: plans, and a page per notebook.",
    )
    beside = places.notebooks_dir() / "guide"
    parser.add_argument(
        "folder", type=Path, nargs="?", default=beside, help="default: notebooks/guide"
    )
    written = write(parser.parse_args(argv).folder)
    print(f"{written[0]} has the plans. A page for each notebook is next to it.")
    return 0
