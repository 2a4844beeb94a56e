"""The connection between the chats and their views in browsers.

Only changes are sent, as custom messages, because a list in a synced trait would be
sent whole for every message. A view can open late, or twice. It sends a hello and
receives its own overview, then asks for the lines that it shows and, like every view,
receives changes. Each request is acknowledged, so a view knows whether the kernel is
still there. A view also sends a ping every few seconds, so the kernel knows whether
there is a view. Without a view, nothing is sent.
"""

import contextvars
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from typing import Any

from livechat_helpers.conversations import Json

from .chat import Change, Chat, Line
from .chats import AgentChats, Listener
from .outbox import Reply
from .rest_threads import TROUBLE, in_words
from .transcript import transcript

_LEASE = 60.0  # seconds; a view that's being read renews this well before the end
_SILENCE = 200.0  # seconds until a view is gone; hidden ones only ping once a minute
_SHORT = 90  # characters of the last message in the list
_MOST_FOUND = 50


class Views(Listener):
    """The views of one pane.

    chats: the chats to show.
    send: sends a message to all of them.
    selected: called with the id of a chat that was opened in a view.
    """

    def __init__(
        self,
        chats: AgentChats,
        send: Callable[[Json], object],
        selected: Callable[[str], object],
    ) -> None:
        self._chats = chats
        self._send = send
        self._selected = selected
        self._numbers: dict[str, int] = {}
        self._heard: dict[str, float] = {}  # when each view was last heard from
        self._held: object = None
        self._context = contextvars.copy_context()
        self._requests: dict[str, Callable[[Json], Json | None]] = {
            "hello": lambda _: self._overview(),
            "ping": lambda _: None,
            "bye": self._bye,
            "range": self._range,
            "search": self._search,
            "text": self._text,
            "send": self._reply,
            "retry": self._retry,
            "discard": self._discard,
            "note": self._note,
            "sort": self._sort,
            "typing": lambda ask: chats.type(self._chat(ask), ask["on"]),
            "reading": self._reading,
            "take": lambda ask: self._act(ask, chats.take(self._chat(ask))),
            "hand over": self._hand_over,
            "close": self._close,
            "reopen": lambda ask: self._act(ask, chats.reopen(self._chat(ask))),
        }
        chats.background.call(lambda: chats.listen(self))

    def end(self) -> None:
        """Stop sending to the views."""
        self._chats.background.call(lambda: self._chats.unlisten(self))
        self._held = None

    def hold(self, shown: object) -> None:
        """Keep an object alive as long as it has a view, or may soon have one."""
        if self._held is None:
            self._held = shown
            self._chats.background.call(self._release_later)

    def _release_later(self) -> None:
        loop = self._chats.background.loop
        loop.call_later(_SILENCE, self._release_if_unseen)

    def _release_if_unseen(self) -> None:
        if self.are_there:
            self._release_later()
        else:
            self._held = None

    def hear(self, content: Json) -> None:
        """Handle a view's request, in whatever thread Jupyter calls this."""
        # Jupyter only sends something to the browser while a cell runs if it's sent in
        # the context of a view's last message. Later actions of the agent use that
        # context, too.
        context = contextvars.copy_context()
        if content.get("do") == "select":
            self._selected(content["id"])
        self._chats.background.call(lambda: self._do(content, context))

    # Everything below runs on the chats' loop.

    def _do(self, ask: Json, context: contextvars.Context) -> None:
        self._context = context
        self._heard[ask["view"]] = time.monotonic()
        answer = None
        to = {"view": ask["view"], "n": ask["n"]}
        try:
            if ask["do"] != "select":
                answer = self._requests[ask["do"]](ask)
        except (KeyError, OSError) as error:
            self._say({"kind": "failed", **to, "why": repr(error)})
        else:
            self._say({"kind": "ack", **to, **(answer or {})})

    def _say(self, message: Json) -> None:
        self._context.run(self._send, message)

    @property
    def are_there(self) -> bool:
        """Whether there are any views."""
        latest = time.monotonic() - _SILENCE
        self._heard = {view: at for view, at in self._heard.items() if at > latest}
        return bool(self._heard)

    def _tell(self, message: Json) -> None:
        if self.are_there:
            self._say(message)

    def select(self, chat: Chat) -> None:
        """Open a chat in the views."""
        self._tell({"kind": "select", "c": self._number(chat)})

    def _chat(self, ask: Json) -> Chat:
        """Return the chat that a request refers to by its id or its number."""
        if "id" in ask:
            return self._chats.chats[ask["id"]]
        numbers = {number: id for id, number in self._numbers.items()}
        return self._chats.chats[numbers[ask["c"]]]

    def _number(self, chat: Chat) -> int:
        return self._numbers.setdefault(chat.id, len(self._numbers))

    # Requests from views

    def _overview(self) -> Json:
        known = self._chats.known()
        return {
            "kind": "overview",
            "rows": [self._row(chat) for chat in known],
            "replies": [one for chat in known for one in self._replies(chat)],
            "selected": self._chats.selected,
            **self._state(),
        }

    def _bye(self, ask: Json) -> None:
        self._heard.pop(ask["view"], None)

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
        chats = [self._chat(ask)] if "c" in ask else self._chats.known()
        found = [(chat, i) for chat in chats for i in chat.search(ask["text"])]
        found.sort(key=lambda one: one[0].lines[one[1]].at)
        hits = [
            {"c": self._number(chat), "i": i, **_shape(chat.lines[i])}
            for chat, i in found[-_MOST_FOUND:]
        ]
        return {"kind": "found", "text": ask["text"], "hits": hits, "total": len(found)}

    def _text(self, ask: Json) -> Json:
        chat = self._chat(ask)
        lines = [one for one in chat.lines if one.kind == "message"]
        text = transcript((chat, one) for one in lines).text()
        return {"kind": "text", "c": ask["c"], "text": text}

    def _reply(self, ask: Json) -> Json:
        chat = self._chat(ask)
        self._chats.claim(Reply(ask["key"], chat.id, ask["text"]))
        return {"key": ask["key"]}

    def _retry(self, ask: Json) -> None:
        if reply := self._chats.outbox.find(ask["key"]):
            self._chats.send(reply)

    def _discard(self, ask: Json) -> None:
        if reply := self._chats.outbox.find(ask["key"]):
            self._chats.discard(reply)

    def _note(self, ask: Json) -> Json:
        self._chats.keep_note(self._chat(ask), ask["text"], ask["key"])
        return {"key": ask["key"]}

    def _sort(self, ask: Json) -> None:
        self._chats.sort(self._chat(ask), ask["labels"], ask["urgent"])

    def _reading(self, ask: Json) -> None:
        self._chats.keep_reading(self._chat(ask), _LEASE if ask["on"] else 0)

    def _hand_over(self, ask: Json) -> None:
        self._act(ask, self._chats.hand_over(self._chat(ask), ask["to"]))

    def _close(self, ask: Json) -> None:
        self._act(ask, self._chats.close_chat(self._chat(ask), ask["reason"]))

    def _act(self, ask: Json, action: Coroutine[Any, Any, None]) -> None:
        """Run an action, and report a failure to the view that asked for it."""

        async def act() -> None:
            try:
                await action
            except LookupError as error:
                self._say({"kind": "failed", "view": ask["view"], "why": str(error)})
            except TROUBLE as error:
                why = in_words(error)
                self._say({"kind": "failed", "view": ask["view"], "why": why})

        self._chats.background.spawn(act())

    # Messages to views

    def chat_changed(self, chat: Chat, change: Change, key: str | None) -> None:
        """Send a new or changed line to the views, or the chat as a whole."""
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
        """Send the views a chat's unsent and failed replies."""
        replies = self._replies(chat)
        self._tell({"kind": "replies", "c": self._number(chat), "replies": replies})

    def chat_gone(self, chat: Chat) -> None:
        """Tell the views that a conversation was deleted."""
        self._tell({"kind": "gone", "c": self._number(chat)})

    def state_changed(self) -> None:
        """Send the views the connection's state, and any problems."""
        self._tell({"kind": "state", **self._state()})

    def _state(self) -> Json:
        problems = self._chats.problems
        return {
            "state": self._chats.state,
            "detail": self._chats.detail,
            "problem": problems[-1] if problems else "",
            "problems": len(problems),
            "team": self._chats.team.others,
            "present": self._chats.team.present(),
        }

    def _row(self, chat: Chat) -> Json:
        last = chat.last_line()
        label = self._chats.label(chat)
        earlier = [self._number(one) for one in self._chats.earlier(chat)]
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
            **({"labels": label.labels} if label.labels else {}),
            **({"urgent": True} if label.urgent else {}),
            **({"reopen": True} if chat.can_reopen else {}),
            **({"page": chat.page} if chat.page else {}),
            **({"earlier": earlier} if earlier else {}),
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
    """Return a line in the views' format, without empty values."""
    return {
        ("what" if name == "kind" else name): value
        for name, value in asdict(line).items()
        if value not in ("", "message")
    }
