"""Notebook 10: what goes wrong between two computers, and how to recover."""

import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from random import Random
from typing import Any

import jwt
from requests.exceptions import ConnectionError as NoAnswer
from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.support_desk import SupportDesk

from .calling import called
from .content import Exercise, Lesson, Mistaken
from .fault_sequences import Faults, Step, Story, judge_over_sequences
from .judging import generated, judge
from .practice import application, client, open_desk
from .wording import words_of

_MOST = 12  # attempts, after which an answer counts as endless

# 10.1

_GOOD = "200"
_AGAIN = ("429", "429 after 7", "429 after 2", "500", "502", "503", "503 after 3")
_WRONG = ("400", "401", "403", "404", "409")


@cache
def _refusals() -> dict[str, HttpRequestError]:
    """Return the errors that the sandbox's rejections raise, by answer."""
    conversations = Conversations(client().http_client)
    room = conversations.create()["id"]
    errors: dict[str, HttpRequestError] = {}
    for answer in _AGAIN + _WRONG:
        status, _, pause = answer.partition(" after ")
        fault = connect().faults.refuse(
            int(status),
            path=f"/*/conversations/{room}",
            times=1,
            retry_after=int(pause) if pause else None,
        )
        with fault:
            try:
                conversations.get(room)
            except HttpRequestError as error:
                errors[answer] = error
    conversations.delete(room)
    return errors


def _answers(random: Random) -> Faults:
    """Return Vonage's answers to consecutive calls."""
    again = random.choices(_AGAIN, k=random.choice((0, 0, 1, 1, 2, 3, 4, 5, 6)))
    return (*again, random.choice((_GOOD, _GOOD, _GOOD, *_WRONG)))


class _Retried:
    """A call whose answers come from a list, and the waiting in between."""

    def __init__(self, errors: dict[str, HttpRequestError], answers: Faults) -> None:
        self._errors = errors
        self._answers = [*answers]
        self.calls = 0
        self.went_well = False
        self.waits: list[float] = []
        self.steps: list[Step] = []

    def call(self) -> Json:
        answer = self._answers.pop(0) if self._answers else _GOOD
        if self.calls > _MOST:
            answer = _GOOD  # Otherwise, an endless answer wouldn't end.
        self.calls += 1
        self.waits.append(0)
        self.steps += [Step("retry", "Vonage", "call"), Step("Vonage", "retry", answer)]
        self.went_well = answer == _GOOD
        if self.went_well:
            return {"call": self.calls}
        error = self._errors[answer]
        error.__context__ = None  # This removes the context of an earlier raise.
        raise error.with_traceback(None)

    def wait(self, seconds: float) -> None:
        time.sleep(0 * seconds)  # This accepts the same values, but takes no time.
        self.steps.append(Step("retry", "retry", f"wait {seconds:g} s"))
        if self.waits:
            self.waits[-1] += seconds

    def end(self, got: Any) -> str:
        """Return in words how it ended, if something was returned."""
        if not self.went_well:
            return "then it returned as if everything were fine"
        if got == {"call": self.calls}:
            return "then the answer"
        return "then nothing" if got is None else "then something else"

    def story(self, answers: Faults, end: str) -> Story:
        """Return the resulting story; all right pauses count as equal.

        answers: Vonage's answers.
        end: how it ended.
        """
        pauses = ", ".join(self._pauses(answers)) or "none"
        result = f"{self.calls} calls, pauses: {pauses}, {end}"
        return Story(result, tuple(self.steps))

    def _pauses(self, answers: Faults) -> Iterator[str]:
        own = 0  # the number of pauses that Vonage didn't ask for
        pairs = zip(answers, self.waits[:-1], strict=False)
        for attempt, (answer, waited) in enumerate(pairs):
            # The sandbox can add the header to a 429 that isn't listed with one.
            error = self._errors.get(answer)
            told = error.response.headers.get("Retry-After") if error else None
            if told:
                right = int(told) <= waited < int(told) + 1
                wrong = f"{waited:g} s, but Vonage asked for {told} s"
                yield "as told" if right else wrong
                continue
            # Answers can count a pause that Vonage asked for towards the doubling, or
            # not.
            right = any(2**n <= waited < 2**n + 1 for n in (attempt, own))
            yield "as it should be" if right else f"{waited:g} s"
            own += 1


