"""Notebook 14: a proxy, callers' addresses, copies of the state, secrets."""

import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

from .calling import called
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import described, generated, judge
from .nginx_settings import NotUnderstood, directives, effective
from .wording import words_of

# 14.1

_PROXIES: tuple[str, ...] = ("127.0.0.1", "10.0.0.7", "10.0.0.8")
_PEOPLE: tuple[str, ...] = ("203.0.113.9", "198.51.100.4", "192.0.2.77", "2001:db8::5")


def _arrival(random: Random) -> tuple[str, str, set[str]]:
    """Return a call as it arrives: the peer, the header, and our proxies."""
    proxies = set(random.sample(_PROXIES, random.randint(1, 3)))
    caller = random.choice(_PEOPLE)
    if random.random() < 0.25:  # It's not from a proxy, so the header is a lie.
        return caller, ", ".join(random.sample(_PEOPLE, random.randint(0, 2))), proxies
    claimed = random.sample(_PEOPLE + _PROXIES, random.randint(0, 3))
    way = [*claimed, caller, *random.sample(sorted(proxies), len(proxies) - 1)]
    comma = random.choice((", ", ","))
    return random.choice(sorted(proxies)), comma.join(way), proxies


def _client_address(peer: str, forwarded: str, proxies: set[str]) -> str:
    chain = [*(part.strip() for part in forwarded.split(",") if part.strip()), peer]
    while len(chain) > 1 and chain[-1] in proxies:
        chain.pop()
    return chain[-1]


def _parts(forwarded: str) -> list[str]:
    return [part.strip() for part in forwarded.split(",") if part.strip()]


_ADDRESSES: dict[str, Callable[[str, str, set[str]], Any]] = {
    "first": lambda peer, forwarded, proxies: (_parts(forwarded) or [peer])[0],
    "first~if_proxy": lambda peer, forwarded, proxies: (
        (_parts(forwarded) or [peer])[0] if peer in proxies else peer
    ),
    "first~not_ours": lambda peer, forwarded, proxies: next(
        (one for one in [*_parts(forwarded), peer] if one not in proxies), peer
    ),
    "peer": lambda peer, forwarded, proxies: peer,
    "anybody": lambda peer, forwarded, proxies: next(
        (one for one in reversed(_parts(forwarded)) if one not in proxies), peer
    ),
    "anybody~last": lambda peer, forwarded, proxies: (_parts(forwarded) or [peer])[-1],
    "one_proxy": lambda peer, forwarded, proxies: (
        (_parts(forwarded) or [peer])[-1] if peer in proxies else peer
    ),
    "spaces": lambda peer, forwarded, proxies: next(
        (
            one
            for one in reversed([*filter(None, forwarded.split(",")), peer])
            if one not in proxies
        ),
        peer,
    ),
}


def _check_client_address(client_address: Callable[..., Any]) -> None:
    inputs = [
        ("203.0.113.9", "", {"127.0.0.1"}),
        ("127.0.0.1", "", {"127.0.0.1"}),
        *generated(_arrival, 120),
    ]
    judge(client_address, _client_address, inputs, _ADDRESSES)


# 14.2

_SERVER = """
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto $scheme;
"""
"""The settings of the server around the two locations, as in the notebook."""

_HANDED_ON = {
    "Host": ("$http_host", "$host"),
    "X-Forwarded-For": ("$remote_addr", "$proxy_add_x_forwarded_for"),
    "X-Forwarded-Proto": ("$scheme", "https"),
}
"""What the programs need to know, and the ways to write it."""


def _check_locations(events: Any, socket: Any) -> None:
    for name, text in (("events", events), ("socket", socket)):
        if not isinstance(text, str):
            raise Mistaken("no_text", name=name, kind=type(text).__name__)
    try:
        _look_at_locations(events, socket)
    except NotUnderstood as error:
        raise Mistaken("not_nginx", line=str(error)) from None


def _look_at_locations(events: str, socket: str) -> None:
    stream = effective(directives(_SERVER), directives(events))
    live = effective(directives(_SERVER), directives(socket))
    if stream.value("proxy_buffering", "on") != "off":
        raise Mistaken("buffered")
    for name, place, silence in (("events", stream, 15), ("socket", live, 25)):
        if place.seconds("proxy_read_timeout", 60) <= silence:
            said = place.value("proxy_read_timeout", "60s")
            raise Mistaken("impatient", name=name, said=said, silence=silence)
    if live.value("proxy_http_version", "1.0") != "1.1":
        raise Mistaken("old_http")
    if live.headers.get("upgrade") != "$http_upgrade":
        raise Mistaken("no_upgrade")
    connection = live.headers.get("connection", "").lower()
    if connection not in ("upgrade", "$http_connection"):
        raise Mistaken("no_connection")
    for name, place in (("events", stream), ("socket", live)):
        for header, values in _HANDED_ON.items():
            if place.headers.get(header.lower()) not in values:
                raise Mistaken("lost_headers", name=name, header=header)


