"""Notebook 09: fix the original."""

import html
import re
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from queue import Empty, Queue
from random import Random
from secrets import token_hex
from typing import Any

import jwt
from fastapi import FastAPI, Request, Response

from livechat_helpers.client import answer_to, token_client
from livechat_helpers.conversations import Json
from livechat_helpers.tokens import TokenError, inspect, load_private_key

from . import access
from .calling import as_code, called
from .content import Exercise, Lesson, Mistaken, Unexpected
from .fault_sequences import Faults, Step, Story, drawn, judge_over_sequences
from .judging import described, follow_the_clock, generated, judge
from .practice import application, open_desk
from .wording import words_of

_HOUR = 3600
_PATIENCE = 5  # seconds before a call counts as stuck
_STUCK = 3  # the same for one of many calls in a check
_MEETING = 0.5  # seconds that the first of two calls waits for the second

# 9.1

_FINDINGS = {
    "A": "never ends",
    "B": "speaks for all",
    "C": "allows all",
    "D": "everybody's chat",
    "E": "no answer",
    "F": "runs scripts",
}


def _check_findings(findings: Any) -> None:
    given = {
        letter: " ".join(str(word).lower().split())
        for letter, word in dict(findings).items()
    }
    for letter in _FINDINGS:
        if given.get(letter) not in _FINDINGS.values():
            raise Mistaken("no_finding", letter=letter)
    for letter, right in _FINDINGS.items():
        if given[letter] != right:
            where = (
                "token" if letter in "ABC" else "server" if letter in "DE" else "page"
            )
            raise Mistaken(where, letter=letter, said=given[letter])


# 9.2


def _check_mended_token(mended_token: Callable[[Json], Any]) -> None:
    desk = open_desk()
    chat: Json = {}
    for chat in (desk.open_chat(), desk.open_chat()):
        token = called(mended_token, chat)
        claims = _claims_of(token)
        _check_end(claims.get("exp"))
        _check_subject(claims, chat)
        _check_acl(claims.get("acl"), chat["conversation"]["id"])
        _check_reading(token, chat["conversation"]["id"])
    if not follow_the_clock(lambda: [_claims_of(called(mended_token, chat))["exp"]]):
        raise Mistaken("frozen")


def _claims_of(token: Any) -> dict[str, Any]:
    """Return the claims of a token signed with the application's key."""
    if token is None:
        raise Mistaken("nothing")
    try:
        algorithm = jwt.get_unverified_header(token)["alg"]
        claims = inspect(token)
    except (jwt.PyJWTError, TokenError):
        raise Unexpected("mended_token(chat)", "a token", described(token)) from None
    if algorithm != "RS256":
        raise Mistaken("another_algorithm", algorithm=algorithm)
    key = load_private_key(application().private_key_file).public_key()
    try:
        jwt.PyJWS().decode(token, key, algorithms=["RS256"])
    except jwt.PyJWTError:
        wanted = "a token signed with `private_key`"
        got = "one with another signature"
        raise Unexpected("mended_token(chat)", wanted, got) from None
    if "application_id" not in claims:
        raise Mistaken("no_application")
    return claims


def _check_end(exp: Any) -> None:
    if exp is None:
        raise Mistaken("no_end")
    if not isinstance(exp, int | float):
        raise Unexpected("mended_token(chat)", "a number for `exp`", described(exp))
    if exp > 100 * time.time():
        raise Mistaken("never_ends")
    if not 0 < exp - time.time() <= _HOUR:
        raise Mistaken("another_end", left=round(exp - time.time()))


def _check_subject(claims: dict[str, Any], chat: Json) -> None:
    if "sub" not in claims:
        raise Mistaken("speaks_for_all")
    if claims["sub"] != chat["user"]["name"]:
        raise Mistaken("somebody_else", sub=claims["sub"])


def _check_acl(acl: Any, conversation: str) -> None:
    """Compare the calls that an ACL allows with those that belong to a conversation."""
    if acl is None:
        raise Mistaken("no_acl")
    opened = access.allowed(acl, conversation)
    if more := sorted(call for call in opened if access.OTHER in call[1]):
        raise Mistaken("allows_all", call=" ".join(more[0]))
    if more := sorted(call for call in opened if not _belongs(call, conversation)):
        raise Mistaken("elsewhere", call=" ".join(more[0]))
    if not access.on_events(conversation, "GET") & opened:
        raise Mistaken("allows_nothing")