def _retry(call: Callable[[], Any], wait: Callable[[float], Any]) -> Any:
    return _retry_like()(call, wait)


def _retry_like(
    attempts: int = 5,
    again: Callable[[int], bool] = lambda status: status == 429 or status >= 500,
    pause: Callable[[HttpRequestError, int], float] = lambda error, attempt: float(
        error.response.headers.get("Retry-After", 2**attempt)
    ),
    silent: bool = False,
    returns: bool = True,
) -> Callable[..., Any]:
    """Return a ``retry`` that is right, except for what the arguments change."""

    def retry(call: Callable[[], Any], wait: Callable[[float], Any]) -> Any:
        for attempt in range(attempts):
            try:
                answer = call()
                return answer if returns else None
            except HttpRequestError as error:
                last = attempt == attempts - 1
                if last or not again(error.response.status_code):
                    if silent:
                        return None
                    raise
                seconds = pause(error, attempt)
                if seconds:
                    wait(seconds)
        return None

    return retry


def _twice_for_nothing(call: Callable[[], Any], wait: Callable[[float], Any]) -> Any:
    answer = None
    for attempt in range(5):
        try:
            answer = call()
        except HttpRequestError:
            wait(2**attempt)
    return answer


_RETRIES: dict[str, Callable[..., Any]] = {
    "nothing": _retry_like(returns=False),
    "again_for_nothing": _twice_for_nothing,
    "after_any_error": _retry_like(again=lambda status: True),
    "after_any_error~no_header": _retry_like(
        again=lambda status: True, pause=lambda error, attempt: 2**attempt
    ),
    "silent": _retry_like(silent=True),
    "gives_up": _retry_like(attempts=2),
    "gives_up~at_once": _retry_like(attempts=1),
    "no_pause": _retry_like(pause=lambda error, attempt: 0),
    "same_pause": _retry_like(pause=lambda error, attempt: 1),
    "same_pause~header": _retry_like(
        pause=lambda error, attempt: float(error.response.headers.get("Retry-After", 1))
    ),
    "not_as_told": _retry_like(pause=lambda error, attempt: 2**attempt),
    "endless": _retry_like(attempts=100),
    "only_429": _retry_like(again=lambda status: status == 429),
    "only_5xx": _retry_like(again=lambda status: status >= 500),
    **{f"another_count~{n}": _retry_like(attempts=n) for n in (3, 4, 6, 7)},
}


def _check_retry(retry: Callable[..., Any]) -> None:
    errors = _refusals()

    def play(answer: Callable[..., Any], answers: Faults) -> Story:
        retried = _Retried(errors, answers)
        try:
            got = called(answer, retried.call, retried.wait)
        except HttpRequestError as error:
            end = f"then the error {error.response.status_code}"
        else:
            end = retried.end(got)
        return retried.story(answers, end)

    judge_over_sequences(play, retry, _retry, _answers, _RETRIES, name="retry")


# 10.2


