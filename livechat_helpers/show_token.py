"""Show a token's parts in plain words: its user, when it expires, what it allows.

Tokens with the same content look the same here, no matter when they were minted. The
signature isn't shown, so nobody can use a token found in a notebook.
"""

import time
from collections.abc import Iterable
from html import escape
from typing import Any

import jwt

from .tokens import inspect

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_FARTHEST = 253_402_300_800  # the year 10,000
_VERBS = {"GET": "read", "POST": "add", "DELETE": "delete"}
_STYLE = """
.livechat-token.livechat-token { border-collapse: collapse; margin: 0; }
.livechat-token.livechat-token :is(th, td) { padding: 4px 8px; text-align: start;
  vertical-align: top; border-bottom: 1px solid var(--jp-border-color2, #8886); }
.livechat-token.livechat-token caption { text-align: start; padding: 4px 8px; }
"""

Row = tuple[str, str]


def show_token(token: str) -> "TokenParts":
    """Return a token's parts, which a notebook shows as a table.

    Raises:
        TokenError: the text isn't a JWT.
    """
    claims = inspect(token)
    return TokenParts(jwt.get_unverified_header(token), claims)


class TokenParts:
    """The parts of a token, whose signature hasn't been checked.

    header: the token's header.
    claims: the token's claims.
    """

    def __init__(self, header: dict[str, Any], claims: dict[str, Any]) -> None:
        self.header = header
        self.claims = claims

    def rows(self) -> list[Row]:
        """Return the rows to show: a label and its text."""
        rows = [
            ("signed with", str(self.header.get("alg"))),
            ("application", str(self.claims.get("application_id", "none is named"))),
            ("speaks for", self._subject()),
            ("ends", _moment(self.claims.get("exp"))),
            ("allows", "; ".join(_allowed(self.claims))),
        ]
        return [*rows, *(("odd", oddity) for oddity in _oddities(self.claims))]

    def _subject(self) -> str:
        subject = self.claims.get("sub")
        if subject is None:
            return "the whole application: it must not leave your server"
        return f"the user {subject}"

    def __repr__(self) -> str:
        return "\n".join(f"{name:<12} {what}" for name, what in self.rows())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{_in_lines(what)}</td></tr>'
            for name, what in self.rows()
        )
        caption = "A token, taken apart. Its signature was not checked."
        return (
            f"<style>{_STYLE}</style>"
            '<table class="livechat-token tex2jax_ignore mathjax_ignore">'
            f"<caption>{caption}</caption><tbody>{rows}</tbody></table>"
        )


def _in_lines(what: str) -> str:
    return "<br>".join(map(escape, what.split("; ")))


def _moment(exp: Any) -> str:
    if not isinstance(exp, int | float):
        return "never" if exp is None else "never: exp isn't a number"
    if exp >= _FARTHEST:
        return "after the year 9999"
    left = exp - time.time()
    if left < 0:
        return f"{_span(-left)} ago, so it's worthless"
    return f"in {_span(left)}"


def _span(seconds: float) -> str:
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds > 1.5 * unit or name == "minute":
            count = max(1, round(seconds / unit))
            return f"{count:,} {name}{'s' * (count != 1)}"
    raise AssertionError("the loop always returns")


def _allowed(claims: dict[str, Any]) -> Iterable[str]:
    """Yield a description of each path that the ACL allows."""
    acl = claims.get("acl")
    if acl is None:
        yield (
            "nothing: a user's token needs an ACL" if "sub" in claims else "everything"
        )
        return
    paths: Any = acl.get("paths", {}) if isinstance(acl, dict) else {}
    if not paths:
        yield "nothing"
    for path, limits in paths.items():
        yield f"{_verbs(limits.get('methods'))} {_what(path)}"


def _verbs(methods: list[str] | None) -> str:
    if not methods:
        return "do anything with"
    return " and ".join(dict.fromkeys(_VERBS.get(m, "change") for m in methods))


def _what(path: str) -> str:
    """Return what an ACL path covers, such as ``the events of CON-1``."""
    _, _, *parts = path.split("/")
    named = [part for part in parts if not part.startswith("*")]
    if not named:
        return "everything"
    if len(named) == 1:
        return f"all {named[0]}"
    if len(named) == 2:
        return named[1] if parts[-1] != "**" else f"{named[1]} and everything in it"
    return f"the {named[2]} of {named[1]}"


def _oddities(claims: dict[str, Any]) -> Iterable[str]:
    """Yield warnings about claims that are probably mistakes."""
    exp = claims.get("exp")
    if isinstance(exp, int | float) and exp >= _FARTHEST:
        yield "exp looks like milliseconds; it counts seconds"
    acl = claims.get("acl")
    for path in acl.get("paths", {}) if isinstance(acl, dict) else ():
        version = path.split("/")[1] if path.startswith("/") else ""
        if not path.startswith("/"):
            yield f"{path} does not start with a slash, so it covers nothing"
        elif not version.startswith("*"):
            yield f"{path} only covers version {version}"
