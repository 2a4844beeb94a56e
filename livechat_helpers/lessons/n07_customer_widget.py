"""Notebook 07: the customer's chat window. A real browser checks the answers."""

from functools import cache
from pathlib import Path

import httpx

from livechat_helpers.conversations import Json

from . import pieces
from .content import Exercise, Lesson, Mistaken, NotAttempted, Unexpected
from .javascript import JavaScriptError, run_js
from .lesson_servers import find_or_start
from .wording import words_of

_HARNESSES = Path(__file__).with_name("harnesses")


@cache
def harness(name: str) -> str:
    """Return an expression that uses an answer as a page does, and reports on it.

    name: the name of its file in ``harnesses``.
    """
    return (_HARNESSES / f"{name}.js").read_text(encoding="utf-8")


def _kits(*exercises: str) -> str:
    """Return the kit's scripts that an answer builds on."""
    return "\n".join(pieces.kits_pieces()[exercise].code for exercise in exercises)


def _the(name: str) -> str:
    return f"({harness(name)})"


# 7.1


def _check_listen(listen: str) -> None:
    website = find_or_start().website
    assert website is not None
    chat = httpx.post(f"{website.url}/api/new", timeout=10, trust_env=False).json()
    told = run_js(listen, _the("listen"), chat=chat, seconds=20)
    if told.get("refused") == "session:error:no-active-session":
        raise Mistaken("no_session")
    if "refused" in told:
        raise JavaScriptError(told["refused"])
    shown = told["shown"]
    if not shown:
        raise Mistaken("deaf")
    if not all(isinstance(each, str) for each in shown):
        raise Mistaken("not_text" if "one" in shown else "events", count=len(shown))
    if shown != ["one", "two"]:
        raise Mistaken("another", shown=" and ".join(shown))
    if not told["inTime"]:
        raise Mistaken("too_late")


# 7.2

TEXTS = (
    *("Hello", "3 < 5 & 6 > 4", "&amp; &lt;b&gt;", "<b>bold</b>", "Zoë 🛋️ ``", "  a  b"),
    *("one\ntwo", "</p><p>", "javascript:alert(1)", "<!-- -->", "${text}", "'\"\\"),
    '<img src="x" onerror="window.stolen = true"> 3 < 5 & "so on"',
    "<svg onload='window.stolen = true'></svg>",
)


def _check_bubble(bubble: str) -> None:
    told = run_js(bubble, _the("bubble"), texts=TEXTS)
    if told["kind"] == "undefined":
        raise Mistaken("nothing")
    if told["kind"] != "element":
        raise Mistaken("no_element", kind=told["kind"])
    if told["stolen"] or any(one["built"] for one in told["made"]):
        raise Mistaken("markup")
    for given, made in zip(TEXTS, told["made"], strict=True):
        if given in made["text"]:
            continue
        if "<" in given and "&lt;" in made["text"]:
            raise Mistaken("twice")
        raise Mistaken("altered", given=given, got=made["text"])


# 7.3


def _check_submit(submit: str) -> None:
    for tag in ("textarea", "input"):
        _judge_submit(run_js(submit, _the("submit"), tag=tag))


def _judge_submit(told: Json) -> None:
    sent: list[str] = told["sent"]
    if not sent:
        raise Mistaken("not_sent")
    if any(not text.strip() for text in sent):
        raise Mistaken("empty")
    if len(sent) > 2:
        raise Mistaken("twice")
    if sent != ["Hello", "Two  words"]:
        raise Mistaken("spaces", sent=sent[0])
    if told["after"]:
        raise Mistaken("still_there")
    if told["raised"]:
        raise Mistaken("raises")
    if told["kept"] != "Important":
        raise Mistaken("lost")
    if told["again"] != ["Important"]:
        raise Unexpected("a second try", "the text sent", told["again"])


# 7.4

_NEAR, _FAR = (0, 3, 39), (41, 300, 600)
"""Distances from the end in pixels: close enough to count as the end, and too far."""


def _check_follow(follow: str) -> None:
    _judge_follow(run_js(follow, _the("follow"), distances=[*_NEAR, *_FAR]))


