"""A web server in a notebook that receives webhooks.

receiver = Receiver(handle)
desk = receiver.desk()
...  # something happens at that desk
receiver.wait_for(3)
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from livechat_helpers import places
from livechat_helpers.applications import create_application
from livechat_helpers.client import account_client, application_client
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk

_NAME = "Webhook practice"


@dataclass(frozen=True)
class Webhook:
    """One webhook as it arrived.

    token: the JWT from its Authorization header; empty if it wasn't signed.
    body: its exact bytes.
    """

    token: str
    body: bytes

    def __repr__(self) -> str:
        return f"<webhook with {len(self.body)} bytes>"

    @property
    def event(self) -> dict[str, Any]:
        """The event in the body."""
        return json.loads(self.body)


class Receiver:
    """Passes each webhook to a function, and answers with the status it returns.

    It listens on a free port of this machine until it's closed.

    handle: receives a ``Webhook`` and returns a status such as 200. It runs in a
        separate thread; any error is answered with 500.
    """

    def __init__(self, handle: Callable[[Webhook], int]) -> None:
        self.handle = handle
        self.received: list[Webhook] = []
        self._came = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/event"
        self._thread = threading.Thread(
            target=self._server.serve_forever, daemon=True, name="webhook-receiver"
        )
        self._thread.start()

    def take(self, webhook: Webhook) -> int:
        """Pass a webhook to the function and return the status to answer with."""
        try:
            status = int(self.handle(webhook))
        except Exception:
            status = 500
        with self._came:
            self.received.append(webhook)
            self._came.notify_all()
        return status

    def wait_for(self, count: int, seconds: float = 15) -> list[Webhook]:
        """Wait until some number of webhooks have arrived, and return them.

        count: how many to wait for.
        seconds: how long to wait.

        Raises:
            TimeoutError: fewer arrived in that time.
        """
        with self._came:
            if not self._came.wait_for(lambda: len(self.received) >= count, seconds):
                raise TimeoutError(
                    f"{len(self.received)} webhooks arrived instead of {count}.\n"
                    "Look at lesson.calls(kind='webhook'): it shows what was sent."
                )
            return list(self.received)

    def desk(self) -> SupportDesk:
        """Return the desk of an application whose events all come here.

        It's a separate application, a new one each time, so that the learner's own
        keeps its webhook. The previous one is deleted.

        Raises:
            SettingsError: the sandbox isn't running.
            vonage_http_client.errors.HttpRequestError: Vonage rejected a call.
        """
        account = account_client()
        earlier, _ = account.application.list_applications()
        for application in earlier:
            if application.name == _NAME:
                account.application.delete_application(application.id)
        key_file = places.data_dir() / "webhook-practice.key"
        made = create_application(account, _NAME, self.url, key_file)
        minter = made.minter()
        return SupportDesk(application_client(Settings.load(), minter), minter)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors: the sender has given up and will try again."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status = receiver.take(Webhook(token, self.rfile.read(length)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
