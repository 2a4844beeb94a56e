"""Tokens: each is a login of one of our users, by the application."""

from contextlib import suppress

from vonage_http_client.errors import HttpRequestError

from ..sandbox.machine.ready_file import Secret
from .calls import Calls, login
from .people import People, name_of
from .ready_file import SERVER


class Minter:
    """Issues tokens for the users of one application.

    url: where Synapse is. calls: the application's. people: who is who. fresh: tokens
    of users that have just been made, by the user's id; each is given once.
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
        """Return a token of a user, which lives for 15 minutes.

        user_name: the user's name. acl: not needed: what the user may do, the rules of
            the rooms say.
        """
        assert user_name is not None, "the application's own token isn't given away"
        id = self._people.id_of(user_name)
        if token := self._fresh.pop(id, None):
            return token
        return self._calls("POST", "/login", login(id))["access_token"]

    def subject(self, authorization: str) -> str | None:
        """Return the user of a token, or None if Synapse doesn't accept it.

        authorization: the header that it came in, ``Bearer`` and the token.
        """
        _, _, token = authorization.partition(" ")
        if not token:
            return None
        theirs = Calls(self._url, Secret(token))
        with suppress(HttpRequestError):
            return name_of(theirs("GET", "/account/whoami")["user_id"])
        return None
