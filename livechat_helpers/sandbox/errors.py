"""Every error answer of the Conversation API, in one table.

Source: the OpenAPI description of the Conversation API v0.3 and
https://developer.vonage.com/en/api/conversation (errors of each operation).
"""

from dataclasses import dataclass
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
}


@dataclass
class ApiError(Exception):
    """A request that cannot be answered, as Vonage would say it.

    code: one of the table's codes, such as ``user:error:not-found``.
    invalid: the fields that are wrong, each with its sentence.
    """

    code: str
    invalid: tuple[tuple[str, str], ...] = ()

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return _TABLE[self.code][0]

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        _, title, detail = _TABLE[self.code]
        body: dict[str, Any] = {
            "type": _TYPE + self.code,
            "code": self.code,
            "title": title,
            "detail": detail,
            "instance": uuid4().hex,
        }
        if self.invalid:
            body["invalid_parameters"] = [
                {"name": name, "reason": reason} for name, reason in self.invalid
            ]
        return body
