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

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question

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


def _findings(**changed: str) -> str:
    """Return code that answers with some findings changed."""
    words = (_FINDINGS | changed).items()
    return "\n".join(["findings = {", *(f'    "{n}": "{w}",' for n, w in words), "}"])


_EX_1 = Exercise(
    name="9.1",
    asks=("findings",),
    check=_check_findings,
    correct="Six faults in some thirty lines, found by reading.",
    hints=(
        "A, B and C are about claims. What does each of `exp`, `sub` and `acl` do for "
        "a token that is in a stranger's hands?",
        "D: who gets what the first visitor has left in `active`? E: follow the case "
        "with an error to its end.",
        "A never ends, B speaks for all, C allows all. F is about what a browser does "
        "with `<img>` in a text.",
    ),
    solution=_findings(),
    mistakes={
        "no_finding": Mistake(
            "There is no finding for {letter} yet. Use one of the six, as it stands in "
            "the task.",
            _findings(A="it is bad"),
        ),
        "token": Mistake(
            'You said "{said}" of {letter}. It is one of the claims: when does the '
            "token end, for whom does it speak, what does it allow?",
            _findings(A="speaks for all", B="never ends"),
        ),
        "server": Mistake(
            'You said "{said}" of {letter}. Play it through: two visitors come one '
            "after the other, and then one comes while Vonage fails.",
            _findings(D="no answer", E="everybody's chat"),
        ),
        "page": Mistake(
            'You said "{said}" of {letter}. There a text becomes a part of the page.',
            _findings(F="no answer"),
        ),
    },
)

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


def _token(end: str, more: str, path: str) -> str:
    """Return an answer to 9.2, from its three decisive lines."""
    return f"""
def mended_token(chat):
    now = int(time.time())
    claims = {{"application_id": application.id, "jti": str(uuid4()), "iat": now}}
    claims |= {{"exp": {end}{more}}}
    path = {path}
    claims["acl"] = {{"paths": {{path: {{"methods": ["GET", "POST"]}}}}}}
    return jwt.encode(claims, private_key, algorithm="RS256")
"""


_END = "now + 15 * 60"
_SUBJECT = ', "sub": chat["user"]["name"]'
_PATH = "f\"/*/conversations/{chat['conversation']['id']}/events\""

_EX_2 = Exercise(
    name="9.2",
    asks=("mended_token",),
    check=_check_mended_token,
    correct="It ends soon, speaks for one user, and opens one conversation.",
    hints=(
        "There are three things to mend: `exp`, `sub`, `acl`. Everything that you need "
        "is in `chat`.",
        "`exp` counts seconds. `sub` is the *user's* name. The ACL's path names the "
        "conversation.",
        "`/*/conversations/CON-.../events`, with the id of this chat's conversation.",
    ),
    solution=_token(_END, _SUBJECT, _PATH),
    mistakes={
        "nothing": Mistake(
            "The function returns no token. Did you forget `return`?",
            """
def mended_token(chat):
    jwt.encode({"sub": chat["user"]["name"]}, private_key, algorithm="RS256")
""",
        ),
        "never_ends": Mistake(
            "It still never ends: these are milliseconds.",
            _token("now * 1000 + 900_000", _SUBJECT, _PATH),
        ),
        "another_end": Mistake(
            "It ends in {left} seconds. Let it live some minutes, an hour at most.",
            _token("now + 7 * 86_400", _SUBJECT, _PATH),
        ),
        "speaks_for_all": Mistake(
            "It has no `sub`, so it speaks for the whole application.",
            _token(_END, "", _PATH),
        ),
        "somebody_else": Mistake(
            "Its subject is {sub}. It has to be the name of this chat's user: not the "
            "id, and nobody else's.",
            _token(_END, ', "sub": chat["user"]["id"]', _PATH),
        ),
        "allows_nothing": Mistake(
            "With it the visitor cannot read the own conversation. Look at the ACL's "
            "path.",
            _token(_END, _SUBJECT, '"/v1/nothing"'),
        ),
        "allows_all": Mistake(
            "It opens every conversation: name this one in the path.",
            _token(_END, _SUBJECT, '"/*/conversations/**"'),
        ),
    },
)

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


