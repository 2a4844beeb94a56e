"""An agent's chats, kept in sync with Vonage.

A loop in a separate thread owns them. So nothing here needs a lock or blocks the
notebook, and a busy cell doesn't delay messages. Live events aren't enough, because
some are missed while the connection is down. So after every login, each chat's log is
read from the last known event on, and events that arrive twice are recognised by their
ids. The logs are also compared every now and then, because a connection can be dead
without anybody noticing.

An agent sees their own chats, and those waiting at the front desk. A second session,
for the front desk's user, receives the latter.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from vonage_http_client.errors import NotFoundError

from livechat_helpers.conversations import Json
from livechat_helpers.engines import Session
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import FRONT_DESK, SupportDesk

from .background import Background
from .chat import Change, Chat, Line
from .claims import Claims
from .in_use import InUse
from .outbox import Outbox, Reply
from .receipts_and_typing import ReceiptsAndTyping
from .rest_threads import TROUBLE, Calls, in_words
from .team import Team
from .team_notes import Label, Notes

State = Literal["connecting", "online", "reconnecting", "offline", "ended"]

CHECK = 15.0
"""Seconds between comparisons with the logs while everything works."""

TYPING = 6.0
"""Seconds after which a visitor who was typing is considered to have stopped."""

_LOOK_AROUND = 2.0  # seconds between checks for changes on this machine
_MOST_GLANCES = 20  # colleagues' chats to check each time
_FIRST_POLL, _LONGEST_POLL = 1.0, 10.0  # seconds, while there are no live events
_GRACE = 1.0  # seconds that an event can take to arrive
_LOGIN = 3.0  # seconds before the chats are read without a session
_MANY = 30  # lines at a time beyond which they're reported as one change
_RESTS = (0.0, 0.2, 1.0, 3.0)  # seconds before reading an incomplete log again


class Listener:
    """Receives changes; its methods are called on the chats' loop."""

    def chat_changed(self, chat: Chat, change: Change, key: str | None) -> None:
        """Receive a change to a chat.

        key: the reply's key, if the new line is a reply from here.
        """

    def arrived(self, chat: Chat, line: Line) -> None:
        """Receive a new message, but none of the messages read at the start."""

    def replies_changed(self, chat: Chat) -> None:
        """Receive a change in a chat's unsent replies."""

    def chat_gone(self, chat: Chat) -> None:
        """Receive the news that a conversation was deleted."""

    def state_changed(self) -> None:
        """Receive the news of a different connection state, or of a problem."""


class _AnotherApplication(Exception):
    """The website uses a different application now; the text is its id."""