class _Line:
    """The learner's conversation, over a line that fails as a sequence says.

    faults: what happens to each message: ``sent``, ``refused`` or ``answer lost``.
        Words before these say what was in the conversation already, ``same text`` or
        ``another``, and whether ``somebody`` else is writing at the same time.
    refusal: the error for a refused message.
    event: a real event, which all others are modelled on.
    """

    def __init__(self, faults: Faults, refusal: HttpRequestError, event: Json) -> None:
        self._refusal = refusal
        self._event = event
        self._faults = [*faults]
        self.text = "Yes"
        self.events: list[Json] = []
        self.sent = 0
        self.steps: list[Step] = []
        self._somebody = False
        while self._faults and self._faults[0] in ("same text", "another", "somebody"):
            word = self._faults.pop(0)
            if word == "somebody":
                self._somebody = True
            else:
                self._store(self.text if word == "same text" else "No", "me")
        self._before = len(self.events)

    def _store(self, text: str, sender: str) -> Json:
        event = {
            **self._event,
            "id": len(self.events) + 1,
            "from": self._event["from"] if sender == "me" else "MEM-somebody-else",
            "body": {**self._event["body"], "text": text},
        }
        self.events.append(event)
        return event

    def say(self, text: str) -> Json:
        fault = self._faults.pop(0) if self._faults else "sent"
        self.sent += 1
        if self.sent > _MOST:
            fault = "sent"  # Otherwise, an endless answer wouldn't end.
        self.steps.append(Step("send_once", "Vonage", f"say: {text}"))
        if self._somebody:
            self._store(self.text, "somebody else")
        if fault == "refused":
            self.steps.append(Step("Vonage", "send_once", "503"))
            raise self._refusal
        event = self._store(text, "me")
        if fault == "answer lost":
            kept = f"stored as event {event['id']}; the answer is lost"
            self.steps.append(Step("Vonage", "Vonage", kept))
            raise NoAnswer("The connection broke.")
        self.steps.append(Step("Vonage", "send_once", f"event {event['id']}"))
        return event

    def last_id(self) -> int:
        self.steps.append(Step("send_once", "Vonage", "which is the last id?"))
        return len(self.events)

    def mine_after(self, event_id: int) -> list[Json]:
        mine = [
            event
            for event in self.events
            if event["id"] > event_id and event["from"] == self._event["from"]
        ]
        asked = f"mine after {event_id}: {len(mine)} messages"
        self.steps.append(Step("send_once", "Vonage", asked))
        return mine

    def story(self, end: str) -> Story:
        """Return the resulting story.

        end: how it ended.
        """
        new = [e for e in self.events[self._before :] if self._is_mine(e)]
        times = {0: "not in the chat", 1: "once in the chat"}.get(
            len(new), f"{len(new)} times in the chat"
        )
        result = f"{self.sent} tries, {times}, {end}"
        return Story(result, tuple(self.steps))

    def end(self, got: Any) -> str:
        """Return in words what an answer returned."""
        new = [e for e in self.events[self._before :] if self._is_mine(e)]
        if new and got == new[0]:
            return "its event returned"
        if got is None:
            return "nothing returned"
        return "something else returned"

    def _is_mine(self, event: Json) -> bool:
        return event["from"] == self._event["from"]


def _weather(random: Random) -> Faults:
    """Return what was said before, and what happens to each message."""
    before = random.choice(((), ("same text",), ("another",), ("another", "same text")))
    meanwhile = random.choice(((), (), ("somebody",)))
    kinds = ("sent", "refused", "answer lost")
    return (*before, *meanwhile, *random.choices(kinds, k=random.randint(1, 4)))


def _send_like(
    tries: int = 3,
    looks: bool = True,
    since_now: bool = True,
    everybody: bool = False,
    silent: bool = False,
    returns: bool = True,
) -> Callable[[_Line], Any]:
    """Return a ``send_once`` that is right, except for what the arguments change."""

    def send(line: _Line) -> Any:
        before = line.last_id() if since_now else 0
        for attempt in range(tries):
            try:
                event = line.say(line.text)
                return event if returns else None
            except (HttpRequestError, RequestException):
                found = line.mine_after(before) if looks else []
                if everybody:
                    found = [e for e in line.events if e["id"] > before]
                for event in found:
                    if event["body"]["text"] == line.text:
                        return event if returns else None
                if attempt == tries - 1:
                    if silent:
                        return None
                    raise
        return None

    return send


def _hopes(line: _Line) -> Any:
    try:
        return line.say(line.text)
    except (HttpRequestError, RequestException):
        return "sent, I hope"


def _sends_nothing(line: _Line) -> Any:
    return None


_SENDINGS: dict[str, Callable[[_Line], Any]] = {
    "sends_nothing": _sends_nothing,
    "twice": _send_like(looks=False),
    "lost": _hopes,
    "gives_up": _send_like(tries=1, looks=False),
    "gives_up~looks": _send_like(tries=1),
    "an_older_one": _send_like(since_now=False),
    "nothing": _send_like(returns=False),
    "silent": _send_like(silent=True),
    "endless": _send_like(tries=100),
    "another_count": _send_like(tries=2),
    **{f"another_count~{n}": _send_like(tries=n) for n in (4, 5, 6)},
}


@contextmanager
def _names_replaced(answer: Any, names: dict[str, Any]) -> Iterator[None]:
    """Give an answer different values for some of its notebook's names."""
    code: Any = inspect.unwrap(answer)
    if not inspect.isfunction(code):
        code = inspect.getattr_static(type(code), "__call__")
    known: dict[str, Any] = code.__globals__
    before = {name: known[name] for name in names if name in known}
    known.update(names)
    try:
        yield
    finally:
        for name in names:
            known.pop(name, None)
        known.update(before)


