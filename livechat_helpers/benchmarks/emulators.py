"""Other emulators of cloud services, and their calls that are most like Vonage's.

localstripe isn't among them: it listens on every network address and keeps its state in
one fixed file, which could belong to somebody.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from .load import COUNTER, Request
from .operations import TEXT


class NotHereError(Exception):
    """A peer can't be installed or started; the text says why."""


@dataclass(frozen=True)
class Peer:
    """An emulator.

    package: for pip, or for npm if it's a Node program.
    program: the path of the program, inside the folder of the packages.
    arguments: the program's arguments; ``{port}`` is filled in.
    files: the JSON files that it finds in its folder.
    calls: prepares the peer at an address and returns the calls to measure.
    """

    name: str
    package: str
    program: str
    arguments: tuple[str, ...]
    files: dict[str, Any]
    calls: Callable[[str], dict[str, Request]]

    @property
    def is_for_node(self) -> bool:
        """Whether npm installs it."""
        return self.program.endswith(".js")


# json-server keeps everything in one file, which it writes again for every change.

_EVENT = {"type": "message", "body": {"message_type": "text", "text": TEXT}}
_USER = json.dumps({"name": f"visitor-{COUNTER}", "display_name": "A visitor"})
_CONVERSATION = json.dumps({"name": f"chat-{COUNTER}", "display_name": "Help"})


def _json_server_calls(url: str) -> dict[str, Request]:
    return {
        "create a user": Request("POST", "/users", {}, _USER),
        "create a conversation": Request("POST", "/conversations", {}, _CONVERSATION),
        "post an event": Request("POST", "/events", {}, json.dumps(_EVENT)),
        "list 20 events": Request("GET", "/history?_limit=20", {}),
    }


_JSON_SERVER_FILES = {
    "db.json": {
        "users": [],
        "conversations": [],
        "events": [],
        "history": [{**_EVENT, "id": number} for number in range(1, 26)],
    }
}


# Prism keeps nothing: it answers with the example from a description.


def _prism_calls(url: str) -> dict[str, Request]:
    token = {"Authorization": "Bearer any-text-will-do"}
    return {
        "create a user": Request("POST", "/users", token, _USER),
        "create a conversation": Request(
            "POST", "/conversations", token, _CONVERSATION
        ),
        "post an event": Request("POST", "/events", token, json.dumps(_EVENT)),
        "list 20 events": Request("GET", "/events?page_size=20", token),
    }


def _described(status: str, example: Any) -> dict[str, Any]:
    body = {"schema": {"type": "object"}}
    return {
        "requestBody": {"content": {"application/json": body}},
        "responses": {
            status: {
                "description": "It is done.",
                "content": {"application/json": {**body, "example": example}},
            }
        },
    }


def _listed() -> dict[str, Any]:
    page = {"page_size": 20, "_embedded": [{**_EVENT, "id": n} for n in range(1, 21)]}
    described = _described("200", page)
    del described["requestBody"]
    return described


_PRISM_FILES = {
    "description.json": {
        "openapi": "3.0.3",
        "info": {"title": "Conversations", "version": "1"},
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}
        },
        "paths": {
            "/users": {"post": _described("201", {"id": "USR-1", "name": "a visitor"})},
            "/conversations": {"post": _described("201", {"id": "CON-1"})},
            "/events": {"get": _listed(), "post": _described("201", {"id": 1})},
        },
    }
}


# moto: a user in Cognito; rows and a query in DynamoDB for the rest.


def _moto_calls(url: str) -> dict[str, Request]:
    def request(service: str, action: str, body: dict[str, Any]) -> Request:
        scope = service.partition("_")[0].lower()
        scope = "cognito-idp" if scope.startswith("awscognito") else scope
        credential = f"Credential=any/20200101/us-east-1/{scope}/aws4_request"
        headers = {
            "X-Amz-Target": f"{service}.{action}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 {credential}",
        }
        return Request("POST", "/", headers, json.dumps(body))

    def prepare(service: str, action: str, body: dict[str, Any]) -> Any:
        made = request(service, action, body)
        answer = httpx.post(
            url, headers=made.headers, content=made.body or "", trust_env=False
        )
        if answer.is_error:
            raise NotHereError(f"it answers {answer.status_code} to {action}")
        return answer.json()

    def row(table: str, conversation: str, key: str) -> dict[str, Any]:
        item = {"conversation": {"S": conversation}, "id": {"S": key}}
        return {"TableName": table, "Item": {**item, "text": {"S": TEXT}}}

    cognito, dynamo = "AWSCognitoIdentityProviderService", "DynamoDB_20120810"
    pool = prepare(cognito, "CreateUserPool", {"PoolName": "visitors"})
    keys = {"conversation": "HASH", "id": "RANGE"}
    for table in ("conversations", "events", "history"):
        table_of_rows = {
            "TableName": table,
            "KeySchema": [
                {"AttributeName": name, "KeyType": kind} for name, kind in keys.items()
            ],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"} for name in keys
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }
        prepare(dynamo, "CreateTable", table_of_rows)
    for number in range(25):
        prepare(dynamo, "PutItem", row("history", "chat", f"{number:04}"))
    query = {
        "TableName": "history",
        "Limit": 20,
        "KeyConditionExpression": "conversation = :it",
        "ExpressionAttributeValues": {":it": {"S": "chat"}},
    }
    user = {"UserPoolId": pool["UserPool"]["Id"], "Username": f"visitor-{COUNTER}"}
    return {
        "create a user": request(cognito, "AdminCreateUser", user),
        "create a conversation": request(
            dynamo, "PutItem", row("conversations", f"chat-{COUNTER}", "0")
        ),
        "post an event": request(dynamo, "PutItem", row("events", "chat", COUNTER)),
        "list 20 events": request(dynamo, "Query", query),
    }


PEERS = (
    Peer(
        "json-server",
        "json-server@0.17.4",
        "node_modules/json-server/lib/cli/bin.js",
        ("--port", "{port}", "--host", "127.0.0.1", "db.json"),
        _JSON_SERVER_FILES,
        _json_server_calls,
    ),
    Peer(
        "Prism",
        "@stoplight/prism-cli@5.14.2",
        "node_modules/@stoplight/prism-cli/dist/index.js",
        ("mock", "--port", "{port}", "--host", "127.0.0.1", "description.json"),
        _PRISM_FILES,
        _prism_calls,
    ),
    Peer(
        "moto",
        "moto[server,cognitoidp,dynamodb]==5.2.5",
        "bin/moto_server",
        ("--port", "{port}", "--host", "127.0.0.1"),
        {},
        _moto_calls,
    ),
)
