"""A Synapse and a website on it, each in a separate process, started for a test."""

import json

import httpx
from sandbox.running import Json, Program

from livechat_helpers import places
from livechat_helpers.matrix.calls import path


class MatrixStand:
    """A running Synapse and website, in the current home.

    synapse, website: their addresses.
    """

    def __init__(self, synapse: str, website: str) -> None:
        self.folder = places.matrix_dir()
        self.synapse_url = synapse
        self.url = website

    def visitor(self) -> httpx.Client:
        """Return a new visitor's browser."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    def client(self, token: str) -> "MatrixClient":
        """Return a plain Matrix client that knows nothing about the kit.

        token: the caller's.
        """
        return MatrixClient(self.synapse_url, token)

    def application_token(self) -> str:
        """Return the token that lets the website act for everybody."""
        return json.loads((self.folder / "matrix.json").read_bytes())["as_token"]


class KillableStand(MatrixStand):
    """A stand with parts that can be killed."""

    def __init__(self) -> None:
        self.synapse = self.start_synapse()
        ready = self.synapse.ready()
        self.website = self.start_website()
        super().__init__(ready["url"], self.website.ready()["url"])

    @staticmethod
    def start_synapse() -> Program:
        """Start Synapse; it may not be ready yet."""
        return Program("-m", "livechat_helpers", "matrix")

    @staticmethod
    def start_website() -> Program:
        """Start the website; it may not be ready yet."""
        return Program("-m", "livechat_helpers.website")

    def stop(self) -> None:
        """End both."""
        self.website.kill()
        assert self.synapse.stop() == 0


class MatrixClient:
    """A plain Matrix client: calls of the protocol, with a token.

    url: the server's. token: the caller's.
    """

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/_matrix/client/v3",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=20,
        )

    def call(
        self, method: str, where: str, body: Json | None = None, **query: str
    ) -> httpx.Response:
        """Make a call and return its answer, even if it's an error."""
        return self._http.request(method, where, json=body, params=query)

    def say(self, room: str, text: str, key: str) -> httpx.Response:
        """Send a text. key: the transaction id."""
        where = path("rooms", room, "send", "m.room.message", key)
        return self.call("PUT", where, {"msgtype": "m.text", "body": text})

    def timeline(self, room: str) -> list[Json]:
        """Return all events of a room."""
        where = path("rooms", room, "messages")
        answer = self.call("GET", where, dir="f", limit="1000")
        assert answer.status_code == 200, answer.text
        return answer.json()["chunk"]

    def texts(self, room: str) -> list[str]:
        """Return what was said in a room."""
        return [
            event["content"]["body"]
            for event in self.timeline(room)
            if event["type"] == "m.room.message" and event["content"]
        ]
