"""The calls that an ACL allows, out of all in the sandbox's OpenAPI description.

The paths of the ACL guide that the sandbox doesn't serve, such as push and legs, are
tried as well: https://developer.vonage.com/en/conversation/guides/jwt-acl
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
"""A conversation that isn't the one that the ACL is for."""

_METHODS = ("get", "post", "put", "patch", "delete")
_ELSEWHERE = ("devices", "image", "knocking", "legs", "media", "push")


def allowed(acl: Any, conversation: str) -> set[Call]:
    """Return the calls that an ACL lets through, in this conversation or elsewhere.

    acl: as in a token. conversation: the id of the one that the ACL is for.
    """
    return {call for call in calls(conversation) if acl_allows(acl, *call)}


def on_events(conversation: str, *methods: str) -> set[Call]:
    """Return the calls with these methods on the list of a conversation's events."""
    end = f"/conversations/{conversation}/events"
    known = calls(conversation)
    return {call for call in known if call[0] in methods and call[1].endswith(end)}


@cache
def calls(conversation: str) -> tuple[Call, ...]:
    """Return all calls there are, on this conversation and on another one."""
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
