"""The application, its private key, and clients that act for the application.

Everything here stays on the server. A browser only ever gets a token.
"""

import os
import threading

from livechat_helpers import client
from livechat_helpers.applications import current_application
from livechat_helpers.conversations import Conversations
from livechat_helpers.settings import Settings, running_sandbox

settings = Settings.load()
application = current_application(settings)
minter = application.minter()
private_key = application.private_key_file.read_text()
sandbox = running_sandbox() if settings.mode == "sandbox" else None

realtime_url = client.realtime_url(settings)
"""The address of the server that sends live events."""

signature_secret = sandbox.signature_secret if sandbox else settings.signature_secret
"""The secret with which Vonage signs webhooks."""


class PerThread:
    """Gives each thread its own object, created when the thread first uses it.

    A server answers on several threads. The SDK's client keeps a call's headers in a
    dictionary, so two threads that share a client could swap their tokens.
    """

    def __init__(self, make):
        self._make = make
        self._of_this_thread = threading.local()

    def __getattr__(self, name):
        mine = self._of_this_thread
        if not hasattr(mine, "made"):
            mine.made = self._make()
        return getattr(mine.made, name)


class MyConversations(Conversations):
    """Conversations whose events Vonage sends to your server, if it's running."""

    def create(self, name=None, display_name=None, callback=None):
        """Create a conversation with its own webhook."""
        if address := os.environ.get("MY_CHAT_URL"):
            callback = {"url": f"{address}webhooks/event", "method": "POST"}
        return super().create(name, display_name, callback)


vonage = PerThread(lambda: client.application_client(settings, minter))
conversations = PerThread(lambda: MyConversations(vonage.http_client))
