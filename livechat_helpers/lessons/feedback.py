"""Results, hints and solutions, as notebooks show them: as HTML and as text."""

import re
import textwrap
from dataclasses import dataclass
from html import escape
from typing import Literal

from .wording import message

State = Literal["correct", "not yet", "not attempted", ""]

_WIDTH = 78  # characters per line of text
_EDGES = {
    "correct": "var(--jp-success-color1, #388e3c)",
    "not yet": "var(--jp-warn-color1, #f57c00)",
}
_BOX = (
    "border-left: 4px solid {edge}; padding: 4px 12px; margin: 4px 0; max-width: 44em; "
    "line-height: 1.5"
)


@dataclass(frozen=True, repr=False)
class Note:
    """A short message in a box, optionally with code below it.

    title: the heading.
    text: the message.
    code: the code to show.
    state: the colour of the edge; the text says the same.
    mistake: the name of the mistake recognised in an answer.
    printed: what the answer printed.
    diagram: a Mermaid diagram to show next to the box.
    """

    title: str
    text: str
    code: str = ""
    state: State = ""
    mistake: str | None = None
    printed: str = ""
    diagram: str = ""

    def __repr__(self) -> str:
        words = textwrap.fill(f"{self.title}: {self.text}".replace("`", ""), _WIDTH)
        parts = [words, textwrap.indent(self.code, "    ")]
        if self.printed:
            parts += [message("printed"), textwrap.indent(self.printed, "    ")]
        return "\n".join(part for part in parts if part)

    def _repr_html_(self) -> str:
        code = f"<pre>{escape(self.code)}</pre>" if self.code else ""
        if self.printed:
            code += f"<p>{message('printed')}</p><pre>{escape(self.printed)}</pre>"
        edge = _EDGES.get(self.state, "var(--jp-border-color1, #888)")
        return (
            f'<div style="{_BOX.format(edge=edge)}">'
            f"<strong>{escape(self.title)}.</strong> {marked(self.text)}{code}</div>"
        )


def outcome(exercise: str, state: State, text: str, mistake: str | None = None) -> Note:
    """Return the result of a check."""
    title = f"{exercise} {message(state)}"
    return Note(title, text, state=state, mistake=mistake)


def marked(text: str) -> str:
    """Return a text as HTML, with backticks turned into code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
