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

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

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


_EX_1 = Exercise(
    name="10.1",
    asks=("retry",),
    check=_check_retry,
    correct="It is patient when that helps, does as it is told, and knows when to end.",
    hints=(
        "A loop over the five attempts, with `try` and `except HttpRequestError` in "
        "it. `return call()` leaves the loop when all is well.",
        "`error.response.status_code` tells whether to go on; a bare `raise` lets the "
        "error through.",
        'The pause is `float(error.response.headers.get("Retry-After", 2**attempt))`, '
        "if attempts count from 0.",
    ),
    solution="""
def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            status = error.response.status_code
            if attempt == 4 or not (status == 429 or status >= 500):
                raise
            wait(float(error.response.headers.get("Retry-After", 2**attempt)))
""",
    mistakes={
        "nothing": Mistake(
            "The call went well, and `retry` returned nothing. Return what it returns.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            call()
            break
        except HttpRequestError:
            wait(2**attempt)
""",
        ),
        "again_for_nothing": Mistake(
            "The call went well, and you made it {times} times. End with the first "
            "that does.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            answer = call()
        except HttpRequestError:
            wait(2**attempt)
    return answer
""",
        ),
        "after_any_error": Mistake(
            "Vonage answered 403, and you called {times} times. What is forbidden is "
            "forbidden the next time as well.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError:
            if attempt == 4:
                raise
            wait(2**attempt)
""",
        ),
        "silent": Mistake(
            "Vonage answered {status}, and nobody hears of it: `retry` returned as if "
            "all were well. Let the error through.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            if error.response.status_code in (429, 500, 503):
                wait(float(error.response.headers.get("Retry-After", 2**attempt)))
            else:
                return "no"
    return "gave up"
""",
        ),
        "gives_up": Mistake(
            "Vonage had a problem and got well, and you had given up: {times} calls, "
            "where five may be made.",
            """
def retry(call, wait):
    try:
        return call()
    except HttpRequestError as error:
        if error.response.status_code not in (429, 500, 503):
            raise
        wait(1)
        return call()
""",
        ),
        "no_pause": Mistake(
            "You called again at once, without `wait`. Who is out of breath needs a "
            "pause.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            if attempt == 4 or error.response.status_code < 429:
                raise
""",
        ),
        "same_pause": Mistake(
            "The pauses were {waits} seconds: they do not grow. Double each.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            if attempt == 4 or error.response.status_code < 429:
                raise
            wait(1)
""",
        ),
        "not_as_told": Mistake(
            "Vonage said `Retry-After: 7`, and you waited {waits} seconds. Wait as "
            "long as it says, and no longer.",
            """
def retry(call, wait):
    for attempt in range(5):
        try:
            return call()
        except HttpRequestError as error:
            if attempt == 4 or error.response.status_code < 429:
                raise
            wait(2**attempt)
""",
        ),
        "endless": Mistake(
            "You called {times} times and would not have stopped. After the fifth call "
            "tell somebody: let the error through.",
            """
def retry(call, wait):
    pause = 1
    while True:
        try:
            return call()
        except HttpRequestError as error:
            if error.response.status_code < 429:
                raise
            wait(float(error.response.headers.get("Retry-After", pause)))
            pause *= 2
""",
        ),
        "another_count": Mistake(
            "You made the call {times} times; it should be five times in all.",
            """
def retry(call, wait):
    for attempt in range(6):
        try:
            return call()
        except HttpRequestError as error:
            if attempt == 5 or error.response.status_code < 429:
                raise
            wait(float(error.response.headers.get("Retry-After", 2**attempt)))
""",
        ),
    },
)


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


