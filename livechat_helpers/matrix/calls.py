"""Calls to Synapse's client API, for the application or for a user it acts as.

A rejected call raises the same error as Vonage's client, so callers don't need to know
which server rejected it.

Source: https://spec.matrix.org/latest/client-server-api/
"""

import threading
from typing import Any
from urllib.parse import quote

import requests
from vonage_http_client.errors import (
    AuthenticationError,
    ForbiddenError,
    HttpRequestError,
    NotFoundError,
    RateLimitedError,
    ServerError,
)

from ..sandbox.machine.ready_file import Secret

Json = dict[str, Any]

DEVICE = "livechat"
"""The only device of each of our users, because transaction ids are per device."""

TIMEOUT = 10
"""Timeout of a call in seconds."""

_ERRORS: dict[int, type[HttpRequestError]] = {
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitedError,
}


class Calls:
    """Calls with one token, for use in any thread.

    url: Synapse's address.
    token: the token to send.
    """

    def __init__(self, url: str, token: Secret) -> None:
        self._url = f"{url}/_matrix/client/v3"
        self._token = token
        self._here = threading.local()

    def __call__(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        acting: str = "",
        device: str = "",
        query: Json | None = None,
    ) -> Json:
        """Make a call and return its answer.

        method: the HTTP method.
        path: the path below the API's own, made by ``path``.
        body: the JSON to send.
        acting: the id of the user that the application acts as.
        device: that user's device. With it, a transaction id only counts once, even if
            Synapse restarts.
        query: query parameters.

        Raises:
            vonage_http_client.errors.HttpRequestError: Synapse rejected the call.
            requests.RequestException: Synapse can't be reached.
        """
        given = dict(query or {})
        given |= {"user_id": acting} if acting else {}
        given |= {"device_id": device} if acting and device else {}
        answer = self._session().request(
            method, self._url + path, params=given, json=body, timeout=TIMEOUT
        )
        if answer.status_code >= 400:
            raise refusal(answer)
        return answer.json()

    def _session(self) -> requests.Session:
        if not hasattr(self._here, "session"):
            session = requests.Session()
            session.trust_env = False  # These calls mustn't use an internet proxy.
            session.headers["Authorization"] = (
                f"Bearer {self._token.get_secret_value()}"
            )
            self._here.session = session
        return self._here.session


def login(user: str) -> Json:
    """Return the body for logging a user in as the application.

    The login creates the device if it doesn't exist, because logging out everywhere
    deletes it.

    user: the user's id.
    """
    return {
        "type": "m.login.application_service",
        "identifier": {"type": "m.id.user", "user": user},
        "device_id": DEVICE,
        "refresh_token": True,
    }


def refusal(answer: requests.Response) -> HttpRequestError:
    """Return the error for a rejected call."""
    status = answer.status_code
    return _ERRORS.get(status, ServerError if status >= 500 else HttpRequestError)(
        answer
    )


def code(error: HttpRequestError) -> str:
    """Return the error code of a rejected call, such as ``M_FORBIDDEN``."""
    try:
        return str(error.response.json().get("errcode", ""))
    except (ValueError, AttributeError):
        return ""


def path(*parts: str) -> str:
    """Join parts, such as a room's id, into a path."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
