"""A trace entry as one line, the same on every run.

Ids are numbered in order of appearance (``CON-1``), so equal ids stay equal. Times,
durations and cursors are left out, and so are frames without an event, which only keep
the websocket going.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

VONAGE = "Vonage"
"""The other end of every request, frame and webhook."""
_ID = re.compile(r"([A-Z]{3}-|)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# These characters would break a line, or change the direction of the text after them.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
# Addresses come from users and may be invalid, which no parser fully accepts.
_HOST = re.compile(r"[^/?#]*//(?:[^/?#]*@)?([^/?#]+)")
_LONGEST_VALUE = 20  # characters of a query parameter that are shown
_MOST_VALUES = 3


@dataclass(frozen=True)
class Line:
    """One entry: who sends what to whom, and the result.

    kind: ``request``, ``frame`` or ``webhook``.
    result: a status, or ``no answer``; empty for a frame.
    notes: what the sandbox found odd.
    """

    kind: str
    sender: str
    receiver: str
    what: str
    result: str
    notes: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether it was rejected, or never answered."""
        return self.kind != "frame" and not self.result.startswith(("1", "2", "3"))


def read(records: Iterable[Json]) -> list[Line]:
    """Convert entries to lines, with ids numbered across all of them."""
    numbers: dict[str, str] = {}
    counted: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        if found[0] not in numbers:
            prefix = found[1] or "ID-"
            counted[prefix] = counted.get(prefix, 0) + 1
            numbers[found[0]] = f"{prefix}{counted[prefix]}"
        return numbers[found[0]]

    def brief(text: str) -> str:
        return _ID.sub(number, _INVISIBLE.sub(" ", text).strip())

    return [
        _read(record, brief)
        for record in records
        if record["kind"] != "frame" or record["event"]
    ]


def _read(record: Json, brief: Callable[[str], str]) -> Line:
    kind = record["kind"]
    actor = record.get("actor") or "nobody"
    sender, receiver = actor, VONAGE
    result = ""
    if kind == "frame":
        what = brief(record["event"])
        if record["direction"] == "out":
            sender, receiver = VONAGE, actor
    elif kind == "webhook":
        what = brief(record["event"])
        sender, receiver = VONAGE, _receiver(record["address"])
        result = str(record["status"] or "no answer")
        if record["attempt"] > 1:
            result += f", try {record['attempt']}"
    else:
        what = f"{record['method']} {brief(record['path'])}"
        if record["status"] != 101:  # An SDK's query on a websocket is long.
            what += _brief_query(brief(record["query"]))
        result = str(record["status"] or "no answer")
    notes = tuple(brief(note) for note in record["notes"])
    return Line(kind, brief(sender), brief(receiver), what, result, notes)


def _receiver(address: str) -> str:
    """Return the host in an address, or the address itself if it has none."""
    found = _HOST.match(address)
    return found[1] if found else address


def _brief_query(query: str) -> str:
    if not query:
        return ""
    shown = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        is_long = len(value) > _LONGEST_VALUE or name == "cursor"
        shown.append(f"{name}=…" if is_long else pair)
    if len(shown) > _MOST_VALUES:
        shown[_MOST_VALUES:] = ["…"]
    return "?" + "&".join(shown)