# 14.3


class _Program:
    """A program that has a SQLite file open, and writes messages into it.

    source: the file, which doesn't exist yet.
    count: how many messages it starts with.
    """

    def __init__(self, source: Path, count: int) -> None:
        self._file = sqlite3.connect(
            source, isolation_level=None, timeout=0, check_same_thread=False
        )
        self._file.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
            "PRAGMA wal_autocheckpoint = 0;"
            "CREATE TABLE messages (id INTEGER PRIMARY KEY, text TEXT);"
        )
        # Long messages, so that each is on a separate page.
        said = {number: f"message {number} " * 200 for number in range(count)}
        rows = [*said.items()]
        self._file.executemany("INSERT INTO messages VALUES (?, ?)", rows)
        self._writes = [said]

    def write(self) -> None:
        """Add a message and edit another, unless somebody else has locked the file."""
        number = len(self._writes[0]) + len(self._writes) - 1
        written = {
            number // 2: f"edited {number} " * 200,
            number: f"message {number} " * 200,
        }
        with suppress(sqlite3.OperationalError):
            self._file.execute("BEGIN IMMEDIATE")
            rows = [*written.items()]
            self._file.executemany("REPLACE INTO messages VALUES (?, ?)", rows)
            self._file.execute("COMMIT")
            self._writes.append(written)
            # Move the log into the database, so that the next write starts a new one.
            self._file.execute("PRAGMA wal_checkpoint")

    def moments(self) -> Iterator[dict[int, str]]:
        """Yield the file's content at the beginning, and after each write."""
        said: dict[int, str] = {}
        for written in self._writes:
            said |= written
            yield said

    def has_all(self) -> bool:
        """Return whether its file still contains what it wrote."""
        *_, last = self.moments()
        return _messages(self._file) == last

    @contextmanager
    def writing_on(self, most: int = 1000) -> Iterator[None]:
        """Write at every function call in the block, but only a number of times.

        most: the maximum number of writes.
        """

        def write(frame: object, event: str, argument: object) -> None:
            if event in ("call", "c_call") and len(self._writes) < most:
                self.write()

        before = sys.getprofile()
        sys.setprofile(write)
        try:
            yield
        finally:
            sys.setprofile(before)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _messages(file: sqlite3.Connection) -> dict[int, str]:
    return dict(file.execute("SELECT id, text FROM messages"))


def _check_back_up(back_up: Callable[[Path, Path], Any]) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        for count in (3, 100):
            _look_at_copy(back_up, Path(name) / str(count), count)
        _look_at_copy_meanwhile(back_up, Path(name) / "meanwhile")


def _copied(
    back_up: Callable[[Path, Path], Any], folder: Path, program: _Program
) -> Path:
    """Have a program's file copied, and return the copy in a different place."""
    target = folder / "copies" / "copy.sqlite3"
    target.parent.mkdir()
    called(back_up, folder / "live.sqlite3", target)
    if not target.is_file():
        raise Mistaken("no_copy")
    program.write()
    if not program.has_all():
        raise Mistaken("moved")
    # The copy must be complete by itself, because it's taken to another machine.
    apart = folder / "elsewhere.sqlite3"
    apart.write_bytes(target.read_bytes())
    return apart


