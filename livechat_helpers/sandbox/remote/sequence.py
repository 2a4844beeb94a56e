"""A Mermaid sequence diagram of a trace.

Source: https://mermaid.js.org/syntax/sequenceDiagram.html
"""

import re
from collections import Counter
from collections.abc import Sequence

from .lines import VONAGE, Line

MIME_TYPE = "text/vnd.mermaid"
"""The type of output that JupyterLab 4.1 and later draw as a diagram."""
_MOST = 50  # arrows, because more are hard to read, and far more aren't drawn at all
_MOST_NOTES = 3  # per arrow
_LARGEST = 40_000  # characters, because Mermaid draws nothing at 50,000
_LONGEST = 80  # characters of a label
_LONGEST_NAME = 30
_ARROWS = {"request": "->>", "frame": "-->>", "webhook": "-)"}
_SPECIAL = re.compile(r"[^\w /.,()?=…\[\]-]")  # Mermaid could treat these as syntax.


def escape(text: str, longest: int = _LONGEST) -> str:
    """Escape a text so that Mermaid shows it literally.

    longest: how many characters to keep.
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text) or "#160;"


def diagram(lines: Sequence[Line]) -> str:
    """Return the Mermaid text of a sequence diagram.

    Requests are solid arrows, frames dashed ones, and webhooks open ones. If there are
    too many, the oldest are left out.
    """
    count = _MOST
    while len(text := _draw(lines[-count:], len(lines) - count)) > _LARGEST:
        count //= 2
    return text


def _draw(shown: Sequence[Line], left_out: int) -> str:
    ends = dict.fromkeys([VONAGE])
    for line in shown:
        ends |= dict.fromkeys([line.sender, line.receiver])
    # Put Vonage between its callers and the servers that it calls.
    called = {line.receiver for line in shown if line.kind == "webhook"}
    order = sorted(ends, key=lambda end: 1 if end == VONAGE else 2 * (end in called))
    ids = {end: f"p{number}" for number, end in enumerate(order)}
    names = [escape(end, _LONGEST_NAME) for end in order]
    text = [
        "sequenceDiagram",
        "accTitle: What the sandbox was asked and what it sent",
        f"accDescr: {_description(shown, names)}",
        *(f"participant p{number} as {name}" for number, name in enumerate(names)),
    ]
    if left_out > 0:
        text.append(f"Note over {ids[VONAGE]}: {left_out} earlier ones are left out")
    for line in shown:
        label = f"{line.what} ({line.result})" if line.result else line.what
        arrow = f"{ids[line.sender]}{_ARROWS[line.kind]}{ids[line.receiver]}"
        text.append(f"{arrow}: {escape(label)}")
        notes = line.notes[:_MOST_NOTES]
        text += [f"Note over {ids[VONAGE]}: {escape(note)}" for note in notes]
    return "\n".join(text) + "\n"


def _description(lines: Sequence[Line], names: Sequence[str]) -> str:
    kinds = Counter(line.kind for line in lines)
    counts = [f"{kinds[k]} {k}{'s' * (kinds[k] != 1)}" for k in _ARROWS if kinds[k]]
    return (
        f"{_listed(counts)} between {_listed(names)}."
        if counts
        else "Nothing was traced."
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