_EX_3 = Exercise(
    name="9.3",
    asks=("shares_chats",),
    check=_check_shares_chats,
    correct="The probe finds the fault where it is, and nowhere else.",
    hints=(
        "Two visitors are two browsers: `Browser(server)` makes one.",
        'Each calls `post("/api/new")`; its `json()` has the `conversation`.',
        'Compare the two `["conversation"]["id"]`.',
    ),
    solution="""
def shares_chats(server):
    first = Browser(server).post("/api/new").json()
    second = Browser(server).post("/api/new").json()
    return first["conversation"]["id"] == second["conversation"]["id"]
""",
    mistakes={
        "nothing": Mistake(
            "The probe returns nothing. Did you forget `return`?",
            """
def shares_chats(server):
    first = Browser(server).post("/api/new").json()
    second = Browser(server).post("/api/new").json()
    first["conversation"]["id"] == second["conversation"]["id"]
""",
        ),
        "asks_nobody": Mistake(
            "The probe says what it says without a call to the server. It would still "
            "say so when the fault is mended.",
            """
def shares_chats(server):
    return True
""",
        ),
        "one_visitor": Mistake(
            "Both calls come from one browser. The same visitor should get the same "
            "chat: you need two visitors.",
            """
def shares_chats(server):
    kim = Browser(server)
    first, second = (kim.post("/api/new").json() for _ in range(2))
    return first["conversation"]["id"] == second["conversation"]["id"]
""",
        ),
        "overlooks": Mistake(
            "There are two visitors in one conversation, and the probe says that all "
            "is well. Their tokens and users may differ: compare the conversations "
            "alone.",
            """
def shares_chats(server):
    first = Browser(server).post("/api/new").json()
    second = Browser(server).post("/api/new").json()
    return first == second
""",
        ),
        "false_alarm": Mistake(
            "The probe finds the fault also where it is not: each visitor has a "
            "conversation there.",
            """
def shares_chats(server):
    first = Browser(server).post("/api/new").json()
    second = Browser(server).post("/api/new").json()
    return first["conversation"].keys() == second["conversation"].keys()
""",
        ),
    },
)

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


_EX_4 = Exercise(
    name="9.4",
    asks=("chat_of",),
    check=_check_chat_of,
    correct="One chat for each visitor, however many calls come at once.",
    hints=(
        "Keep the chats in a dictionary, by the visitor's name.",
        "Between the look into it and the new entry nobody else may look. A "
        "`threading.Lock` sees to that.",
        "`with lock:` around the look, the opening and the entry. `with` gives the "
        "lock back also if something fails.",
    ),
    solution="""
chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        if name not in chats:
            chats[name] = open_chat()
        return chats[name]
""",
    mistakes={
        "nothing": Mistake(
            "The function returns no chat. Did you forget `return`?",
            """
chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        chats.setdefault(name, open_chat())
""",
        ),
        "everybodys": Mistake(
            "Two visitors get the same chat. Keep one for each `name`.",
            """
chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        if not chats:
            chats[name] = open_chat()
        return next(iter(chats.values()))
""",
        ),
        "always_new": Mistake(
            "A visitor who comes again gets another chat. Keep the first one.",
            """
def chat_of(name, open_chat):
    return open_chat()
""",
        ),
        "race": Mistake(
            "Two calls of one visitor come at once: both look, both find nothing, and "
            "two chats are opened. Look and open under one lock.",
            """
chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    if name not in chats:
        chat = open_chat()
        with lock:
            chats[name] = chat
    return chats[name]
""",
        ),
        "hidden": Mistake(
            "Opening the chat fails, and you say nothing of it. Let the error through: "
            "whoever called has to know.",
            """
chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    with lock:
        if name not in chats:
            try:
                chats[name] = open_chat()
            except Exception:
                return None
        return chats[name]
""",
        ),
        "stuck": Mistake(
            "Opening failed once, and from then on every call waits for ever: the lock "
            "was not given back. Use `with lock:`.",
            """
chats, lock = {}, threading.Lock()


def chat_of(name, open_chat):
    lock.acquire()
    if name not in chats:
        chats[name] = open_chat()
    lock.release()
    return chats[name]
""",
        ),
    },
)

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


_EX_5 = Exercise(
    name="9.5",
    asks=("mended_new",),
    check=_check_mended_new,
    correct="Whatever happens, the visitor gets one answer.",
    hints=(
        "Every way through `done` has to end in one call of `answer`.",
        "The status is 503, as in notebook 06, and the body has `error` and `detail`.",
        "`if error: answer(503, {...})`, and `else: answer(200, chat)`.",
    ),
    solution="""
def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, {"error": 503, "detail": "There is no chat right now."})
        else:
            answer(200, chat)

    open_chat(done)
""",
    mistakes={
        "hangs": Mistake(
            "Vonage fails, and the visitor still waits: nothing is answered.",
            """
def mended_new(open_chat, answer):
    open_chat(lambda error, chat: answer(200, chat) if chat else None)
""",
        ),
        "twice": Mistake(
            "The visitor gets two answers. The second one is an error of its own in "
            "most servers: put an `else` there.",
            """
def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, {"error": 503, "detail": "Not now."})
        answer(200, chat)

    open_chat(done)
""",
        ),
        "no_chat": Mistake(
            "When all goes well the visitor should get 200 and the chat, as before.",
            """
def mended_new(open_chat, answer):
    open_chat(lambda *_: answer(503, {"error": 503, "detail": "Not now."}))
""",
        ),
        "looks_fine": Mistake(
            "The status is 200, so the page believes that it has a chat.",
            """
def mended_new(open_chat, answer):
    open_chat(lambda error, chat: answer(200, chat or {"error": 503, "detail": "No."}))
""",
        ),
        "another_status": Mistake(
            "The status is {status}. 503 says: it is not your fault, and it may pass.",
            """
def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(404, {"error": 404, "detail": "There is no chat."})
        else:
            answer(200, chat)

    open_chat(done)
""",
        ),
        "no_words": Mistake(
            "The body is not like the kit's: a dictionary with `error` and `detail`.",
            """
def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, "Not now.")
        else:
            answer(200, chat)

    open_chat(done)
""",
        ),
        "tells_too_much": Mistake(
            "You hand on what Vonage said. That is for your log, and not for "
            "strangers.",
            """
def mended_new(open_chat, answer):
    def done(error, chat):
        if error:
            answer(503, {"error": 503, "detail": error})
        else:
            answer(200, chat)

    open_chat(done)
""",
        ),
    },
)

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