_EX_2 = Exercise(
    name="10.2",
    asks=("send_once",),
    check=_check_send_once,
    correct="Once in calm weather, once in a storm, and no word lost.",
    hints=(
        "Note `last_id()` before the first attempt: what you look for comes after it.",
        "In `except trouble` look through `mine_after(before)` for an event whose "
        '`["body"]["text"]` is the text, and return it.',
        "Three attempts are a loop; if it is the last one, a bare `raise` lets the "
        "error through.",
    ),
    solution="""
def send_once(text):
    before = last_id()
    for attempt in range(3):
        try:
            return say(text)
        except trouble:
            for event in mine_after(before):
                if event["body"]["text"] == text:
                    return event
            if attempt == 2:
                raise
""",
    mistakes={
        "twice": Mistake(
            "The answer was lost, the message was not: now it is there twice. Look "
            "before you send again.",
            """
def send_once(text):
    for attempt in range(3):
        try:
            return say(text)
        except trouble:
            if attempt == 2:
                raise
""",
        ),
        "lost": Mistake(
            "Vonage refused the message, and it was never sent. If it is not there, "
            "send it again.",
            """
def send_once(text):
    try:
        return say(text)
    except trouble:
        return "sent, I hope"
""",
        ),
        "gives_up": Mistake(
            "The call failed once, and you gave up. Look whether the text is there, "
            "and go on.",
            """
def send_once(text):
    return say(text)
""",
        ),
        "an_older_one": Mistake(
            'A second "Yes" was lost: you found the first one and took it for the '
            "second. Look only at what came after you began.",
            """
def send_once(text):
    for attempt in range(3):
        try:
            return say(text)
        except trouble:
            for event in mine_after(0):
                if event["body"]["text"] == text:
                    return event
            if attempt == 2:
                raise
""",
        ),
        "nothing": Mistake(
            "The text is there, and you returned nothing. Return its event: its id is "
            "what your page goes on with.",
            """
def send_once(text):
    before = last_id()
    for attempt in range(3):
        try:
            say(text)
            return None
        except trouble:
            if any(e["body"]["text"] == text for e in mine_after(before)):
                return None
    raise RuntimeError("not sent")
""",
        ),
        "silent": Mistake(
            "Vonage refused every attempt, and nobody hears of it. Let the last error "
            "through, so that the page can say so.",
            """
def send_once(text):
    before = last_id()
    for attempt in range(3):
        try:
            return say(text)
        except trouble:
            for event in mine_after(before):
                if event["body"]["text"] == text:
                    return event
""",
        ),
        "endless": Mistake(
            "Vonage refused {times} attempts, where three are enough.",
            """
def send_once(text):
    before = last_id()
    while True:
        try:
            return say(text)
        except trouble:
            for event in mine_after(before):
                if event["body"]["text"] == text:
                    return event
""",
        ),
    },
)


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


_EX_3 = Exercise(
    name="10.3",
    asks=("take",),
    check=_check_take,
    correct="Each event once, in order, and none is missing.",
    hints=(
        "Which id should come next? That of the last event in the inbox, and one; or "
        "1, if the inbox is empty.",
        "There are three cases: the event's id is lower than that, the same, or "
        "higher.",
        "If it is higher, return `inbox + list(read_from(next_id))`: the event itself "
        "is in there, too.",
    ),
    solution="""
def take(inbox, event, read_from):
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] < next_id:
        return inbox
    if event["id"] > next_id:
        return inbox + list(read_from(next_id))
    return [*inbox, event]
""",
    mistakes={
        "nothing": Mistake(
            "You returned nothing. `append` changes a list and returns `None`.",
            """
def take(inbox, event, read_from):
    return inbox.append(event)
""",
        ),
        "not_kept": Mistake(
            "The events 1, 2 and 3 came in order, and the inbox does not hold them "
            "so. Add the event at the end.",
            """
def take(inbox, event, read_from):
    return [event, *inbox]
""",
        ),
        "always_reads": Mistake(
            "All came in order, and you read the history {times} times. Then you could "
            "do without live events.",
            """
def take(inbox, event, read_from):
    return list(read_from(1))[: event["id"]]
""",
        ),
        "twice": Mistake(
            "An event came twice, and is in the inbox twice. Its id tells you that you "
            "have had it.",
            """
def take(inbox, event, read_from):
    return [*inbox, event]
""",
        ),
        "gap": Mistake(
            "1 and 2 came, then 5. The inbox holds {found}: what came between is lost. "
            "Read it from the history.",
            """
def take(inbox, event, read_from):
    if event["id"] in [had["id"] for had in inbox]:
        return inbox
    return [*inbox, event]
""",
        ),
        "disorder": Mistake(
            "1 and 2 came, then 5. The inbox holds {found}: the history had 5 as well, "
            "or came too late.",
            """
def take(inbox, event, read_from):
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] < next_id:
        return inbox
    if event["id"] > next_id:
        return [*inbox, *read_from(next_id), event]
    return [*inbox, event]
""",
        ),
        "reads_too_much": Mistake(
            "1 and 2 were there and 3 was missing. You read the history from "
            "{start}: a long chat would come over the network again with every gap.",
            """
def take(inbox, event, read_from):
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] < next_id:
        return inbox
    if event["id"] > next_id:
        return list(read_from(1))
    return [*inbox, event]
""",
        ),
        "late_ones": Mistake(
            "4 came before 3, and after that the inbox was not what it should be: "
            "once the history was read, 3 is one that you have had.",
            """
def take(inbox, event, read_from):
    if inbox and event["id"] == inbox[-1]["id"] + 1 or not inbox:
        return [*inbox, event]
    if event["id"] > inbox[-1]["id"]:
        return inbox + list(read_from(inbox[-1]["id"] + 1))
    return inbox if event["id"] <= 2 else [*inbox, event]
""",
        ),
        "from_the_start": Mistake(
            "The first event that came was 3, and the inbox is not complete. An empty "
            "inbox waits for id 1.",
            """
def take(inbox, event, read_from):
    if not inbox:
        return [event]
    next_id = inbox[-1]["id"] + 1
    if event["id"] < next_id:
        return inbox
    if event["id"] > next_id:
        return inbox + list(read_from(next_id))
    return [*inbox, event]
""",
        ),
    },
)


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


