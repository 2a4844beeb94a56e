"""The sandbox's host names: in its certificate, for browsers, and for programs.

The same list serves all three, so a name that's given once works everywhere. It
includes the vendor's own names: if you point them to the sandbox, in DNS or /etc/hosts,
even a program with a fixed host reaches it.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable

LOOPBACK = ("localhost", "127.0.0.1", "::1")
VENDOR = (
    *("api.nexmo.com", "rest.nexmo.com", "ws.nexmo.com", "api.vonage.com"),
    *(
        f"{kind}-{where}.nexmo.com"
        for kind in ("api", "ws")
        for where in ("us-1", "us-2", "eu-1", "sg-1")
    ),
    *(
        f"{kind}-{where}.vonage.com"
        for kind in ("api", "ws")
        for where in ("us", "eu", "ap")
    ),
    *(
        f"api-{where}-{number}.vonage.com"
        for where in ("us", "eu", "ap")
        for number in (1, 2, 3, 4)
    ),
)
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_PORT = re.compile(r":\d+$")


def read_name(text: str) -> str:
    """Normalise a host name or address: lower case, no brackets.

    Raises:
        ValueError: it's neither; for example, it has a scheme or a port.
    """
    name = text.strip().rstrip(".").lower()
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    if _address(name) is None:
        with_codes = name.encode("idna").decode() if not name.isascii() else name
        if not _NAME.fullmatch(with_codes) or len(with_codes) > 253:
            raise ValueError(f"{text!r} isn't the name of a host")
        name = with_codes
    return name


def host_of(header: str) -> str:
    """Return the host from a Host header, or from the rest of an origin."""
    name = _PORT.sub("", header).rstrip(".").lower()
    return name[1:-1] if name.startswith("[") and name.endswith("]") else name


def own_names(bound: Iterable[str]) -> set[str]:
    """Return this machine's names for clients that reach the bound addresses.

    bound: the addresses that it listens on. ``0.0.0.0`` and ``::`` mean the machine's
        name and all its addresses.
    """
    names: set[str] = set()
    for text in bound:
        address = _address(text)
        if address is None or address.is_loopback:
            continue
        if not address.is_unspecified:
            names.add(str(address))
            continue
        host = socket.gethostname()
        names |= {host.lower(), *_addresses(host)}
    return {name for name in names if _address(name) or _NAME.fullmatch(name)}


def reachable(bound: str) -> str:
    """Return the host under which this machine reaches a server bound to an address."""
    address = _address(bound)
    if address is None:
        return bound
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{address}]" if address.version == 6 else str(address)


def _addresses(host: str) -> set[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(place[0]).partition("%")[0] for *_, place in found}


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class Names:
    """The names of one sandbox.

    given: names in addition to the local ones and the vendor's.
    """

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._names = {*LOOPBACK, *VENDOR, *map(read_name, given)}

    def __contains__(self, host: str) -> bool:
        """Return whether a name, as returned by :func:`host_of`, is one of them."""
        return host in self._names

    def origins(self) -> str:
        """Return a pattern for the origins of web pages that can call the sandbox."""
        hosts = (f"[{name}]" if ":" in name else name for name in self._names)
        return rf"https?://({'|'.join(map(re.escape, sorted(hosts)))})(:\d+)?"

    def certified(self) -> list[str]:
        """Return the certificate's names, including addresses without brackets."""
        return sorted(self._names)
