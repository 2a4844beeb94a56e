"""A lesson's servers: the sandbox or the real cloud, and the learner's website."""

from contextlib import suppress
from dataclasses import dataclass

import httpx

from livechat_helpers import places, services
from livechat_helpers.applications import current_application
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.services import WebsiteInfo
from livechat_helpers.settings import Settings, SettingsError

NO_WEBSITE = "https://example.com"
"""The address used in the cloud until ``PUBLIC_URL`` in .env names the website."""


@dataclass(frozen=True)
class LessonServers:
    """The servers of a lesson.

    settings: the settings in ``.env``.
    sandbox: the running sandbox; None in the cloud.
    website: the running website; None in the cloud as long as there is no application.
    """

    settings: Settings
    sandbox: RemoteSandbox | None
    website: WebsiteInfo | None

    @property
    def event_url(self) -> str:
        """The address for webhooks, which Vonage must be able to reach."""
        public = self.settings.public_url
        if self.sandbox is not None and self.website is not None:
            public = self.website.url
        return f"{public or NO_WEBSITE}/webhooks/event"

    @property
    def signature_secret(self) -> str:
        """The secret that Vonage signs webhooks with.

        Raises:
            SettingsError: in the cloud, ``.env`` doesn't have it.
        """
        secret = self.settings.signature_secret
        if self.sandbox is not None:
            secret = self.sandbox.info.signature_secret
        if secret is None:
            raise SettingsError(
                "The signature secret of your account is missing.\n"
                "Write VONAGE_SIGNATURE_SECRET into .env; you find it in the dashboard."
            )
        return secret.get_secret_value()


def find_or_start() -> LessonServers:
    """Return a lesson's servers, after starting those that aren't running.

    Raises:
        ServiceError: the sandbox or the website doesn't start.
        SettingsError: the settings can't be used.
    """
    settings = Settings.load()
    if settings.mode == "sandbox":
        running = services.ensure_running()
        return LessonServers(settings, connect(), running.website)
    return LessonServers(settings, None, _website_of_the_cloud(settings))


def _website_of_the_cloud(settings: Settings) -> WebsiteInfo | None:
    try:
        current_application(settings)
    except SettingsError:
        return None  # Notebook 01 creates it.
    services.ensure("website")
    return services.find_website(places.sandbox_dir())


def settle(servers: LessonServers) -> None:
    """Make the website find its application before the learner's calls start."""
    if servers.website is not None:
        with suppress(httpx.HTTPError):  # A failure is reported when the page is used.
            httpx.get(servers.website.url, trust_env=False)