_EX_4 = Exercise(
    name="10.4",
    asks=("good_token",),
    check=_check_good_token,
    correct="No visitor will be refused, and your server is seldom asked.",
    hints=(
        "`exp` is a moment in seconds, and so is `time.time()`.",
        "The seconds that are left are `exp - time.time()`. Compare them with 60.",
        "Return `token` or `mint()`.",
    ),
    solution="""
def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    return token if claims["exp"] - time.time() >= 60 else mint()
""",
    mistakes={
        "no_token": Mistake(
            "You returned a {kind}, and no token. Return `token` or `mint()`.",
            """
def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["exp"] - time.time() >= 60
""",
        ),
        "always": Mistake(
            "A token with a quarter of an hour to live was replaced. With a call for "
            "each message your server mints all day. Do you compare seconds with "
            "seconds?",
            """
def good_token(token, mint):
    return mint()
""",
        ),
        "never": Mistake(
            "The token ended a minute ago, and you returned it.",
            """
def good_token(token, mint):
    return token
""",
        ),
        "too_late": Mistake(
            "The token had 30 seconds left, and you kept it. By the time it is used it "
            "may be too late.",
            """
def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    return token if claims["exp"] > time.time() else mint()
""",
        ),
        "too_early": Mistake(
            "The token had two minutes left, and one is enough.",
            """
def good_token(token, mint):
    claims = jwt.decode(token, options={"verify_signature": False})
    return token if claims["exp"] - time.time() >= 5 * 60 else mint()
""",
        ),
    },
)

LESSON = Lesson(
    number=10,
    title="Failure drills",
    minutes=30,
    sandbox_only=True,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4),
    questions=(
        Question(
            "You send a message, and the connection breaks before there is an answer. "
            "What do you know?",
            (
                Option(
                    "That it was not sent.",
                    "The call may have been carried out. Only its answer is lost.",
                ),
                Option(
                    "Nothing: it may have been sent or not.",
                    "So look into the history before you send it again.",
                    right=True,
                ),
                Option(
                    "That it was sent.",
                    "The connection may have broken on the way there as well.",
                ),
            ),
        ),
        Question(
            "Vonage answers 429 with `Retry-After: 5`. What do you do?",
            (
                Option(
                    "Wait for five seconds, then call again.",
                    "Vonage tells you when it is of use. Before that you would be "
                    "refused again.",
                    right=True,
                ),
                Option(
                    "Call again at once, up to five times.",
                    "Five is a number of seconds. And whoever is too fast gets no "
                    "better by being faster.",
                ),
                Option(
                    "Get a new token.",
                    "Your token is good. You have only called too often with it.",
                ),
            ),
        ),
        Question(
            "The last event of your session has id 12; now 15 comes. Well?",
            (
                Option(
                    "Show 15: ids may have gaps.",
                    "They have none: every event of a conversation has the next id.",
                ),
                Option(
                    "Wait until 13 and 14 come.",
                    "They may never come: a session does not send again what it sent "
                    "while you were away.",
                ),
                Option(
                    "Read the history from 13 on.",
                    "It holds 13, 14 and 15. If one of them comes later, its id tells "
                    "you that you have had it.",
                    right=True,
                ),
            ),
        ),
    ),
)
