"""What a support agent sees: every chat and its messages, in step with Vonage.

One thread owns the chats. Live events, a login after a drop, and the agent's own
messages all wait in its queue, so nothing here needs a lock, and nothing blocks the
notebook.

Live events alone are not enough: while the connection was down, some were missed. So
after every login each chat is read on from the last event id that is known. An event
that comes twice has an id that is there already.
"""

import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers import tokens
from livechat_helpers.applications import current_application
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.realtime import RealtimeSession
from livechat_helpers.settings import CLOUD_URLS, Settings, running_sandbox
from livechat_helpers.support_desk import SupportDesk


@dataclass(frozen=True)
class Message:
    """One message.

    id: of its event. at: the time, ISO 8601. new: whether it came after the agent had
    logged in.
    """

    id: int
    text: str
    name: str
    mine: bool
    at: str
    new: bool

    def line(self) -> str:
        """Return the message as one line of a transcript."""
        return f"{'agent' if self.mine else 'visitor'}: {self.text}"


@dataclass
class Chat:
    """One conversation. last_id: of the newest event that is known."""

    id: str
    visitor: str
    last_id: int = 0
    over: bool = False
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    """A message that the agent wrote, on its way.

    key: names it until it has an event id. text: what was written.
    """

    key: str
    chat: str
    text: str


