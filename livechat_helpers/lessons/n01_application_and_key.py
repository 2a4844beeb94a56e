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
    remember,
)
from livechat_helpers.client import account_client
from livechat_helpers.places import data_dir
from livechat_helpers.settings import Settings, SettingsError

from .content import Exercise, Lesson, Mistake, Mistaken, Option, Question, Step
from .surroundings import Surroundings

NAME = "Support chat"
"""The name of the application that this notebook creates."""


def _has_own_application() -> bool:
    try:
        return current_application().id == Settings.load().application_id
    except SettingsError:
        return False


def _make_own_application(surroundings: Surroundings) -> None:
    made = create_application(
        account_client(), NAME, surroundings.event_url, data_dir() / "support-chat.key"
    )
    remember(made)


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


_NOT_THE_ANSWER = Mistake(
    "This is not an application that Vonage knows. Keep what the call to Vonage "
    "returns: it has an `id`.",
    "practice = config",
)

_EX_1 = Exercise(
    name="1.1",
    asks=("practice",),
    check=_check_practice,
    correct="Vonage can now send every event of it to your server.",
    hints=(
        "Chat is the capability `rtc`, and the webhook belongs inside it. Look at the "
        "configuration two cells above.",
        "Copy `config.capabilities`: it can be used again for another name.",
        'Give `ApplicationConfig(name="Practice", capabilities=...)` to '
        "`vonage.application.create_application`.",
    ),
    solution="""
practice = vonage.application.create_application(
    ApplicationConfig(name="Practice", capabilities=config.capabilities)
)
""",
    mistakes={
        "not_the_answer": _NOT_THE_ANSWER,
        "no_rtc": Mistake(
            "The application is there, and it cannot chat: it has no capability `rtc`.",
            """
practice = vonage.application.create_application(ApplicationConfig(name="Practice"))
""",
        ),
        "no_webhook": Mistake(
            "It can chat, and nobody hears of it: `rtc` has no `event_url` in its "
            "webhooks.",
            """
practice = vonage.application.create_application(
    ApplicationConfig.model_validate({"name": "Practice", "capabilities": {"rtc": {}}})
)
""",
        ),
        "another_address": Mistake(
            "The webhook goes to {address}, where your server does not listen. Use "
            "`event_url`.",
            """
webhooks = {"event_url": {"address": "https://example.com/hook", "http_method": "POST"}}
practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": webhooks}}}
    )
)
""",
        ),
        "not_post": Mistake(
            "The webhook comes with {method}, which has no room for a body. Use POST.",
            """
webhooks = {"event_url": {"address": event_url, "http_method": "GET"}}
practice = vonage.application.create_application(
    ApplicationConfig.model_validate(
        {"name": "Practice", "capabilities": {"rtc": {"webhooks": webhooks}}}
    )
)
""",
        ),
    },
)

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


_EX_2 = Exercise(
    name="1.2",
    asks=("save_key",),
    check=_check_save_key,
    correct="Only you can read the file, and the key was not shown on the way.",
    hints=(
        "`path.touch(mode=0o600)` makes an empty file for its owner alone.",
        "Make the file first, then write into it: a file keeps the mode it has.",
        "`path.write_text(pem)` writes. Print nothing.",
    ),
    solution="""
def save_key(pem, path):
    path.touch(mode=0o600)
    path.write_text(pem)
""",
    mistakes={
        "no_file": Mistake(
            "There is no file at `path` after the call.",
            """
def save_key(pem, path):
    return None
""",
        ),
        "readable": Mistake(
            "The mode of the file is {mode}: others on this machine can read it. It "
            "has to be 600.",
            """
def save_key(pem, path):
    path.write_text(pem)
    path.chmod(0o644)
""",
        ),
        "printed": Mistake(
            "The key was printed. What a notebook prints is saved in the notebook, and "
            "goes wherever the notebook goes.",
            """
def save_key(pem, path):
    path.touch(mode=0o600)
    path.write_text(pem)
    print(pem)
""",
        ),
        "altered": Mistake(
            "The file does not hold what was given: not a line may be changed.",
            """
def save_key(pem, path):
    path.touch(mode=0o600)
    path.write_text(pem.strip())
""",
        ),
    },
)


