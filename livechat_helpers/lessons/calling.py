"""Call an answer and record the call; it can be a function, lambda or coroutine."""

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from livechat_helpers.coroutines import settled

_LONGEST = 60  # characters to show of one argument

Look = Callable[[Any], None]
"""Inspects a value that an answer has returned; it can raise an error."""


@dataclass(frozen=True)
class Call:
    """One call of an answer, as code.

    text: the code.
    error: what it raised, or None.
    """

    text: str
    error: BaseException | None = None


class Calls:
    """The calls that a check makes to answers.

    look: called with everything that they return.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._calls: list[Call] = []

    @property
    def last(self) -> Call | None:
        """The last call."""
        return self._calls[-1] if self._calls else None

    def that_raised(self, error: BaseException) -> Call | None:
        """Return the call that raised an error, or None."""
        chain = [*_causes(error)]
        found = (c for c in self._calls if any(c.error is one for one in chain))
        return next(found, None)

    def watched(self, name: str, answer: Any) -> Any:
        """Wrap an answer so that its calls are recorded; return other values unchanged.

        name: the answer's name.
        """
        if inspect.iscoroutinefunction(answer):
            return self._watched_coroutine(name, answer)
        if not callable(answer) or isinstance(answer, type):
            return answer

        @functools.wraps(answer)
        def call(*arguments: Any, **named: Any) -> Any:
            text = as_code(name, *arguments, **named)
            self._note(Call(text))
            try:
                result = answer(*arguments, **named)
            except BaseException as error:
                self._note(Call(text, error))
                raise
            self._look(result)
            return result

        return call

    def _watched_coroutine(self, name: str, answer: Any) -> Any:
        @functools.wraps(answer)
        async def call(*arguments: Any, **named: Any) -> Any:
            text = as_code(name, *arguments, **named)
            self._note(Call(text))
            try:
                result = await answer(*arguments, **named)
            except BaseException as error:
                self._note(Call(text, error))
                raise
            self._look(result)
            return result

        return call

    def _note(self, call: Call) -> None:
        # Only the last call, and those that raised, are needed later.
        self._calls = [one for one in self._calls if one.error is not None][-20:]
        self._calls.append(call)


def called(answer: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call an answer and return its result, even if it's an ``async def``.

    Raises:
        Exception: whatever the answer raises.
    """
    return settled(answer(*arguments, **named))


def swallowed(
    answer: Callable[..., Any], *arguments: Any, **named: Any
) -> Exception | None:
    """Call an answer, and return the last error that it caught itself, or None.

    Raises:
        Exception: whatever the answer raises.
    """
    function = inspect.unwrap(answer)
    names = getattr(function, "__globals__", None)
    caught: list[Exception] = []

    def trace(frame: Any, event: str, found: Any) -> Any:
        if frame.f_globals is not names:
            return None
        if event == "exception" and isinstance(found[1], Exception):
            caught.append(found[1])
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        called(answer, *arguments, **named)
    finally:
        sys.settrace(before)
    return caught[-1] if caught else None


def as_code(name: str, *arguments: Any, **named: Any) -> str:
    """Return a call as a learner would write it, with long arguments shortened."""
    given = [shown(one) for one in arguments]
    given += [f"{key}={shown(one)}" for key, one in named.items()]
    return f"{name}({', '.join(given)})"


def shown(value: Any) -> str:
    """Return a value as code, shortened if it's long."""
    if isinstance(value, FunctionType):
        return value.__name__
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return shortened(text)


def shortened(text: str) -> str:
    """Return a text on one line, shortened if it's long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
