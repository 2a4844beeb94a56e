"""The webhooks: every event sent to the application's own server.

An event goes to the ``event_url`` of the application's ``rtc`` capability and, as a
second target, to the conversation's own ``callback``. For that second one, Vonage only
names the fields (``url``, ``method``, ``event_mask``, ``params``); here the mask is a
comma list of event types with ``*`` for any rest, no mask is every event, and the
params are in the body as ``params``. ``ephemeral`` events go to sessions alone.

What has to be sent is stored with the event, in the same transaction, and removed when
the receiver has taken it: it outlives the process, and after a crash something may be
sent a second time, but nothing is lost. Address, method and signing are those that
applied when the event happened: a change to the application only affects later events.

The webhooks of one conversation to one address go out one after the other; different
conversations go side by side, and a receiver that is slow or dead delays no other one.
Vonage does not publish when it repeats these webhooks. Here a try may last 5 seconds,
and is repeated after half a second and then after one second when the server failed
(5xx) or did not answer in time; where nobody listens, for a quarter of a minute. Then,
and after any status other than 200 to 205, the webhook is given up and the next
one follows.

Source: https://developer.vonage.com/en/getting-started/concepts/webhooks
"""

import asyncio
import itertools
import json
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

from ..http.validation import Json
from ..lab.active_faults import Faults
from ..lab.trace_log import Trace
from ..rules.events import Event
from ..storage.store import Store, Transaction, report

PAUSES = (0.5, 1.0)
"""Seconds before each repeated try."""
PAUSES_FOR_NOBODY = (0.5, 1.0, 2.0, 4.0, 8.0)
"""The same where nobody listens: a server that is started again takes that long."""
NOBODY = "nobody listens"
"""How the outcome of such a try begins."""
SIDE_BY_SIDE = 20
"""Conversations whose webhooks are on their way to one address at the same time."""
MOST_WAITING = 10_000
"""Webhooks of one application that may wait; then the oldest are given up."""
_OVERTAKING = 1.0  # seconds that a webhook waits for the next one to go first
_AFTER_TROUBLE = 10.0  # seconds until a file that did not work is tried again
_IS_IT = "position = ? AND body = ?"  # a state that was taken back counts again
_OF_NO_CONVERSATION = ("conversation:created", "conversation:deleted")


@dataclass(frozen=True)
class _Target:
    """Where an event is sent, and what is sent along with it."""

    address: str
    method: str
    params: Json | None = None


@dataclass(frozen=True)
class _Settings:
    """What an application says of its webhooks.

    signed: even without being asked to. Vonage does not say what it does then.
    """

    event_url: _Target | None
    signed: bool


def _read_settings(capabilities: Mapping[str, Any]) -> _Settings:
    rtc = capabilities.get("rtc", {})
    event_url = rtc.get("webhooks", {}).get("event_url")
    target = None
    if event_url is not None:
        method = event_url.get("http_method", "POST").upper()
        target = _Target(event_url["address"], method)
    return _Settings(target, rtc.get("signed_callbacks", True))


def _second_target(callback: Json | None, kind: str) -> _Target | None:
    """Return where a conversation's own callback wants an event of a type sent."""
    if callback is None or "url" not in callback:
        return None
    mask = callback.get("event_mask", "*")
    if not any(fnmatchcase(kind, part.strip()) for part in mask.split(",")):
        return None
    method = callback.get("method", "POST").upper()
    return _Target(callback["url"], method, callback.get("params"))


def _body(event: Event) -> Json:
    """Return an event as a webhook carries it."""
    body: Json = {"type": event.type}
    if event.type not in _OF_NO_CONVERSATION:
        if event.id is not None:
            body["id"] = event.id
        body["conversation_id"] = event.conversation_id
    body["application_id"] = event.application_id
    body["timestamp"] = event.timestamp
    if event.sender is not None:
        body["from"] = event.sender
    body["body"] = event.body
    if event.sender is not None:
        body["_embedded"] = event.embedded
    return body


@dataclass
class _Receiver:
    """The conversations with webhooks for one address.

    due: those whose turn it is, in order. held: those a fault keeps back.
    busy: those with a webhook on its way, and what sends it.
    """

    address: str
    due: dict[str, None] = field(default_factory=dict)
    held: dict[str, None] = field(default_factory=dict)
    busy: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)


class Sender(Protocol):
    """What sends a webhook once."""

    async def send(self, webhook: sqlite3.Row) -> int | str:
        """Return the answer's status, or why there isn't one."""
        ...

    async def close(self) -> None:
        """Close the connections."""


