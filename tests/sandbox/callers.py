"""Callers of the sandbox over HTTP: an application, its users, and strangers."""

from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from livechat_helpers.tokens import Minter, acl

from .running import Json

ALL_PATHS = ("/*/users/**", "/*/conversations/**", "/*/sessions/**")
"""An ACL that allows everything."""


class Caller:
    """One token, or none, on one listener.

    http: the connection. authorization: the whole header.
    """

    def __init__(self, http: httpx.Client, authorization: str | None = None) -> None:
        self.http = http
        self.headers = {"Authorization": authorization} if authorization else {}

    def call(
        self, method: str, path: str, body: Any = None, **query: Any
    ) -> httpx.Response:
        """Send a request, with or without a body."""
        content = {} if body is None else {"json": body}
        return self.http.request(
            method, path, headers=self.headers, params=query or None, **content
        )

    def send(self, method: str, path: str, raw: bytes) -> httpx.Response:
        """Send a request whose body is these bytes."""
        return self.http.request(method, path, headers=self.headers, content=raw)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET a path."""
        return self.call("GET", path, **query)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """POST a JSON body."""
        return self.call("POST", path, body)

    def patch(self, path: str, body: Any = None) -> httpx.Response:
        """PATCH with a JSON body."""
        return self.call("PATCH", path, body)

    def put(self, path: str, body: Any = None) -> httpx.Response:
        """PUT a JSON body."""
        return self.call("PUT", path, body)

    def delete(self, path: str, **query: Any) -> httpx.Response:
        """DELETE a path."""
        return self.call("DELETE", path, **query)


def basic(http: httpx.Client, ready: Json) -> Caller:
    """Return the account as a caller.

    ready: what the sandbox said when it was ready.
    """
    flow = httpx.BasicAuth(ready["api_key"], ready["api_secret"])
    request = next(flow.auth_flow(httpx.Request("GET", ready["http"])))
    return Caller(http, request.headers["Authorization"])


class Application:
    """An application on the sandbox, with its key.

    http: a connection to the sandbox. account: a caller with the account's keys.
    key: its private key.
    """

    def __init__(self, http: httpx.Client, account: Caller, key: RSAPrivateKey) -> None:
        public = key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        body = {"name": "A test", "keys": {"public_key": public.decode()}}
        made = account.post("/v2/applications", body)
        assert made.status_code == 201, made.text
        self.id: str = made.json()["id"]
        self.http = http
        self.account = account
        self.minter = Minter(self.id, key)
        self.admin = self.bearer(self.minter.mint())

    def bearer(self, token: str) -> Caller:
        """Return a caller with a token."""
        return Caller(self.http, f"Bearer {token}")

    def token(self, name: str, *paths: str, seconds: int = 900) -> str:
        """Mint a user's token; without paths, it allows what an agent's does."""
        return self.minter.mint(name, acl(paths or ALL_PATHS), seconds=seconds)

    def caller(self, name: str, *paths: str) -> Caller:
        """Return a user as a caller."""
        return self.bearer(self.token(name, *paths))

    def user(self, name: str, **fields: Any) -> Json:
        """Create a user."""
        return _created(self.admin.post("/v1/users", {"name": name, **fields}))

    def conversation(self, **fields: Any) -> str:
        """Create a conversation and return its id."""
        return _created(self.admin.post("/v1/conversations", fields))["id"]

    def member(self, conversation: str, name: str, state: str = "joined") -> Json:
        """Let a user join a conversation, or invite it."""
        body = {"state": state, "user": {"name": name}, "channel": {"type": "app"}}
        path = f"/v1/conversations/{conversation}/members"
        return _created(self.admin.post(path, body))

    def chat(self, *names: str) -> tuple[str, list[str]]:
        """Create users and a conversation that they join; return the ids."""
        conversation = self.conversation()
        for name in names:
            self.user(name)
        return conversation, [self.member(conversation, name)["id"] for name in names]

    def say(self, conversation: str, text: str, member: str | None = None) -> Json:
        """Send a text as a member, or as the application."""
        event = {**message(text), **({"from": member} if member else {})}
        path = f"/v1/conversations/{conversation}/events"
        return _created(self.admin.post(path, event))

    def events(self, conversation: str, **query: Any) -> list[Json]:
        """Return up to 100 events of a conversation."""
        path = f"/v1/conversations/{conversation}/events"
        answer = self.admin.get(path, page_size=100, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["_embedded"]["events"]


def message(text: str) -> Json:
    """Return the body of a request that sends a text."""
    return {"type": "message", "body": {"message_type": "text", "text": text}}


def _created(answer: httpx.Response) -> Json:
    assert answer.status_code == 201, answer.text
    return answer.json()