def _belongs(call: access.Call, conversation: str) -> bool:
    """Return whether a call concerns a conversation, or the page's session."""
    return conversation in call[1] or "/sessions" in call[1]


def _check_reading(token: str, conversation: str) -> None:
    http = token_client(token).http_client
    path = f"/v0.3/conversations/{conversation}/events"
    said = answer_to(http.get, http.api_host, path)
    if said != "welcome":
        raise Unexpected(f"GET {path}", "welcome", f"`{said}`")


# 9.3


class _Specimen:
    """A server for trying an answer on, with or without the fault.

    shared: whether all visitors get the same conversation.
    """

    def __init__(self, shared: bool) -> None:
        self.strangers = 0
        self.calls = 0
        self.app = FastAPI()
        rooms: dict[str, str] = {}
        the_same = f"CON-{token_hex(4)}"

        @self.app.post("/api/new")
        def new_chat(request: Request, response: Response) -> Json:
            self.calls += 1
            number = request.cookies.get("visitor")
            if number is None:
                self.strangers += 1
                number = token_hex(4)
                response.set_cookie("visitor", number)
            room = the_same if shared else f"CON-{number}"
            rooms.setdefault(number, room)
            return {
                "user": {"id": f"USR-{number}", "name": f"visitor-{number}"},
                "conversation": {"id": rooms[number]},
                "jwt": f"token {self.calls}",
            }


def _check_shares_chats(shares_chats: Callable[[FastAPI], Any]) -> None:
    kinds = [True, False, *generated(lambda random: random.random() < 0.5, 8)]
    specimens = [_Specimen(shared) for shared in kinds]
    found = [called(shares_chats, one.app) for one in specimens]
    if [bool(one) for one in found] == kinds and None not in found[:1]:
        return
    if all(one is None for one in found):
        raise Mistaken("nothing")
    if not any(one.calls for one in specimens):
        raise Mistaken("asks_nobody")
    if all(one.strangers < 2 for one in specimens):
        raise Mistaken("one_visitor")
    says = dict(zip(map(id, specimens), found, strict=True))
    judge(
        lambda shared, number: bool(says[id(specimens[number])]),
        lambda shared, number: shared,
        list(zip(kinds, range(len(kinds)), strict=True)),
        {
            "overlooks": lambda shared, number: False,
            "false_alarm": lambda shared, number: True,
            "swapped": lambda shared, number: not shared,
        },
        name="shares_chats",
    )


# 9.4

Opener = Callable[[], object]


def opened_at_once(chat_of: Callable[[str, Opener], Any]) -> int:
    """Let one visitor call twice at the same moment; return how many chats are opened.

    A call that opens a chat waits a moment for a second one. So a race condition always
    shows, rather than only now and then.
    """
    opened = 0
    meeting = threading.Barrier(2)
    visitor = _somebody()

    def open_chat() -> object:
        nonlocal opened
        with suppress(threading.BrokenBarrierError):  # No second call opened one.
            meeting.wait(_MEETING)
        opened += 1
        return object()

    _at_once(2, chat_of, visitor, open_chat)
    return opened


def _somebody() -> str:
    return f"visitor-{token_hex(4)}"


def _at_once(times: int, call: Callable[..., Any], *given: Any) -> list[Any]:
    """Make a call in several threads, and return the results.

    Raises:
        TimeoutError: one of them doesn't end.
    """
    results: Queue[Future[Any]] = Queue()

    def run() -> None:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*given))
        except Exception as error:
            future.set_exception(error)
        results.put(future)

    for _ in range(times):
        # A daemon thread: if it's stuck, the notebook's kernel can still exit.
        threading.Thread(target=run, daemon=True).start()
    try:
        return [results.get(timeout=_PATIENCE).result() for _ in range(times)]
    except Empty:
        raise TimeoutError from None


_DOWN = ("kim, no Vonage", "lee, no Vonage")
_TOGETHER = ("kim and kim", "kim and lee", "kim and kim, no Vonage")
_CALLS = ("kim", "lee", *_DOWN, *_TOGETHER)
_TURNS = 30  # rests during which a call that opens a chat lets another one run


