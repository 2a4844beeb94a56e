"""The paths under ``/_sandbox`` that show the state, and send as somebody.

They require the account's key and secret.
"""

import math
import sqlite3

from starlette.requests import Request
from starlette.responses import Response

from ..http.account_auth import Endpoint, for_account
from ..http.auth import Caller
from ..http.errors import GatewayError
from ..http.issued_tokens import Issuer
from ..http.replies import reply
from ..http.routing import AnyRoute, Route
from ..http.validation import Fields, read_object, refuse
from ..rules import events, members
from ..storage.identity import Account
from ..storage.store import Store, Transaction
from . import browse

_USUAL = 15 * 60  # the default lifetime of a token in seconds
_DAY = 24 * 3600


def routes(account: Account, store: Store, issuer: Issuer) -> list[AnyRoute]:
    """Return the paths.

    account: the account whose credentials are required.
    store: the store to read from and write to.
    issuer: signs the requested tokens.
    """

    async def applications(request: Request) -> Response:
        return reply({"applications": browse.applications(store.read)})

    async def users(request: Request) -> Response:
        search = request.query_params.get("search", "")
        application = request.path_params["application"]
        return reply(browse.users(store.read, application, search))

    async def conversations(request: Request) -> Response:
        search = request.query_params.get("search", "")
        application = request.path_params["application"]
        return reply(browse.conversations(store.read, application, search))

    async def conversation(request: Request) -> Response:
        first = request.query_params.get("from")
        if first is not None and not (first.isdecimal() and len(first) < 16):
            refuse("from", "must be the id of an event")
        row = _find(store.read, request)
        shown = browse.conversation(store.read, row, int(first) if first else None)
        return reply(shown)

    async def send(request: Request) -> Response:
        """Store an event as if a member or the application had sent it."""
        fields = Fields(await read_object(request))
        sender = fields.text("sender")
        kind = fields.text("type") or "message"
        body = fields.object("body", required=True)
        fields.done()
        kind, _, recipient, body = events.read_request({"type": kind, "body": body})

        def operation(tx: Transaction) -> events.Event:
            row = _find(tx, request)
            caller = Caller(row["application_id"], sender, math.inf, None)
            return events.append(
                tx,
                row,
                kind,
                body,
                sender=members.sender_of(tx, row, caller, None),
                recipient=recipient,
            )

        event = await store.write(operation)
        return reply({"id": event.id, "timestamp": event.timestamp}, 201)

    async def token(request: Request) -> Response:
        """Return a token for an application, or for one of its users."""
        fields = Fields(await read_object(request))
        application_id = fields.text("application", required=True)
        user = fields.text("user")
        seconds = fields.number("seconds", least=1, most=_DAY)
        fields.done()
        if not _is_there(store.read, str(application_id)):
            raise _missing("application")
        token = issuer.issue(str(application_id), user, seconds or _USUAL)
        return reply({"token": token}, 201)

    return [
        _on(account, "/tokens", "POST", token),
        _on(account, "/applications", "GET", applications),
        _on(account, "/applications/{application}/users", "GET", users),
        _on(account, "/applications/{application}/conversations", "GET", conversations),
        _on(account, "/conversations/{conversation}", "GET", conversation),
        _on(account, "/conversations/{conversation}/events", "POST", send),
    ]


def _on(account: Account, path: str, method: str, answer: Endpoint) -> Route:
    return Route(f"/_sandbox{path}", for_account(account, answer), methods=[method])


def _find(tx: Transaction, request: Request) -> sqlite3.Row:
    row = browse.find(tx, request.path_params["conversation"])
    if row is None:
        raise _missing("conversation")
    return row


def _is_there(tx: Transaction, application_id: str) -> bool:
    found = tx.one("SELECT 1 FROM applications WHERE id = ?", application_id)
    return found is not None


def _missing(what: str) -> GatewayError:
    return GatewayError(404, "not-found", "Not Found", f"There is no such {what}.")
