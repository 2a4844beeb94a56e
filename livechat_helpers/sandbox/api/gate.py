"""What all calls have in common: authentication, validation and access."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from ..http.auth import Caller, Tokens, bearer_token
from ..http.errors import ApiError
from ..http.paging import own_address
from ..http.rate_limit import RateLimit
from ..http.routing import Route
from ..http.validation import Json, check_query
from ..rules import users
from ..rules.users import User
from ..storage.store import Result, Store, Transaction

Endpoint = Callable[[Request], Awaitable[Response]]
Answer = Callable[["Call"], Awaitable[Response]]
Paths = Mapping[str, Mapping[str, Answer]]
"""The calls, by path and method."""
_OLDER = ("/beta", "/beta2", "/v0.1", "/v0.2")
Marked = TypeVar("Marked", bound=Callable[..., Awaitable[Response]])


def takes(*names: str) -> Callable[[Marked], Marked]:
    """Return a decorator that declares the query parameters of a call."""

    def mark(answer: Marked) -> Marked:
        vars(answer)["query"] = frozenset(names)
        return answer

    return mark


def queries(answer: Answer) -> frozenset[str]:
    """Return the query parameters that a call declares."""
    return getattr(answer, "query", frozenset())


class Call:
    """One verified request, and its caller."""

    def __init__(self, request: Request, store: Store, caller: Caller) -> None:
        self.request = request
        self.caller = caller
        self._store = store
        self.application_id = caller.application_id
        self._here = own_address(request.scope) + request.scope["root_path"]

    @property
    def read(self) -> Transaction:
        """A read-only transaction on the committed state."""
        return self._store.read

    async def write(self, operation: Callable[[Transaction], Result]) -> Result:
        """Run an operation in a transaction and return its result.

        Raises:
            ApiError: the operation raised it.
        """
        return await self._store.write(operation)

    async def create(self, make: Callable[[Transaction], Result]) -> Result:
        """Run an operation that creates something owned by the application.

        Raises:
            ApiError: ``system:error:invalid-token`` if the application has been deleted
                since the token was verified; otherwise, whatever the operation raises.
        """

        def make_if_it_is_there(tx: Transaction) -> Result:
            here = "SELECT 1 FROM applications WHERE id = ?"
            if tx.one(here, self.application_id) is None:
                raise ApiError("system:error:invalid-token")
            return make(tx)

        return await self.write(make_if_it_is_there)

    @property
    def is_older(self) -> bool:
        """Whether the request used a 2019 path, where fewer lengths are checked."""
        return self.request.scope["root_path"].endswith(_OLDER)

    def path(self, name: str) -> str:
        """Return a variable part of the path, such as a user's id."""
        return self.request.path_params[name]

    def query(self, *names: str) -> Json:
        """Return those of the named query parameters that the request has."""
        given = self.request.query_params
        return {name: given[name] for name in names if name in given}

    def href(self, *parts: str) -> str:
        """Return a link with this request's scheme, host and version."""
        return f"{self._here}/{'/'.join(parts)}"

    def with_request(self, request: Request) -> "Call":
        """Return a call by the same caller with another request."""
        return Call(request, self._store, self.caller)

    def require_admin(self) -> None:
        """Reject a token that acts for one user only.

        Raises:
            ApiError: ``system:error:permission``.
        """
        if not self.caller.is_admin:
            raise ApiError("system:error:permission")

    def user(self, tx: Transaction, id_or_name: str) -> User:
        """Return a user; ``me`` is the token's user.

        Raises:
            ApiError: ``user:error:not-found``.
        """
        if id_or_name == "me" and self.caller.user_name is not None:
            return users.by_name(tx, self.application_id, self.caller.user_name)
        return users.find(tx, self.application_id, id_or_name)

    def own_user(self, tx: Transaction, id_or_name: str) -> User:
        """Return a user whom the token can change, or whose belongings it can list.

        Raises:
            ApiError: the user doesn't exist, or isn't the token's user.
        """
        user = self.user(tx, id_or_name)
        if not self.caller.is_admin and user.name != self.caller.user_name:
            raise ApiError("system:error:permission")
        return user


class Gate:
    """Only lets calls through if their token and ACL are valid.

    store: the store that the calls work on.
    tokens: verifies the calls' tokens.
    rate_limit: counts the calls.
    """

    def __init__(self, store: Store, tokens: Tokens, rate_limit: RateLimit) -> None:
        self._store = store
        self._tokens = tokens
        self._rate_limit = rate_limit

    def routes(self, paths: Paths) -> list[Route]:
        """Return the routes of the calls, with each call behind the gate."""
        return [
            Route(path, self._verified(answer), methods=[method])
            for path, answers in paths.items()
            for method, answer in answers.items()
        ]

    def _verified(self, answer: Answer) -> Endpoint:
        known = queries(answer)

        async def endpoint(request: Request) -> Response:
            token = bearer_token(request.headers.get("authorization"))
            caller = self._tokens.verify(token)
            self._rate_limit.count(caller.application_id)
            caller.require(request.method, request.scope["path"])
            if request.scope["query_string"]:
                check_query(request, known)
            return await answer(Call(request, self._store, caller))

        return endpoint
