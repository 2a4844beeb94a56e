"""A Mermaid diagram as a table with the columns from, to and what.

Slides run without a network, and Mermaid is too large to include: three megabytes.
"""

import re
from collections.abc import Iterator

_PERSON = re.compile(r"^\s*(?:participant|actor)\s+(\w+)(?:\s+as\s+(.+))?$")
_MESSAGE = re.compile(r"^\s*(\w+)\s*-[->)x]*\s*(\w+)\s*:\s*(.+)$")
_NODE = re.compile(r"(\w+)\s*(?:\[[\"(]*(.+?)[\")]*\]|\(+\"?(.+?)\"?\)+)?")
_EDGE = re.compile(r"\s*(?:--+>|-\.->|==+>|---)\s*(?:\|\"?(.+?)\"?\|)?\s*")


def as_table(diagram: str) -> str:
    """Return a diagram as a Markdown table.

    diagram: a sequence diagram or a flowchart.
    """
    title = re.search(r"accTitle:\s*(.+)", diagram)
    read = _messages if "sequenceDiagram" in diagram else _edges
    rows = [f"| {a} | {b} | {what} |" for a, b, what in read(diagram)]
    head = f"**{title[1].strip()}**\n\n" if title else ""
    return f"{head}| From | To | What |\n| --- | --- | --- |\n" + "\n".join(rows)


def _messages(diagram: str) -> Iterator[tuple[str, str, str]]:
    names: dict[str, str] = {}
    for line in diagram.splitlines():
        if found := _PERSON.match(line):
            names[found[1]] = found[2] or found[1]
        elif found := _MESSAGE.match(line):
            a, b, what = found.groups()
            yield names.get(a, a), names.get(b, b), what


def _edges(diagram: str) -> Iterator[tuple[str, str, str]]:
    names: dict[str, str] = {}
    edges: list[tuple[str, str, str]] = []
    for line in diagram.splitlines()[1:]:
        if re.match(r"\s*acc(Title|Descr)", line) or not _EDGE.search(line):
            continue
        pieces = _EDGE.split(line.strip())
        nodes, labels = pieces[::2], pieces[1::2]
        known = [_node(one, names) for one in nodes]
        edges += [
            (a, b, label or "")
            for a, b, label in zip(known, known[1:], labels, strict=False)
            if a and b
        ]
    for a, b, what in edges:
        yield names.get(a, a), names.get(b, b), what


def _node(text: str, names: dict[str, str]) -> str:
    """Return a node's name, after recording its label."""
    found = _NODE.match(text.strip())
    if found is None:
        return ""
    if words := found[2] or found[3]:
        names[found[1]] = words.replace("<br>", " ").replace("|", " ")
    return found[1]