def _visits(random: Random) -> Faults:
    """Return which visitors ask for a chat, one by one or at the same moment."""
    weights = (4, 3, 2, 1, 2, 1, 1)
    return tuple(random.choices(_CALLS, weights, k=random.randint(1, 5)))


class _Outage(ConnectionError):
    """Vonage can't be reached."""


class _Reception:
    """Two visitors who ask for their chats, while some of the calls fail."""

    def __init__(self, chat_of: Callable[[str, Opener], Any]) -> None:
        self._chat_of = chat_of
        self._names = {"kim": _somebody(), "lee": _somebody()}
        self._owners: dict[int, str] = {}
        self._first: dict[str, int] = {}  # the step in which they got their first chat
        self._step_of: dict[int, int] = {}
        self._chats: list[object] = []  # kept so that their ids aren't reused
        self.said: list[str] = []
        self.steps: list[Step] = []

    def _opened(self, who: str) -> object:
        chat = {"number": len(self._chats) + 1}
        self._chats.append(chat)
        self._owners[id(chat)] = who
        self._step_of[id(chat)] = len(self.said)
        self._first.setdefault(who, len(self.said))
        self.steps.append(Step("chat_of", "Vonage", f"open a chat for {who}"))
        return chat

    def alone(self, who: str, fails: bool) -> None:
        """Let one visitor ask for a chat."""
        before = len(self._chats)

        def open_chat() -> object:
            if fails:
                self.steps.append(Step("Vonage", "chat_of", "no Vonage"))
                raise _Outage("no Vonage")
            return self._opened(who)

        self.steps.append(Step(who, "chat_of", "asks"))
        [got] = _on_threads([lambda: self._ask(who, open_chat)])
        self._note(who, [got], len(self._chats) - before)

    def together(self, first: str, second: str, fails: bool) -> None:
        """Let two visitors ask at the same moment; the first call may fail."""
        before = len(self._chats)
        inside, beside = threading.Event(), threading.Event()

        def open_first() -> object:
            inside.set()
            _let_another_in(beside)
            if fails:
                self.steps.append(Step("Vonage", "chat_of", "no Vonage"))
                raise _Outage("no Vonage")
            return self._opened(first)

        def open_second() -> object:
            chat = self._opened(second)
            beside.set()
            return chat

        def ask_first() -> Any:
            try:
                return self._ask(first, open_first)
            finally:
                inside.set()

        def ask_second() -> Any:
            inside.wait(_PATIENCE)
            try:
                return self._ask(second, open_second)
            finally:
                beside.set()

        self.steps.append(Step(first, "chat_of", "asks"))
        self.steps.append(Step(second, "chat_of", "asks at the same moment"))
        got = _on_threads([ask_first, ask_second])
        if got[0] == "the error" and got[1] == "the error":
            got[1] = "the same"  # Being told about the failure is fine, too.
        self._note(f"{first} and {second}", got, len(self._chats) - before)

    def _ask(self, who: str, open_chat: Opener) -> str:
        try:
            chat = called(self._chat_of, self._names[who], open_chat)
        except _Outage:
            return "the error"
        if chat is None:
            return "nothing"
        owner = self._owners.get(id(chat))
        if owner is None:
            return "something else"
        is_first = self._step_of[id(chat)] == self._first[owner]
        return f"{owner}'s chat" if is_first else f"another chat of {owner}'s"

    def _note(self, who: str, got: list[str], opened: int) -> None:
        if got[-1] == "the same":
            got, opened = ["the error", "a chat"], 1
        elif got[0] == "the error" and len(got) == 2:
            got = ["the error", "a chat"] if "chat" in got[1] else got
        self.said.append(f"{who} got {' and '.join(got)} ({opened} opened)")
        self.steps.append(Step("chat_of", who.split(" ")[0], " and ".join(got)))

    def story(self) -> Story:
        """Return the resulting story."""
        return Story("; ".join(self.said), tuple(self.steps))


def _let_another_in(opened: threading.Event) -> None:
    """Give another thread time to open a chat, too.

    It takes many short rests. A rest only ends when the machine runs this thread again,
    so on a busy machine the other thread gets more time.
    """
    for _ in range(_TURNS):
        if opened.wait(0.001):
            return


