"""Writes CONFORMANCE.md: how the sandbox compares with Vonage, and how we know.

After a change in ``evidence.toml``, run ``python -m
livechat_helpers.sandbox.api.conformance``.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

EVIDENCE = Path(__file__).with_name("evidence.toml")
PAGE = Path(__file__).parent.parent / "CONFORMANCE.md"

LEVELS = {
    "recorded": "seen on the live service, in a public recording, a customer's report"
    " or a test suite that ran against it",
    "described": "in an API description that Vonage built or tested the service with",
    "sdk": "what a published SDK sends, needs or accepts",
    "documented": "in the public documentation",
    "inferred": "there's no evidence, so the sandbox does what fits the rest",
}
"""The kinds of evidence, strongest first."""

_HEAD = """\
# How closely the sandbox matches Vonage

`python -m livechat_helpers.sandbox.api.conformance` makes this page from
`api/evidence.toml`. Chat in Vonage's Conversation API ended on 30 April 2026, so nobody
can compare the two any more. Each row has one of these kinds of evidence, the strongest
first:

"""


def read() -> dict[str, list[dict[str, Any]]]:
    """Return the table: ``calls``, ``events``, ``behaviours`` and ``clients``."""
    return tomllib.loads(EVIDENCE.read_text(encoding="utf-8"))


def page() -> str:
    """Return the page in Markdown."""
    table = read()
    rows = [row for part in ("calls", "events", "behaviours") for row in table[part]]
    counted = Counter(row["evidence"] for row in rows)
    levels = (
        f"- **{level}** ({counted[level]} rows): {meaning}.\n"
        for level, meaning in LEVELS.items()
    )
    return (
        _HEAD
        + "".join(levels)
        + _section(
            "Behaviours",
            ("What it does", "Evidence", "Source", "Test"),
            (
                (row["what"], row["evidence"], row["source"], f"`{row['test']}`")
                for row in _strongest_first(table["behaviours"])
            ),
        )
        + _section(
            "Calls",
            ("Call", "Versions", "Status", "Evidence", "Note"),
            (
                (
                    f"`{row['call']}`",
                    ", ".join(row["versions"]),
                    row["status"],
                    row["evidence"],
                    row.get("note", ""),
                )
                for row in table["calls"]
            ),
        )
        + _section(
            "Events",
            ("Type", "Status", "Evidence", "Note"),
            (
                (
                    f"`{row['type']}`",
                    row["status"],
                    row["evidence"],
                    row.get("note", ""),
                )
                for row in table["events"]
            ),
        )
        + _section(
            "Clients",
            ("Client", "Versions", "Status", "Note"),
            (
                (row["client"], row["versions"], row["status"], row.get("note", ""))
                for row in table["clients"]
            ),
        )
    )


def _strongest_first(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    levels = list(LEVELS)
    return sorted(rows, key=lambda row: levels.index(row["evidence"]))


def _section(
    title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"\n## {title}\n\n{table}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
