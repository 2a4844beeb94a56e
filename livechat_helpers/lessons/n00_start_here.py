"""Notebook 00: start here."""

from typing import Any

from livechat_helpers.visitor import Visitor

from . import n01_application_and_key
from .content import Exercise, Lesson, Mistaken
from .wording import words_of


def _check_second(second: Any, visitor: Visitor) -> None:
    if second is visitor:
        raise Mistaken("the_same")
    if not isinstance(second, Visitor):
        raise Mistaken("no_visitor")
    said = [text for who, text in second.messages() if who == "visitor"]
    if not said:
        raise Mistaken("silent")


_FACTS = {"needs an account": False, "costs money": False, "loses chats": False}
_TRUE = {"official clients run on it": True, "chat goes on in the cloud": False}


def _check_sandbox_is(sandbox_is: Any) -> None:
    answers = {str(name): bool(value) for name, value in dict(sandbox_is).items()}
    for name, right in (_FACTS | _TRUE).items():
        if name not in answers:
            raise Mistaken("left_out", name=name)
        if answers[name] != right:
            raise Mistaken(name.replace(" ", "_"))


LESSON = Lesson(
    number=0,
    minutes=15,
    words=words_of(0),
    exercises=(
        Exercise("0.1", ("second",), _check_second),
        Exercise("0.2", ("sandbox_is",), _check_sandbox_is),
    ),
    cloud_needs=n01_application_and_key.LESSON.leaves,
)
