"""The sandbox's trace in a notebook, as a table and a diagram.

mark = sandbox.trace.mark()
...  # calls
sandbox.trace(after=mark)
"""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, overload

from . import sequence
from .lines import Line, read

Json = dict[str, Any]

_LAST = 20
_EVERYTHING = 2000
_ARROWS = {"request": "→", "frame": "⇢", "webhook": "→"}
# The class is doubled because JupyterLab's own rules for tables are more specific.
_STYLE = """
.livechat-trace { overflow-x: auto; }
.livechat-trace.livechat-trace table { border-collapse: collapse; margin: 0; }
.livechat-trace.livechat-trace caption { caption-side: bottom; padding: 4px 8px;
  color: var(--jp-ui-font-color2, inherit); text-align: start; }
.livechat-trace.livechat-trace :is(th, td) { padding: 4px 8px; text-align: start;
  vertical-align: top; border-bottom: 1px solid var(--jp-border-color2, #8886); }
.livechat-trace.livechat-trace code { padding: 0; background: none; color: inherit;
  overflow-wrap: anywhere; white-space: normal; }
.livechat-trace td:last-child { white-space: nowrap; }
.livechat-trace .failed { color: var(--jp-error-color0, inherit); font-weight: 700; }
.livechat-trace .note { color: var(--jp-ui-font-color2, inherit); }
"""


class Diagram:
    """A Mermaid sequence diagram; ``str`` returns its text."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def __str__(self) -> str:
        return sequence.diagram(self._lines)

    def __repr__(self) -> str:
        return _as_text(self._lines)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {sequence.MIME_TYPE: str(self), "text/plain": repr(self)}


class Trace(Sequence[Json]):
    """What happened, oldest first: a sequence of entries.

    An entry is a dictionary; ``GET /_sandbox/trace`` describes its keys. A notebook
    shows a table and a diagram that are the same on every run: ids are numbered, and
    times and frames without an event are left out. The entries still contain
    everything.

    records: the entries.
    """

    def __init__(self, records: Sequence[Json]) -> None:
        self._records = list(records)
        self._lines = read(self._records)

    @overload
    def __getitem__(self, index: int) -> Json: ...
    @overload
    def __getitem__(self, index: slice) -> "Trace": ...
    def __getitem__(self, index: int | slice) -> "Json | Trace":
        found = self._records[index]
        return found if isinstance(found, dict) else Trace(found)

    def __len__(self) -> int:
        return len(self._records)

    def records(self) -> list[Json]:
        """Return the entries as plain dictionaries, with ids, times and bodies."""
        return list(self._records)

    @property
    def diagram(self) -> Diagram:
        """The sequence diagram without the table."""
        return Diagram(self._lines)

    def __repr__(self) -> str:
        return _as_text(self._lines)

    def _repr_html_(self) -> str:
        return _as_table(self._lines)

    def _ipython_display_(self) -> None:
        # An output can only show one thing, so the diagram is a second output.
        from IPython.display import display

        table = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        display(table, raw=True)
        if self:
            display(self.diagram)


def _as_text(lines: Sequence[Line]) -> str:
    if not lines:
        return "Nothing was traced."
    rows = []
    for line in lines:
        ends = f"{line.sender} {_ARROWS[line.kind]} {line.receiver}"
        rows.append(f"{ends}: {line.what}  {line.result}".rstrip())
        rows += [f"    {note}" for note in line.notes]
    return "\n".join(rows)


def _as_table(lines: Sequence[Line]) -> str:
    if not lines:
        return "<p>Nothing was traced.</p>"
    rows = "".join(map(_row, lines))
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("Who", "What", "Result"))
    return (
        # Dollar signs in a name mustn't be read as a formula.
        '<div class="livechat-trace tex2jax_ignore mathjax_ignore">'
        f"<style>{_STYLE}</style><table>"
        "<caption>Ids are numbered here. <code>records()</code> has them in full, with"
        " times, bodies and the frames that carry no event.</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(line: Line) -> str:
    who = f"{escape(line.sender)} {_ARROWS[line.kind]} {escape(line.receiver)}"
    notes = "".join(f'<br><span class="note">{escape(n)}</span>' for n in line.notes)
    failed = ' class="failed"' if line.failed else ""
    return (
        f"<tr><td>{who}</td><td><code>{escape(line.what)}</code>{notes}</td>"
        f"<td{failed}>{escape(line.result)}</td></tr>"
    )


class Tracing:
    """The trace of one sandbox.

    call: sends a request to a path under ``/_sandbox``.
    """

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def __call__(self, last: int | None = None, after: int | None = None) -> Trace:
        """Return what happened recently.

        last: how many entries; by default 20, or all of them since a mark.
        after: the mark.

        Raises:
            SandboxError: the sandbox can't be reached.
        """
        if last is None:
            last = _LAST if after is None else _EVERYTHING
        answer = self._call("GET", "/trace", after=after or 0, limit=last)
        return Trace(answer["entries"])

    def mark(self) -> int:
        """Return the current mark, for use as ``after``.

        Raises:
            SandboxError: the sandbox can't be reached.
        """
        return self._call("GET", "/trace", limit=0)["last"]

    def clear(self) -> None:
        """Clear the trace for everybody.

        Raises:
            SandboxError: the sandbox can't be reached.
        """
        self._call("DELETE", "/trace")
