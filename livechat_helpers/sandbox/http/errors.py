"""Every error answer of the Conversation API, in one table.

Source: the OpenAPI description of the Conversation API v0.3 and
https://developer.vonage.com/en/api/conversation (errors of each operation).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

_TYPE = "https://developer.nexmo.com/api/conversation#"

# code: status, title, detail
_TABLE: dict[str, tuple[int, str, str]] = {
    "http:error:validation-fail": (400, "Bad request.", "Input validation failure."),
    "http:error:not-found": (404, "Not found.", "There is nothing at this path."),
    "http:error:method-not-allowed": (
        405,
        "Method not allowed.",
        "Request method not supported.",
    ),
    "http:error:payload-too-large": (
        413,
        "Payload too large.",
        "The request body is larger than 1 MiB.",
    ),
    "paginator-builder:error:invalid-cursor": (
        400,
        "Bad request.",
        "The cursor is not valid. Please follow the links of the last page.",
    ),
    "system:error:invalid-token": (
        401,
        "Unauthorized.",
        "You did not provide a valid token. Please provide a valid token.",
    ),
    "system:error:expired-token": (
        401,
        "Unauthorized.",
        "You provided an expired token. Please provide a valid token.",
    ),
    "system:error:permission": (
        403,
        "Forbidden.",
        "Permission denied. Please provide a valid token.",
    ),
    "system:error:internal-error": (
        500,
        "Internal server error.",
        "Something went wrong.",
    ),
    "user:error:not-found": (
        404,
        "Not found.",
        "User does not exist, or you do not have access.",
    ),
    "user:error:duplicate-name": (
        409,
        "Conflict.",
        "The request failed because the user name already exists. "
        "Please provide a unique user name and try again.",
    ),
    "conversation:error:not-found": (
        404,
        "Not found.",
        "Conversation does not exist, or you do not have access.",
    ),
    "conversation:error:duplicate-name": (
        409,
        "Conflict.",
        "The request failed because the conversation name already exists. "
        "Please provide a unique conversation name and try again.",
    ),
    "conversation:error:member-not-found": (
        404,
        "Not found.",
        "Member does not exist, or you do not have access.",
    ),
    "conversation:error:member-already-joined": (
        400,
        "Bad request.",
        "The request failed due to the user already having a member joined in "
        "'app' type. Please provide a valid user and try again.",
    ),
    "conversation:error:member-already-invited": (
        400,
        "Bad request.",
        "The request failed due to the user already having a member invited in "
        "'app' type. Please provide a valid user and try again.",
    ),
    "conversation:error:invalid-member-state": (
        400,
        "Conflict.",
        "The conversation membership has already ended.",
    ),
    "conversation:error:maximum-number-of-members": (
        400,
        "Bad request.",
        "The conversation has reached its maximum number of 100 members.",
    ),
    "custom-data:error:max-data-sum-limit-exceeded": (
        400,
        "Bad request.",
        "The custom data is larger than 4096 bytes.",
    ),
    "event:error:not-found": (
        404,
        "Not found.",
        "Event does not exist, or you do not have access.",
    ),
    "session:error:not-found": (
        404,
        "Not found.",
        "Session does not exist, or you do not have access.",
    ),
    "system:error:invalid-event": (
        400,
        "Bad request.",
        "The websocket does not take events of this name.",
    ),
}


def codes(status: int) -> list[str]:
    """Return the error codes with a given HTTP status, the most general one first."""
    return [code for code, (answered, *_) in _TABLE.items() if answered == status]


class GatewayError(Exception):
    """An error from the gateway in front of the APIs, or from the Application API.

    status: the HTTP status.
    name: the last part of the error's address.
    title, detail: its text.
    invalid: the invalid fields, each with a sentence.
    headers: additional response headers.

    Source: https://developer.vonage.com/en/api/application.v2 and
        https://developer.vonage.com/en/api-errors
    """

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str,
        *,
        invalid: tuple[tuple[str, str], ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.headers = headers or {}
        page = "/application" if name == "payload-validation" else ""
        self.body: dict[str, Any] = {
            "type": f"https://developer.nexmo.com/api-errors{page}#{name}",
            "title": title,
            "detail": detail,
            "instance": uuid4().hex,
            **_invalid_parameters(invalid),
        }


def _invalid_parameters(invalid: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    listed = [{"name": name, "reason": reason} for name, reason in invalid]
    return {"invalid_parameters": listed} if listed else {}


def unauthorized() -> GatewayError:
    """Return the error for a call without the account's key and secret."""
    realm = "API key and API secret of the sandbox"
    return GatewayError(
        401,
        "unauthorized",
        "Unauthorized",
        "You did not provide correct credentials.",
        headers={"www-authenticate": f'Basic realm="{realm}"'},
    )


@dataclass
class ApiError(Exception):
    """A request that can't be answered, in Vonage's words.

    code: one of the codes in the table, such as ``user:error:not-found``.
    invalid: the invalid fields, each with a sentence.
    headers: additional response headers.
    """

    code: str
    invalid: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return _TABLE[self.code][0]

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        _, title, detail = _TABLE[self.code]
        return {
            "type": _TYPE + self.code,
            "code": self.code,
            "title": title,
            "detail": detail,
            "instance": uuid4().hex,
            **_invalid_parameters(self.invalid),
        }
