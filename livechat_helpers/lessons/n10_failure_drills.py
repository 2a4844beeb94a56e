"""Notebook 10: what goes wrong between two computers, and the way back."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import jwt
from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.applications import current_application
from livechat_helpers.conversations import Json
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.sandbox.remote.faults import Fault
from livechat_helpers.support_desk import SupportDesk

from .content import Exercise, Lesson, Mistaken
from .wording import words_of

_MOST = 12  # attempts, after which a check knows that there is no end
_ATTEMPTS = 5
_ATTEMPTS_TO_SEND = 3


class _Counted:
    """A call that is counted, and the waiting that came between."""

    def __init__(self) -> None:
        desk = SupportDesk.open()
        self._conversations = desk.conversations
        self._id = desk.conversations.create()["id"]
        self.calls = 0
        self.waits: list[float] = []

    def call(self) -> Json:
        self.calls += 1
        return self._conversations.get(self._id)

    def wait(self, seconds: float) -> None:
        self.waits.append(float(seconds))

    def refused(self, status: int, times: int, retry_after: int | None = None) -> Fault:
        """Let Vonage refuse this call, and no other, so many times."""
        path = f"/*/conversations/{self._id}"
        return connect().faults.refuse(
            status, path=path, times=times, retry_after=retry_after
        )


def _check_retry(retry: Callable[..., Any]) -> None:
    calm = _Counted()
    if retry(calm.call, calm.wait) is None:
        raise Mistaken("nothing")
    if calm.calls > 1:
        raise Mistaken("again_for_nothing", times=calm.calls)
    _check_refusal(retry)
    _check_pauses(retry)
    _check_end(retry)


def _check_refusal(retry: Callable[..., Any]) -> None:
    counted = _Counted()
    with counted.refused(403, times=_MOST):
        try:
            retry(counted.call, counted.wait)
        except HttpRequestError:
            pass
        else:
            if counted.calls < _MOST:
                raise Mistaken("silent", status=403)
    if counted.calls > 1:
        raise Mistaken("after_any_error", times=counted.calls)


def _check_pauses(retry: Callable[..., Any]) -> None:
    counted = _Counted()
    with counted.refused(503, times=_ATTEMPTS - 1):
        try:
            retry(counted.call, counted.wait)
        except HttpRequestError:
            raise Mistaken("gives_up", times=counted.calls) from None
    if not counted.waits:
        raise Mistaken("no_pause")
    if not all(later > earlier for earlier, later in pairwise(counted.waits)):
        raise Mistaken("same_pause", waits=_listed(counted.waits))
    counted = _Counted()
    with counted.refused(429, times=1, retry_after=7):
        retry(counted.call, counted.wait)
    if not 7 <= sum(counted.waits) < 8:
        raise Mistaken("not_as_told", waits=_listed(counted.waits))


def _check_end(retry: Callable[..., Any]) -> None:
    counted = _Counted()
    with counted.refused(500, times=_MOST):
        try:
            retry(counted.call, counted.wait)
        except HttpRequestError:
            pass
        else:
            if counted.calls < _MOST:
                raise Mistaken("silent", status=500)
    if counted.calls >= _MOST:
        raise Mistaken("endless", times=_MOST)
    if counted.calls != _ATTEMPTS:
        raise Mistaken("another_count", times=counted.calls)


def _listed(numbers: list[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers) or "0"


class _Sending:
    """Counts how often a text is in the learner's conversation."""

    def __init__(
        self, send_once: Callable[[str], Any], desk: SupportDesk, conversation: str
    ) -> None:
        self._send_once = send_once
        self._conversations = desk.conversations
        self._conversation = conversation
        self.path = f"/*/conversations/{conversation}/events"

    def count(self, text: str) -> int:
        events = self._conversations.events(self._conversation)
        return sum(event["body"].get("text") == text for event in events)

    def added(self, text: str) -> int:
        """Send a text and return how many more of it there are."""
        before = self.count(text)
        try:
            sent = self._send_once(text)
        except (HttpRequestError, RequestException):
            raise Mistaken("gives_up") from None
        if sent is None and self.count(text) > before:
            raise Mistaken("nothing")
        return self.count(text) - before


