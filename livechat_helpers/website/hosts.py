"""The names under which browsers can reach this website.

Another website's page can make its own domain name point to this machine, and then read
our answers as if they were its own. The browser still sends that name as ``Host``.
Source: https://owasp.org/www-community/attacks/DNS_Rebinding
"""

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_known(host: str, public_url: str | None) -> bool:
    """Return whether a ``Host`` header names this website.

    public_url: the website's internet address; None if it doesn't have one.
    """
    name = _name(f"//{host}")
    if name == "localhost" or name.endswith(".localhost") or _is_address(name):
        return True  # Nobody else can make these names point here.
    return public_url is not None and name != "" and name == _name(public_url)


def _name(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
