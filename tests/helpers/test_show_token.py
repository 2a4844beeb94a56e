"""A token taken apart: whose it is, when it expires, what it allows, and what's odd."""

import time
from typing import Any

import jwt
import pytest

from livechat_helpers.show_token import TokenParts, show_token
from livechat_helpers.tokens import TokenError, visitor_acl

SECRET = "a secret of thirty-two characters"


def parts(**claims: Any) -> TokenParts:
    """Return a token with these claims, taken apart."""
    return show_token(jwt.encode(claims, SECRET, algorithm="HS256"))


def row(name: str, **claims: Any) -> str:
    return "; ".join(what for which, what in parts(**claims).rows() if which == name)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (899.5, "in 15 minutes"),
        (60, "in 1 minute"),
        (3600, "in 60 minutes"),
        (6 * 3600, "in 6 hours"),
        (365 * 86400, "in 365 days"),
        (-60, "1 minute ago, so it's worthless"),
        (1e12, "after the year 9999"),
    ],
)
def test_a_tokens_expiry_is_shown_relative_to_now(seconds: float, shown: str) -> None:
    assert row("ends", exp=time.time() + seconds + 0.2) == shown


def test_a_token_without_an_expiry_never_expires() -> None:
    assert row("ends") == "never"


def test_milliseconds_are_reported_as_odd() -> None:
    assert "milliseconds" in row("odd", exp=int(time.time() * 1000))
    assert row("odd", exp=int(time.time()) + 900) == ""


def test_it_says_whom_a_token_acts_for() -> None:
    assert row("speaks for", sub="ada") == "the user ada"
    assert "must not leave your server" in row("speaks for")


@pytest.mark.parametrize(
    ("path", "limits", "shown"),
    [
        ("/**", {}, "do anything with everything"),
        ("/*/users/**", {}, "do anything with all users"),
        ("/*/conversations/CON-1", {"methods": ["GET"]}, "read CON-1"),
        (
            "/*/conversations/CON-1/**",
            {},
            "do anything with CON-1 and everything in it",
        ),
        (
            "/*/conversations/CON-1/events",
            {"methods": ["GET", "POST"]},
            "read and add the events of CON-1",
        ),
        ("/*/users/me", {"methods": ["PATCH", "PUT"]}, "change me"),
    ],
)
def test_an_acl_is_described_in_words(path: str, limits: Any, shown: str) -> None:
    assert row("allows", sub="ada", acl={"paths": {path: limits}}) == shown


def test_no_acl_allows_everything_or_nothing() -> None:
    assert row("allows") == "everything"
    assert row("allows", sub="ada").startswith("nothing")
    assert row("allows", sub="ada", acl={"paths": {}}) == "nothing"


def test_paths_that_cover_too_little_are_reported_as_odd() -> None:
    assert "only covers version v1" in row("odd", acl={"paths": {"/v1/users/**": {}}})
    assert "slash" in row("odd", acl={"paths": {"*/users/**": {}}})
    assert row("odd", acl=visitor_acl("CON-1")) == ""


def test_neither_the_token_nor_its_signature_is_shown() -> None:
    token = jwt.encode({"sub": "<b>ada</b>"}, SECRET, algorithm="HS256")
    shown = show_token(token)
    for text in (repr(shown), shown._repr_html_()):
        for part in token.split("."):
            assert part not in text
    assert "&lt;b&gt;ada" in shown._repr_html_()
    assert '<th scope="row">' in shown._repr_html_()
    assert "<caption>" in shown._repr_html_()


def test_an_invalid_token_is_reported() -> None:
    with pytest.raises(TokenError, match="not a JWT"):
        show_token("junk")
