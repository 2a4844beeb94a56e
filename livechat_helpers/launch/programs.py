"""Find a program that the tests run, or fetch it."""

from collections.abc import Callable
from pathlib import Path

from .long_steps import StepError
from .setup_errors import SetupError


def found_or_fetched(
    find: Callable[[], Path | None],
    *ways: Callable[[], None],
    what: str,
    names: str,
    advice: str,
) -> Path:
    """Return a program, after getting it if it isn't there.

    find: returns it, or None. ways: to get it, tried one after the other. what: the
    part that fails, as the checks call it. names: what's missing, in a sentence.
    advice: what to do about it.

    Raises:
        SetupError: it isn't there, and no way leads to it.
    """
    if found := find():
        return found
    said = ""
    for fetch in ways:
        try:
            fetch()
        except StepError as failed:
            said = failed.output
        if found := find():
            return found
    why = f"there is no {names} here, and none could be fetched."
    raise SetupError(what, why, f"{advice}, and run it again.", said)