def _on_threads(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make calls in parallel, and return the results.

    Raises:
        TimeoutError: one of them doesn't end.
        Exception: whatever one of them raises.
    """
    futures: list[Future[Any]] = [Future() for _ in calls]

    def run(future: Future[Any], call: Callable[[], Any]) -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    for future, call in zip(futures, calls, strict=True):
        # A daemon thread: if it's stuck, the notebook's kernel can still exit.
        threading.Thread(target=run, args=(future, call), daemon=True).start()
    return [future.result(_STUCK) for future in futures]


@dataclass(frozen=True)
class _Known:
    """The behaviour of a known ``chat_of``, computed without threads.

    keeps: whether a visitor's chat is found again.
    locked: whether only one call at a time looks and opens.
    eager: whether it opens a chat before looking.
    hides: whether it returns nothing if opening fails.
    """

    keeps: bool = True
    locked: bool = True
    eager: bool = False
    hides: bool = False

    def play(self, visits: Faults) -> Story:
        """Return the story of a sequence."""
        kept: set[str] = set()
        said = [self._met(visit, kept) for visit in visits]
        return Story("; ".join(said))

    def _met(self, visit: str, kept: set[str]) -> str:
        people = visit.partition(",")[0].split(" and ")
        fails = visit.endswith("no Vonage")
        who = " and ".join(people)
        if self._race(people, kept) and not fails:
            kept |= {*people}
            return f"{who} got 2 chats"
        got, opened = [], 0
        for number, one in enumerate(people):
            said, more = self._asked(one, kept, fails and number == 0)
            got.append(said)
            opened += more
        if opened == 2 and people[0] == people[1]:
            return f"{who} got 2 chats"
        if len(got) == 2 and got[0] == "the error" and "chat" in got[1]:
            got[1] = "a chat"
        return f"{who} got {' and '.join(got)} ({opened} opened)"

    def _race(self, people: list[str], kept: set[str]) -> bool:
        found = self.keeps and not self.eager and people[0] in kept
        opens = not self.locked and not found
        return len(people) == 2 and people[0] == people[1] and opens

    def _asked(self, who: str, kept: set[str], fails: bool) -> tuple[str, int]:
        if not self.eager and who in kept and self.keeps:
            return f"{who}'s chat", 0
        if fails:
            return ("nothing" if self.hides else "the error"), 0
        again = who in kept and not self.keeps
        kept.add(who)
        return (f"another chat of {who}'s" if again else f"{who}'s chat"), 1


_CHATS_OF = {
    "always_new": _Known(keeps=False, locked=False),
    "always_new~locked": _Known(keeps=False),
    "race": _Known(locked=False),
    "race~hidden": _Known(locked=False, hides=True),
    "hidden": _Known(hides=True),
    "opens_for_nothing": _Known(eager=True, locked=False),
    "opens_for_nothing~locked": _Known(eager=True),
}


def _check_chat_of(chat_of: Callable[[str, Opener], Any]) -> None:
    _check_first_calls(chat_of)
    try:
        _check_visits(chat_of)
    except Unexpected:
        _check_visits(chat_of)  # If the race shows this time, it gets a name.
        raise


def _check_visits(chat_of: Callable[[str, Opener], Any]) -> None:
    stuck: list[Mistaken] = []
    failures: list[str] = []  # A failure can leave a lock locked for good.

    def play(answer: Any, visits: Faults) -> Story:
        if isinstance(answer, _Known):
            return answer.play(visits)
        failures.extend(visit for visit in visits if visit.endswith("no Vonage"))
        if not stuck:
            try:
                return _played(answer, visits)
            except Mistaken as found:
                found.mistake = "stuck" if failures else "waits"
                stuck.append(found)
        return Story("waits and never ends")  # So would all later ones.

    try:
        judge_over_sequences(play, chat_of, _Known(), _visits, _CHATS_OF, name="visits")
    finally:
        if stuck:
            raise stuck[0]


def _check_first_calls(chat_of: Callable[[str, Opener], Any]) -> None:
    """Check for what hides every other mistake, such as one chat for everybody."""
    try:
        got = [
            _on_threads([lambda: called(chat_of, _somebody(), object)])[0]
            for _ in range(20)
        ]
    except TimeoutError:
        raise Mistaken("waits") from None
    if all(one is None for one in got):
        raise Mistaken("nothing")
    if all(one is got[0] for one in got):
        raise Mistaken("everybodys")


def _played(chat_of: Callable[[str, Opener], Any], visits: Faults) -> Story:
    reception = _Reception(chat_of)
    for visit in visits:
        people = visit.partition(",")[0].split(" and ")
        fails = visit.endswith("no Vonage")
        try:
            if len(people) == 1:
                reception.alone(people[0], fails)
            else:
                reception.together(people[0], people[1], fails)
        except TimeoutError:
            stuck = Mistaken("waits")
            reception.said.append(f"{visit}: waits and never ends")
            stuck.diagram = drawn(reception.story())
            raise stuck from None
    return _without_order(reception)


def _without_order(reception: _Reception) -> Story:
    """Return the story; it doesn't matter who got which of two chats opened at once."""
    said = [
        f"{one.partition(' got ')[0]} got 2 chats"
        if one.startswith(("kim and kim", "lee and lee")) and "(2 opened)" in one
        else one
        for one in reception.said
    ]
    return Story("; ".join(said), tuple(reception.steps))


# 9.5


def answers(
    route: Callable[..., Any], error: Any, chat: Json | None
) -> list[tuple[int, Any]]:
    """Return all answers that a visitor gets from a route once a chat has been opened.

    error: why opening it failed, or None.
    chat: the chat, or None.
    """
    got: list[tuple[int, Any]] = []

    def answer(status: int, body: Any) -> None:
        got.append((status, body))

    called(route, lambda done: done(error, chat), answer)
    return got


Day = tuple[Any, Json | None]
"""The arguments of Vonage's callback: an error, and a chat."""


def _a_day(random: Random) -> Day:
    number = random.randint(100, 999)
    if random.random() < 0.5:
        return None, {"conversation": {"id": f"CON-{number}"}, "jwt": "a token"}
    told = f"https://api.nexmo.com said {number}"
    return random.choice([told, ConnectionError(told), {"title": told}]), None


_FINE = [(503, "error and detail")]


def _mended(good: str = "chat", bad: Any = None) -> Callable[..., Any]:
    """Return a function with the answers for a good day and a bad one."""

    def day(error: Any, chat: Json | None) -> list[tuple[int, Any]]:
        if error is None:
            return [(200, "the chat")] if good == "chat" else _FINE
        return _FINE if bad is None else bad

    return day


def _check_mended_new(mended_new: Callable[..., Any]) -> None:
    def day(error: Any, chat: Json | None) -> list[tuple[Any, str]]:
        got = answers(mended_new, error, chat)
        return [(status, _kind(body, error, chat)) for status, body in got]

    days = [(None, {"conversation": {"id": "CON-1"}}), ("Vonage is not there", None)]
    days += generated(_a_day, 20)
    seen = [day(*one) for one in days]
    bad = [got for one, got in zip(days, seen, strict=True) if one[0] is not None]
    if any(len(got) > 1 for got in seen):
        raise Mistaken("twice")
    if all(not got for got in bad):
        raise Mistaken("hangs")
    statuses = [got[0][0] for got in bad if got]
    if other := [status for status in statuses if status not in (200, 503)]:
        raise Mistaken("another_status", status=other[0])
    judge(
        day,
        _mended(),
        days,
        {
            "no_chat": _mended(good="none"),
            "looks_fine": _mended(bad=[(200, "error and detail")]),
            "looks_fine~told": _mended(bad=[(200, "what Vonage said")]),
            "looks_fine~no_words": _mended(bad=[(200, "something else")]),
            "tells_too_much": _mended(bad=[(503, "what Vonage said")]),
            "no_words": _mended(bad=[(503, "something else")]),
        },
        name="done",
    )


def _kind(body: Any, error: Any, chat: Json | None) -> str:
    """Return what a body is, in words."""
    if chat is not None and body == chat:
        return "the chat"
    if error is not None and _TOLD.search(str(body)):
        return "what Vonage said"
    if isinstance(body, Mapping) and {"error", "detail"} <= body.keys():
        return "error and detail"
    return "something else"


_TOLD = re.compile(r"api\.nexmo\.com|Vonage is not there")


# 9.6


class _Reader(HTMLParser):
    """Parses markup as a browser does."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ends: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        self.ends.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def is_one_paragraph(self) -> bool:
        """Whether it consists of a single ``p`` with a ``title``."""
        names = [name for name, _ in self.attributes]
        return self.tags == ["p"] == self.ends and names == ["title"]


def elements(markup: str) -> list[str]:
    """Return the elements that a browser creates from markup."""
    return _Reader(markup).tags


_PARTS = (
    '<img src="x" onerror="steal()">',
    "<b>bold</b>",
    "</p><script>steal()</script>",
    '" onclick="steal()',
    "' onclick='steal()",
    "3 < 5 & 7 > 6",
    "&lt;",
    "&amp;",
    "R&D",
    '"so on"',
)


def _strange(random: Random) -> str:
    parts = random.choices(_PARTS, k=random.randint(1, 3))
    return " ".join(["Kim", *parts])


def _check_mended_html(mended_html: Callable[[str, str], Any]) -> None:
    def shown_of(name: str, text: str) -> Any:
        return called(mended_html, name, text)

    texts = [*_PARTS, *generated(_strange, 30)]
    of_texts = [shown_of("Kim", text) for text in texts]
    if all(one is None for one in of_texts):
        raise Mistaken("nothing")
    _check_harmless(mended_html)
    for text, markup in zip(texts, of_texts, strict=True):
        _check_is_text(markup, ("Kim", text))
        if not _Reader(markup).is_one_paragraph:
            raise Mistaken("text_runs", text=text, tags=_tags(markup))
    for name in texts:
        markup = shown_of(name, "Hello")
        _check_is_text(markup, (name, "Hello"))
        if not _Reader(markup).is_one_paragraph:
            raise Mistaken("name_runs", name=name)
    _check_words(texts, [_Reader(one).text for one in of_texts])
    _check_names(texts, [_title(shown_of(name, "Hello")) for name in texts])


def _check_harmless(mended_html: Callable[[str, str], Any]) -> None:
    """Check that harmless texts appear where they did in the original's markup."""
    for name, text in (("Kim", "Hello"), ("Lee", "See you at 5")):
        wanted, got = f'<p title="{name}">{text}</p>', called(mended_html, name, text)
        if got == wanted:
            continue
        _check_is_text(got, (name, text))
        if _Reader(got).is_one_paragraph and _Reader(got).text == text:
            _check_names([name], [_title(got)])
        given = as_code("mended_html", name, text)
        raise Unexpected(given, described(wanted), described(got))


def _check_is_text(markup: Any, given: tuple[str, str]) -> None:
    if not isinstance(markup, str):
        call = as_code("mended_html", *given)
        raise Unexpected(call, "a text", described(markup))


def _tags(markup: str) -> str:
    return " and ".join(_Reader(markup).tags) or "nothing"


def _title(markup: str) -> str | None:
    return dict(_Reader(markup).attributes).get("title")


def _check_words(texts: list[str], seen: list[str]) -> None:
    if seen == [html.escape(text) for text in texts]:
        raise Mistaken("twice")
    for text, shown in zip(texts, seen, strict=True):
        if shown != text:
            raise Mistaken("altered", text=text, shown=shown)


def _check_names(names: list[str], titles: list[str | None]) -> None:
    for name, title in zip(names, titles, strict=True):
        if title != name:
            raise Mistaken("another_name", name=name, shown=title)


LESSON = Lesson(
    number=9,
    minutes=60,
    words=words_of(9),
    uses=("3.4",),
    exercises=(
        Exercise("9.1", ("findings",), _check_findings),
        Exercise("9.2", ("mended_token",), _check_mended_token),
        Exercise("9.3", ("shares_chats",), _check_shares_chats),
        Exercise("9.4", ("chat_of",), _check_chat_of, patience=20),
        Exercise("9.5", ("mended_new",), _check_mended_new),
        Exercise("9.6", ("mended_html",), _check_mended_html),
    ),
    given={
        "opened_at_once": lambda: opened_at_once,
        "answers": lambda: answers,
        "elements": lambda: elements,
    },
)
