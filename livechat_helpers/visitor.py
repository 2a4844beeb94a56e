"""A visitor without a browser: for lessons, tests and load.

It works like the page: it asks the website for a chat, then talks to the engine
directly, with only the token it received.
"""

import time
from pathlib import Path

import httpx

from .client import TIMEOUT
from .conversations import Json
from .engines import calls_of_visitor


class Visitor:
    """One visitor of the website.

    website: the website's address.
    sandbox_dir: the folder of the sandbox behind it, if it isn't the kit's own.

    Raises:
        httpx.HTTPError: the website didn't open a chat.
    """

    def __init__(self, website: str, sandbox_dir: Path | None = None) -> None:
        # Traffic to this machine mustn't go through an internet proxy.
        opening = f"{website}/api/new"
        answer = httpx.post(opening, timeout=TIMEOUT, trust_env=False)
        answer.raise_for_status()
        self.chat: Json = answer.json()
        self._conversations = calls_of_visitor(self.chat, sandbox_dir)

    @property
    def conversation(self) -> str:
        """The id of this visitor's conversation."""
        return self.chat["conversation"]["id"]

    def say(self, text: str) -> Json:
        """Send a message and return its event."""
        return self._conversations.send_text(self.conversation, text)

    def events(self) -> list[Json]:
        """Return every event of the conversation so far."""
        return list(self._conversations.events(self.conversation))

    def messages(self) -> list[tuple[str, str]]:
        """Return the sender, ``visitor`` or ``agent``, and the text of each message."""
        mine = self.chat["member"]["id"]
        return [
            ("visitor" if event["from"] == mine else "agent", event["body"]["text"])
            for event in self.events()
            if event["type"] == "message" and "text" in event["body"]
        ]

    def wait_for(self, text: str, seconds: float = 30) -> str:
        """Wait for a message that contains a text, and return the whole message.

        seconds: how long to wait.

        Raises:
            TimeoutError: no such message arrived in that time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for _, said in self.messages():
                if text in said:
                    return said
            time.sleep(0.05)
        raise TimeoutError(f"The visitor didn't receive {text!r} within {seconds} s.")
