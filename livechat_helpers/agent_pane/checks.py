"""Check the arguments of the pane's methods before using them.

Each function raises an error of one sentence, which appears close to the mistake in the
traceback.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from livechat_helpers.support_desk import SupportDesk


def text(name: str, value: object, *, needed: bool = False, most: int = 0) -> str:
    """Return an argument that must be a string.

    needed: whether the string needs more than whitespace.
    most: the maximum number of characters; 0 for no limit.

    Raises:
        TypeError, ValueError: it isn't.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a string, not {value!r}.")
    if needed and not value.strip():
        raise ValueError(f"{name} is empty. Pass some text.")
    if most and len(value) > most:
        raise ValueError(
            f"{name} has {len(value)} characters; Vonage accepts at most {most}."
        )
    return value


def texts(name: str, value: object) -> list[str]:
    """Return an argument that must be a list of strings.

    Raises:
        TypeError: it isn't.
    """
    if isinstance(value, str) or not isinstance(value, list | tuple | set):
        raise TypeError(f"{name} must be a list of strings, not {value!r}.")
    return [text(name, one) for one in value]


def number(name: str, value: object) -> float:
    """Return an argument that must be a number and not negative.

    Raises:
        TypeError, ValueError: it isn't.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {value!r}.")
    if not value >= 0:
        raise ValueError(f"{name} is {value}; it cannot be less than 0.")
    return float(value)


def desk(value: object) -> None:
    """Check that an argument is a desk, or None.

    Raises:
        TypeError: it isn't.
    """
    if isinstance(value, str):
        raise TypeError(
            f"AgentPane needs a desk, not a name: SupportDesk.open(agent={value!r})."
        )
    if value is not None and not isinstance(value, SupportDesk):
        raise TypeError(f"AgentPane needs a desk: SupportDesk.open(), not {value!r}.")


def canned(value: Any) -> list[dict[str, str]]:
    """Return canned replies, each with its name.

    Raises:
        TypeError: the argument is neither a list of strings nor a dictionary of names
            and texts.
    """
    if isinstance(value, Mapping):
        named = value.items()
    else:
        named = ((str(n), one) for n, one in enumerate(texts("canned", value), 1))
    return [
        {"name": text("canned", name), "text": text("canned", said)}
        for name, said in named
    ]


def callback(function: object) -> None:
    """Check that a function can be called with a message.

    Raises:
        TypeError: it isn't a function, or takes a different number of arguments.
    """
    if not callable(function):
        raise TypeError(
            f"on_message needs a function that takes one message, not {function!r}."
        )
    name = getattr(function, "__name__", "The function")
    try:
        inspect.signature(function).bind({})
    except TypeError:
        raise TypeError(
            f"{name} must take one argument: the message, a dictionary."
        ) from None
    except ValueError:  # A function written in C doesn't reveal its parameters.
        return