_EX_6 = Exercise(
    name="9.6",
    asks=("mended_html",),
    check=_check_mended_html,
    correct="Text and name are shown as they were written, and nothing in them runs.",
    hints=(
        "There are two texts of strangers in that line.",
        "`html.escape` writes the signs that mean something in markup in another way, "
        "quotes too.",
        "`html.escape(name)` and `html.escape(text)`",
    ),
    solution="""
def mended_html(name, text):
    return f'<p title="{html.escape(name)}">{html.escape(text)}</p>'
""",
    mistakes={
        "nothing": Mistake(
            "The function returns no text. Did you forget `return`?",
            """
def mended_html(name, text):
    html.escape(text)
""",
        ),
        "text_runs": Mistake(
            "A browser makes these elements of it: {tags}. It should be one `p`, with "
            "all of the text in it.",
            """
def mended_html(name, text):
    return f'<p title="{name}">{text.replace("script", "")}</p>'
""",
        ),
        "twice": Mistake(
            "Nothing runs, and people read `&lt;` where somebody wrote `<`: you have "
            "escaped the text twice.",
            """
def mended_html(name, text):
    return f'<p title="{html.escape(name)}">{html.escape(html.escape(text))}</p>'
""",
        ),
        "altered": Mistake(
            "Nothing runs, and what is shown is not what was written.",
            """
def mended_html(name, text):
    return f'<p title="{html.escape(name)}">{html.escape(text.replace("<", ""))}</p>'
""",
        ),
        "name_runs": Mistake(
            "The text is safe, and the name is not: with a quote in it one gets out of "
            "`title`. Names are texts of strangers as well.",
            """
def mended_html(name, text):
    return f'<p title="{html.escape(name, quote=False)}">{html.escape(text)}</p>'
""",
        ),
        "another_name": Mistake(
            "The name in `title` is not the sender's any more.",
            """
def mended_html(name, text):
    return f'<p title="customer">{html.escape(text)}</p>'
""",
        ),
    },
)

LESSON = Lesson(
    number=9,
    title="Fix the original",
    minutes=40,
    exercises=(_EX_1, _EX_2, _EX_3, _EX_4, _EX_5, _EX_6),
    given={
        "opened_at_once": lambda: opened_at_once,
        "answers": lambda: answers,
        "elements": lambda: elements,
    },
    questions=(
        Question(
            "Why let a probe fail before you mend anything?",
            (
                Option(
                    "So that the log shows how bad it was.",
                    "A log is of no use here. Think of what you know of a probe that "
                    "has never failed.",
                ),
                Option(
                    "Then you know that it sees the fault, and later that it is gone.",
                    "A probe that has never failed may be blind.",
                    right=True,
                ),
                Option(
                    "Mending is faster with a probe.",
                    "Often it is not. You get certainty for it, also in a year.",
                ),
            ),
        ),
        Question(
            "The author tried the tutorial out, and it worked. What was not tried?",
            (
                Option(
                    "A second visitor, and a Vonage that fails.",
                    "One visitor on a good day sees none of these faults.",
                    right=True,
                ),
                Option(
                    "A newer version of the library.",
                    "It would have the same faults: they are in what was written with "
                    "it.",
                ),
                Option(
                    "Sending a message.",
                    "That was tried, and it works. Faults hide where nobody looks.",
                ),
            ),
        ),
        Question(
            "A token without `sub` is in a visitor's browser. What can be done with "
            "it?",
            (
                Option(
                    "Nothing: it belongs to nobody.",
                    "It belongs to the application, and that may do more than any "
                    "user.",
                ),
                Option(
                    "Chat, in that one conversation.",
                    "No conversation stands in it. What limits it is the ACL alone.",
                ),
                Option(
                    "Whatever the application may do, as far as the ACL lets it.",
                    "It lists all users and deletes conversations, if nothing forbids "
                    "it.",
                    right=True,
                ),
            ),
        ),
    ),
)