def _judge_follow(told: dict[str, list[Json]]) -> None:
    """Judge what a log did.

    told: the results for each distance, for a short and for a tall new message.
    """
    short = dict(zip((*_NEAR, *_FAR), told["short"], strict=True))
    tall = dict(zip((*_NEAR, *_FAR), told["tall"], strict=True))
    cases = [*short.values(), *tall.values()]
    for case in cases:
        if case["added"] != 1:
            raise Mistaken("not_added", count=case["added"])
    if not any(case["atEnd"] for case in cases):
        raise Mistaken("never")
    if all(case["atEnd"] for case in cases):
        raise Mistaken("always")
    if short[0]["atEnd"] and not any(case["atEnd"] for case in tall.values()):
        raise Mistaken("too_late")
    if short[0]["atEnd"] and not short[3]["atEnd"]:
        raise Mistaken("exact")
    for size, found in (("short", short), ("tall", tall)):
        for distance, case in found.items():
            wanted = distance in _NEAR
            stays = case["moved"] == 0
            if case["atEnd"] if not wanted else not case["atEnd"]:
                _unlike(size, distance, wanted)
            if not wanted and not stays:
                _unlike(size, distance, wanted)


def _unlike(size: str, distance: int, wanted: bool) -> None:
    end, stay = "the log at its end", "the log where it was"
    given = f"a {size} message, {distance} pixels from the end"
    raise Unexpected(given, *((end, "it elsewhere") if wanted else (stay, "it moved")))


# 7.5

WINDOW = """
<!-- ... -->
<button>✕</button>
<div></div>
<textarea placeholder="Your message"></textarea>
<button>Send</button>
"""
"""The window to fix, as in the notebook."""


_BARE = """[...document.querySelectorAll('button, [role=button], [type=submit]')].some(
  one => !(one.textContent.trim() || one.value || one.querySelector('img, svg'))
)"""
"""Whether any button shows nothing, no matter what it's called."""


def read_out(html: str) -> Json:
    """Return what a screen reader says about a chat window.

    Returns:
        ``logs``: how many elements are read out when they change; ``loud``: how many
        interrupt; ``fields`` and ``buttons``: their names, or empty texts.
    """
    return run_js("", _the("read_out"), markup=html)


def _check_chat(chat_window: str) -> None:
    if "".join(chat_window.split()) in (
        "".join(WINDOW.split()),
        "".join(WINDOW.replace("<!-- ... -->", "").split()),
    ):
        raise NotAttempted
    told = read_out(chat_window)
    if not told["fields"] or len(told["buttons"]) < 2:
        raise Mistaken("gone")
    if told["loud"]:
        raise Mistaken("interrupts")
    if not told["logs"]:
        raise Mistaken("silent")
    if not all(told["fields"]):
        raise Mistaken("nameless_field")
    if not all(told["buttons"]):
        raise Mistaken("nameless_button")
    if run_js("", _BARE, markup=chat_window):
        raise Unexpected("a button", "something visible on it", "nothing")
    if "send" in told["buttons"][0].lower():
        raise Unexpected(
            "the window",
            "the button that closes first, and the one that sends last",
            told["buttons"],
        )


# 7.6


def _check_append_message(append_message: str) -> None:
    script = f"{_kits('7.2', '7.4')}\n{append_message}"
    told = run_js(script, _the("append_message"), texts=TEXTS)
    if not told["count"]:
        raise Mistaken("not_added")
    if told["count"] != len(TEXTS):
        raise Unexpected(
            f"{len(TEXTS)} messages", f"{len(TEXTS)} in the log", told["count"]
        )
    if told["stolen"] or told["built"]:
        raise Mistaken("markup")
    if told["texts"] != [*TEXTS]:
        if told["texts"] == [*TEXTS][::-1]:
            raise Mistaken("upside_down")
        raise Unexpected("the log", "all texts, in their order", told["texts"])
    if not all("message" in classes for classes in told["classes"]):
        raise Mistaken("no_class", name="message")
    sides = ["mine" if at % 2 else "theirs" for at in range(len(TEXTS))]
    for side, classes in zip(sides, told["classes"], strict=True):
        if {"mine", "theirs"} & {*classes} != {side}:
            raise Mistaken("no_side", side=side)
    if not told["followed"]:
        raise Mistaken("does_not_follow")
    if told["pulled"]:
        raise Mistaken("pulls")
    if not told["returned"]:
        got = "something else, or nothing"
        raise Unexpected("appendMessage(log, text, side)", "the element", got)


