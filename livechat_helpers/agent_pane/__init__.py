"""The agent's chat pane: a Jupyter widget that answers the website's visitors.

``chats`` follows the conversations; this module passes what changes to the view in
``pane.js``, and what the agent types back. Only changes travel, as custom messages:
a list in a synced trait would be sent whole for every message.

A view may open late, or twice. It says hello and gets a snapshot of its own, then the
changes, which every view gets.
"""

import contextvars
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from livechat_helpers.conversations import Json

from .chats import AgentChats, Answer, Chat, Message, describe

_HERE = Path(__file__).parent
_LOGIN = 5  # seconds to wait for; after that the pane goes on trying by itself


class AgentPane(anywidget.AnyWidget):
    """Show every waiting visitor's conversation, and answer.

    page: an address to show beside the pane, such as the customer page.
    sandbox_dir: the folder of the sandbox; the kit's own unless given.

    Raises:
        SettingsError: the sandbox is not running, or there is no application.
    """

    _esm = _HERE / "pane.js"
    _css = _HERE / "pane.css"

    page = traitlets.Unicode().tag(sync=True)

    def __init__(self, page: str = "", *, sandbox_dir: Path | None = None) -> None:
        super().__init__(page=page)
        self._context = contextvars.copy_context()
        self._chats = AgentChats(self._tell, sandbox_dir)
        self.on_msg(self._hear)
        self._chats.start()
        # What is said from the next line of a notebook on is then new to the pane.
        self._chats.wait_until(lambda: self._chats.state == "online", _LOGIN)

    def close(self) -> None:
        """Log the agent out and remove the pane."""
        self._chats.close()
        super().close()

    def answer(self, text: str, *, seconds: float = 10) -> str:
        """Send a message to the visitor who spoke last, as if typed into the pane.

        Returns:
            The line as the transcript shows it.

        Raises:
            LookupError: nobody has written yet.
            TimeoutError: Vonage has not taken it after so many seconds.
        """
        chat = self._newest_chat()
        if chat is None:
            raise LookupError("There is nobody to answer: no visitor has written yet.")
        known = len(chat.messages)
        self._chats.answer(Answer(str(uuid4()), chat.id, text))
        return self._wait(
            lambda: next(
                (m for m in chat.messages[known:] if m.mine and m.text == text), None
            ),
            f"Vonage has not taken {text!r}",
            seconds,
        )

    def wait_for(self, text: str, *, seconds: float = 10) -> str:
        """Return the first new message that contains a text, as soon as it is there.

        New is what comes after the pane was made.

        Raises:
            TimeoutError: there is none after so many seconds.
        """
        return self._wait(
            lambda: next(
                (m for m in self._messages() if m.new and text in m.text), None
            ),
            f"No message with {text!r} has come",
            seconds,
        )

    def transcript(self) -> list[str]:
        """Return the chat that somebody wrote in last, one line per message."""
        chat = self._newest_chat()
        return [message.line() for message in chat.messages] if chat else []

    def __repr__(self) -> str:
        """Return all that is seen of a pane on a web page, or before a notebook is run.

        It stays the same from run to run.
        """
        return "AgentPane: run this cell to see the visitors' chats here"

    def _newest_chat(self) -> Chat | None:
        written = [chat for chat in self._chats.chats.values() if chat.messages]
        return max(written, key=lambda chat: chat.messages[-1].at, default=None)

    def _messages(self) -> list[Message]:
        return [m for chat in list(self._chats.chats.values()) for m in chat.messages]

    def _wait(
        self, find: Callable[[], Message | None], what: str, seconds: float
    ) -> str:
        self._chats.wait_until(lambda: find() is not None, seconds)
        found = find()
        if found is None:
            raise TimeoutError(f"{what} in {seconds} s.")
        return found.line()

    def _hear(self, widget: Any, content: Json, buffers: Any) -> None:
        """Take a message of a view; on whatever thread Jupyter calls this."""
        # What is sent within the context of the last message of a view reaches the
        # browser while a cell runs, and so does what the agent types next.
        context = contextvars.copy_context()
        if content["kind"] == "hello":
            self._chats.call(lambda: self._welcome(content["view"], context))
        elif content["kind"] == "send":
            answer = Answer(content["key"], content["chat"], content["text"])
            self._chats.call(lambda: self._take(answer, context))

    # These run on the thread of the chats.

    def _welcome(self, view: str, context: contextvars.Context) -> None:
        self._context = context
        chats = [describe(chat) for chat in self._chats.chats.values()]
        self._tell(
            {
                "kind": "snapshot",
                "view": view,
                "state": self._chats.state,
                "chats": chats,
            }
        )

    def _take(self, answer: Answer, context: contextvars.Context) -> None:
        self._context = context
        self._tell({"kind": "taken", "key": answer.key})
        self._chats.answer(answer)

    def _tell(self, change: Json) -> None:
        self._context.run(self.send, change)
