"""Notebook 09: fix the original."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from html.parser import HTMLParser
from itertools import count
from queue import Empty, Queue
from secrets import token_hex
from typing import Any

from fastapi import FastAPI, Request, Response

from livechat_helpers.client import answer_to, token_client
from livechat_helpers.conversations import Json
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.tokens import inspect

from .content import Exercise, Lesson, Mistaken
from .wording import words_of

_NOBODYS = "CON-00000000-0000-4000-8000-000000000000"
_HOUR = 3600
_PATIENCE = 5  # seconds until a call counts as stuck
_MEETING = 0.5  # seconds the first of two waits for the second

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
    given = {letter: str(word) for letter, word in dict(findings).items()}
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
    chat = SupportDesk.open().open_chat()
    token = mended_token(chat)
    if not isinstance(token, str):
        raise Mistaken("nothing")
    claims, now = inspect(token), time.time()
    if claims.get("exp", 0) > 100 * now:
        raise Mistaken("never_ends")
    if not 0 < claims.get("exp", 0) - now <= _HOUR:
        raise Mistaken("another_end", left=round(claims.get("exp", 0) - now))
    if "sub" not in claims:
        raise Mistaken("speaks_for_all")
    if claims["sub"] != chat["user"]["name"]:
        raise Mistaken("somebody_else", sub=claims["sub"])
    if not _may_read(token, chat["conversation"]["id"]):
        raise Mistaken("allows_nothing")
    if _may_read(token, _NOBODYS):
        raise Mistaken("allows_all")


def _may_read(token: str, conversation: str) -> bool:
    """Return whether the ACL of a token lets a call through."""
    http = token_client(token).http_client
    path = f"/v0.3/conversations/{conversation}/events"
    return answer_to(http.get, http.api_host, path) != "system:error:permission"


# 9.3


class _Specimen:
    """A server made for a probe: with the fault, or without it.

    shared: whether all visitors get one conversation.
    """

    def __init__(self, shared: bool) -> None:
        self.strangers = 0
        self.calls = 0
        numbers = count(1)
        self.app = FastAPI()

        @self.app.post("/api/new")
        def new_chat(request: Request, response: Response) -> Json:
            self.calls += 1
            number = request.cookies.get("visitor")
            if number is None:
                self.strangers += 1
                number = str(next(numbers))
                response.set_cookie("visitor", number)
            return {
                "user": {"id": f"USR-{number}", "name": f"visitor-{number}"},
                "conversation": {"id": "CON-1" if shared else f"CON-{number}"},
                "jwt": f"token {self.calls}",
            }


def _check_shares_chats(shares_chats: Callable[[FastAPI], Any]) -> None:
    bad, good = _Specimen(shared=True), _Specimen(shared=False)
    found, false_alarm = shares_chats(bad.app), shares_chats(good.app)
    if found is None:
        raise Mistaken("nothing")
    if not bad.calls or not good.calls:
        raise Mistaken("asks_nobody")
    if good.strangers < 2:
        raise Mistaken("one_visitor")
    if not found:
        raise Mistaken("overlooks")
    if false_alarm:
        raise Mistaken("false_alarm")


# 9.4

Opener = Callable[[], object]


def opened_at_once(chat_of: Callable[[str, Opener], Any]) -> int:
    """Let one visitor call twice in the same moment; return how many chats are opened.

    Whoever opens a chat waits a moment for somebody who opens one, too: so a race is
    lost always, and not only now and then.
    """
    opened = 0
    meeting = threading.Barrier(2)
    visitor = _somebody()

    def open_chat() -> object:
        nonlocal opened
        with suppress(threading.BrokenBarrierError):  # nobody else opens one
            meeting.wait(_MEETING)
        opened += 1
        return object()

    _at_once(2, chat_of, visitor, open_chat)
    return opened


def _somebody() -> str:
    return f"visitor-{token_hex(4)}"


def _at_once(times: int, call: Callable[..., Any], *given: Any) -> list[Any]:
    """Call on several threads, and return what each returns.

    Raises:
        TimeoutError: one does not come to an end.
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
        # A thread that is stuck must not keep the notebook's kernel from ending.
        threading.Thread(target=run, daemon=True).start()
    try:
        return [results.get(timeout=_PATIENCE).result() for _ in range(times)]
    except Empty:
        raise TimeoutError from None


