"""Notebook 00: start here."""

from collections.abc import Mapping
from typing import Any

from livechat_helpers.visitor import Visitor

from . import n01_application_and_key
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import described
from .wording import message, words_of


def _check_second(second: Any, visitor: Visitor) -> None:
    if isinstance(second, Mapping) and "body" in second:
        raise Mistaken("no_visitor")
    if not isinstance(second, Visitor):
        raise Unexpected("second", message("a visitor"), described(second))
    if second.conversation == visitor.conversation:
        raise Mistaken("the_same")
    said = [text for who, text in second.messages() if who == "visitor"]
    if not any(text.strip() for text in said):
        raise Mistaken("silent")


_FACTS = {
    "needs an account": False,
    "costs money": False,
    "loses chats": False,
    "official clients run on it": True,
    "chat goes on in the cloud": False,
}


def _check_sandbox_is(sandbox_is: Any) -> None:
    answers = dict(sandbox_is)
    for name, right in _FACTS.items():
        if name not in answers:
            raise Mistaken("left_out", name=name)
        said = answers[name]
        if isinstance(said, str):
            raise Mistaken("text", name=name, said=said)
        if said not in (True, False):
            given = f'sandbox_is["{name}"]'
            raise Unexpected(given, message("true or false"), described(said))
        if said != right:
            raise Mistaken(name.replace(" ", "_"))


LESSON = Lesson(
    number=0,
    minutes=30,
    words=words_of(0),
    exercises=(
        Exercise("0.1", ("second",), _check_second),
        Exercise("0.2", ("sandbox_is",), _check_sandbox_is),
    ),
    cloud_needs=n01_application_and_key.LESSON.leaves,
)