def _look_at_copy(
    back_up: Callable[[Path, Path], Any], folder: Path, count: int
) -> None:
    """Have a file copied while a program has it open, and check the copy."""
    folder.mkdir()
    with closing(_Program(folder / "live.sqlite3", count)) as program:
        apart = _copied(back_up, folder, program)
    given = f"back_up(source, target)` with {count} messages in `source"
    try:
        with closing(sqlite3.connect(apart)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            found = _messages(copy)
    except sqlite3.Error as error:
        if "no such table" in str(error):
            raise Mistaken(
                "log_left", count=count, found="not even the table"
            ) from None
        raise Unexpected(given, "a whole copy", f"{error}") from None
    if not sound:
        raise Unexpected(given, "a sound copy", "a damaged one")
    if found != next(program.moments()):
        wanted, got = f"{count} messages", f"{len(found)} of them"
        if found and len(found) < count:
            raise Mistaken("log_left", count=count, found=got)
        raise Unexpected(given, wanted, described(len(found)))


def _look_at_copy_meanwhile(back_up: Callable[[Path, Path], Any], folder: Path) -> None:
    """Have a file copied while a program is writing to it, and check the copy."""
    folder.mkdir()
    with closing(_Program(folder / "live.sqlite3", 100)) as program:
        try:
            with program.writing_on():
                apart = _copied(back_up, folder, program)
            with closing(sqlite3.connect(apart)) as copy:
                sound = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                is_of_one_moment = sound and _messages(copy) in program.moments()
        except sqlite3.DatabaseError:
            is_of_one_moment = False
    if not is_of_one_moment:
        raise Mistaken("mixed")


# 14.4


def _pem(kind: str) -> str:
    """Return a file that looks like a key, but isn't one."""
    return f"-----BEGIN {kind}-----\nMIIE\n-----END {kind}-----\n"


_LEAKING = (
    _pem("PRIVATE KEY"),
    _pem("RSA PRIVATE KEY"),
    "AGENT_PASSWORD=open sesame\n",
    "# mine\nVONAGE_API_SECRET=0123abcd\n",
    "A=1\nACCESS_TOKEN=x\n",
)
_HARMLESS = (
    _pem("PUBLIC KEY"),
    "AGENT_PASSWORD=\n",
    "VONAGE_API_SECRET=\nVONAGE_MODE=sandbox\n",
    "SUPPORT_TEAM=ada,ben\n",
    "The password is asked for, and the token is short-lived.\n",
    "",
)
_NAMES = (".env", "notes.md", "web/page.js", "keys/one.key", "deploy/env.txt", "a.pem")


def _files(random: Random) -> tuple[dict[str, str]]:
    """Return files that could be in a folder: names and texts."""
    names = random.sample(_NAMES, random.randint(1, len(_NAMES)))
    return (
        {name: random.choice(random.choice((_LEAKING, _HARMLESS))) for name in names},
    )


_SECRET_LINE = re.compile(r"^\w*(PASSWORD|SECRET|TOKEN)=\S", re.M)
_SECRET_NAME = re.compile(r"(PASSWORD|SECRET|TOKEN)=")


def _leaks(files: dict[str, str]) -> list[str]:
    return [
        name
        for name, text in files.items()
        if "PRIVATE KEY-----" in text or _SECRET_LINE.search(text)
    ]


def _same_names(wanted: Any, got: Any) -> bool:
    if wanted is None or got is None or isinstance(got, str):
        return wanted is got
    return sorted(wanted) == sorted(got)


_LEAKS: dict[str, Callable[[dict[str, str]], Any]] = {
    "nothing": lambda files: None,
    "empty_too": lambda files: [
        name
        for name, text in files.items()
        if "PRIVATE KEY-----" in text or _SECRET_NAME.search(text)
    ],
    "public_too": lambda files: [
        name
        for name, text in files.items()
        if "KEY-----" in text or _SECRET_LINE.search(text)
    ],
    "no_keys": lambda files: [
        n for n, text in files.items() if _SECRET_LINE.search(text)
    ],
    "only_keys": lambda files: [n for n, t in files.items() if "PRIVATE KEY-----" in t],
    "one_kind_of_key": lambda files: [
        name
        for name, text in files.items()
        if "BEGIN PRIVATE KEY" in text or _SECRET_LINE.search(text)
    ],
    "by_name": lambda files: [
        name for name in files if name.endswith((".env", ".key", ".pem"))
    ],
    "first_line": lambda files: [
        name
        for name, text in files.items()
        if "PRIVATE KEY-----" in text or re.match(_SECRET_LINE.pattern, text)
    ],
}


def _check_leaks(leaks: Callable[[dict[str, str]], Any]) -> None:
    inputs: list[tuple[Mapping[str, str]]] = [({},), *generated(_files, 120)]
    judge(leaks, _leaks, inputs, _LEAKS, same=_same_names)


LESSON = Lesson(
    number=14,
    minutes=45,
    words=words_of(14),
    exercises=(
        Exercise("14.1", ("client_address",), _check_client_address),
        Exercise("14.2", ("events", "socket"), _check_locations),
        Exercise("14.3", ("back_up",), _check_back_up),
        Exercise("14.4", ("leaks",), _check_leaks),
    ),
    sandbox_only=True,
)