def _check_send_once(
    send_once: Callable[[str], Any],
    say: Callable[[str], Json],
    desk: SupportDesk,
    conversation: str,
) -> None:
    path = f"/*/conversations/{conversation}/events"
    event = say("Hello again")  # a real event, which all others are modelled on
    refusal = _refused(say, path)

    def by_the_learner(line: _Line) -> Any:
        names = {"say": line.say, "last_id": line.last_id}
        with _names_replaced(send_once, {**names, "mine_after": line.mine_after}):
            return called(send_once, line.text)

    def play(send: Callable[[_Line], Any], weather: Faults) -> Story:
        line = _Line(weather, refusal, event)
        try:
            end = line.end(send(line))
        except HttpRequestError:
            end = "then the error 503"
        except RequestException:
            end = "then the error of the broken connection"
        return line.story(end)

    judge_over_sequences(
        play, by_the_learner, _send_like(), _weather, _SENDINGS, name="send_once"
    )
    _check_send_for_real(send_once, desk, conversation, path)


def _refused(say: Callable[[str], Json], path: str) -> HttpRequestError:
    """Return the error that a refused message raises."""
    with connect().faults.refuse(503, method="POST", path=path, times=1):
        try:
            say("This is refused.")
        except HttpRequestError as error:
            return error
    raise AssertionError("The sandbox should have refused this message.")


def _check_send_for_real(
    send_once: Callable[[str], Any], desk: SupportDesk, conversation: str, path: str
) -> None:
    """Send over a real line twice: once undisturbed, and once with the answer lost."""

    def count(text: str) -> int:
        events = desk.conversations.events(conversation)
        return sum(event["body"].get("text") == text for event in events)

    lost = connect().faults.drop_reply(method="POST", path=path, times=1)
    for text, fault in (("For real", nullcontext()), ("For real, lost", lost)):
        before = count(text)
        with fault:
            called(send_once, text)
        if count(text) - before != 1:
            raise Mistaken("twice" if count(text) > before else "sends_nothing")


# 10.3


def _arrivals(random: Random) -> Faults:
    """Return the order in which events arrive: some late, some twice, some never."""
    count = random.randint(1, 7)
    order = [*range(1, count + 1)]
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(order))
        change = random.choice(("lose", "double", "delay"))
        if change == "lose" and len(order) > 1:
            del order[at]
        elif change == "double":
            order.insert(random.randint(at, len(order)), order[at])
        else:
            order.insert(random.randint(at, len(order) - 1), order.pop(at))
    return tuple(map(str, order))


def _take(inbox: list[Json], event: Json, read_from: Callable[..., Any]) -> Any:
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] < next_id:
        return inbox
    if event["id"] > next_id:
        return inbox + list(read_from(next_id))
    return [*inbox, event]


def _take_unread(inbox: list[Json], event: Json, read_from: Callable[..., Any]) -> Any:
    had = [one["id"] for one in inbox]
    return inbox if event["id"] in had else [*inbox, event]


def _take_doubled(inbox: list[Json], event: Json, read_from: Callable[..., Any]) -> Any:
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] < next_id:
        return inbox
    if event["id"] > next_id:
        return [*inbox, *read_from(next_id), event]
    return [*inbox, event]


def _take_all_anew(
    inbox: list[Json], event: Json, read_from: Callable[..., Any]
) -> Any:
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] < next_id:
        return inbox
    return list(read_from(1)) if event["id"] > next_id else [*inbox, event]


def _take_any_first(
    inbox: list[Json], event: Json, read_from: Callable[..., Any]
) -> Any:
    return _take(inbox, event, read_from) if inbox else [event]


def _take_late_ones(
    inbox: list[Json], event: Json, read_from: Callable[..., Any]
) -> Any:
    next_id = inbox[-1]["id"] + 1 if inbox else 1
    if event["id"] > next_id:
        return inbox + list(read_from(next_id))
    return [*inbox, event]


_TAKINGS: dict[str, Callable[..., Any]] = {
    "nothing": lambda inbox, event, read_from: None,
    "not_kept": lambda inbox, event, read_from: [event, *inbox],
    "not_kept~never": lambda inbox, event, read_from: inbox,
    "always_reads": lambda inbox, event, read_from: list(read_from(1)),
    "always_reads~so_far": lambda inbox, event, read_from: list(read_from(1))[
        : event["id"]
    ],
    "twice": lambda inbox, event, read_from: [*inbox, event],
    "gap": _take_unread,
    "disorder": _take_doubled,
    "reads_too_much": _take_all_anew,
    "from_the_start": _take_any_first,
    "late_ones": _take_late_ones,
}


