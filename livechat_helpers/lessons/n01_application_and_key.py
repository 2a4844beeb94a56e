"""Notebook 01: an application and its key."""

import contextlib
import io
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vonage_application import ApplicationData
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.applications import (
    create_application,
    current_application,
    named,
    remember,
)
from livechat_helpers.client import account_client
from livechat_helpers.places import data_dir
from livechat_helpers.settings import Settings, SettingsError

from .content import Exercise, Lesson, Mistaken, Step
from .surroundings import Surroundings
from .wording import words_of

NAME = "Support chat"
"""The name of the application that this notebook creates."""

_PRACTICE = ("Practice", "Spare", "Spare, broken", "Spare, mended")


def _has_own_application() -> bool:
    try:
        return current_application().id == Settings.load().application_id
    except SettingsError:
        return False


def _make_own_application(surroundings: Surroundings) -> None:
    remember(
        named(NAME)
        or create_application(
            account_client(),
            NAME,
            surroundings.event_url,
            data_dir() / "support-chat.key",
        )
    )


def _tidy() -> None:
    """Delete what an earlier run of the notebook has made to practise with."""
    account = account_client()
    found, _ = account.application.list_applications()
    for each in found:
        if each.name in _PRACTICE:
            account.application.delete_application(str(each.id))


def _read_back(application: Any) -> ApplicationData:
    """Return an application as Vonage has it, or say that it has none."""
    if not isinstance(getattr(application, "id", None), str):
        raise Mistaken("not_the_answer")
    try:
        return account_client().application.get_application(application.id)
    except HttpRequestError:
        raise Mistaken("not_the_answer") from None


def _check_webhook(application: ApplicationData, event_url: str) -> None:
    rtc = application.capabilities.rtc if application.capabilities else None
    if rtc is None:
        raise Mistaken("no_rtc")
    event = rtc.webhooks.event_url if rtc.webhooks else None
    if event is None:
        raise Mistaken("no_webhook")
    if event.address != event_url:
        raise Mistaken("another_address", address=event.address)
    if event.http_method != "POST":
        raise Mistaken("not_post", method=event.http_method)


def _check_practice(practice: Any, event_url: str) -> None:
    _check_webhook(_read_back(practice), event_url)


_TEXT = "not a real key\nbut two lines of text\n"


def _check_save_key(save_key: Callable[[str, Path], Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "practice.key"
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            save_key(_TEXT, path)
        if not path.exists():
            raise Mistaken("no_file")
        if "not a real key" in said.getvalue():
            raise Mistaken("printed")
        if path.read_text() != _TEXT:
            raise Mistaken("altered")
        mode = stat.S_IMODE(path.stat().st_mode)
        if os.name != "nt" and mode & 0o077:
            raise Mistaken("readable", mode=f"{mode:o}")


def _check_mended(mended: Any, spare: Any, event_url: str) -> None:
    if getattr(mended, "id", None) != spare.id:
        raise Mistaken("another_one")
    now = _read_back(spare)
    if now.name != "Spare, mended":
        raise Mistaken("not_renamed", name=now.name)
    _check_webhook(now, event_url)


LESSON = Lesson(
    number=1,
    minutes=25,
    words=words_of(1),
    exercises=(
        Exercise("1.1", ("practice",), _check_practice),
        Exercise("1.2", ("save_key",), _check_save_key),
        Exercise("1.3", ("mended",), _check_mended),
    ),
    leaves=(
        Step("an application in .env", _has_own_application, _make_own_application),
    ),
    tidy=_tidy,
)
