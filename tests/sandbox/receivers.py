"""A real server that receives webhooks, on its own port."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from waiting import eventually

from .running import Json


@dataclass
class Received:
    """One webhook as it arrived, with lower-case header names.

    came: when, in seconds on a clock that only goes forward.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    came: float

    @property
    def event(self) -> Json:
        """The event in the body."""
        return json.loads(self.raw)

    @property
    def token(self) -> str:
        """The JWT that signs it."""
        return self.headers["authorization"].removeprefix("Bearer ")


class Receiver:
    """A server that receives webhooks.

    answer: takes each webhook and returns the status to answer; 0 means no answer.
    port: its port; a free one by default. headers: additional headers for its answers.
    """

    def __init__(
        self,
        answer: Callable[[Received], int] = lambda _: 200,
        port: int = 0,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.answer = answer
        self.received: list[Received] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                url = urlsplit(self.path)
                webhook = Received(
                    self.command,
                    url.path,
                    dict(parse_qsl(url.query)),
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(int(self.headers.get("Content-Length", 0))),
                    time.monotonic(),
                )
                receiver.received.append(webhook)
                status = receiver.answer(webhook)
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                if status not in (204, 205):
                    self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def handle(self) -> None:
                try:
                    super().handle()
                except ConnectionError:
                    self.close_connection = True  # the sender gave up

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 100

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # in some tests, the sender disconnects

        self._server = Server(("127.0.0.1", port), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/event"
        self._serving = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._serving.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._serving.join()

    def of(self, conversation_id: str) -> list[Received]:
        """Return the webhooks about a conversation, including its creation and end."""
        return [
            webhook
            for webhook in list(self.received)
            if conversation_id
            in (webhook.event.get("conversation_id"), webhook.event["body"].get("id"))
        ]

    def types(self, conversation_id: str) -> list[str]:
        """Return the types of the events about a conversation."""
        return [webhook.event["type"] for webhook in self.of(conversation_id)]

    def texts(self) -> list[str]:
        """Return the texts of the messages that came."""
        events = [webhook.event for webhook in list(self.received)]
        return [e["body"]["text"] for e in events if e["type"] == "message"]

    def until(self, text: str) -> list[str]:
        """Wait for a message, and return the texts up to that one."""
        eventually(lambda: self.texts()[-1:] == [text])
        return self.texts()
