"""``python -m livechat_helpers export``: the exercises as graded assignments.

=====================  ==========================================================
``cells``              a notebook's cells, with answers and checks separated
``nbgrader``           a course folder for nbgrader
``otter``              master notebooks for ``otter assign``
=====================  ==========================================================

The lessons' checks award the points, one per exercise, so the grading machine needs the
kit and its packages. Each learner's grading needs its own home: set ``LIVECHAT_HOME``
to a new folder.
"""

import argparse
from pathlib import Path

from livechat_helpers.lessons.running import all_lessons

from . import nbgrader, otter


def main(argv: list[str]) -> int:
    """Write the assignments and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers export",
        description="Write the exercises as assignments, with the reference answers.",
    )
    parser.add_argument("--nbgrader", type=Path, metavar="FOLDER", help="for nbgrader")
    parser.add_argument("--otter", type=Path, metavar="FOLDER", help="for otter assign")
    parser.add_argument(
        "--only",
        type=int,
        metavar="N",
        help="only this notebook, such as 2 (default: all)",
    )
    options = parser.parse_args(argv)
    if options.nbgrader is None and options.otter is None:
        parser.error("name a folder: --nbgrader FOLDER, or --otter FOLDER")
    lessons = [one for one in all_lessons() if options.only in (None, one.number)]
    if not lessons:
        parser.error(f"there's no notebook {options.only}")
    if options.nbgrader is not None:
        count = len(nbgrader.write(lessons, options.nbgrader))
        print(f"{options.nbgrader} is an nbgrader course. Assignments: {count}.")
    if options.otter is not None:
        count = len(otter.write(lessons, options.otter))
        print(f"{options.otter} is ready for otter assign. Notebooks: {count}.")
    return 0
