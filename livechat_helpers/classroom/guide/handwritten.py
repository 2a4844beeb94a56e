"""The handwritten notes on teaching a notebook, such as ``notes/02.md``.

A heading that the notebook also has is followed by what to say and show there. *They
will say* has a line for each mistake that learners defend, such as ``- 2.1
milliseconds: "Vonage took it, so it's right."`` *If it breaks* lists what can break in
this notebook only.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("notes")

BEGIN = "Before you begin"
SAY = "They will say"
BREAKS = "If it breaks"

_SAID = re.compile(r'^- (\d+\.\d+) (\w+): "(.+?)"$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Notes:
    """The notes on teaching one notebook.

    begin: what to know beforehand.
    show: what to say and show, by section.
    said: what learners say, by exercise and mistake.
    breaks: what can break.
    """

    begin: str
    show: Mapping[str, str]
    said: Mapping[tuple[str, str], str]
    breaks: str


def notes(number: int) -> Notes:
    """Return the notes on a notebook.

    Raises:
        OSError: there are no notes on it.
    """
    text = (FOLDER / f"{number:02}.md").read_text(encoding="utf-8")
    found = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    parts = {
        title: part.strip()
        for title, part in zip(found[1::2], found[2::2], strict=True)
    }
    said = {
        (exercise, mistake): " ".join(words.split())
        for exercise, mistake, words in _SAID.findall(parts.pop(SAY, ""))
    }
    begin, breaks = parts.pop(BEGIN, ""), parts.pop(BREAKS, "")
    return Notes(begin, parts, said, breaks)
