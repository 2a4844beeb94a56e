"""Notebook 00: start here."""

from typing import Any

from livechat_helpers.visitor import Visitor

from . import n01_application_and_key
from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question


def _check_second(second: Any, visitor: Visitor) -> None:
    if second is visitor:
        raise Mistaken("the_same")
    if not isinstance(second, Visitor):
        raise Mistaken("no_visitor")
    said = [text for who, text in second.messages() if who == "visitor"]
    if not said:
        raise Mistaken("silent")


_EX_1 = Exercise(
    name="0.1",
    asks=("second",),
    check=_check_second,
    correct="A second visitor, with a conversation of their own, and a greeting in it.",
    hints=(
        "A `Visitor` is made with the address of the website, as above.",
        "Keep the visitor itself under the name `second`, then let it `say` something.",
        "`second = Visitor(lesson.website.url)`, and in the next line "
        '`second.say("...")`.',
    ),
    solution="""
second = Visitor(lesson.website.url)
second.say("Hello, it's me, the second one.")
""",
    mistakes={
        "the_same": Mistake(
            "This is the first visitor under another name. Make a new `Visitor`.",
            """
second = visitor
second.say("Hello again.")
""",
        ),
        "no_visitor": Mistake(
            "`second` is no visitor. `say` returns the event of the message; keep the "
            "visitor and the message apart.",
            """
second = Visitor(lesson.website.url).say("Hello.")
""",
        ),
        "silent": Mistake(
            "The second visitor is there, and has not said anything yet.",
            """
second = Visitor(lesson.website.url)
""",
        ),
    },
)

_FACTS = {"needs an account": False, "costs money": False, "loses chats": False}
_TRUE = {"official clients run on it": True, "chat goes on in the cloud": False}


def _check_sandbox_is(sandbox_is: Any) -> None:
    answers = {str(name): bool(value) for name, value in dict(sandbox_is).items()}
    for name, right in (_FACTS | _TRUE).items():
        if name not in answers:
            raise Mistaken("left_out", name=name)
        if answers[name] != right:
            raise Mistaken(name.replace(" ", "_"))


def _answers(**changed: bool) -> str:
    """Return code that answers with some facts changed."""
    facts = _FACTS | _TRUE | {k.replace("_", " "): v for k, v in changed.items()}
    lines = [
        f"    {name!r}: {value},".replace("'", '"') for name, value in facts.items()
    ]
    return "\n".join(["sandbox_is = {", *lines, "}"])


_EX_2 = Exercise(
    name="0.2",
    asks=("sandbox_is",),
    check=_check_sandbox_is,
    correct="You know what runs here, and what it is not.",
    hints=(
        "Read the section above once more: every answer is in it.",
        "One of the five is `True`.",
        "The official client libraries run on it. All else is `False`.",
    ),
    solution=_answers(),
    mistakes={
        "left_out": Mistake(
            'Say something about "{name}", too.',
            'sandbox_is = {"needs an account": False}',
        ),
        "needs_an_account": Mistake(
            "You have been chatting on it, and nobody has asked you for an account.",
            _answers(needs_an_account=True),
        ),
        "costs_money": Mistake(
            "It is a program on your machine. Nobody sends you a bill for it.",
            _answers(costs_money=True),
        ),
        "loses_chats": Mistake(
            "It keeps everything in a file on your disk. Restart it, and all is there.",
            _answers(loses_chats=True),
        ),
        "official_clients_run_on_it": Mistake(
            "They do, unchanged: the page behind the chat window uses Vonage's own.",
            _answers(official_clients_run_on_it=False),
        ),
        "chat_goes_on_in_the_cloud": Mistake(
            "Vonage has announced the end of the cloud's chat for 30 April 2026.",
            _answers(chat_goes_on_in_the_cloud=True),
        ),
    },
)

LESSON = Lesson(
    number=0,
    title="Start here: a live chat in three cells",
    minutes=15,
    cloud_needs=n01_application_and_key.LESSON.leaves,
    exercises=(_EX_1, _EX_2),
    questions=(
        Question(
            "Who carries a message from the customer's page to the agent?",
            (
                Option(
                    "Your website: the page sends it there.",
                    "The website is asked once, for a conversation and a token. It "
                    "carries no message.",
                ),
                Option(
                    "Vonage: the page talks to it with a token.",
                    "Page and pane both talk to Vonage; here, to the sandbox.",
                    right=True,
                ),
                Option(
                    "The page itself: it opens a line to the agent's browser.",
                    "The two never meet. Each has a line to Vonage.",
                ),
            ),
        ),
        Question(
            "You close the notebook and come back tomorrow. What of the chats?",
            (
                Option(
                    "They are gone: the kernel held them.",
                    "The kernel holds your variables. The chats are in the sandbox.",
                ),
                Option(
                    "They are gone: the sandbox only plays Vonage.",
                    "It plays Vonage with a file on your disk, in the folder `.data`.",
                ),
                Option(
                    "They are all there.",
                    "Every message was on your disk before it was answered.",
                    right=True,
                ),
            ),
        ),
        Question(
            "What in this course will still be of use after 30 April 2026?",
            (
                Option(
                    "The ideas: users, conversations, members, events, tokens.",
                    "Most chat services are built on them, under similar names.",
                    right=True,
                ),
                Option(
                    "Nothing: the product has ended.",
                    "The cloud product has. The ideas are those of most chat services, "
                    "and the sandbox stays with you.",
                ),
                Option(
                    "The account that you have opened.",
                    "You have opened none, and need none.",
                ),
            ),
        ),
    ),
)
