"""The agent's pane in a notebook: an inbox, a transcript, and a field for answers.

End a cell with ``Pane(desk)`` to see it. The functions before it are notebook 08's.
"""

import asyncio
import time
from html import escape

import ipywidgets as widgets
from requests import RequestException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.realtime import RealtimeSession


# [8.1] put the longest wait first
def in_order(rows):
    def urgency(row):
        return not row["waiting_since"], row["waiting_since"]

    return sorted(rows, key=urgency)


# [/8.1]


# [8.2] make a line safe to show
def line(name, text):
    return f"<b>{escape(name)}</b>: {escape(text)}"


# [/8.2]


# [8.3] check whether a visitor is typing
def is_typing(signals, now):
    if not signals:
        return False
    moment, on = signals[-1]
    return on and now - moment <= 6


# [/8.3]


# [8.4] pass a reply to the loop's thread
def hand_over(room, text, loop, queue):
    if text.strip():
        loop.call_soon_threadsafe(queue.put_nowait, (room, text))


# [/8.4]


def row(room, events, agents):
    """Return what the inbox needs to know about a chat.

    room: the chat's id.
    events: the chat's events.
    agents: the ids of the agent's members.
    """
    last, since = "", ""
    for event in events:
        if event["type"] == "message":
            last = event["body"].get("text") or "(deleted)"
            answered = event.get("from") in agents
            since = "" if answered else since or event["timestamp"]
    return {"room": room, "last": last, "waiting_since": since}


class Pane:
    """The pane of one agent. A new one closes the old one, which nobody sees any more.

    desk: the agent's support desk.
    """

    current = None

    def __init__(self, desk):
        if Pane.current is not None:
            Pane.current.close()
        self.desk = desk
        self.agent = desk.agent()
        self.events = {}  # by room: in order, each event once
        self.members = {}  # by room: the agent's member
        self.signals = {}  # by room: when somebody started or stopped typing
        self.replies = asyncio.Queue()
        self.loop = asyncio.get_running_loop()
        self.inbox = widgets.Select(description="Chats", rows=4)
        self.said = widgets.HTML()
        self.typing = widgets.Label()
        self.field = widgets.Text(placeholder="Your answer")
        self.button = widgets.Button(description="Send")
        self.problem = widgets.Label()
        answer = widgets.HBox([self.field, self.button])
        parts = [self.inbox, self.said, self.typing, answer, self.problem]
        self.box = widgets.VBox(parts)
        self.inbox.observe(self.draw, "value")
        self.button.on_click(lambda button: self.send())
        self.field.on_msg(self.on_key)
        self.session = RealtimeSession(
            desk.realtime_url,
            lambda: desk.token_of(self.agent),
            on_event=self.on_event,
            on_login=lambda: self.start(self.read_all()),
            on_drop=lambda reason: None,  # It reconnects, and on_login reads on.
        )
        self.tasks = set()
        for work in (self.session.run(), self.send_replies(), self.look_who_types()):
            self.start(work)
        Pane.current = self

    def start(self, work):
        """Start a coroutine that runs alongside the cells."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def close(self):
        """Stop listening and hide the pane."""
        for task in self.tasks:
            task.cancel()
        self.box.close()

    async def away(self, call, *arguments):
        """Call Vonage in a thread that can wait, with its own client."""
        desk = self.desk.of(self.desk.agent_name)
        return await asyncio.to_thread(call, desk, *arguments)

    async def read_all(self):
        """Read the new events in all of the agent's chats, after each login."""

        def rooms(desk):
            return [each["id"] for each in desk.conversations.of_user(self.agent["id"])]

        for room in await self.away(rooms):
            await self.read_on(room)

    async def read_on(self, room):
        """Read the new events in a chat."""

        def read(desk):
            last = self.last_id(room)
            return list(desk.conversations.events(room, start=last + 1))

        for event in await self.away(read):
            self.take(room, event)
        self.show_inbox()
        self.draw()

    def last_id(self, room):
        """Return the id of the newest known event in a chat."""
        known = self.events.get(room)
        return known[-1]["id"] if known else 0

    def take(self, room, event):
        """Store an event, unless it's already known."""
        if event["id"] > self.last_id(room):
            self.events.setdefault(room, []).append(event)
        joined = event["body"]["user"] if event["type"] == "member:joined" else {}
        if joined.get("id") == self.agent["id"]:
            self.members[room] = event["body"]["member_id"]

    def on_event(self, event):
        """Handle a live event; it has to be quick, on the notebook's own loop."""
        room = event["cid"]
        if event["type"] == "ephemeral":
            if event.get("from") != self.members.get(room):
                on = bool(event["body"].get("typing"))
                self.signals.setdefault(room, []).append((time.monotonic(), on))
                self.show_typing()
        elif event.get("id") == self.last_id(room) + 1 and room in self.members:
            self.take(room, event)
            self.show_inbox()
            self.draw()
        else:  # There's a new visitor, or an event is missing.
            self.start(self.read_on(room))

    def show_inbox(self):
        """Sort the chats, and keep the one that the agent has chosen."""
        mine = set(self.members.values())
        rows = [row(room, events, mine) for room, events in self.events.items()]
        chosen = self.inbox.value
        rows = in_order(rows)
        options = [(each["last"] or "(nothing yet)", each["room"]) for each in rows]
        if options != list(self.inbox.options):
            self.inbox.options = options
        if chosen in self.events:
            self.inbox.value = chosen

    def draw(self, change=None):
        """Show the transcript of the chosen chat."""
        room, lines = self.inbox.value, []
        for event in self.events.get(room, []):
            if event["type"] == "message":
                user = event.get("_embedded", {}).get("from_user", {})
                mine = event.get("from") == self.members.get(room)
                name = "you" if mine else user.get("display_name", "visitor")
                lines.append(line(name, event["body"].get("text") or "(deleted)"))
        self.said.value = "<br>".join(lines)
        self.show_typing()

    def show_typing(self):
        """Show whether the visitor of the chosen chat is typing."""
        signals = self.signals.get(self.inbox.value, [])
        typing = is_typing(signals, time.monotonic())
        self.typing.value = "typing ..." if typing else ""

    async def look_who_types(self):
        """Check every second, because no event says that a signal has expired."""
        while True:
            await asyncio.sleep(1)
            self.show_typing()

    def on_key(self, field, message, buffers):
        """Send the answer when Enter is pressed."""
        if message.get("event") == "submit":
            self.send()

    def send(self):
        """Hand the answer over and clear the field; any thread can call this."""
        room, text = self.inbox.value, self.field.value
        if room is not None and text.strip():
            self.field.value = ""
            hand_over(room, text, self.loop, self.replies)

    async def send_replies(self):
        """Send the answers one by one."""

        def send(desk, room, text):
            desk.conversations.send_text(room, text, member=self.members[room])

        while True:
            room, text = await self.replies.get()
            self.problem.value = ""
            try:
                await self.away(send, room, text)
            except (HttpRequestError, RequestException) as error:
                # The next answer can still go out, and this one isn't lost.
                self.problem.value = f"Not sent: {str(error).splitlines()[0]}"
                self.field.value = self.field.value or text

    def __repr__(self):
        return "Your pane: run the cell to see it."

    def _repr_mimebundle_(self, **options):
        shown = self.box._repr_mimebundle_(**options) or {}
        return {**shown, "text/plain": repr(self)}
