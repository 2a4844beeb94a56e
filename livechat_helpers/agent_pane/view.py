"""What stands between the chats and their views in browsers.

Only what changes travels, as custom messages: a list in a synced trait would be sent
whole for every message. A view may open late, or twice: it says hello and gets an
overview of its own; then it asks for the lines that it shows, and hears of changes, as
every view does. Each of its requests is acknowledged, so a view knows whether somebody
is still there.
"""

import contextvars
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from livechat_helpers.conversations import Json

from .calls import TROUBLE, in_words
from .chat import Change, Chat, Line
from .chats import AgentChats, Listener
from .outbox import Reply

_HERE = Path(__file__).parent
_LEASE = 60.0  # seconds; a view says again that it is looked at, well before
_SHORT = 90  # letters of a last message in the list
_MOST_FOUND = 50


class PaneView(anywidget.AnyWidget, Listener):
    """The widget of a pane; it may have several views.

    chats: what is shown. page: an address to show beside it. team: the names of those
    whom a chat can be handed over to. canned: replies to choose from.
    """

    _esm = _HERE / "pane.js"
    _css = _HERE / "pane.css"

    page = traitlets.Unicode().tag(sync=True)
    agent = traitlets.Unicode().tag(sync=True)
    team = traitlets.List(traitlets.Unicode()).tag(sync=True)
    canned = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self, chats: AgentChats, page: str, team: list[str], canned: list[str]
    ) -> None:
        name = chats.agent.get("display_name") or chats.agent["name"]
        super().__init__(page=page, agent=name, team=team, canned=canned)
        self._chats = chats
        self._numbers: dict[str, int] = {}
        self._taken: set[str] = set()  # the keys of replies; a view may ask twice
        self._context = contextvars.copy_context()
        self._requests: dict[str, Callable[[Json], Json | None]] = {
            "hello": lambda _: self._overview(),
            "ping": lambda _: None,
            "range": self._range,
            "search": self._search,
            "send": self._reply,
            "retry": self._retry,
            "discard": self._discard,
            "note": self._note,
            "typing": lambda ask: chats.type(self._chat(ask), ask["on"]),
            "reading": self._reading,
            "take": lambda ask: self._act(ask, chats.take(self._chat(ask))),
            "hand over": self._hand_over,
            "close": self._close,
        }
        self.on_msg(self._hear)
        chats.background.call(lambda: chats.listen(self))

    def close(self) -> None:
        """Remove the widget; its views say that it is closed."""
        self._chats.background.call(lambda: self._chats.unlisten(self))
        super().close()

    def _hear(self, widget: Any, content: Json, buffers: Any) -> None:
        """Take a request of a view; on whatever thread Jupyter calls this."""
        # What is sent within the context of the last message of a view reaches the
        # browser while a cell runs, and so does what the agent does next.
        context = contextvars.copy_context()
        self._chats.background.call(lambda: self._do(content, context))

    # All that follows runs on the loop of the chats.

    def _do(self, ask: Json, context: contextvars.Context) -> None:
        self._context = context
        try:
            answer = self._requests[ask["do"]](ask)
        except (KeyError, OSError) as error:
            to = {"view": ask["view"], "n": ask["n"]}
            self._tell({"kind": "failed", **to, "why": repr(error)})
        else:
            ack = {"kind": "ack", "view": ask["view"], "n": ask["n"]}
            self._tell({**ack, **(answer or {})})

    def _tell(self, message: Json) -> None:
        self._context.run(self.send, message)

    def _chat(self, ask: Json) -> Chat:
        """Return the chat that a request is about, by its number."""
        numbers = {number: id for id, number in self._numbers.items()}
        return self._chats.chats[numbers[ask["c"]]]

    def _number(self, chat: Chat) -> int:
        return self._numbers.setdefault(chat.id, len(self._numbers))

    # What views ask for

    def _overview(self) -> Json:
        known = self._chats.known()
        return {
            "kind": "overview",
            "rows": [self._row(chat) for chat in known],
            "replies": [one for chat in known for one in self._replies(chat)],
            **self._state(),
        }

    def _range(self, ask: Json) -> Json:
        lines = self._chat(ask).lines
        start = max(0, ask["start"])
        return {
            "kind": "range",
            "c": ask["c"],
            "start": start,
            "lines": [_shape(line) for line in lines[start : ask["end"]]],
            "total": len(lines),
        }

    def _search(self, ask: Json) -> Json:
        chat = self._chat(ask)
        found = chat.search(ask["text"])
        hits = [{"i": i, **_shape(chat.lines[i])} for i in found[-_MOST_FOUND:]]
        return {"kind": "found", "c": ask["c"], "hits": hits, "total": len(found)}

    def _reply(self, ask: Json) -> None:
        if ask["key"] not in self._taken:
            self._taken.add(ask["key"])
            self._chats.send(Reply(ask["key"], self._chat(ask).id, ask["text"]))

    def _retry(self, ask: Json) -> None:
        if reply := self._chats.outbox.find(ask["key"]):
            self._chats.send(reply)

    def _discard(self, ask: Json) -> None:
        if reply := self._chats.outbox.find(ask["key"]):
            self._chats.discard(reply)

    def _note(self, ask: Json) -> None:
        self._chats.keep_note(self._chat(ask), ask["text"])

    def _reading(self, ask: Json) -> None:
        self._chats.keep_reading(self._chat(ask), _LEASE if ask["on"] else 0)

    def _hand_over(self, ask: Json) -> None:
        self._act(ask, self._chats.hand_over(self._chat(ask), ask["to"]))

    def _close(self, ask: Json) -> None:
        self._act(ask, self._chats.close_chat(self._chat(ask), ask["reason"]))

    def _act(self, ask: Json, action: Any) -> None:
        """Let something be done, and tell the view that asked if it fails."""

        async def act() -> None:
            try:
                await action
            except TROUBLE as error:
                why = in_words(error)
                self._tell({"kind": "failed", "view": ask["view"], "why": why})

        self._chats.background.spawn(act())

    # What views are told

    def chat_changed(self, chat: Chat, change: Change, key: str | None) -> None:
        """Tell the views of a new or another line, or of the chat as a whole."""
        if not chat.visitor_user or change.what == "nothing":
            return
        if change.index >= 0:
            line = chat.lines[change.index]
            self._tell(
                {
                    "kind": "line",
                    "c": self._number(chat),
                    "i": change.index,
                    **_shape(line),
                    "unread": chat.unread,
                    "since": chat.waiting_since,
                    **({"key": key} if key else {}),
                }
            )
            if line.kind == "message":
                return
        self._tell({"kind": "row", **self._row(chat)})

    def replies_changed(self, chat: Chat) -> None:
        """Tell the views which replies of a chat are on their way, or have failed."""
        replies = self._replies(chat)
        self._tell({"kind": "replies", "c": self._number(chat), "replies": replies})

    def chat_gone(self, chat: Chat) -> None:
        """Tell the views that a conversation was deleted."""
        self._tell({"kind": "gone", "c": self._number(chat)})

    def state_changed(self) -> None:
        """Tell the views how the connection is, and what has failed."""
        self._tell({"kind": "state", **self._state()})

    def _state(self) -> Json:
        problems = self._chats.problems
        return {
            "state": self._chats.state,
            "detail": self._chats.detail,
            "problem": problems[-1] if problems else "",
            "problems": len(problems),
        }

    def _row(self, chat: Chat) -> Json:
        last = chat.last_line()
        return {
            "c": self._number(chat),
            "id": chat.id,
            "name": chat.visitor,
            "state": chat.state,
            "owner": chat.owner.name if chat.owner else "",
            "total": len(chat.lines),
            "last": last.text[:_SHORT] if last else "",
            "who": last.who if last else "",
            "at": last.at if last else "",
            "unread": chat.unread,
            "since": chat.waiting_since,
            "typing": chat.is_typing,
        }

    def _replies(self, chat: Chat) -> list[Json]:
        number = self._number(chat)
        return [
            {
                "c": number,
                "key": reply.key,
                "text": reply.text,
                "failed": reply.state == "failed",
                "reason": reply.reason,
            }
            for reply in self._chats.outbox.of(chat)
        ]


def _shape(line: Line) -> Json:
    """Return a line as the views get it; what is empty they know."""
    return {
        ("what" if name == "kind" else name): value
        for name, value in asdict(line).items()
        if value not in ("", "message")
    }
