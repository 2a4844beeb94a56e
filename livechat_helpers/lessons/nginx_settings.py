"""Read nginx settings: a location's directives, and those that it inherits.

Source: https://nginx.org/en/docs/http/ngx_http_proxy_module.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

Directive = list[str]
"""A directive's name and its values."""

_WORD = r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s;{}\"']+"
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "": 1}
_VALUES = {
    "proxy_set_header": 2,
    **dict.fromkeys(
        (
            *("proxy_buffering", "proxy_request_buffering", "proxy_http_version"),
            *("proxy_read_timeout", "proxy_send_timeout", "proxy_connect_timeout"),
            *("proxy_pass", "proxy_cache", "gzip", "send_timeout"),
        ),
        1,
    ),
}
"""The number of values of each directive that a learner may need here."""


class NotUnderstood(ValueError):
    """nginx would reject a line; the text is the line."""


@dataclass(frozen=True)
class Place:
    """The settings that apply in a location.

    simple: each directive's last values.
    headers: the headers that ``proxy_set_header`` sets, with lower-case names.
    """

    simple: dict[str, str]
    headers: dict[str, str]

    def value(self, name: str, default: str) -> str:
        """Return a directive's value, or nginx's default."""
        return self.simple.get(name, default)

    def seconds(self, name: str, default: float) -> float:
        """Return a directive's value in seconds, or nginx's default.

        Raises:
            NotUnderstood: it isn't a time.
        """
        if name not in self.simple:
            return default
        parts = re.findall(r"(\d+)(ms|[smhd]?)", self.simple[name])
        if "".join(map("".join, parts)) != self.simple[name] or not parts:
            raise NotUnderstood(f"{name} {self.simple[name]}")
        return sum(int(number) * _UNITS[unit] for number, unit in parts)


def directives(text: str) -> list[Directive]:
    """Return the directives in a text without blocks.

    Raises:
        NotUnderstood: nginx would reject it.
    """
    text = re.sub(r"(^|\s)#.*", r"\1", text)
    *statements, rest = re.split(rf"((?:\s*(?:{_WORD}))*)\s*;", text)
    found = [re.findall(_WORD, one) for one in statements]
    if rest.strip():
        raise NotUnderstood(" ".join(rest.split()))
    words = [[word.strip("\"'") for word in one] for one in found if one]
    seen: set[str] = set()
    for name, *values in words:
        again = name in seen and name != "proxy_set_header"
        if again or len(values) != _VALUES.get(name):
            raise NotUnderstood(" ".join([name, *values]))
        seen.add(name)
    return words


def effective(outside: Sequence[Directive], inside: Sequence[Directive]) -> Place:
    """Return the settings that apply in a location.

    Directives inside override those outside. A single ``proxy_set_header`` inside
    disables all of those outside.

    outside: the server's directives.
    inside: the location's directives.
    """
    simple = {name: " ".join(values) for name, *values in (*outside, *inside)}
    own = [one for one in inside if one[0] == "proxy_set_header"]
    sent = own or [one for one in outside if one[0] == "proxy_set_header"]
    headers = {one[1].lower(): " ".join(one[2:]) for one in sent}
    return Place(simple, headers)
