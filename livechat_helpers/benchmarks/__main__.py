"""Measure sandbox, page and pane: ``python -m livechat_helpers benchmark``."""

import argparse
import sys
import time
from pathlib import Path

from . import (
    agent_pane,
    chat_window,
    course_time,
    crowd,
    fan_out,
    fixture,
    long_conversation,
    machine,
    matrix,
    operations,
    peers,
    recovery,
    report,
    starting,
)

_MEASURES = {
    "operations": operations.measure,
    "starting": starting.measure,
    "long-conversation": long_conversation.measure,
    "fan-out": fan_out.measure,
    "fixture": fixture.measure,
    "course": course_time.measure,
    "page": chat_window.measure,
    "crowd": crowd.measure,
    "agent-pane": agent_pane.measure,
    "recovery": recovery.measure,
    "matrix": matrix.measure,
}
_ON_REQUEST = {"peers": peers.measure}


def main(argv: list[str]) -> int:
    """Measure, print the table, and return 1 if a target isn't met."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers benchmark",
        description="Measure the sandbox next to floors (a bare Starlette echo, a bare "
        "websockets broadcast), the chat window next to the 2019 page, and the "
        "agent's pane next to a bare comm. Prints a "
        "Markdown table. Don't run anything else that's busy at the same time.",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=_MEASURES,
        help="measure only this; can be repeated",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="fewer and smaller rounds, for a rough idea",
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="measure other emulators, too; pip and npm install them in a "
        "temporary folder",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write the figures here"
    )
    options = parser.parse_args(argv)
    machine.allow_open_files()
    described = machine.described()
    started = time.monotonic()
    figures = []
    for name in [*(options.only or _MEASURES), *(["peers"] if options.peers else [])]:
        measured = (_MEASURES | _ON_REQUEST)[name](options.quick)
        report.say("\n".join(report.line(figure) for figure in measured))
        figures += measured
    report.say(f"done in {time.monotonic() - started:.0f} s")
    print(report.table(described, figures))
    if options.json:
        report.write_json(options.json, described, figures)
    return 0 if all(figure.is_met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
