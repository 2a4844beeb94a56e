"""The Application API on /v2/applications, with Basic authentication.

Source: https://developer.vonage.com/en/api/application.v2
"""

import asyncio
import math
import re
import sqlite3
from collections.abc import Callable
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import Response

from ..http.account_auth import check_account
from ..http.application_keys import load_public_key
from ..http.errors import ApiError, GatewayError
from ..http.replies import reply
from ..http.request_notes import identify
from ..http.routing import AnyRoute, Route
from ..http.validation import Fields, Json, check_query, read_object
from ..storage.clock import Ids
from ..storage.identity import Account
from ..storage.json_text import read, write
from ..storage.store import Store, Transaction
from .user_calls import EndSessions


def _not_found(application_id: str) -> NoReturn:
    raise GatewayError(
        404,
        "not-found",
        "Not Found",
        f"ID '{application_id}' does not exist, or you do not have access",
    )


def _refuse(*invalid: tuple[str, str]) -> NoReturn:
    raise GatewayError(
        400,
        "payload-validation",
        "Bad Request",
        "The request failed due to validation errors",
        invalid=invalid,
    )


def _make_key_pair() -> tuple[str, str]:
    """Return a new private key and its public key, both in PEM format."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return (
        private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        private_key.public_key()
        .public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
        .decode(),
    )


async def _read(request: Request) -> tuple[Json, str | None]:
    """Return the fields of an application, and its public key if one is given."""
    try:
        body = await read_object(request)
        fields = Fields(body)
        name = fields.text("name", required=True)
        keys = fields.object("keys") or {}
        capabilities = fields.object("capabilities") or {}
        privacy = fields.object("privacy") or {}
        fields.done()
        inner = Fields(keys, "keys.")
        public_key = inner.text("public_key")
        inner.done()
        inner = Fields(privacy, "privacy.")
        improve_ai = inner.flag("improve_ai", otherwise=True)
        inner.done()
        _check_capabilities(capabilities)
    except ApiError as error:
        if not error.invalid:
            raise  # The error concerns the request as a whole.
        _refuse(*error.invalid)
    if public_key is not None:
        try:
            load_public_key(public_key)
        except Exception:  # cryptography raises all sorts of errors here.
            _refuse(("keys.public_key", "is not an RSA public key in PEM form"))
    body = {
        "name": name,
        "privacy": {"improve_ai": improve_ai},
        "capabilities": capabilities,
    }
    return body, public_key


_WEBHOOKS = {
    "voice": ("answer_url", "fallback_answer_url", "event_url"),
    "rtc": ("event_url",),
    "messages": ("inbound_url", "status_url"),
    "verify": ("status_url",),
}
"""The webhooks of each capability; other capabilities aren't checked."""


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", text)
        return parts.scheme in ("http", "https") and whole
    except ValueError:  # The port number isn't valid.
        return False


def _check_capabilities(capabilities: Json) -> None:
    def inside(outer: Json, name: str, prefix: str) -> Json:
        fields = Fields(outer, prefix, others=None)
        found = fields.object(name)
        fields.done()
        return found or {}

    for name in capabilities:
        path = f"capabilities.{name}."
        capability = inside(capabilities, name, "capabilities.")
        webhooks = inside(capability, "webhooks", path)
        path += "webhooks."
        known = _WEBHOOKS.get(name, tuple(webhooks))
        for event in webhooks:
            if event not in known:
                sentence = f'"{event}" is not allowed'
                raise ApiError(
                    "http:error:validation-fail", ((f"{path}{event}", sentence),)
                )
            webhook = inside(webhooks, event, path)
            fields = Fields(webhook, f"{path}{event}.", others=None)
            address = fields.text("address", longest=2048, required=True)
            if address is not None and not _is_address(address):
                fields.refuse("address", "must be a valid http or https address")
            fields.choice("http_method", ("get", "post"))
            fields.done()
    rtc = Fields(capabilities.get("rtc", {}), "capabilities.rtc.", others=None)
    rtc.flag("signed_callbacks")
    rtc.number("leg_persistence_time", least=1, most=31)
    rtc.done()


def _shape(row: sqlite3.Row, private_key: str | None = None) -> Json:
    keys = {"public_key": row["public_key"]}
    if private_key is not None:
        keys["private_key"] = private_key
    href = f"/v2/applications/{row['id']}"
    return {
        "id": row["id"],
        "keys": keys,
        **read(row["body"]),
        "_links": {"self": {"href": href}},
    }


def _find(tx: Transaction, application_id: str) -> sqlite3.Row:
    row = tx.one("SELECT * FROM applications WHERE id = ?", application_id)
    if row is None:
        _not_found(application_id)
    return row


