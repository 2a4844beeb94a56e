"""Check the arguments of the pane's methods before anything is done with them.

Every function raises a one-sentence error, close to the mistake in the traceback.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from livechat_helpers.support_desk import SupportDesk


def text(name: str, value: object, *, needed: bool = False, most: int = 0) -> str:
    """Return an argument that has to be a text.

    needed: whether blanks alone are too little. most: how many letters it may have.

    Raises:
        TypeError, ValueError: it is not.
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
    """Return an argument that has to be several texts.

    Raises:
        TypeError: it is not.
    """
    if isinstance(value, str) or not isinstance(value, list | tuple | set):
        raise TypeError(f"{name} must be a list of strings, not {value!r}.")
    return [text(name, one) for one in value]


def number(name: str, value: object) -> float:
    """Return an argument that has to be a number, and not below 0.

    Raises:
        TypeError, ValueError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {value!r}.")
    if not value >= 0:
        raise ValueError(f"{name} is {value}; it cannot be less than 0.")
    return float(value)


def desk(value: object) -> None:
    """Refuse anything but a desk.

    Raises:
        TypeError: it is not.
    """
    if isinstance(value, str):
        raise TypeError(
            f"AgentPane needs a desk, not a name: SupportDesk.open(agent={value!r})."
        )
    if value is not None and not isinstance(value, SupportDesk):
        raise TypeError(f"AgentPane needs a desk: SupportDesk.open(), not {value!r}.")


def canned(value: Any) -> list[dict[str, str]]:
    """Return replies to choose from, each with its name.

    Raises:
        TypeError: it is neither a list of texts nor a dictionary of names and texts.
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
    """Refuse what cannot be called with a message.

    Raises:
        TypeError: it is not a function, or takes another number of arguments.
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
    except ValueError:  # a function written in C doesn't say what it takes
        return