class AgentChats:
    """The support agent's chats.

    sandbox_dir: the folder of the sandbox; the kit's own unless given.
    on_change: called on the thread of the chats with every change, a dictionary whose
        ``kind`` is ``chat``, ``message``, ``over``, ``state``, ``sent`` or ``failed``.

    Raises:
        SettingsError: the sandbox is not running, or there is no application.
    """

    def __init__(
        self, on_change: Callable[[Json], None], sandbox_dir: Path | None = None
    ) -> None:
        self.chats: dict[str, Chat] = {}
        self.state = "connecting"
        self._on_change = on_change
        self._changed = threading.Condition()
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._tried: dict[str, int] = {}  # answer key: last_id when it was first sent
        self._sent: dict[str, int] = {}  # answer key: event id

        settings = Settings.load()
        minter = current_application(settings, sandbox_dir).minter()
        desk = SupportDesk(
            application_client(settings, minter, sandbox_dir),
            minter,
            settings.support_agent,
        )
        self._agent = desk.agent()

        def as_agent() -> Conversations:  # one for each thread: the SDK's is not shared
            client = application_client(
                settings,
                minter,
                sandbox_dir,
                user_name=self._agent["name"],
                acl=tokens.agent_acl(self._agent["id"]),
            )
            return Conversations(client.http_client)

        self._conversations = as_agent()
        url = CLOUD_URLS[1]
        if settings.mode == "sandbox":
            url = running_sandbox(sandbox_dir).http
        self._session = RealtimeSession(
            url,
            lambda: desk.token_of(self._agent),
            token_life=tokens.LIFE,
            refresh=as_agent().refresh_session,
            on_event=lambda name, event: self._jobs.put(
                lambda: self._take_live({**event, "type": name})
            ),
            on_login=lambda: self._jobs.put(self._catch_up),
            on_drop=lambda reason: self._jobs.put(
                lambda: self._set_state("reconnecting", reason)
            ),
        )
        self._thread = threading.Thread(
            target=self._work, daemon=True, name="agent-chats"
        )

    def start(self) -> None:
        """Log in and begin to follow the chats."""
        self._thread.start()
        self._session.start()

    def close(self) -> None:
        """Log out."""
        self._session.close()
        self._jobs.put(None)

    def call(self, job: Callable[[], None]) -> None:
        """Run a function on the thread of the chats, after what waits there."""
        self._jobs.put(job)

    def answer(self, answer: Answer) -> None:
        """Send a message; calling it again with the same key sends it once."""
        self._jobs.put(lambda: self._send(answer))

    def wait_until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition on the chats holds, and return whether it does."""
        with self._changed:
            return self._changed.wait_for(holds, seconds)

    # All that follows runs on the thread of the chats.

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except (HttpRequestError, RequestException, OSError) as error:
                self._set_state("reconnecting", str(error))
                again = threading.Timer(1, self._jobs.put, (self._catch_up,))
                again.daemon = True
                again.start()

    def _change(self, **change: object) -> None:
        with self._changed:
            self._changed.notify_all()
        self._on_change(change)

    def _set_state(self, state: str, detail: str = "") -> None:
        self.state = state
        self._change(kind="state", state=state, detail=detail)

    def _catch_up(self) -> None:
        for conversation in self._conversations.of_user(self._agent["id"]):
            chat = self._chat(conversation["id"])
            if conversation["sequence_number"] > chat.last_id:
                self._read_on(chat)
        self._set_state("online")

    def _chat(self, conversation: str) -> Chat:
        if conversation not in self.chats:
            chat = Chat(conversation, "Visitor")
            self.chats[conversation] = chat
            self._read_on(chat, announce=False)
            self._change(kind="chat", chat=describe(chat))
        return self.chats[conversation]

    def _read_on(self, chat: Chat, announce: bool = True) -> None:
        following = self._conversations.events(chat.id, start=chat.last_id + 1)
        self._take_all(chat, following, announce)

    def _take_live(self, event: Json) -> None:
        chat = self._chat(event["cid"])
        event_id = event.get("id")
        if event_id is None or event_id <= chat.last_id:
            return
        if event_id > chat.last_id + 1:
            self._read_on(chat)  # some were missed; they come with this one
        else:
            self._take_all(chat, [event])

    def _take_all(
        self, chat: Chat, events: Iterable[Json], announce: bool = True
    ) -> None:
        for event in events:
            chat.last_id = event["id"]
            self._take(chat, event, announce)

    def _take(self, chat: Chat, event: Json, announce: bool) -> None:
        body = event["body"]
        user = event.get("_embedded", {}).get("from_user", {})
        mine = user.get("id") == self._agent["id"]
        if event["type"] == "message" and "text" in body:
            name = user.get("display_name") or user.get("name") or "Vonage"
            at, new = event["timestamp"], self.state != "connecting"
            message = Message(event["id"], body["text"], name, mine, at, new)
            chat.messages.append(message)
            if not mine:
                self._confirm(chat, event)
            if announce:
                self._change(kind="message", chat=chat.id, message=vars(message))
        elif event["type"] == "member:joined" and not mine:
            joined = body["user"]
            chat.visitor = joined.get("display_name") or joined["name"]
            chat.over = False
        elif event["type"] == "member:left" and not mine:
            chat.over = True
            if announce:
                self._change(kind="over", chat=chat.id)

    def _confirm(self, chat: Chat, event: Json) -> None:
        """Tell the visitor that a message has arrived, as a browser's SDK does."""
        if not event.get("state", {}).get("delivered_to"):
            receipt = {"type": "message:delivered", "body": {"event_id": event["id"]}}
            with suppress(HttpRequestError, RequestException):  # it is a courtesy
                self._conversations.send_event(chat.id, receipt)

    def _send(self, answer: Answer) -> None:
        try:
            event_id = self._sent.get(answer.key) or self._send_once(answer)
        except (HttpRequestError, RequestException, OSError):
            reason = "Vonage does not answer. Your text is kept: try again."
            self._change(kind="failed", key=answer.key, reason=reason)
            return
        self._sent[answer.key] = event_id
        self._change(kind="sent", key=answer.key, chat=answer.chat, id=event_id)

    def _send_once(self, answer: Answer) -> int:
        """Send an answer and return its event id.

        When an earlier try failed it may have arrived all the same: only its reply
        was lost. Then the chat holds it, after what was there before that try.
        """
        chat = self._chat(answer.chat)
        if answer.key in self._tried:
            self._read_on(chat)
            for message in chat.messages:
                is_new = message.id > self._tried[answer.key]
                is_taken = message.id in self._sent.values()
                is_it = message.mine and message.text == answer.text
                if is_it and is_new and not is_taken:
                    return message.id
        self._tried.setdefault(answer.key, chat.last_id)
        return self._conversations.send_text(answer.chat, answer.text)["id"]


def describe(chat: Chat) -> Json:
    """Return a chat as the view gets it."""
    messages = [vars(message) for message in chat.messages]
    return {
        "id": chat.id,
        "visitor": chat.visitor,
        "over": chat.over,
        "messages": messages,
    }