class ApplicationCalls:
    """The calls on /v2/applications.

    store: where the applications are stored.
    ids: provides ids for new ones.
    account: the account whose credentials are required.
    changed: called when an application has changed.
    end_sessions: ends the sessions of users.
    """

    def __init__(
        self,
        store: Store,
        ids: Ids,
        account: Account,
        changed: Callable[[], object],
        end_sessions: EndSessions,
    ) -> None:
        self._store = store
        self._ids = ids
        self._account = account
        self._changed = changed
        self._end_sessions = end_sessions

    def routes(self) -> list[AnyRoute]:
        """Return the paths of this API."""
        one = "/v2/applications/{application}"
        return [
            Route("/v2/applications", self._list, methods=["GET"]),
            Route("/v2/applications", self._create, methods=["POST"]),
            Route(one, self._get, methods=["GET"]),
            Route(one, self._update, methods=["PUT"]),
            Route(one, self._delete, methods=["DELETE"]),
        ]

    def _check(self, request: Request, *query: str) -> None:
        """Reject callers without the account's key; note unknown query parameters.

        query: the parameters that the call knows.
        """
        check_account(request, self._account)
        identify("account")
        try:
            check_query(request, query)
        except ApiError as error:
            _refuse(*error.invalid)

    async def _list(self, request: Request) -> Response:
        self._check(request, "page_size", "page")
        size = self._whole(request, "page_size", 10, most=100)
        page = self._whole(request, "page", 1, most=10**9)
        read = self._store.read
        counted = read.one("SELECT count(*) AS items FROM applications")
        assert counted is not None
        pages = max(1, math.ceil(counted["items"] / size))
        rows = read.all(
            "SELECT * FROM applications ORDER BY position LIMIT ? OFFSET ?",
            size,
            (page - 1) * size,
        )

        def link(number: int) -> Json:
            query = urlencode({"page_size": size, "page": number})
            return {"href": f"/v2/applications?{query}"}

        links = {"self": link(page), "first": link(1), "last": link(pages)}
        if page < pages:
            links["next"] = link(page + 1)
        if 1 < page <= pages:
            links["prev"] = link(page - 1)
        return reply(
            {
                "page_size": size,
                "page": page,
                "total_items": counted["items"],
                "total_pages": pages,
                "_embedded": {"applications": [_shape(row) for row in rows]},
                "_links": links,
            }
        )

    @staticmethod
    def _whole(request: Request, name: str, otherwise: int, most: int) -> int:
        given = request.query_params.get(name)
        if given is None:
            return otherwise
        if not given.isdecimal() or len(given) > 10 or not 1 <= int(given) <= most:
            _refuse((name, f"must be a whole number between 1 and {most}"))
        return int(given)

    async def _create(self, request: Request) -> Response:
        self._check(request)
        body, public_key = await _read(request)
        private_key = None
        if public_key is None:
            private_key, public_key = await asyncio.to_thread(_make_key_pair)
        application_id = self._ids.new()

        def operation(tx: Transaction) -> sqlite3.Row:
            tx.run(
                "INSERT INTO applications (id, position, public_key, body) VALUES"
                " (?, (SELECT coalesce(max(position), 0) + 1 FROM applications), ?, ?)",
                application_id,
                public_key,
                write(body),
            )
            return _find(tx, application_id)

        row = await self._store.write(operation)
        return reply(_shape(row, private_key), 201)

    async def _get(self, request: Request) -> Response:
        self._check(request)
        row = _find(self._store.read, request.path_params["application"])
        return reply(_shape(row))

    async def _update(self, request: Request) -> Response:
        self._check(request)
        application_id = request.path_params["application"]
        body, public_key = await _read(request)

        def operation(tx: Transaction) -> sqlite3.Row:
            row = _find(tx, application_id)
            tx.run(
                "UPDATE applications SET public_key = ?, body = ? WHERE id = ?",
                public_key or row["public_key"],
                write(body),
                application_id,
            )
            return _find(tx, application_id)

        row = await self._store.write(operation)
        self._changed()
        return reply(_shape(row))

    async def _delete(self, request: Request) -> Response:
        self._check(request)
        application_id = request.path_params["application"]

        def operation(tx: Transaction) -> None:
            _find(tx, application_id)
            tx.run(
                "DELETE FROM events WHERE conversation_id IN"
                " (SELECT id FROM conversations WHERE application_id = ?)",
                application_id,
            )
            tx.run(
                "DELETE FROM members WHERE conversation_id IN"
                " (SELECT id FROM conversations WHERE application_id = ?)",
                application_id,
            )
            for table in ("conversations", "users", "sessions", "webhooks"):
                tx.run(f"DELETE FROM {table} WHERE application_id = ?", application_id)
            tx.run("DELETE FROM applications WHERE id = ?", application_id)

        await self._store.write(operation, aside=True)
        self._changed()
        self._end_sessions(lambda user: user.application_id == application_id)
        return Response(status_code=204)
