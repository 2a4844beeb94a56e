"""A client that prefers another protocol, like Java's, is still served."""

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from .callers import Application
from .running import Json

UPGRADE = (
    "Connection: Upgrade, HTTP2-Settings\r\n"
    "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    "Upgrade: h2c\r\n"
)


def head(app: Application, framing: str, *, upgrade: bool = True) -> bytes:
    """Return the head of a request that makes a user."""
    return (
        "POST /v1/users HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: {app.admin.headers['Authorization']}\r\n"
        f"{UPGRADE if upgrade else ''}"
        f"Content-Type: application/json\r\n{framing}\r\n\r\n"
    ).encode()


def answer(connection: socket.socket) -> tuple[int, Json]:
    """Read exactly one answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1)
    start, _, rest = received.decode().partition("\r\n")
    [length] = [
        int(line.partition(":")[2])
        for line in rest.splitlines()
        if line.lower().startswith("content-length:")
    ]
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return int(start.split()[1]), json.loads(body)


@pytest.mark.parametrize("pause", [0, 0.05], ids=["at once", "in parts"])
@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
def test_the_body_of_its_request_arrives_and_the_next_request_too(
    app: Application, ready: Json, pause: float, chunked: bool
) -> None:
    body = b'{"name": "from-java"}'
    framing = f"Content-Length: {len(body)}"
    if chunked:
        framing = "Transfer-Encoding: chunked"
        body = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    port = urlsplit(ready["http"]).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        parts = [head(app, framing), body[:9], body[9:]]
        for part in parts if pause else [b"".join(parts)]:
            connection.sendall(part)
            time.sleep(pause)
        status, said = answer(connection)
        assert (status, said["name"]) == (201, "from-java")
        again = b'{"name": "the-second"}'
        connection.sendall(
            head(app, f"Content-Length: {len(again)}", upgrade=False) + again
        )
        status, said = answer(connection)
        assert (status, said["name"]) == (201, "the-second")


def test_a_request_without_a_body_is_answered_once(
    app: Application, ready: Json
) -> None:
    port = urlsplit(ready["http"]).port
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for _ in range(2):
            start = "GET /_sandbox/health HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            connection.sendall(f"{start}{UPGRADE}\r\n".encode())
            status, said = answer(connection)
            assert (status, said["status"]) == (200, "ok")
