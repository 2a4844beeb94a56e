"""The webhooks: every event is sent to the application's own server.

An event goes to the ``event_url`` of the application's ``rtc`` capability and, as a
second target, to the conversation's own ``callback``. For the callback, Vonage only
documents the names of its fields (``url``, ``method``, ``event_mask``, ``params``). In
this sandbox, the mask is a comma-separated list of event types, where ``*`` matches any
text. Without a mask, every event is sent. The params are in the body as ``params``.
``ephemeral`` events only go to sessions.

A webhook is stored in the same transaction as its event, and deleted when the receiver
has accepted it. That way it survives the process. After a crash, a webhook can be sent
twice, but none is lost. Its address, method and signing are those at the time of the
event: a change to the application only affects later events.

The webhooks of one conversation to one address are sent one after another. Different
conversations run in parallel, so a slow or dead receiver only delays its own. Vonage
doesn't publish when it retries these webhooks. Here, each try can take 5 seconds. If
the server fails (5xx) or doesn't answer in time, there are two retries, after 0.5 and 1
seconds; if nobody listens at the address, the retries go on for a quarter of a minute.
After that, or after any other status outside 200 to 205, the webhook is dropped and the
next one follows.

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
"""Seconds before each retry."""
PAUSES_FOR_NOBODY = (0.5, 1.0, 2.0, 4.0, 8.0)
"""The same if nobody listens, because a server takes that long to restart."""
NOBODY = "nobody listens"
"""How the outcome of such a try starts."""
SIDE_BY_SIDE = 20
"""How many conversations can send webhooks to one address in parallel."""
MOST_WAITING = 10_000
"""How many webhooks of one application can wait.

Beyond that, the oldest are dropped.
"""
_OVERTAKING = 1.0  # seconds that a webhook waits for another one to overtake it
_AFTER_TROUBLE = 10.0  # seconds before retrying after an error of the file
_IS_IT = "position = ? AND body = ?"  # A restored state reuses its positions.
_OF_NO_CONVERSATION = ("conversation:created", "conversation:deleted")


@dataclass(frozen=True)
class _Target:
    """Where to send an event.

    address: the URL.
    method: the HTTP method.
    params: what to send along with the event.
    """

    address: str
    method: str
    params: Json | None = None


@dataclass(frozen=True)
class _Settings:
    """An application's webhook settings.

    event_url: where its events go.
    signed: whether to sign webhooks; true if the application doesn't say, because
        Vonage doesn't document what happens then.
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
    """Return the target for a type of event in a conversation's callback, if any."""
    if callback is None or "url" not in callback:
        return None
    mask = callback.get("event_mask", "*")
    if not any(fnmatchcase(kind, part.strip()) for part in mask.split(",")):
        return None
    method = callback.get("method", "POST").upper()
    return _Target(callback["url"], method, callback.get("params"))


def _body(event: Event) -> Json:
    """Return the body of an event's webhook."""
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

    address: the URL.
    due: those that come next, in order.
    held: those that a fault holds back.
    busy: those with a webhook on its way, and the tasks that send it.
    """

    address: str
    due: dict[str, None] = field(default_factory=dict)
    held: dict[str, None] = field(default_factory=dict)
    busy: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)


class Sender(Protocol):
    """Sends a webhook once."""

    async def send(self, webhook: sqlite3.Row) -> int | str:
        """Return the status of the answer, or why there wasn't one."""
        ...

    async def close(self) -> None:
        """Close the connections."""


class WebhookQueue:
    """The queue of webhooks, which is on disk, and their delivery.

    Only the ids of conversations with waiting webhooks are in memory; each webhook is
    read when it's due.

    store: where the queue is stored.
    trace: records each try.
    faults: what's made to go wrong on purpose.
    open_sender: creates the sender, in another thread, because that takes time and not
        every sandbox needs one.
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
        self._newest = 0  # the position of the last webhook that was stored
        self._seen = 0  # the position up to which the queue has been read
        self._news = asyncio.Event()
        self._sender: asyncio.Task[Sender] | None = None
        self._closed = False

    # While the store is writing

    def queue(self, transaction: Transaction) -> None:
        """Store the webhooks for a transaction's events, as part of the transaction."""
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
        """Read everything again: an application, or the whole state, has changed."""
        self._settings = {}
        self._seen = 0
        self.wake()

    def wake(self) -> None:
        """Continue with everything, including whatever a fault has held back so far."""
        for receiver in list(self._receivers.values()):
            receiver.due.update(receiver.held)
            receiver.held.clear()
            self._deliver(receiver)
        self._look()

    def find_due(self) -> None:
        """Continue with webhooks committed since the last look, if there are any."""
        # Webhooks that aren't committed yet aren't found now, but next time.
        if self._newest > self._seen:
            self._look()

    def _look(self) -> None:
        if self._closed:
            return
        while self._overflowed:
            lost = self._overflowed.popleft()
            self._note(lost, 0, f"{MOST_WAITING} newer ones are waiting", 0.0, True)
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
            self._news.set()  # This wakes everybody who is waiting now.
            self._news.clear()

    async def close(self) -> None:
        """Stop delivering; waiting webhooks stay on disk."""
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
        """Start on the conversations that are due, as many as can run in parallel."""
        while not self._closed and receiver.due and len(receiver.busy) < SIDE_BY_SIDE:
            conversation_id = next(iter(receiver.due))
            del receiver.due[conversation_id]
            receiver.busy[conversation_id] = asyncio.create_task(
                self._deliver_next(receiver, conversation_id)
            )
        if not (receiver.due or receiver.busy or receiver.held):
            self._receivers.pop(receiver.address, None)

    async def _deliver_next(self, receiver: _Receiver, conversation_id: str) -> None:
        """Deliver a conversation's oldest webhook; after that, the next one is due."""
        again: dict[str, None] | None = receiver.due
        try:
            webhook = self._next(receiver.address, conversation_id)
            if webhook is None:
                again = None
            elif not await self._deliver_one(webhook):
                again = receiver.held
        except Exception as error:  # Without a pause, it would fail again immediately.
            report(error)
            await asyncio.sleep(_AFTER_TROUBLE)
        finally:
            del receiver.busy[conversation_id]
            if again is not None:
                again[conversation_id] = None
            self._deliver(receiver)

    async def _deliver_one(self, webhook: sqlite3.Row) -> bool:
        """Deliver a webhook as the faults allow; return False if one holds it back."""
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
        """Send a webhook until the receiver has accepted it or the tries run out."""
        sender = await self._opened_sender()
        for attempt in itertools.count(1):
            began = time.monotonic()
            try:
                outcome = await sender.send(webhook)
            except Exception as error:  # Treat any error like a missing answer.
                outcome = f"no answer: {error or type(error).__name__}"
            seconds = time.monotonic() - began
            pause = _pause(outcome, attempt)
            given_up = pause is None and not _is_taken(outcome)
            self._note(webhook, attempt, outcome, seconds, given_up)
            if pause is None:
                return
            await asyncio.sleep(pause)
            if not self._waits(webhook):
                return  # Its application has been deleted.

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
        """Return the conversation's next webhook, or None if none arrives in time."""
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
    """Return the seconds before the next try, or None if there isn't one."""
    if isinstance(outcome, int) and outcome < 500:
        return None  # Another try would get the same answer.
    pauses = PAUSES
    if isinstance(outcome, str) and outcome.startswith(NOBODY):
        pauses = PAUSES_FOR_NOBODY
    return pauses[attempt - 1] if attempt <= len(pauses) else None


def _it(webhook: sqlite3.Row) -> tuple[int, str]:
    return webhook["position"], webhook["body"]
