"""Users: the same calls as in Vonage's client.

Matrix users can't be deleted: their names stay taken for good. So creating a user who
already exists isn't an error; the room's alias ensures that a chat is only opened once.
"""

from contextlib import suppress

from vonage_http_client.errors import ForbiddenError, HttpRequestError, NotFoundError
from vonage_users import ListUsersFilter, User, UserSummary

from .calls import DEVICE, Calls, Json, code, path
from .people import People, is_visitor, localpart, name_of, usual_name


class Users:
    """The calls on users.

    calls: makes the calls.
    people: knows the users.
    tokens: gets the token of each new visitor, by user id.
    """

    def __init__(self, calls: Calls, people: People, tokens: dict[str, str]) -> None:
        self._calls = calls
        self._people = people
        self._tokens = tokens

    def list_users(
        self, filter: ListUsersFilter | None = None
    ) -> tuple[list[UserSummary], str | None]:
        """Return the user with a name; a list of all users isn't available."""
        name = filter.name if filter else None
        with suppress(NotFoundError):
            if name:
                user = self.get_user(self._people.id_of(name))
                return [
                    UserSummary.model_validate({**_json(user), "_links": None})
                ], None
        return [], None

    def get_user(self, id: str) -> User:
        """Return the user with an id.

        Raises:
            vonage_http_client.errors.NotFoundError: there is no such user.
        """
        try:
            found = self._calls("GET", path("profile", id), acting=id)
        except ForbiddenError as error:  # It can't act as a user who doesn't exist.
            error.response.status_code = 404
            raise NotFoundError(error.response) from error
        self._people.learn(id, found.get("displayname"))
        return User.model_validate(self._people.user(id))

    def create_user(self, params: User | None = None) -> User:
        """Create a user, or return the existing one."""
        assert params is not None
        assert params.name is not None
        id = self._people.id_of(params.name)
        shown = params.display_name or name_of(id)
        about = params.properties.custom_data if params.properties else None
        if about:
            self._people.about[id] = about
        self._tokens.pop(id, None)
        try:
            token = self._make(id)["access_token"]
            if is_visitor(id):  # The visitor's page needs it right away.
                self._tokens[id] = token
        except HttpRequestError as error:
            if code(error) != "M_USER_IN_USE":
                raise
        # Joining sets a visitor's usual name, so that doesn't need a call here.
        if not is_visitor(id) or shown != usual_name(id):
            body = {"displayname": shown}
            self._calls("PUT", path("profile", id, "displayname"), body, acting=id)
        self._people.learn(id, shown)
        return User.model_validate(self._people.user(id))

    def _make(self, id: str) -> Json:
        user = {"type": "m.login.application_service"}
        more = {"username": localpart(id), "device_id": DEVICE, "refresh_token": True}
        return self._calls("POST", "/register", {**user, **more})

    def delete_user(self, id: str) -> None:
        """Log a user out everywhere; the name stays taken."""
        self._tokens.pop(id, None)
        self._calls("POST", "/logout/all", {}, acting=id)


def _json(user: User) -> Json:
    return user.model_dump(include={"id", "name", "display_name"})
