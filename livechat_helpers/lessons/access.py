"""The calls that an ACL allows, out of all those in the sandbox's OpenAPI description.

It also tries paths from the ACL guide that the sandbox doesn't serve, such as push and
legs: https://developer.vonage.com/en/conversation/guides/jwt-acl
"""

import json
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from livechat_helpers.sandbox.http.auth import acl_allows

Call = tuple[str, str]
"""A method and a path."""

OTHER = "CON-00000000-0000-4000-8000-000000000000"
"""A different conversation from the one that the ACL is for."""

_METHODS = ("get", "post", "put", "patch", "delete")
_ELSEWHERE = ("devices", "image", "knocking", "legs", "media", "push")


def allowed(acl: Any, conversation: str) -> set[Call]:
    """Return the calls that an ACL allows, in this conversation or elsewhere.

    acl: the ACL, as in a token.
    conversation: the id of the conversation that the ACL is for.
    """
    return {call for call in calls(conversation) if acl_allows(acl, *call)}


def on_events(conversation: str, *methods: str) -> set[Call]:
    """Return the calls with these methods on the list of a conversation's events."""
    end = f"/conversations/{conversation}/events"
    known = calls(conversation)
    return {call for call in known if call[0] in methods and call[1].endswith(end)}


@cache
def calls(conversation: str) -> tuple[Call, ...]:
    """Return all possible calls, on this conversation and on a different one."""
    found: list[Call] = []
    for template, methods in _operations():
        for room in (conversation, OTHER):
            names = [name for _, name, _, _ in Formatter().parse(template) if name]
            values = dict.fromkeys(names, "1") | {"conversation_id": room}
            path = template.format(**values)
            found += [(method.upper(), path) for method in methods]
    return tuple(dict.fromkeys(found))


def _operations() -> list[tuple[str, list[str]]]:
    text = files("livechat_helpers.sandbox.api").joinpath("openapi.json").read_text()
    described = json.loads(text)
    items = described["components"]["pathItems"]
    found = [
        (
            path,
            [each for each in items[item["$ref"].split("/")[-1]] if each in _METHODS],
        )
        for path, item in described["paths"].items()
    ]
    versions = {path.split("/")[1] for path in described["paths"]}
    for kind in _ELSEWHERE:
        for version in sorted(versions):
            found += [(f"/{version}/{kind}", [*_METHODS])]
            found += [(f"/{version}/{kind}/{{id}}", [*_METHODS])]
    return found
