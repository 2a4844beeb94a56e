"""Calls of Synapse's client API for the application, or for a user it acts as.

A refusal raises the errors that Vonage's client raises, so whoever calls needn't know
which server said no.

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
"""The one device of each of our users: a transaction id counts once per device."""

TIMEOUT = 10
"""Seconds a call may take."""

_ERRORS: dict[int, type[HttpRequestError]] = {
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    429: RateLimitedError,
}


class Calls:
    """Calls with one token; any thread may use them.

    url: where Synapse is. token: whose calls they are.
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

        path: below the API's own, made by ``path``. acting: the id of the user for whom
            the application makes it. device: of that user; a transaction id then
            counts once, also after Synapse has restarted.

        Raises:
            vonage_http_client.errors.HttpRequestError: Synapse refuses.
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
            session.trust_env = False  # a proxy for the internet has no business here
            session.headers["Authorization"] = (
                f"Bearer {self._token.get_secret_value()}"
            )
            self._here.session = session
        return self._here.session


def login(user: str) -> Json:
    """Return the body of a login that the application makes for a user.

    It makes the device, if it's not there: to log out everywhere takes it away.

    user: the user's id.
    """
    return {
        "type": "m.login.application_service",
        "identifier": {"type": "m.id.user", "user": user},
        "device_id": DEVICE,
        "refresh_token": True,
    }


def refusal(answer: requests.Response) -> HttpRequestError:
    """Return the error for a call that was refused."""
    status = answer.status_code
    return _ERRORS.get(status, ServerError if status >= 500 else HttpRequestError)(
        answer
    )


def code(error: HttpRequestError) -> str:
    """Return the code of a refusal, such as ``M_FORBIDDEN``."""
    try:
        return str(error.response.json().get("errcode", ""))
    except (ValueError, AttributeError):
        return ""


def path(*parts: str) -> str:
    """Return a path of parts, such as a room's id."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
