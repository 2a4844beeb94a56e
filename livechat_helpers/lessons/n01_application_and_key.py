"""Notebook 01: an application and its key."""

import contextlib
import io
import os
import stat
import string
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
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

from .calling import called
from .content import Exercise, Lesson, Mistaken, Step, Unexpected
from .judging import described, generated
from .key_files import Watched, watched
from .lesson_servers import LessonServers
from .wording import message, words_of

NAME = "Support chat"
"""The name of the application that this notebook creates."""

_PRACTICE = ("Practice", "Spare", "Spare, broken", "Spare, mended")


def _has_own_application() -> bool:
    try:
        return current_application().id == Settings.load().application_id
    except SettingsError:
        return False


def _make_own_application(servers: LessonServers) -> None:
    remember(
        named(NAME)
        or create_application(
            account_client(),
            NAME,
            servers.event_url,
            data_dir() / "support-chat.key",
        )
    )


def _tidy() -> None:
    """Delete the practice applications from an earlier run of the notebook."""
    account = account_client()
    found, _ = account.application.list_applications()
    for each in found:
        if each.name in _PRACTICE:
            account.application.delete_application(str(each.id))


def _read_back(application: Any) -> ApplicationData:
    """Return an application as Vonage has stored it, or report that it isn't there."""
    if not isinstance(getattr(application, "id", None), str):
        raise Mistaken("not_the_answer", got=described(application))
    try:
        return account_client().application.get_application(application.id)
    except HttpRequestError:
        raise Mistaken("not_the_answer", got="an application that's gone") from None


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
    stored = _read_back(practice)
    if stored.name != "Practice":
        raise Mistaken("another_name", name=stored.name)
    _check_webhook(stored, event_url)


def _key_like(random: Random) -> str:
    """Return a text that looks like a key: lines of random letters."""
    letters = string.ascii_letters + string.digits
    lines = ["".join(random.choices(letters, k=64)) for _ in range(3)]
    ends = ["-----BEGIN PRACTICE-----", *lines, "-----END PRACTICE-----"]
    return "\n".join(ends) + random.choice(["\n", "", "\n\n"])


def _check_save_key(save_key: Callable[[str, Path], Any]) -> None:
    for text in generated(_key_like, 5):
        with tempfile.TemporaryDirectory() as folder:
            _check_saving(save_key, text, Path(folder) / "practice.key")


def _check_saving(save_key: Callable[[str, Path], Any], text: str, path: Path) -> None:
    said = io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        _usual_umask(),
        watched(path) as file,
    ):
        called(save_key, text, path)
    if not path.is_file():
        raise Mistaken("no_file")
    if _shows(said.getvalue(), text):
        raise Mistaken("printed")
    _check_mode(path, file)
    if path.read_text() != text:
        raise Mistaken("altered")
    if others := [one.name for one in path.parent.iterdir() if one != path]:
        got = message("another file", name=others[0])
        raise Unexpected("save_key(pem, path)", message("one file"), got)


def _shows(said: str, text: str) -> bool:
    """Return whether a part of a key was printed."""
    lines = text.splitlines()[1:4]
    return any(
        line[at : at + 12] in said for line in lines for at in range(len(line) - 11)
    )


def _check_mode(path: Path, file: Watched) -> None:
    if os.name == "nt":
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise Mistaken("readable", mode=f"{mode:o}")
    if not mode & 0o400:
        raise Unexpected("save_key(pem, path)", message("mode 600"), f"{mode:o}")
    if file.leaked:
        raise Mistaken("for_a_moment")


@contextlib.contextmanager
def _usual_umask() -> Iterator[None]:
    """Make new files readable for everybody, as they are on most machines."""
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def _check_mended(mended: Any, spare: Any, spare_config: Any, event_url: str) -> None:
    if getattr(mended, "id", None) != spare.id:
        raise Mistaken("another_one", got=described(mended))
    now = _read_back(spare)
    if now.name != "Spare, mended":
        raise Mistaken("not_renamed", name=now.name)
    _check_webhook(now, event_url)
    had, has = (_settings(one) for one in (spare_config, now))
    if had["privacy"] != has["privacy"]:
        raise Mistaken("no_privacy")
    if had != has:
        wanted = message("capabilities", capabilities=had["capabilities"])
        raise Unexpected("spare.id", wanted, f"`{has['capabilities']}`")


def _settings(application: Any) -> dict[str, Any]:
    """Return the settings in a configuration, or those that Vonage has stored."""
    stored = application.model_dump(exclude_none=True)
    return {
        "capabilities": stored.get("capabilities", {}),
        "privacy": stored.get("privacy", {}),
    }


LESSON = Lesson(
    number=1,
    minutes=45,
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