# 7.7


def _check_slide_in(slide_in: str) -> None:
    for width in (800, 320):
        told = run_js("", _the("slide_in"), style=slide_in, markup=ASIDE, width=width)
        _judge_slide_in(told)


_LONGEST_SLIDE = 1500  # milliseconds

ASIDE = """
<style>* { box-sizing: border-box } body { margin: 0; height: 3000px }</style>
<button id="showChat">Chat</button>
<aside id="chatWindow"><p>Messages</p><textarea></textarea></aside>
"""


def _judge_slide_in(told: Json) -> None:
    width = told["width"]
    closed, opened, scrolled = told["closed"], told["opened"], told["scrolled"]
    if told["position"] != "fixed" or scrolled["top"] != opened["top"]:
        raise Mistaken("scrolls_away")
    if closed == opened:
        raise Mistaken("does_not_move")
    if closed["height"] == 0:  # It isn't there at all, and then suddenly it is.
        raise Mistaken("jumps")
    if closed["left"] < width - 1:
        raise Mistaken("in_view", pixels=round(width - closed["left"]))
    if opened["right"] > width + 1 or opened["right"] < width - 60:
        raise Mistaken("not_at_the_edge", pixels=round(width - opened["right"]))
    if opened["left"] < -1:
        raise Mistaken("too_wide", width=width)
    if opened["height"] < told["height"] - 60:
        raise Unexpected("the open window", "one as tall as the page", opened["height"])
    if opened["top"] + opened["height"] > told["height"] + 1:
        below = f"{opened['top'] + opened['height'] - told['height']} pixels below"
        raise Unexpected("the open window", "all of it in view", below)
    if not told["byTransform"]:
        raise Mistaken("no_transform")
    if not told["slides"]:
        raise Mistaken("jumps")
    if told["focusable"]:
        raise Mistaken("focusable")
    if told["lasts"] > _LONGEST_SLIDE:
        seconds = f"{told['lasts'] / 1000:g} seconds"
        raise Unexpected("the window", "one that opens and closes in a second", seconds)
    if not told["usable"]:
        raise Unexpected(
            "the open window", "a field to write in", "one that's unusable"
        )


# 7.8

CHAT = """
<style>
  * { box-sizing: border-box } body { margin: 0 }
  main { display: flex; flex-direction: column; width: 400px; height: 500px }
  p { margin: 0 }
</style>
<main><header>Live chat</header><div class="messages"></div><form>Write</form></main>
"""


def _check_bubbles(bubbles: str) -> None:
    told = run_js("", _the("bubbles"), style=bubbles, markup=CHAT)
    box, few = told["box"], told["few"]
    tops = [message["top"] for message in few]
    lefts = [message["left"] for message in few]
    if tops != sorted({*tops}) and lefts == sorted({*lefts}):
        raise Mistaken("side_by_side")
    if tops != sorted({*tops}):
        raise Unexpected("five messages", "each below the one before", "another order")
    for message in few:
        if message["width"] > 0.9 * box["width"]:
            raise Mistaken("full_width")
    for message in few:
        left = message["left"] - box["left"]
        right = box["right"] - message["right"]
        wanted = "right" if message["mine"] else "left"
        if (right > left) == message["mine"]:
            got = "left" if left < right else "right"
            if all((one["left"] - box["left"] < 40) for one in few):
                raise Mistaken("all_left")
            raise Unexpected(f"a message on the {wanted}", wanted, got)
    if not told["fills"]:
        raise Mistaken("does_not_fill")
    if not told["scrolls"]:
        raise Mistaken("trapped" if told["clipped"] else "overflows")
    if not told["reachesFirst"]:
        raise Mistaken("trapped")


