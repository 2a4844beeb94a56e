"""The application, its private key, and a client that acts for the application.

Everything here stays on the server. A browser only ever gets a token.
"""

from livechat_helpers import client
from livechat_helpers.applications import current_application
from livechat_helpers.conversations import Conversations
from livechat_helpers.settings import Settings, running_sandbox
from livechat_helpers.support_desk import SupportDesk

settings = Settings.load()
application = current_application(settings)
private_key = application.private_key_file.read_text()
vonage = client.application_client(settings, application.minter())
conversations = Conversations(vonage.http_client)
desk = SupportDesk.open()

realtime_url = client.realtime_url(settings)
"""The address of the server that sends live events."""

signature_secret = settings.signature_secret
"""What Vonage signs webhooks with."""
if settings.mode == "sandbox":
    signature_secret = running_sandbox().signature_secret
