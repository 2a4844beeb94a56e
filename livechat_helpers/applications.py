"""Create an application, keep its private key, find the one that is in use.

Source: https://developer.vonage.com/en/application/overview
"""

import json
from dataclasses import dataclass
from pathlib import Path

from dotenv import set_key
from vonage import Vonage
from vonage_application import (
    ApplicationConfig,
    ApplicationUrl,
    Capabilities,
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


@dataclass(frozen=True)
class Application:
    """An application and the file of its private key."""

    id: str
    private_key_file: Path

    def minter(self) -> Minter:
        """Return what mints this application's tokens.

        Raises:
            TokenError: the key file is not there or not a key.
        """
        return Minter(self.id, load_private_key(self.private_key_file))


def create_application(
    client: Vonage, name: str, event_url: str, private_key_file: Path
) -> Application:
    """Create an application that can chat, and keep its private key.

    client: an account client. event_url: where Vonage is to POST every event.
    private_key_file: gets the key, with mode 0600. Vonage shows a key only once.

    Raises:
        vonage_http_client.errors.HttpRequestError: Vonage refuses.
        OSError: the file cannot be written.
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
    extra = created.keys.model_extra if created.keys else None
    keep_private(private_key_file, (extra or {})["private_key"].encode())
    return Application(created.id, private_key_file)


def remember(application: Application, env_file: Path | None = None) -> None:
    """Write an application into ``.env``: from now on the kit uses it.

    env_file: the file; the kit's own unless given. Its other lines stay.
    """
    path = env_file or places.env_file()
    if not path.exists():
        keep_private(path, b"")
    key_file = application.private_key_file
    if key_file.is_relative_to(path.parent):
        key_file = key_file.relative_to(path.parent)
    set_key(path, "VONAGE_APPLICATION_ID", application.id)
    set_key(path, "VONAGE_PRIVATE_KEY_PATH", key_file.as_posix())


def current_application(
    settings: Settings, event_url: str, sandbox_dir: Path | None = None
) -> Application:
    """Return the application that is in use.

    On the sandbox that is the one in ``.env``; until there is one, it is a
    demonstration application, made on the first call.

    settings: the sandbox or the cloud. event_url: for the demonstration application.
    sandbox_dir: the folder of the sandbox.

    Raises:
        SettingsError: the sandbox is not running, or the cloud's settings are not
            complete.
    """
    key_file = settings.private_key()
    if settings.application_id is not None and key_file is not None:
        chosen = Application(settings.application_id, key_file)
        if settings.mode == "cloud" or _works(
            account_client(settings, sandbox_dir), chosen
        ):
            return chosen
    if settings.mode == "cloud":
        raise SettingsError(
            "VONAGE_APPLICATION_ID or VONAGE_PRIVATE_KEY_PATH is missing.\n"
            "Run notebook 01 with VONAGE_MODE=cloud: it makes an application."
        )
    return _demonstration(settings, event_url, sandbox_dir or places.sandbox_dir())


def _demonstration(
    settings: Settings, event_url: str, sandbox_dir: Path
) -> Application:
    note = sandbox_dir / "demonstration.json"
    key_file = sandbox_dir / "demonstration.key"
    client = account_client(settings, sandbox_dir)
    if note.exists():
        known = Application(json.loads(note.read_bytes())["id"], key_file)
        if _works(client, known):
            return known
    made = create_application(client, "Live chat demonstration", event_url, key_file)
    keep_private(note, json.dumps({"id": made.id}).encode())
    return made


def _works(client: Vonage, application: Application) -> bool:
    """Return whether the application exists and its key is here."""
    try:
        client.application.get_application(application.id)
        application.minter()
    except (NotFoundError, AuthenticationError, TokenError):
        return False
    return True