def _check_send_once(
    send_once: Callable[[str], Any], desk: SupportDesk, conversation: str
) -> None:
    sending = _Sending(send_once, desk, conversation)
    faults, path = connect().faults, sending.path
    if sending.added("Sent in calm weather") != 1:
        raise Mistaken("twice")
    with faults.drop_reply(method="POST", path=path, times=1):
        if sending.added("Sent, and the answer lost") > 1:
            raise Mistaken("twice")
    with faults.refuse(503, method="POST", path=path, times=1):
        if sending.added("Refused at first") == 0:
            raise Mistaken("lost")
    sending.added("Yes")
    with faults.refuse(503, method="POST", path=path, times=1):
        if sending.added("Yes") == 0:
            raise Mistaken("an_older_one")
    with faults.refuse(503, method="POST", path=path, times=_MOST) as storm:
        try:
            send_once("Refused for good")
        except HttpRequestError:
            pass
        else:
            if storm.met < _MOST:
                raise Mistaken("silent")
        if storm.met > _ATTEMPTS_TO_SEND:
            raise Mistaken("endless", times=storm.met)


class _Delivery:
    """Hands the events of a real chat to the learner's ``take``, in any order."""

    def __init__(self, take: Callable[..., Any]) -> None:
        self._take = take
        desk = SupportDesk.open()
        visitor = desk.create_visitor()
        room = desk.create_conversation(visitor)  # no agent, whose pane adds receipts
        member = desk.join(room, visitor)
        self._conversation = room["id"]
        self._conversations = desk.conversations
        for word in ("one", "two", "three", "four", "five"):
            desk.conversations.send_text(room["id"], word, member=member["id"])
        self._events = {e["id"]: e for e in self._read_from(1)}
        self.count = len(self._events)
        self.read: list[int] = []

    def _read_from(self, start: int) -> list[Json]:
        return list(self._conversations.events(self._conversation, start=start))

    def _counted_read(self, start: int) -> list[Json]:
        self.read.append(start)
        return self._read_from(start)

    def ids(self, *order: int) -> list[int]:
        """Return the ids in the inbox, when events have come in an order."""
        self.read, inbox = [], []
        for number in order:
            inbox = self._take(inbox, self._events[number], self._counted_read)
            if inbox is None:
                raise Mistaken("nothing")
        return [event["id"] for event in inbox]


def _check_take(take: Callable[..., Any]) -> None:
    delivery = _Delivery(take)
    everything = [*range(1, delivery.count + 1)]
    if delivery.ids(1, 2, 3) != [1, 2, 3]:
        raise Mistaken("not_kept")
    if delivery.read:
        raise Mistaken("always_reads", times=len(delivery.read))
    if delivery.ids(1, 2, 2, 1, 3) != [1, 2, 3]:
        raise Mistaken("twice")
    found = delivery.ids(1, 2, 5)
    if sorted({*found}) != everything:
        raise Mistaken("gap", found=_listed([*map(float, found)]))
    if found != everything:
        raise Mistaken("disorder", found=_listed([*map(float, found)]))
    if delivery.read != [3]:
        raise Mistaken("reads_too_much", start=delivery.read[0])
    if delivery.ids(1, 2, 4, 3) != everything:
        raise Mistaken("late_ones")
    if delivery.ids(3) != everything:
        raise Mistaken("from_the_start")


def _check_good_token(good_token: Callable[..., Any]) -> None:
    minter = current_application().minter()
    made: list[str] = []

    def mint() -> str:
        made.append(minter.mint("some-visitor"))
        return made[-1]

    def given(seconds: int) -> tuple[str, Any]:
        """Return a token that lives so long, and what is made of it."""
        token = minter.mint("some-visitor", seconds=seconds)
        return token, good_token(token, mint)

    long, kept = given(900)
    if not _is_token(kept):
        raise Mistaken("no_token", kind=type(kept).__name__)
    if kept != long or made:
        raise Mistaken("always")
    ended, renewed = given(-60)
    if renewed == ended:
        raise Mistaken("never")
    short, renewed = given(30)
    if renewed == short:
        raise Mistaken("too_late")
    enough, kept = given(120)
    if kept != enough:
        raise Mistaken("too_early")


def _is_token(value: Any) -> bool:
    try:
        jwt.decode(value, options={"verify_signature": False})
    except jwt.PyJWTError:
        return False
    return True


LESSON = Lesson(
    number=10,
    minutes=30,
    words=words_of(10),
    exercises=(
        Exercise("10.1", ("retry",), _check_retry),
        Exercise("10.2", ("send_once",), _check_send_once),
        Exercise("10.3", ("take",), _check_take),
        Exercise("10.4", ("good_token",), _check_good_token),
    ),
    sandbox_only=True,
)
