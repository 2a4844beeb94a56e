"""Create an application, save its private key, and find the application in use.

Source: https://developer.vonage.com/en/application/overview
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from dotenv import set_key
from vonage import Vonage
from vonage_application import (
    ApplicationConfig,
    ApplicationData,
    ApplicationUrl,
    Capabilities,
    ListApplicationsFilter,
    Privacy,
    Rtc,
    RtcWebhooks,
)
from vonage_http_client.errors import AuthenticationError, NotFoundError

from . import places
from .client import account_client
from .private_files import keep_private
from .settings import Settings, SettingsError
from .tokens import Minter, TokenError, load_private_key

APPLICATION_SETTINGS = ("VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY_PATH")
"""The settings in ``.env`` that name the application in use."""


@dataclass(frozen=True)
class Application:
    """An application and the file with its private key."""

    id: str
    private_key_file: Path

    def minter(self) -> Minter:
        """Return a minter for this application's tokens.

        Raises:
            TokenError: the key file is missing or doesn't contain a private key.
        """
        return Minter(self.id, load_private_key(self.private_key_file))


def create_application(
    client: Vonage, name: str, event_url: str, private_key_file: Path
) -> Application:
    """Create an application with chat enabled, and save its private key.

    client: an account client.
    name: the application's name.
    event_url: the address to which Vonage will POST every event.
    private_key_file: where to save the key.

    Raises:
        vonage_http_client.errors.HttpRequestError: Vonage rejected the call.
        OSError: the file can't be written.
    """
    webhooks = RtcWebhooks(
        event_url=ApplicationUrl(address=event_url, http_method="POST")
    )
    created = client.application.create_application(
        ApplicationConfig(
            name=name,
            capabilities=Capabilities(
                rtc=Rtc(webhooks=webhooks, signed_callbacks=True)
            ),
            privacy=Privacy(improve_ai=False),
        )
    )
    return keep(created, private_key_file)


def keep(created: ApplicationData, private_key_file: Path | None = None) -> Application:
    """Save the private key of an application that was just created.

    Vonage shows a key only once, in its answer to the call that creates the
    application.

    created: that answer.
    private_key_file: where to save the key, with mode 0600. Defaults to a file in
        ``.data`` named after the application.

    Raises:
        ValueError: the answer doesn't contain a private key.
        OSError: the file can't be written.
    """
    extra = created.keys.model_extra if created.keys else None
    private_key = (extra or {}).get("private_key")
    if private_key is None:
        raise ValueError(
            "This application has no private key to keep.\n"
            "Vonage gives it only in the answer to create_application: use that one."
        )
    path = private_key_file or _key_file(created.name)
    keep_private(path, private_key.encode())
    return Application(created.id, path)


def named(name: str) -> Application | None:
    """Find an application by its name; return None unless its private key is here.

    name: the application's name. Several applications can have the same name; the key
        in ``.data`` shows which one is yours.

    Raises:
        vonage_http_client.errors.HttpRequestError: Vonage rejected the call.
    """
    key_file = _key_file(name)
    try:
        ours = load_private_key(key_file).public_key()
    except TokenError:
        return None
    for each in _applications():
        theirs = each.keys.public_key if each.keys else None
        if theirs and load_pem_public_key(theirs.encode()) == ours:
            return Application(str(each.id), key_file)
    return None


def _applications() -> Iterator[ApplicationData]:
    """Yield every application of the account."""
    client, page = account_client().application, 1
    while True:
        found, following = client.list_applications(ListApplicationsFilter(page=page))
        yield from found
        if following is None or not found:
            return
        page = int(following)


def _key_file(name: str) -> Path:
    slug = "-".join(re.findall(r"\w+", name.lower()))
    return places.data_dir() / f"{slug or 'application'}.key"


def remember(application: Application, env_file: Path | None = None) -> None:
    """Write an application into ``.env``, so that the kit uses it.

    env_file: the file to change; defaults to the kit's own. Its other lines stay as
        they are.
    """
    path = env_file or places.env_file()
    if not path.exists():
        keep_private(path, b"")
    key_file = application.private_key_file
    if key_file.is_relative_to(path.parent):
        key_file = key_file.relative_to(path.parent)
    for name, value in zip(
        APPLICATION_SETTINGS, (application.id, key_file.as_posix()), strict=True
    ):
        set_key(path, name, value)


def current_application(
    settings: Settings | None = None, sandbox_dir: Path | None = None
) -> Application:
    """Return the application in use.

    That's the one named in ``.env``. On the sandbox, if ``.env`` names none that works,
    it's the demonstration application that the website creates when it starts.

    settings: say which engine to use; loaded from ``.env`` by default.
    sandbox_dir: the sandbox's folder; defaults to the kit's own.

    Raises:
        SettingsError: the sandbox isn't running, or there is no application.
    """
    settings = settings or Settings.load()
    key_file = settings.private_key()
    if settings.application_id is not None and key_file is not None:
        chosen = Application(settings.application_id, key_file)
        if settings.mode == "cloud" or _works(settings, chosen, sandbox_dir):
            return chosen
    if settings.mode == "sandbox":
        demonstration = _demonstration(sandbox_dir)
        if demonstration and _works(settings, demonstration, sandbox_dir):
            return demonstration
    raise SettingsError(
        "There is no application yet.\n"
        "Run notebook 01: it makes one and writes it into .env."
    )


def ensure_application(
    settings: Settings, event_url: str, sandbox_dir: Path | None = None
) -> Application:
    """Return the application in use; on the sandbox, create one if necessary.

    event_url: the webhook address for an application that has to be created.

    Raises:
        SettingsError: the sandbox isn't running, or there's no application in the
            cloud.
    """
    try:
        return current_application(settings, sandbox_dir)
    except SettingsError:
        if settings.mode == "cloud":
            raise
    note, key_file = _demonstration_files(sandbox_dir)
    client = account_client(settings, sandbox_dir)
    made = create_application(client, "Live chat demonstration", event_url, key_file)
    keep_private(note, json.dumps({"id": made.id}).encode())
    return made


def _demonstration_files(sandbox_dir: Path | None) -> tuple[Path, Path]:
    folder = sandbox_dir or places.sandbox_dir()
    return folder / "demonstration.json", folder / "demonstration.key"


def _demonstration(sandbox_dir: Path | None) -> Application | None:
    note, key_file = _demonstration_files(sandbox_dir)
    try:
        return Application(str(json.loads(note.read_bytes())["id"]), key_file)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # The file is missing or damaged, so a new one gets created.


def _works(
    settings: Settings, application: Application, sandbox_dir: Path | None
) -> bool:
    """Check that the application exists and that we have its private key."""
    client = account_client(settings, sandbox_dir)
    try:
        found = client.application.get_application(application.id)
        ours = load_private_key(application.private_key_file).public_key()
    except (NotFoundError, AuthenticationError, TokenError):
        return False
    theirs = found.keys.public_key if found.keys else None
    return theirs is not None and load_pem_public_key(theirs.encode()) == ours
