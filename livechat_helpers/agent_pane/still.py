"""A pane's chats as static HTML, for pages without a kernel.

A notebook shows a widget as long as its kernel runs. After that, on GitHub, in a page
made by ``nbconvert`` or in a reopened notebook, it shows this. It's below the widget,
and hidden as long as the widget is alive.
"""

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

from .background import Home
from .chat import Change, Chat, Line
from .chats import AgentChats, Listener
from .views import Views

_QUIET = 3.0  # seconds without a change before the HTML is updated
_MOST_CHATS, _MOST_LINES = 5, 40  # in the HTML, because it's saved with the notebook

# These rules hide the error of a widget without a model, and hide this HTML next to a
# widget that's alive. Pages that don't allow styles don't have widgets either.
_STYLE = """<style>
.jp-OutputArea-child:has(.livechat-pane) ~ .jp-OutputArea-child:has(.livechat-still),
.output_area:has(.livechat-pane) ~ .output_area:has(.livechat-still),
.jp-OutputArea-child:has(> .jupyter-widgets, > [data-mime-type*="widget-view"])\
:not(:has(.livechat-pane)):has(~ .jp-OutputArea-child .livechat-still) {
  display: none;
}
</style>"""
_BOX = (
    "max-width: 44em; padding: 0.6em 1em; border: 1px solid #8888; border-radius: 8px; "
    "font-family: system-ui, sans-serif; text-align: left;"
)
_BUBBLE = "margin: 0.3em 0; white-space: pre-wrap; overflow-wrap: anywhere;"


def html(chats: list[Chat], agent: str, words: str) -> str:
    """Return chats as HTML, with people's words as plain text.

    It contains neither times nor visitors' names, so the same messages give the same
    HTML on every run. It's a single line, so it can be replaced in one piece.

    chats: the chats, most important first.
    agent: the name of the pane's agent.
    words: the pane's text representation.
    """
    head = f"<b>Support desk of {escape(agent)}</b>"
    if not chats:
        body = f"<p>Nobody has written yet. {escape(words)}.</p>"
    else:
        waiting = sum(bool(chat.waiting_since) for chat in chats)
        count = f"{len(chats)} chat" + ("s" if len(chats) != 1 else "")
        body = f"<p>{count}, {waiting} waiting for an answer</p>"
        body += "".join(_chat(chat) for chat in chats[:_MOST_CHATS])
        more = len(chats) - _MOST_CHATS
        body += f"<p>… and {more} more.</p>" if more > 0 else ""
    return (
        f'<div class="livechat-still" style="{_BOX}"><p>{head}</p>'
        f"<!--chats-->{body}<!--end-->"
        "<p><small>Saved with the notebook. To answer, run the cell.</small></p></div>"
    )


def _chat(chat: Chat) -> str:
    # Events can begin with a visitor's name, and notes are private, so leave both out.
    lines = [line for line in chat.lines if line.kind == "message"]
    parts = [_line(line) for line in lines[-_MOST_LINES:]]
    if len(lines) > _MOST_LINES:
        parts.insert(0, f"<p>… {len(lines) - _MOST_LINES} earlier lines</p>")
    return "<hr>" + ("".join(parts) or "<p>No message yet.</p>")


def _line(line: Line) -> str:
    text = escape(line.text).replace("\n", "<br>")
    name = "Visitor" if line.who == "visitor" else escape(line.name)
    return f'<p style="{_BUBBLE}"><b>{name}:</b> {text}</p>'


class Still(Listener):
    """The HTML below a pane's widget, kept up to date in case the kernel ends.

    chats: the chats to show.
    make: returns the HTML; called on the chats' loop.
    views: the pane's views. Without any, the HTML isn't updated, so a notebook that
        runs without a browser is the same on every run.
    """

    def __init__(
        self,
        chats: AgentChats,
        make: Callable[[], str | None],
        views: Views,
    ) -> None:
        self._chats = chats
        self._make = make
        self._views = views
        self._home = Home()
        self._handle: Any = None
        self._shown = ""
        self._timer: asyncio.TimerHandle | None = None

    def show(self, now: str) -> None:
        """Display the current HTML."""
        from IPython.display import display

        is_first = self._handle is None
        self._shown = now
        self._handle = display(_bundle(now), raw=True, display_id=True)
        if is_first:
            self._chats.background.call(lambda: self._chats.listen(self))

    def end(self) -> None:
        """Stop updating the HTML."""
        if self._handle is not None:
            self._handle = None
            self._chats.background.call(lambda: self._chats.unlisten(self))

    def chat_changed(self, chat: Chat, change: Change, key: str | None) -> None:
        """Update the HTML after it has been quiet for a while."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._chats.background.loop.call_later(_QUIET, self._renew)

    def _renew(self) -> None:
        self._timer = None
        now = self._make() if self._views.are_there else None
        if now is not None and now != self._shown:
            self._home.run(lambda: self._update(now))

    async def _update(self, now: str) -> None:
        if self._handle is not None:
            self._shown = now
            self._handle.update(_bundle(now), raw=True)


def _bundle(now: str) -> dict[str, str]:
    return {
        "text/html": f"{_STYLE}\n{now}",
        "text/plain": "The same chats, as a page without a kernel shows them",
    }