def _check_chat_of(chat_of: Callable[[str, Opener], Any]) -> None:
    kim = _somebody()
    first = chat_of(kim, object)
    if first is None:
        raise Mistaken("nothing")
    if chat_of(_somebody(), object) is first:
        raise Mistaken("everybodys")
    if chat_of(kim, object) is not first:
        raise Mistaken("always_new")
    try:
        if opened_at_once(chat_of) > 1:
            raise Mistaken("race")
        if not _fails(chat_of, _somebody()):
            raise Mistaken("hidden")
        _at_once(1, chat_of, _somebody(), object)
    except TimeoutError:
        raise Mistaken("stuck") from None


def _fails(chat_of: Callable[[str, Opener], Any], visitor: str) -> bool:
    """Return whether it is told that a chat could not be opened."""

    def fail() -> object:
        raise ConnectionError("no Vonage")

    try:
        chat_of(visitor, fail)
    except ConnectionError:
        return True
    return False


# 9.5

_CHAT = {"conversation": {"id": "CON-1"}}
_ERROR = "https://api.nexmo.com said 503"


def answers(
    route: Callable[..., Any], error: str | None, chat: Json | None
) -> list[tuple[int, Any]]:
    """Return all that a visitor gets from a route, when a chat opens or fails to."""
    got: list[tuple[int, Any]] = []
    route(lambda done: done(error, chat), lambda *answer: got.append(answer))
    return got


def _check_mended_new(mended_new: Callable[..., Any]) -> None:
    good, bad = answers(mended_new, None, _CHAT), answers(mended_new, _ERROR, None)
    if not bad:
        raise Mistaken("hangs")
    if len(bad) > 1 or len(good) > 1:
        raise Mistaken("twice")
    if good != [(200, _CHAT)]:
        raise Mistaken("no_chat")
    [(status, body)] = bad
    if status == 200:
        raise Mistaken("looks_fine")
    if status != 503:
        raise Mistaken("another_status", status=status)
    if not isinstance(body, Mapping) or not {"error", "detail"} <= body.keys():
        raise Mistaken("no_words")
    if _ERROR in str(body):
        raise Mistaken("tells_too_much")


# 9.6


class _Reader(HTMLParser):
    """Reads markup as a browser does."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def elements(markup: str) -> list[str]:
    """Return which elements a browser makes of markup."""
    return _Reader(markup).tags


_NASTY = """<img src="x" onerror="steal()"> 3 < 5 & "so on\""""
_NASTY_NAME = """Kim" onclick="steal()"><img src="x" onerror="steal()"""


def _check_mended_html(mended_html: Callable[[str, str], Any]) -> None:
    markup = mended_html("Kim", _NASTY)
    if not isinstance(markup, str):
        raise Mistaken("nothing")
    found = _Reader(markup)
    if found.tags != ["p"]:
        raise Mistaken("text_runs", tags=" and ".join(found.tags) or "nothing")
    if found.text != _NASTY:
        raise Mistaken("twice" if "&lt;" in found.text else "altered")
    found = _Reader(mended_html(_NASTY_NAME, "Hello"))
    if found.tags != ["p"] or {*found.attributes} - {"title"}:
        raise Mistaken("name_runs")
    if found.attributes.get("title") != _NASTY_NAME:
        raise Mistaken("another_name")


LESSON = Lesson(
    number=9,
    minutes=55,
    words=words_of(9),
    exercises=(
        Exercise("9.1", ("findings",), _check_findings),
        Exercise("9.2", ("mended_token",), _check_mended_token),
        Exercise("9.3", ("shares_chats",), _check_shares_chats),
        Exercise("9.4", ("chat_of",), _check_chat_of),
        Exercise("9.5", ("mended_new",), _check_mended_new),
        Exercise("9.6", ("mended_html",), _check_mended_html),
    ),
    given={
        "opened_at_once": lambda: opened_at_once,
        "answers": lambda: answers,
        "elements": lambda: elements,
    },
)