class AgentChats:
    """The chats of one agent.

    desk: the agent's desk.
    agent: the agent's user.
    sandbox_dir: the sandbox's folder; defaults to the kit's own.
    """

    def __init__(
        self, desk: SupportDesk, agent: Json, sandbox_dir: Path | None = None
    ) -> None:
        is_front_desk = desk.agent_name == FRONT_DESK
        front_desk = agent if is_front_desk else desk.of(FRONT_DESK).agent()
        self.agent = agent
        self.application = desk.application_id
        self.team = Team(
            self.application, desk.agent_name, Settings.load().colleagues()
        )
        self.selected = ""
        """The id of the most recently opened chat."""
        self.chats: dict[str, Chat] = {}
        self.arrived: list[tuple[Chat, Line]] = []
        """Every message, in order of arrival."""
        self.problems: list[str] = []
        """Failures in callbacks, newest last."""
        self.state: State = "connecting"
        self.detail = ""
        self.background = Background("agent-chats")
        self._listeners: list[Listener] = []
        self._front_desk = front_desk["id"]
        self._calls = Calls(desk)
        self._in_use = InUse(self.application, sandbox_dir)
        self._notes = Notes(self.agent["id"], self.problems.append)
        self._notes.read()
        self._claims = Claims(self.agent["id"])
        self._receipts_and_typing = ReceiptsAndTyping(self._calls, self.background)
        self.outbox = Outbox(
            self._calls, self, self._replies_changed, self._claims.done
        )
        users = {user["id"]: user for user in (self.agent, front_desk)}
        self._sessions = {id: self._session(desk, user) for id, user in users.items()}
        self._live: set[str] = set()  # the users whose session is logged in
        self._reading: dict[str, asyncio.Lock] = {}
        self._typing: dict[str, asyncio.TimerHandle] = {}
        self._woken = asyncio.Event()

    def _session(self, desk: SupportDesk, user: Json) -> Session:
        return desk.session(
            user,
            on_event=self._hear_live,
            on_login=lambda: self._logged_in(user["id"]),
            on_drop=lambda reason: self._dropped(user["id"], reason),
        )

    def start(self) -> None:
        """Log in and start following the chats, in a separate thread."""
        self.background.start(self._run)

    def close(self, wait: bool = True) -> None:
        """Log out and end the thread.

        wait: whether to wait until it has ended.
        """
        self.background.close(wait)

    # Everything below runs on the loop.

    async def _run(self) -> None:
        why = ""
        try:
            why = await self._follow()
        finally:
            self._set_state("ended", why)
            self._calls.close()
            self._claims.close()
            self.team.leave()

    async def _follow(self) -> str:
        """Follow the chats; return why that ended."""
        why = ""
        try:
            async with asyncio.TaskGroup() as group:
                for session in self._sessions.values():
                    group.create_task(session.run())
                group.create_task(self._receipts_and_typing.run())
                group.create_task(self._keep_up())
                group.create_task(self._look_around())
        except* _AnotherApplication as others:
            why = (
                "The website uses a different application now: "
                f"{others.exceptions[0]}. "
                "Run the cell again to see its visitors."
            )
        except* Exception as errors:
            failed = errors.exceptions[0]
            why = f"The pane has stopped: {failed!r}. Run the cell again."
            self.problem(why)
        return why

    def listen(self, listener: Listener) -> None:
        """Report every change to a listener from now on."""
        self._listeners.append(listener)

    def unlisten(self, listener: Listener) -> None:
        """Stop reporting changes to a listener."""
        self._listeners.remove(listener)

    async def settle(self) -> None:
        """Wait until everything Vonage has is here, and nothing is in progress."""
        while True:
            await self.background.until(lambda: self._is_quiet, 60)
            if self._is_quiet:
                listed = await self._list()
                lacking = [*self._behind(listed), *self._unlisted(listed)]
                await asyncio.gather(*(self.read_on(chat) for chat in lacking))
                if not lacking and self._is_quiet:
                    return

    @property
    def _is_quiet(self) -> bool:
        return self.state == "online" and not self.background.doing

    def under_way(self) -> str:
        """Return what ``settle`` is waiting for."""
        if self.state != "online":
            return f"the agent is {self.state}. {self.detail}".strip()
        return "replies, receipts or callbacks are still under way."

    def problem(self, text: str) -> None:
        """Record a failure for everybody to see."""
        self.problems.append(text)
        self._state_changed()

    # What changes

    def _tell(self, tell: Callable[[Listener], None]) -> None:
        self.background.wake()
        for listener in list(self._listeners):
            tell(listener)

    def _chat_changed(
        self, chat: Chat, change: Change | None = None, key: str | None = None
    ) -> None:
        what = change or Change("chat")
        self._tell(lambda listener: listener.chat_changed(chat, what, key))

    def _replies_changed(self, chat: Chat) -> None:
        self._tell(lambda listener: listener.replies_changed(chat))

    def _state_changed(self) -> None:
        self._tell(lambda listener: listener.state_changed())

    def _set_state(self, state: State, detail: str = "") -> None:
        if (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self._state_changed()

    # Sessions

    def _logged_in(self, user: str) -> None:
        self._live.add(user)
        self.background.wake()
        self._woken.set()

    def _dropped(self, user: str, reason: str) -> None:
        self._live.discard(user)
        if self.state == "online":
            self._set_state("reconnecting", reason)
        self._woken.set()

    @property
    def _all_live(self) -> bool:
        return len(self._live) == len(self._sessions)

    async def _keep_up(self) -> None:
        """Read what the sessions have missed: after logins, and every now and then."""
        poll = _FIRST_POLL
        await self.background.until(lambda: self._all_live, _LOGIN)
        while True:
            self._woken.clear()
            try:
                await self._catch_up()
            except TROUBLE as error:
                self._set_state(
                    "reconnecting" if self._all_live else "offline", in_words(error)
                )
            else:
                self._resume()
                if self._all_live and not self._woken.is_set():
                    self._set_state("online")
                elif not self._all_live:
                    words = f"No live events; messages arrive every {poll:.0f} s."
                    self._set_state("reconnecting", words)
            if self.state == "online":
                poll = _FIRST_POLL
                await self._rest(CHECK)
            else:
                await self._rest(poll)
                poll = min(_LONGEST_POLL, poll * 2)

    async def _rest(self, seconds: float) -> None:
        """Wait for some time, or until a session comes or goes."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _catch_up(self) -> None:
        listed = await self._list()
        if self.state == "online" and self._behind(listed):
            await asyncio.sleep(_GRACE)
            if self._behind(listed):  # The sessions don't receive anything.
                for session in self._sessions.values():
                    session.reconnect()
        lacking = [*self._behind(listed), *self._unlisted(listed)]
        await asyncio.gather(*(self.read_on(chat) for chat in lacking))
        others = [chat for chat in self.known() if chat.state == "colleague"]
        await asyncio.gather(*(self._glance(chat) for chat in others[-_MOST_GLANCES:]))

    async def _glance(self, chat: Chat) -> None:
        """Check whether a colleague's visitor is waiting."""
        start = max(chat.last_id, chat.glanced_at) + 1
        with suppress(NotFoundError):
            events = await self._calls(
                lambda desk: list(desk.conversations.events(chat.id, start=start))
            )
            if chat.state == "colleague" and chat.glance(events):
                self._chat_changed(chat)

    def _resume(self) -> None:
        """Send replies that an earlier kernel accepted from a view but didn't send."""
        found: set[int] = set()  # the ids of the messages with these replies
        for reply in self._claims.left_behind():
            chat = self.chats.get(reply.chat)
            line = chat and _sent(reply, chat, found)
            if chat and not line:
                self.send(reply)
            else:
                self._claims.done(reply.key)
            if line:
                found.add(line.id)

    async def _look_around(self) -> None:
        """Check regularly what others have changed on this machine."""
        while True:
            other = await self._calls(lambda _: self._in_use.other())
            if other:
                raise _AnotherApplication(other)
            present = self.team.present()
            self._read_notes()
            with suppress(OSError):
                self.team.show()
            await asyncio.sleep(_LOOK_AROUND)
            if self.team.present() != present:
                self._state_changed()

    def _read_notes(self) -> None:
        problems = len(self.problems)
        for id, note in self._notes.read():
            if chat := self.chats.get(id):
                change = chat.add_note(note) if note else Change("chat")
                self._chat_changed(chat, change)
        if len(self.problems) > problems:
            self._state_changed()

    async def _list(self) -> dict[str, int]:
        """Return the last event id of each conversation of the agent and the queue."""

        def ask(desk: SupportDesk) -> dict[str, int]:
            return {
                found["id"]: found["sequence_number"]
                for user in self._sessions
                for found in desk.conversations.of_user(user)
            }

        return await self._calls(ask)

    def _behind(self, listed: dict[str, int]) -> list[Chat]:
        """Return the chats, including new ones, that lack events."""
        return [
            self._chat(id)
            for id, last in listed.items()
            if self._chat(id).last_id < last
        ]

    def _unlisted(self, listed: dict[str, int]) -> list[Chat]:
        """Return the chats that have been handed over or deleted.

        After a lost connection, that can apply to any chat. A chat without agents is
        being deleted: on Matrix, everybody is removed first.
        """
        is_back = self.state != "online"
        return [
            chat
            for chat in self.chats.values()
            if chat.id not in listed
            and (chat.is_in_sight or not chat.agents or is_back)
        ]

    # Events

    def known(self) -> list[Chat]:
        """Return the chats with a known visitor."""
        return [chat for chat in self.chats.values() if chat.visitor_user]

    def earlier(self, chat: Chat) -> list[Chat]:
        """Return the visitor's earlier chats, as far as they're known."""
        logins = chat.earlier_logins
        found = {one.visitor_login: one for one in self.known()} if logins else {}
        return [found[login] for login in logins if login in found]

    def _chat(self, id: str) -> Chat:
        if id not in self.chats:
            notes = self._notes.of(id)
            self.chats[id] = Chat(id, self.agent["id"], self._front_desk, notes)
        return self.chats[id]

    def _hear_live(self, event: Json) -> None:
        if event["type"] == "ephemeral":
            self._hear_ephemeral(event)
        elif "id" in event:
            self.hear_event(self._chat(event["cid"]), event)
        elif event["type"] == "message:seen":
            self._hear_seen(self._chat(event["cid"]), event)

    def hear_event(self, chat: Chat, event: Json) -> None:
        """Receive an event from any source, and read those that came before it."""
        chat.early[event["id"]] = event
        self._apply_early(chat)
        if chat.early and not self._is_reading(chat):
            self.background.spawn(self._fill_gap(chat))

    def _apply_early(self, chat: Chat) -> None:
        """Apply events that are next in order, and drop known ones."""
        chat.early = {id: e for id, e in chat.early.items() if id > chat.last_id}
        while event := chat.early.pop(chat.last_id + 1, None):
            self._applied(chat, chat.apply(event))

    def _is_reading(self, chat: Chat) -> bool:
        return chat.id in self._reading and self._reading[chat.id].locked()

    async def _fill_gap(self, chat: Chat) -> None:
        with suppress(*TROUBLE):  # The next check will bring what's still missing.
            await self.read_on(chat)

    async def read_on(self, chat: Chat) -> None:
        """Read new events in a conversation's log."""
        async with self._reading.setdefault(chat.id, asyncio.Lock()):
            for rest in _RESTS:
                await asyncio.sleep(rest)
                if not await self._read_once(chat) or not chat.early:
                    return
            # Some live events still aren't in the log. An id may be missing for good.
            for id in sorted(chat.early):
                if id > chat.last_id:
                    self._applied(chat, chat.apply(chat.early[id]))
            chat.early.clear()

    async def _read_once(self, chat: Chat) -> bool:
        """Read new events in a log; return whether the conversation exists."""
        start = chat.last_id + 1
        try:
            events = await self._calls(
                lambda desk: list(desk.conversations.events(chat.id, start=start))
            )
        except NotFoundError:
            self._forget(chat)
            return False
        known = len(chat.lines)
        self._applied_many(chat, chat.apply_all(events), known)
        self._apply_early(chat)
        return True

    def _forget(self, chat: Chat) -> None:
        if self.chats.pop(chat.id, None):
            self._tell(lambda listener: listener.chat_gone(chat))

    def _applied_many(self, chat: Chat, changes: list[Change], known: int) -> None:
        """Report what was read from a log.

        known: how many lines there were before.
        """
        if len(changes) <= _MANY and self.state != "connecting":
            for change in changes:
                self._applied(chat, change)
            return
        for line in chat.lines[known:]:
            self._note_arrival(chat, line)
        self._receipts_and_typing.confirm(chat, chat.to_confirm("delivered"))
        self._chat_changed(chat)

    def _applied(self, chat: Chat, change: Change) -> None:
        key = None
        if change.what == "new":
            line = chat.lines[change.index]
            key = self._note_arrival(chat, line)
            if key is not None:  # An agent who answers has read the chat.
                self._receipts_and_typing.see(chat)
            elif line.kind == "event":  # The chat may be ours now.
                self._receipts_and_typing.confirm(chat, chat.to_confirm("delivered"))
            elif line.who == "visitor":
                self._receipts_and_typing.confirm(chat, [line])
        self._chat_changed(chat, change, key)

    def _note_arrival(self, chat: Chat, line: Line) -> str | None:
        """Remember a message; if it's one of our replies, return the reply's key."""
        if line.kind != "message":
            return None
        self.arrived.append((chat, line))
        if self.state != "connecting":
            self._tell(lambda listener: listener.arrived(chat, line))
        return self.outbox.match(chat, line) if line.who == "agent" else None

    def _hear_ephemeral(self, event: Json) -> None:
        chat = self.chats.get(event["cid"])
        user = event.get("_embedded", {}).get("from_user", {}).get("id")
        if chat and user == chat.visitor_user and "typing" in event["body"]:
            self._set_typing(chat, bool(event["body"]["typing"]))

    def _hear_seen(self, chat: Chat, event: Json) -> None:
        """Handle a receipt that isn't in the log, for all messages up to one."""
        for change in chat.see_until(event):
            self._chat_changed(chat, change)

    def _set_typing(self, chat: Chat, is_typing: bool) -> None:
        if timer := self._typing.pop(chat.id, None):
            timer.cancel()
        if is_typing:
            over = lambda: self._set_typing(chat, False)  # noqa: E731
            self._typing[chat.id] = self.background.loop.call_later(TYPING, over)
        if chat.is_typing != is_typing:
            chat.is_typing = is_typing
            self._chat_changed(chat)

    # What the agent does

    def read(self, chat: Chat) -> None:
        """Mark a chat's messages as seen, and tell the visitor."""
        if chat.is_mine and chat.unread:
            self._receipts_and_typing.see(chat)
            self._chat_changed(chat)

    def keep_reading(self, chat: Chat, seconds: float) -> None:
        """Treat new messages in a chat as seen immediately, for some seconds."""
        self._receipts_and_typing.keep_reading(chat, seconds)
        if seconds:
            self.read(chat)

    def type(self, chat: Chat, is_typing: bool) -> None:
        """Show the visitor whether the agent is typing."""
        self._receipts_and_typing.type(chat, is_typing)

    def send(self, reply: Reply) -> None:
        """Send a reply; calling this again doesn't send it twice."""
        self.background.spawn(self.outbox.send(reply, self.chats[reply.chat]))

    def discard(self, reply: Reply) -> None:
        """Drop a reply that couldn't be sent."""
        self.outbox.discard(reply, self.chats[reply.chat])

    def claim(self, reply: Reply) -> None:
        """Send a reply from a view, unless a kernel has already accepted it.

        Raises:
            OSError: the file that records this can't be written.
        """
        if self._claims.claim(reply, self.chats[reply.chat].last_id):
            self.send(reply)

    def keep_note(self, chat: Chat, text: str, key: str) -> None:
        """Save a note on a chat; it isn't sent to anybody.

        key: identifies the note, so that it's only saved once.
        """
        self._notes.keep(chat, text, self.agent["display_name"], key)
        self._read_notes()

    def label(self, chat: Chat) -> Label:
        """Return a chat's labels."""
        return self._notes.label(chat.id)

    def sort(self, chat: Chat, labels: list[str], urgent: bool) -> None:
        """Label a chat, for the whole team to see."""
        self._notes.sort(chat, labels, urgent)
        self._read_notes()

    async def take(self, chat: Chat) -> None:
        """Take a chat from its current owner."""
        await self._calls(lambda desk: desk.take(chat.id))
        await self.read_on(chat)

    async def hand_over(self, chat: Chat, to: str) -> None:
        """Hand a chat over to another agent.

        Raises:
            LookupError: there is no such agent.
        """
        everybody = [agent for known in self.known() for agent in known.agents]
        seen = {agent.name: agent.login for agent in everybody if agent.login}
        name = self.team.find(to, seen)
        await self._calls(lambda desk: desk.hand_over(chat.id, name))
        await self.read_on(chat)

    async def close_chat(self, chat: Chat, reason: str) -> None:
        """End a chat."""
        await self._calls(lambda desk: desk.close_chat(chat.id, reason))
        await self.read_on(chat)

    async def reopen(self, chat: Chat) -> None:
        """Reopen an ended chat.

        Raises:
            LookupError: its visitor has left, so there's nobody to talk to.
        """
        if chat.ended and not chat.can_reopen:
            raise LookupError(
                f"{chat.visitor} has left this chat. It can't be reopened."
            )
        await self._calls(lambda desk: desk.reopen(chat.id))
        await self.read_on(chat)


def _sent(reply: Reply, chat: Chat, others: set[int]) -> Line | None:
    """Return a reply's message if the reply has already been sent.

    others: the ids of messages that belong to other replies.
    """
    for line in chat.lines:
        is_later = line.id > (reply.tried_after or 0) and line.id not in others
        is_ours = line.kind == "message" and line.who == "agent"
        if is_later and is_ours and line.text == reply.text:
            return line
    return None
