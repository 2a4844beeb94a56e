"""The sandbox and the other sessions keep working, no matter what a websocket sends."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from waiting import eventually

from . import running
from .callers import Application, basic
from .sockets import Session

FRAMES = 20
MASK = bytes(4)  # a mask of zeros leaves the data unchanged
LARGEST_GROWTH = 50  # MB


def websocket_frame(data: bytes, first: int = 0x81, length: int | None = None) -> bytes:
    """Return a client's websocket frame.

    first: the first byte; by default, that of a complete text. length: the length it
        claims.
    """
    length = len(data) if length is None else length
    if length < 126:
        head = struct.pack("!BB", first, 0x80 | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", first, 0xFE, length)
    else:
        head = struct.pack("!BBQ", first, 0xFF, length)
    return head + MASK + data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)
event_names = st.sampled_from(
    [
        *("session:login", "session:logout", "session:update-token"),
        *("session:success", "message", "member:joined", "echo", "", "💥"),
    ]
)
payloads = json_values | st.fixed_dictionaries(
    {}, optional={"tid": json_values, "body": json_values}
)
packets = st.one_of(
    st.text(max_size=200),
    st.sampled_from(["0{}", "1", "2", "2probe", "3", "40", "41", "4", "5", "6", "45-"]),
    st.builds(lambda digits: f"43{digits}[]", st.integers(0, 10**40)),
    st.builds(
        lambda prefix, name, payload: prefix + json.dumps([name, payload]),
        st.sampled_from(["42", "427", "42/admin,", "45", "42" + "9" * 400]),
        event_names,
        payloads,
    ),
    st.builds(lambda value: "42" + json.dumps(value), json_values),
    st.builds(lambda depth: "42" + "[" * depth, st.integers(1, 100_000)),
)
texts = packets.map(lambda packet: websocket_frame(packet.encode(errors="replace")))
binaries = st.binary(max_size=300).map(lambda data: websocket_frame(data, 0x82))
oversized = st.integers(1_000_000, 1_500_000).map(
    lambda size: websocket_frame(b"4" * size)
)
halves = st.builds(
    lambda data, missing: websocket_frame(data, length=len(data) + missing),
    st.binary(max_size=100),
    st.integers(1, 2**62),
)
fragments = st.builds(
    lambda data, first: websocket_frame(data, first),
    st.binary(max_size=100),
    st.integers(0, 255),  # any opcode and reserved bits, complete or not
)
malformed = st.binary(min_size=1, max_size=300)

Bad = tuple[bytes, bool]
"""A frame, and whether it's complete.

An incomplete one may swallow what's sent after it.
"""

bad_frames = st.one_of(
    st.tuples(texts | binaries | oversized, st.just(True)),
    st.tuples(halves | fragments | malformed, st.just(False)),
)


@dataclass
class Watched:
    """A sandbox, and a session on it that nothing may disturb."""

    program: running.Program
    app: Application
    url: str
    conversation: str
    session: Session
    sent: int = 0
    frames: int = 0

    def visit(self, address: str, first: bytes, bad: list[Bad]) -> None:
        """Connect, and send bad frames until one of them ends the connection."""
        where = urlsplit(self.url)
        with socket.create_connection((where.hostname, where.port), 10) as visitor:
            visitor.sendall(_handshake(where.netloc, address))
            assert visitor.recv(4096).startswith(b"HTTP/1.1 101")
            with suppress(ConnectionError):  # it may be disconnected at any moment
                visitor.sendall(first)
                while bad:
                    frame, is_whole = bad.pop()
                    self.frames += 1
                    visitor.sendall(frame + QUESTION)
                    if not is_whole:
                        visitor.shutdown(socket.SHUT_WR)
                    if not _answers(visitor) or not is_whole:
                        return

    def megabytes(self) -> int:
        """Return how much memory the sandbox uses."""
        status = Path(f"/proc/{self.program.process.pid}/statm").read_text()
        return int(status.split()[1]) * 4096 // 1_000_000

    def check(self) -> None:
        """Check that the sandbox works, and that the session gets the next event."""
        assert self.app.http.get("/_sandbox/health").json()["status"] == "ok"
        self.app.say(self.conversation, str(self.sent))
        name, payload = self.session.event()
        assert (name, payload["body"]["text"]) == ("message", str(self.sent))
        self.sent += 1


QUESTION, ANSWER = websocket_frame(b"2are you there"), b"3are you there"
GOODBYE = b"\x88\x02\x03\xe8"  # a close frame


def _answers(visitor: socket.socket) -> bool:
    """Return whether the sandbox still answers; False when it has closed."""
    heard = b""
    while ANSWER not in heard:
        more = visitor.recv(1 << 16)
        if not more or GOODBYE in heard + more:
            return False
        heard += more
    return True


def _handshake(host: str, address: str) -> bytes:
    return (
        f"GET {address} HTTP/1.1\r\nHost: {host}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, key: RSAPrivateKey
) -> Iterator[Watched]:
    """A sandbox only for this module, with a session to watch."""
    program = running.sandbox(tmp_path_factory.mktemp("fuzzed"))
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        app = Application(http, basic(http, ready), key)
        conversation, _ = app.chat("alice")
        app.user("bob")
        with Session(ready["http"], app.token("alice")) as session:
            yield Watched(program, app, ready["http"], conversation, session)
    assert program.stop() == 0
    assert program.errors() == ""


@pytest.mark.parametrize("times", [15, pytest.param(100, marks=pytest.mark.weekly)])
def test_bad_frames_do_no_harm(watched: Watched, times: int) -> None:
    token = watched.app.token("bob")

    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        path=st.sampled_from(["/rtc", "/rtc/", "/v2/rtc", "/v2/rtc/"]),
        eio=st.sampled_from(["3", "4", "", "99"]),
        joins=st.booleans(),
        logs_in=st.booleans(),
        bad=st.lists(bad_frames, min_size=FRAMES, max_size=FRAMES),
    )
    def visits(path: str, eio: str, joins: bool, logs_in: bool, bad: list[Bad]) -> None:
        query = {"EIO": eio, "token": token if logs_in else "x"}
        while bad:
            first = websocket_frame(b"40") if joins else b""
            watched.visit(f"{path}?{urlencode(query)}", first, bad)
        watched.check()

    watched.check()
    frames = watched.frames
    before = watched.megabytes()
    visits()
    assert watched.frames - frames >= times * FRAMES
    assert watched.megabytes() - before < LARGEST_GROWTH
    eventually(lambda: watched.app.http.get("/_sandbox/health").json()["sessions"] == 1)