def _check_mended(mended: Any, spare: Any, event_url: str) -> None:
    if getattr(mended, "id", None) != spare.id:
        raise Mistaken("another_one")
    now = _read_back(spare)
    if now.name != "Spare, mended":
        raise Mistaken("not_renamed", name=now.name)
    _check_webhook(now, event_url)


_EX_3 = Exercise(
    name="1.3",
    asks=("mended",),
    check=_check_mended,
    correct="A new name, and the webhook is there again: you sent all of it.",
    hints=(
        "PUT replaces everything. So send the name *and* the capabilities.",
        "`vonage.application.update_application(spare.id, ...)` takes a whole "
        "`ApplicationConfig`.",
        'The capabilities are in `config`; the name is "Spare, mended".',
    ),
    solution="""
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig(name="Spare, mended", capabilities=config.capabilities),
)
""",
    mistakes={
        "another_one": Mistake(
            "This is another application. Change the spare one: its id is `spare.id`.",
            """
mended = vonage.application.create_application(
    ApplicationConfig(name="Spare, mended", capabilities=config.capabilities)
)
""",
        ),
        "not_renamed": Mistake(
            'Its name is still "{name}". It should be "Spare, mended".',
            """
mended = vonage.application.update_application(spare.id, config)
""",
        ),
        "no_rtc": Mistake(
            "It has its new name and cannot chat any more. What you left out of the "
            "PUT is gone.",
            """
mended = vonage.application.update_application(
    spare.id, ApplicationConfig(name="Spare, mended")
)
""",
        ),
        "no_webhook": Mistake(
            "It can chat, and its webhook is not back: `rtc` has no `event_url`.",
            """
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {"name": "Spare, mended", "capabilities": {"rtc": {}}}
    ),
)
""",
        ),
        "another_address": Mistake(
            "The webhook goes to {address}. Use `event_url`.",
            """
webhooks = {"event_url": {"address": "https://example.com/hook", "http_method": "POST"}}
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {"name": "Spare, mended", "capabilities": {"rtc": {"webhooks": webhooks}}}
    ),
)
""",
        ),
        "not_post": Mistake(
            "The webhook comes with {method}. Use POST, as before.",
            """
webhooks = {"event_url": {"address": event_url, "http_method": "GET"}}
mended = vonage.application.update_application(
    spare.id,
    ApplicationConfig.model_validate(
        {"name": "Spare, mended", "capabilities": {"rtc": {"webhooks": webhooks}}}
    ),
)
""",
        ),
    },
)

LESSON = Lesson(
    number=1,
    title="An application and its key",
    minutes=25,
    exercises=(_EX_1, _EX_2, _EX_3),
    questions=(
        Question(
            "You have lost the private key of your application. What now?",
            (
                Option(
                    "Read the application back: the key is in the answer.",
                    "Vonage does not keep the private key, so it cannot show it again. "
                    "It has the public key only.",
                ),
                Option(
                    "Make a new pair of keys and give the application the public one.",
                    "Tokens signed with the old key stop working; those with "
                    "the new one work.",
                    right=True,
                ),
                Option(
                    "Sign with the API secret instead.",
                    "The API secret opens your account. Vonage takes no token signed "
                    "with it.",
                ),
            ),
        ),
        Question(
            "A colleague asks for your notebook. When may you send it?",
            (
                Option(
                    "Whenever you have deleted the cell that printed the key.",
                    "Git, and JupyterLab's checkpoints, may still hold the output. A "
                    "key that was shown once is no secret any more: replace it.",
                ),
                Option(
                    "Whenever no cell has printed a secret at any time.",
                    "Keys and secrets live in files that are not part of the notebook.",
                    right=True,
                ),
                Option(
                    "Always: outputs are not saved.",
                    "Outputs are saved in the notebook's file, right below each cell.",
                ),
            ),
        ),
        Question(
            "You rename an application with PUT and send its name alone. What happens?",
            (
                Option(
                    "It has the new name, and all else stays.",
                    "That would be PATCH. PUT replaces the whole configuration.",
                ),
                Option(
                    "Vonage refuses: the configuration is not complete.",
                    "A name alone is a complete configuration: an application that can "
                    "do nothing.",
                ),
                Option(
                    "It has the new name and no webhook any more.",
                    "And nothing tells you, but for the events that no longer come.",
                    right=True,
                ),
            ),
        ),
    ),
    leaves=(
        Step("an application in .env", _has_own_application, _make_own_application),
    ),
)
