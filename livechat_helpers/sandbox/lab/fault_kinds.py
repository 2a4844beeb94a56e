"""The kinds of faults, and the parameters of each.

An order is a JSON object with a ``kind`` and parameters for it. Only the kind is
required, plus the seconds of a delay or the status of a refusal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from ..http import errors
from ..http.errors import GatewayError
from ..http.validation import Json

LASTS = 300.0
"""The default duration of a fault in seconds."""
LONGEST = 3600.0
"""The maximum duration of a fault in seconds."""

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_REQUESTS = ("path", "method", "user", "application", "skip", "times", "lasting")
_WEBHOOKS = ("application", "conversation", "event", "times", "lasting")
_EVENTS = ("user", *_WEBHOOKS)
_TAKES = {
    "delay": ("seconds", *_REQUESTS),
    "refuse": ("status", "code", "body", "retry_after", *_REQUESTS),
    "drop_reply": _REQUESTS,
    "hang": _REQUESTS,
    "drop_sockets": ("user", "application"),
    "half_open": ("user", "application", "lasting"),
    "duplicate_events": _EVENTS,
    "reorder_events": _EVENTS,
    "stop_webhooks": ("application", "conversation", "event", "lasting"),
    "duplicate_webhooks": _WEBHOOKS,
    "reorder_webhooks": _WEBHOOKS,
    "expire_tokens": ("user", "application", "lasting"),
}
_NEEDS = {"delay": "seconds", "refuse": "status"}


@dataclass(frozen=True)
class Order:
    """What a fault does, and what it applies to; None means anything.

    kind: the kind of fault.
    path: a pattern, as in an ACL.
    method: an HTTP method.
    user: a user's name.
    application, conversation: an id.
    event: an event's name.
    seconds: how long an answer is delayed.
    status, code, body, retry_after: what a refusal says.
    skip: how many requests to leave alone first.
    times: how often the fault happens.
    lasting: how many seconds it lasts.
    """

    kind: str
    path: str = "/**"
    method: str | None = None
    user: str | None = None
    application: str | None = None
    conversation: str | None = None
    event: str | None = None
    seconds: float = 0.0
    status: int = 500
    code: str | None = None
    body: Json | None = None
    retry_after: int | None = None
    skip: int | None = None
    times: int | None = None
    lasting: float = LASTS

    def shape(self) -> Json:
        """Return the order as JSON, including the default values."""
        told = {name: getattr(self, name) for name in ("kind", *_TAKES[self.kind])}
        return {name: value for name, value in told.items() if value is not None}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_pattern(value: Any) -> bool:
    """Return whether a value is a path whose stars each match whole segments."""
    if not isinstance(value, str) or not value.startswith("/"):
        return False
    return all("*" not in p or p in ("*", "**") for p in value.split("/"))


_TEXT = (_is_text, "must be a string that is not empty")
_RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "path": (
        _is_pattern,
        "must be a path such as /v1/users/** (* is one whole segment, ** any rest)",
    ),
    "method": (lambda v: v in _METHODS, f"must be one of {', '.join(_METHODS)}"),
    "user": _TEXT,
    "application": _TEXT,
    "conversation": _TEXT,
    "event": _TEXT,
    "seconds": (
        lambda v: _is_number(v) and 0 <= v <= LONGEST,
        f"must be a number of seconds from 0 to {LONGEST:.0f}",
    ),
    "status": (
        lambda v: _is_whole(v, 400) and v <= 599,
        "must be a whole number from 400 to 599",
    ),
    "code": _TEXT,
    "body": (lambda v: isinstance(v, dict), "must be a JSON object"),
    "retry_after": (
        lambda v: _is_whole(v, 0),
        "must be a whole number of seconds, at least 0",
    ),
    "skip": (lambda v: _is_whole(v, 0), "must be a whole number, at least 0"),
    "times": (lambda v: _is_whole(v, 1), "must be a whole number, at least 1"),
    "lasting": (
        lambda v: _is_number(v) and 0 < v <= LONGEST,
        f"must be a number of seconds above 0, at most {LONGEST:.0f}",
    ),
}


def refuse(detail: str) -> NoReturn:
    """Raise the error for an order that can't be carried out.

    detail: why not.
    """
    raise GatewayError(400, "bad-request", "Bad Request", detail)


def read(body: Json) -> Order:
    """Return the order in a request's body.

    Raises:
        GatewayError: 400; it lists everything that's wrong.
    """
    asked = {name: value for name, value in body.items() if value is not None}
    kind = asked.pop("kind", None)
    if not isinstance(kind, str) or kind not in _TAKES:
        refuse(f"kind must be one of {', '.join(_TAKES)}")
    takes = _TAKES[kind]
    wrong = [
        f"{kind} takes no {name}, only {', '.join(takes)}"
        if name not in takes
        else f"{name} {_RULES[name][1]}"
        for name, value in asked.items()
        if name not in takes or not _RULES[name][0](value)
    ]
    if _NEEDS.get(kind, "kind") not in {"kind", *asked}:
        wrong.append(f"{_NEEDS[kind]} is required")
    if wrong:
        refuse("; ".join(wrong))
    order = Order(kind, **asked)
    known = errors.codes(order.status)
    if order.code is not None and order.code not in known:
        named = ", ".join(known) or "none: give a body"
        refuse(f"code must be one of those of status {order.status}: {named}")
    return order