# 7.9


def _check_open_and_close(open_and_close: str) -> None:
    told = run_js(open_and_close, _the("open_and_close"))
    steps, wanted, states = told["steps"], told["wanted"], told["states"]
    if told["first"]:
        raise Mistaken("open_at_once")
    if not any(states):
        raise Mistaken("never_opens")
    if all(states):
        raise Mistaken("never_closes")
    shown = {True: "the window open", False: "the window closed"}
    wrong = [at for at, right in enumerate(wanted) if states[at] != right]
    if wrong == [steps.index("the opener, again")]:
        raise Mistaken("no_toggle")
    for at in wrong:
        raise Unexpected(
            f"a click on {steps[at]}", shown[wanted[at]], shown[states[at]]
        )


# 7.10


def _check_greet(greet: str) -> None:
    script = f"{_kits('7.2', '7.4', '7.6')}\n{greet}"
    told = run_js(script, _the("greet"))
    if not told["empty"]:
        raise Mistaken("silent")
    if told["twice"] != 1:
        raise Mistaken("repeats", count=told["twice"])
    if told["later"] != 1:
        raise Mistaken("in_an_old_chat")
    if told["side"] != "theirs":
        raise Mistaken("wrong_side")
    if not told["text"].strip():
        raise Unexpected("greet(log)", "a greeting", "an empty message")


# 7.11


def _check_side_of(side_of: str) -> None:
    cases = _senders()
    told = run_js(
        side_of,
        "senders.map(({ event, me }) => sideOf(event, me) ?? null)",
        senders=[{"event": event, "me": me} for event, me, _ in cases],
    )
    wanted = [right for *_, right in cases]
    if told == wanted:
        return
    if all(one is None for one in told):
        raise Mistaken("nothing")
    swapped = {"mine": "theirs", "theirs": "mine"}
    if told == [swapped[right] for right in wanted]:
        raise Mistaken("reversed")
    by_name = [_by_name(event, me) for event, me, _ in cases]
    if told == by_name:
        raise Mistaken("by_name")
    for (event, me, right), got in zip(cases, told, strict=True):
        if right != got:
            raise Unexpected(f"a message from {event['from']} for {me}", right, got)


def _senders() -> list[tuple[Json, Json, str]]:
    """Return events from the SDK, each with the page's user and the right side."""
    kim = {"id": "USR-1", "name": "quiet-otter-0001", "displayName": "Quiet Otter"}
    lea = {"id": "USR-2", "name": "agent", "displayName": "Lea"}
    agent = {"id": "USR-3", "name": "support", "displayName": "Support Agent"}
    people = (kim, lea, agent)
    cases: list[tuple[Json, Json, str]] = [
        (
            {"from": {"memberId": f"MEM-{at}", "user": sender}, "body": {"text": "Hi"}},
            me,
            "mine" if sender is me else "theirs",
        )
        for at, sender in enumerate(people)
        for me in people
    ]
    for me in people:  # The application's own messages don't have a sender.
        cases.append(({"from": None, "body": {"text": "Welcome"}}, me, "theirs"))
    return cases


def _by_name(event: Json, me: Json) -> str:
    sender = (event["from"] or {}).get("user", {}).get("name")
    return "theirs" if sender == "agent" else "mine"


LESSON = Lesson(
    number=7,
    minutes=90,
    words=words_of(7),
    exercises=(
        Exercise("7.1", ("listen",), _check_listen),
        Exercise("7.2", ("bubble",), _check_bubble),
        Exercise("7.11", ("side_of",), _check_side_of),
        Exercise("7.3", ("submit",), _check_submit),
        Exercise("7.4", ("follow",), _check_follow),
        Exercise("7.6", ("append_message",), _check_append_message),
        Exercise("7.5", ("chat_window",), _check_chat),
        Exercise("7.7", ("slide_in",), _check_slide_in),
        Exercise("7.8", ("bubbles",), _check_bubbles),
        Exercise("7.9", ("open_and_close",), _check_open_and_close),
        Exercise("7.10", ("greet",), _check_greet),
    ),
    given={"read_out": lambda: read_out},
)
