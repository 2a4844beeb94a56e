"""The Synapse that a notebook uses alongside the sandbox."""

from importlib.util import find_spec
from typing import Any

from livechat_helpers import engines, places, services
from livechat_helpers.matrix import platforms
from livechat_helpers.matrix.calls import DEVICE
from livechat_helpers.matrix.engine import MatrixClient
from livechat_helpers.matrix.moving import Receipt, Source, move
from livechat_helpers.processes.child import ChildError
from livechat_helpers.services import ServiceError
from livechat_helpers.settings import Settings

Json = dict[str, Any]

_NOT_INSTALLED = (
    "Synapse isn't installed.",
    "Run python -m livechat_helpers matrix in a terminal once, and then this cell.",
)


class Homeserver:
    """A running Synapse, with the application's calls.

    Raises:
        ServiceError: it isn't installed, or doesn't start; the text says what to do.
    """

    def __init__(self) -> None:
        folder = places.matrix_dir()
        if find_spec("synapse") is None:
            raise ServiceError("\n".join(platforms.obstacle() or _NOT_INSTALLED))
        try:
            services.start(folder, services.matrix(folder))
        except ChildError as error:
            raise ServiceError(str(error)) from error
        matrix = engines.on_matrix(Settings.load(), folder).matrix
        assert matrix is not None
        self._engine = matrix
        self.url = matrix.info.url

    def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        user: str = "",
        **query: Any,
    ) -> Json:
        """Make a call with the application's token and return the answer.

        method: the HTTP method.
        path: the path below ``/_matrix/client/v3``.
        body: the JSON to send.
        user: the id of the user that the application acts as.
        query: query parameters.

        Raises:
            vonage_http_client.errors.HttpRequestError: Synapse rejected the call.
        """
        device = DEVICE if user else ""
        return self._engine.calls(
            method, path, body, acting=user, device=device, query=query
        )

    def move(self, source: Source, conversation: str) -> Receipt:
        """Move a conversation to Synapse, with its senders and times.

        source: the conversation's current place.
        conversation: the conversation's id.

        Raises:
            vonage_http_client.errors.HttpRequestError: one of the two rejected a call.
        """
        return move(source, self._engine, conversation)

    def delete(self, room: str) -> None:
        """Delete a room. room: its id."""
        MatrixClient(self._engine).conversations.delete(room)