class WebhookQueue:
    """The queue of webhooks, on disk, and what delivers it.

    In memory is only which conversations have something waiting; a webhook itself is
    read when its turn has come.

    store: where the queue is. trace: where each try is noted. faults: what happens to
    webhooks on purpose. open_sender: makes what sends them; it runs on another thread,
    since loading it takes long, and not everybody needs it.
    """

    def __init__(
        self,
        store: Store,
        trace: Trace,
        faults: Faults,
        open_sender: Callable[[], Sender],
    ) -> None:
        self._store = store
        self._trace = trace
        self._faults = faults
        self._open_sender = open_sender
        for kind in ("stop_webhooks", "reorder_webhooks"):
            faults.when(kind, lambda fault: self.wake)
        self._settings: dict[str, _Settings] = {}
        self._overflowed: deque[sqlite3.Row] = deque()
        self._receivers: dict[str, _Receiver] = {}
        self._newest = 0  # the position of the last one that was stored, and
        self._seen = 0  # the one up to which the queue was looked through
        self._news = asyncio.Event()
        self._sender: asyncio.Task[Sender] | None = None
        self._closed = False

    # While the store runs a write

    def queue(self, transaction: Transaction) -> None:
        """Store the webhooks of a transaction's events, as part of it."""
        for event in transaction.events:
            if event.type == "ephemeral":
                continue
            settings = self._settings_of(transaction, event.application_id)
            for target in (
                settings.event_url,
                _second_target(event.callback, event.type),
            ):
                if target is not None:
                    self._keep(transaction, event, target, settings.signed)

    def _settings_of(self, tx: Transaction, application_id: str) -> _Settings:
        known = self._settings
        if application_id not in known:
            row = tx.one("SELECT body FROM applications WHERE id = ?", application_id)
            body = json.loads(row["body"]) if row is not None else {}
            known[application_id] = _read_settings(body.get("capabilities", {}))
        return known[application_id]

    def _keep(
        self, tx: Transaction, event: Event, target: _Target, signed: bool
    ) -> None:
        body = _body(event)
        if target.params:
            body["params"] = target.params
        stored = tx.one(
            "INSERT INTO webhooks (application_id, conversation_id, type, address,"
            " method, signed, body) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING position",
            event.application_id,
            event.conversation_id,
            event.type,
            target.address,
            target.method,
            signed,
            json.dumps(body, separators=(",", ":")),
        )
        assert stored is not None
        self._newest = stored["position"]
        self._overflowed += tx.all(
            "DELETE FROM webhooks WHERE application_id = ?1 AND position <="
            " (SELECT position FROM webhooks WHERE application_id = ?1"
            " ORDER BY position DESC LIMIT 1 OFFSET ?2) RETURNING *",
            event.application_id,
            MOST_WAITING,
        )

    # On the event loop

    def forget(self) -> None:
        """Look at everything again: an application has changed, or the whole state."""
        self._settings = {}
        self._seen = 0
        self.wake()

    def wake(self) -> None:
        """Go on with everything, also with what a fault has held back so far."""
        for receiver in list(self._receivers.values()):
            receiver.due.update(receiver.held)
            receiver.held.clear()
            self._deliver(receiver)
        self._look()

    def find_due(self) -> None:
        """Go on with what was committed since the last look, if anything was."""
        # What is stored but not yet committed is not found, and looked for again.
        if self._newest > self._seen:
            self._look()

    def _look(self) -> None:
        if self._closed:
            return
        while self._overflowed:
            lost = self._overflowed.popleft()
            self._note(lost, 0, f"{MOST_WAITING} newer ones wait", 0.0, True)
        try:
            found = self._store.read.all(
                "SELECT position, address, conversation_id FROM webhooks"
                " WHERE position > ? ORDER BY position",
                self._seen,
            )
        except sqlite3.Error as error:
            report(error)
            return
        for position, address, conversation_id in found:
            self._seen = position
            receiver = self._receivers.setdefault(address, _Receiver(address))
            if not (
                conversation_id in receiver.busy or conversation_id in receiver.held
            ):
                receiver.due[conversation_id] = None
            self._deliver(receiver)
        if found:
            self._news.set()  # wakes whatever waits for it now
            self._news.clear()

    async def close(self) -> None:
        """Stop delivering; what waits stays on disk."""
        self._closed = True
        tasks = [
            task for each in self._receivers.values() for task in each.busy.values()
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._sender is not None:
            await (await self._sender).close()

    def _deliver(self, receiver: _Receiver) -> None:
        """Start on the conversations that are due, as many as may go side by side."""
        while not self._closed and receiver.due and len(receiver.busy) < SIDE_BY_SIDE:
            conversation_id = next(iter(receiver.due))
            del receiver.due[conversation_id]
            receiver.busy[conversation_id] = asyncio.create_task(
                self._deliver_next(receiver, conversation_id)
            )
        if not (receiver.due or receiver.busy or receiver.held):
            self._receivers.pop(receiver.address, None)

    async def _deliver_next(self, receiver: _Receiver, conversation_id: str) -> None:
        """Deliver the oldest webhook of a conversation; the next one is due then."""
        again: dict[str, None] | None = receiver.due
        try:
            webhook = self._next(receiver.address, conversation_id)
            if webhook is None:
                again = None
            elif not await self._deliver_one(webhook):
                again = receiver.held
        except Exception as error:  # Without a pause it would fail again at once.
            report(error)
            await asyncio.sleep(_AFTER_TROUBLE)
        finally:
            del receiver.busy[conversation_id]
            if again is not None:
                again[conversation_id] = None
            self._deliver(receiver)

    async def _deliver_one(self, webhook: sqlite3.Row) -> bool:
        """Deliver a webhook as the faults say; return whether it may go at all."""
        fate = self._faults.webhook(
            webhook["conversation_id"], webhook["type"], webhook["application_id"]
        )
        if fate == "hold":
            return False
        if fate == "later":
            overtaking = await self._following(webhook)
            if overtaking is not None:
                await self._send(overtaking)
                await self._remove(overtaking)
        await self._send(webhook)
        if fate == "twice":
            await self._send(webhook)
        await self._remove(webhook)
        return True

    async def _send(self, webhook: sqlite3.Row) -> None:
        """Try until the receiver has taken a webhook, or it is given up."""
        sender = await self._opened_sender()
        for attempt in itertools.count(1):
            began = time.monotonic()
            try:
                outcome = await sender.send(webhook)
            except Exception as error:  # Whatever it was: it waits, and is given up.
                outcome = f"no answer: {error or type(error).__name__}"
            seconds = time.monotonic() - began
            pause = _pause(outcome, attempt)
            given_up = pause is None and not _is_taken(outcome)
            self._note(webhook, attempt, outcome, seconds, given_up)
            if pause is None:
                return
            await asyncio.sleep(pause)
            if not self._waits(webhook):
                return  # its application was deleted

    async def _opened_sender(self) -> Sender:
        if self._sender is None:
            self._sender = asyncio.create_task(asyncio.to_thread(self._open_sender))
        return await asyncio.shield(self._sender)

    def _next(
        self, address: str, conversation_id: str, after: int = 0
    ) -> sqlite3.Row | None:
        return self._store.read.one(
            "SELECT * FROM webhooks WHERE address = ? AND conversation_id = ?"
            " AND position > ? ORDER BY position LIMIT 1",
            address,
            conversation_id,
            after,
        )

    async def _following(self, webhook: sqlite3.Row) -> sqlite3.Row | None:
        """Return the next webhook of the same conversation; None if none comes."""
        place = webhook["address"], webhook["conversation_id"], webhook["position"]
        try:
            async with asyncio.timeout(_OVERTAKING):
                while (found := self._next(*place)) is None:
                    await self._news.wait()
        except TimeoutError:
            return None
        return found

    def _waits(self, webhook: sqlite3.Row) -> bool:
        query = f"SELECT 1 FROM webhooks WHERE {_IS_IT}"
        return self._store.read.one(query, *_it(webhook)) is not None

    async def _remove(self, webhook: sqlite3.Row) -> None:
        await self._store.write(
            lambda tx: tx.run(f"DELETE FROM webhooks WHERE {_IS_IT}", *_it(webhook))
        )

    def _note(
        self,
        webhook: sqlite3.Row,
        attempt: int,
        outcome: int | str,
        seconds: float,
        given_up: bool,
    ) -> None:
        self._trace.webhook(
            application_id=webhook["application_id"],
            conversation_id=webhook["conversation_id"],
            event_type=webhook["type"],
            address=webhook["address"],
            attempt=attempt,
            outcome=outcome,
            seconds=seconds,
            given_up=given_up,
        )


def _is_taken(outcome: int | str) -> bool:
    return isinstance(outcome, int) and 200 <= outcome <= 205


def _pause(outcome: int | str, attempt: int) -> float | None:
    """Return the seconds until a webhook is tried again; None if it is not."""
    if isinstance(outcome, int) and outcome < 500:
        return None  # it would not be taken another time either
    pauses = PAUSES
    if isinstance(outcome, str) and outcome.startswith(NOBODY):
        pauses = PAUSES_FOR_NOBODY
    return pauses[attempt - 1] if attempt <= len(pauses) else None


def _it(webhook: sqlite3.Row) -> tuple[int, str]:
    return webhook["position"], webhook["body"]
