"""Tokens: each one is a login of one of our users, by the application."""

from contextlib import suppress

from vonage_http_client.errors import HttpRequestError

from ..sandbox.machine.ready_file import Secret
from .calls import Calls, login
from .people import People, name_of
from .ready_file import SERVER


class Minter:
    """Issues tokens for the users of one application.

    url: Synapse's address.
    calls: the application's calls.
    people: knows the users.
    fresh: tokens of newly created users, by user id; each is used once.
    """

    application_id = SERVER

    def __init__(
        self, url: str, calls: Calls, people: People, fresh: dict[str, str]
    ) -> None:
        self._url = url
        self._calls = calls
        self._people = people
        self._fresh = fresh

    def mint(self, user_name: str | None = None, acl: object = None) -> str:
        """Return a token for a user, which is valid for 15 minutes.

        user_name: the user's name.
        acl: ignored, because the rooms' rules say what the user can do.
        """
        assert user_name is not None, "the application's own token isn't given away"
        id = self._people.id_of(user_name)
        if token := self._fresh.pop(id, None):
            return token
        return self._calls("POST", "/login", login(id))["access_token"]

    def subject(self, authorization: str) -> str | None:
        """Return the user of a token, or None if Synapse doesn't accept it.

        authorization: the Authorization header: ``Bearer`` and the token.
        """
        _, _, token = authorization.partition(" ")
        if not token:
            return None
        theirs = Calls(self._url, Secret(token))
        with suppress(HttpRequestError):
            return name_of(theirs("GET", "/account/whoami")["user_id"])
        return None
