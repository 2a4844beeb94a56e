"""CONFORMANCE.md: what the sandbox does as Vonage did, and how that is known.

``python -m livechat_helpers.sandbox.api.conformance`` writes the page again from
``evidence.toml``.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

EVIDENCE = Path(__file__).with_name("evidence.toml")
PAGE = Path(__file__).parent.parent / "CONFORMANCE.md"

LEVELS = {
    "recorded": "seen on the live service: a public recording, a customer's report, a"
    " test suite that ran against it",
    "described": "in a description that the service itself was built or tested with",
    "sdk": "what a published SDK sends, needs or copes with",
    "documented": "in the public documentation",
    "inferred": "nobody has shown it; the sandbox does what fits the rest",
}
"""The kinds of evidence, the strongest first."""

_HEAD = """\
# What the sandbox does as Vonage did

Made from `api/evidence.toml`: `python -m livechat_helpers.sandbox.api.conformance`.
Chat in Vonage's Conversation API ended on 30 April 2026, so nothing here can be tried
against the service any more. The evidence of a row is one of these, the strongest
first:

"""


def read() -> dict[str, list[dict[str, Any]]]:
    """Return the table: ``calls``, ``events``, ``behaviours`` and ``clients``."""
    return tomllib.loads(EVIDENCE.read_text(encoding="utf-8"))


def page() -> str:
    """Return the page, as Markdown."""
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