@cache
def _history(count: int) -> list[Json]:
    """Return the events of a real chat, as the sandbox returns them."""
    at = open_desk()
    visitor = at.create_visitor()
    # Without an agent, because an agent's pane would add receipts.
    room = at.create_conversation(visitor)
    member = at.join(room, visitor)
    while len(events := list(at.conversations.events(room["id"]))) < count:
        text = f"Message {len(events)}"
        at.conversations.send_text(room["id"], text, member=member["id"])
    at.conversations.delete(room["id"])
    at.delete_user(visitor)
    return events


def _check_take(take: Callable[..., Any]) -> None:
    events = _history(8)

    def play(answer: Callable[..., Any], arrivals: Faults) -> Story:
        inbox: Any = []
        steps: list[Step] = []
        reads: list[int] = []
        newest = 0

        def read_from(start: int) -> list[Json]:
            found = events[start - 1 : newest]
            reads.append(start)
            steps.append(Step("take", "Vonage", f"history from {start}"))
            return found

        for number in map(int, arrivals):
            newest = max(newest, number)
            steps.append(Step("Vonage", "take", f"event {number}"))
            inbox = called(answer, inbox, events[number - 1], read_from)
            if inbox is None:
                return Story("nothing returned", tuple(steps))
            inbox = list(inbox)
        ids = ", ".join(str(event["id"]) for event in inbox) or "nothing"
        read = ", ".join(map(str, reads)) or "never"
        return Story(f"in the inbox {ids}; history read from: {read}", tuple(steps))

    judge_over_sequences(play, take, _take, _arrivals, _TAKINGS, name="take")


# 10.4


def _good_token(token: str, mint: Callable[[], str]) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return token if claims["exp"] - time.time() >= 60 else mint()


_RENEWALS: dict[str, Callable[..., Any]] = {
    "always": lambda token, mint: mint(),
    "never": lambda token, mint: token,
    "no_token": lambda token, mint: None,
    "not_minted": lambda token, mint: token if _left(token) >= 60 else mint,
    "too_late": lambda token, mint: token if _left(token) > 0 else mint(),
    "milliseconds": lambda token, mint: token if _left(token) >= 60_000 else mint(),
    "swapped": lambda token, mint: mint() if _left(token) >= 60 else token,
}


def _left(token: str) -> float:
    claims = jwt.decode(token, options={"verify_signature": False})
    return claims["exp"] - time.time()


def _check_good_token(good_token: Callable[..., Any]) -> None:
    minter = application().minter()

    def seconds_left(random: Random) -> int:
        return random.choice((-3600, -60, 1, 20, 40, 55, 65, 90, 150, 900, 3600, 10**5))

    def play(answer: Callable[..., Any], seconds: int) -> str:
        """Return what happens with a token that lives for some seconds."""
        token = minter.mint("some-visitor", seconds=seconds)
        made: list[str] = []

        def mint() -> str:
            made.append(minter.mint("some-visitor"))
            return made[-1]

        got = called(answer, token, mint)
        if got is None:
            return "nothing"
        if got == token:
            return "the old token" + (", and a new one for nothing" if made else "")
        if got in made:
            return "a new token"
        return "the function mint, and no token" if got is mint else "something else"

    judge(
        lambda seconds: play(good_token, seconds),
        lambda seconds: play(_good_token, seconds),
        [(one,) for one in sorted({*generated(seconds_left, 60)}, reverse=True)],
        {
            name: lambda seconds, does=does: play(does, seconds)
            for name, does in _RENEWALS.items()
        },
        name="good_token",
    )


LESSON = Lesson(
    number=10,
    minutes=50,
    words=words_of(10),
    uses=("2.5", "3.6"),
    exercises=(
        Exercise("10.1", ("retry",), _check_retry),
        Exercise("10.2", ("send_once",), _check_send_once),
        Exercise("10.3", ("take",), _check_take),
        Exercise("10.4", ("good_token",), _check_good_token),
    ),
    sandbox_only=True,
)
