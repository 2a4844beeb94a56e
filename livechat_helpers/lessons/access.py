"""What an ACL opens: every method on every path that the sandbox's OpenAPI knows.

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

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VERSIONS = ("v1", "v0.3", "beta", "beta2")
ELSEWHERE = ("applications", "devices", "image", "knocking", "legs", "media", "push")

OTHER = "CON-00000000-0000-4000-8000-000000000000"
"""A conversation that isn't the one that the ACL is for."""


def allowed(acl: Any, conversation: str) -> set[Call]:
    """Return what an ACL lets through, in this conversation and anywhere else.

    acl: as in a token. conversation: the id of the one that the ACL is for.
    """
    return {
        (method, path)
        for path in _paths(conversation)
        for method in METHODS
        if acl_allows(acl, method, path)
    }


def on_events(conversation: str, *methods: str) -> set[Call]:
    """Return the calls with these methods on the events of a conversation."""
    return {
        (method, f"/{version}/conversations/{conversation}/events")
        for version in VERSIONS
        for method in methods
    }


@cache
def _paths(conversation: str) -> tuple[str, ...]:
    found: list[str] = []
    for template in _templates():
        for room in (conversation, OTHER):
            names = [name for _, name, _, _ in Formatter().parse(template) if name]
            values = dict.fromkeys(names, "1") | {"conversation_id": room}
            found.append(template.format(**values))
    for kind in ELSEWHERE:
        for version in VERSIONS:
            found += [f"/{version}/{kind}", f"/{version}/{kind}/1"]
    return tuple(dict.fromkeys(found))


def _templates() -> list[str]:
    text = files("livechat_helpers.sandbox.api").joinpath("openapi.json").read_text()
    return list(json.loads(text)["paths"])
