"""Find a program that the tests need, or download it."""

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
    """Return a program's path, after installing it if necessary.

    find: returns the path, or None.
    ways: functions that install it, tried in order.
    what: the name of the failing part, as in the checks.
    names: what's missing, for use in a sentence.
    advice: what to do about it.

    Raises:
        SetupError: it's missing, and can't be installed.
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
