"""The sandbox's process: one ready line, a clean exit, a clear line per failure."""

import json
import resource
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from waiting import eventually

from livechat_helpers import places
from livechat_helpers.sandbox.machine.serving import Ports

from . import running
from .callers import Application, basic
from .running import Program
from .sockets import Session
from .test_errors import check


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def refusal(program: Program) -> str:
    """Check that a sandbox that can't start ends, and return what it says."""
    assert program.exit_code() == 1
    said = program.errors()
    assert "Traceback" not in said
    program.kill()
    return said


def test_the_ready_line_says_everything_needed(tmp_path: Path) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    assert set(ready) == {
        "ready",
        "http",
        "tls",
        "ca",
        "api_key",
        "api_secret",
        "signature_secret",
    }
    assert ready["ready"] is True
    assert ready["http"].startswith("http://127.0.0.1:")
    assert ready["tls"].startswith("https://127.0.0.1:")
    assert len(ready["signature_secret"]) >= 32
    authority = x509.load_pem_x509_certificate(Path(ready["ca"]).read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.value.ca
    assert b"PRIVATE" not in Path(ready["ca"]).read_bytes()

    assert json.loads((tmp_path / "sandbox.json").read_bytes()) == ready
    secret = ("sandbox.json", "account.json", "ca-key.pem")
    assert {name: mode(tmp_path / name) for name in secret} == dict.fromkeys(
        secret, 0o600
    )
    with httpx.Client(trust_env=False) as http:
        health = http.get(f"{ready['http']}/_sandbox/health").json()
    assert health == {"status": "ok", "applications": 0, "sessions": 0}
    assert program.stop() == 0
    assert not (tmp_path / "sandbox.json").exists()
    assert program.errors() == ""


def test_it_stops_cleanly_and_quickly_no_matter_who_is_connected(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        app = Application(http, basic(http, ready), key)
        app.user("alice")
        session = Session(ready["http"], app.token("alice"))
        with requests.Session() as idle:  # the SDK keeps its connection, too
            idle.trust_env = False
            idle.get(f"{ready['tls']}/_sandbox/health", verify=ready["ca"])
            program.process.terminate()
            assert program.exit_code() == 0
        assert session.ended() == [], "not 41, because the session can come back"
        session.close()
    assert program.errors() == ""
    assert not (tmp_path / "sandbox.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_on_either_signal(tmp_path: Path, number: signal.Signals) -> None:
    program = running.sandbox(tmp_path)
    program.ready()
    program.process.send_signal(number)
    assert program.exit_code() == 0
    assert program.errors() == ""
    program.kill()


def test_it_stops_with_its_parent(tmp_path: Path) -> None:
    program = running.sandbox(tmp_path)
    program.ready()
    assert program.process.stdin is not None
    program.process.stdin.close()
    assert program.exit_code() == 0
    program.kill()


def test_it_uses_the_same_ports_as_last_time_or_others_if_they_are_taken(
    tmp_path: Path,
) -> None:
    first = running.sandbox(tmp_path)
    ready = first.ready()
    first.kill()
    again = running.sandbox(tmp_path)
    assert again.ready() == ready
    again.stop()
    port = int(ready["http"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        other = running.sandbox(tmp_path)
        moved = other.ready()
        assert moved["http"] != ready["http"]
        assert moved["tls"] == ready["tls"]
        other.stop()


@pytest.mark.parametrize("option", ["--http-port", "--tls-port"])
def test_a_busy_port_is_reported_along_with_the_fix(
    tmp_path: Path, option: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(running.sandbox(tmp_path, option, str(port)))
    what, mend = said.splitlines()
    assert what == f"Port {port} cannot be used: Address already in use."
    assert option in mend
    program = running.sandbox(tmp_path)
    program.ready()
    assert program.stop() == 0


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_an_impossible_port_is_reported(tmp_path: Path, port: str) -> None:
    said = refusal(running.sandbox(tmp_path, "--http-port", port))
    assert said.startswith(f"Port {port} cannot be used")


def test_a_second_sandbox_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = running.sandbox(tmp_path)
    ready = first.ready()
    said = refusal(running.sandbox(tmp_path))
    assert said.startswith(f"Another sandbox uses {tmp_path}.")
    assert "--data-dir" in said
    with httpx.Client(trust_env=False) as http:
        assert http.get(f"{ready['http']}/_sandbox/health").status_code == 200
    assert (tmp_path / "sandbox.json").exists(), "the first one's file is left alone"
    first.stop()


def test_a_folder_that_isnt_writable_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "inside", Path("/proc/nothing")):
        said = refusal(running.sandbox(path))
        what, mend = said.splitlines()
        assert what.startswith(f"The sandbox cannot use {path}")
        assert "--data-dir" in mend


def test_the_message_names_a_damaged_file(tmp_path: Path) -> None:
    for name, content in (
        ("account.json", b"{"),
        ("account.json", b"[]"),
        ("account.json", b"\xff"),
        ("ca-key.pem", b"junk"),
        ("ca-key.pem", b""),
        ("sandbox.sqlite3", b"this is no database, but it is long enough" * 100),
    ):
        (tmp_path / name).write_bytes(content)
        assert str(tmp_path) in refusal(running.sandbox(tmp_path))
        (tmp_path / name).unlink()
    program = running.sandbox(tmp_path)
    program.ready()
    assert program.stop() == 0


def test_damaged_records_of_earlier_ports_dont_matter(tmp_path: Path) -> None:
    file = tmp_path / "sandbox-ports.json"
    for content in (b"junk", b"[]", b'{"http": "x"}', b'{"http": -1}', b"\xff"):
        file.write_bytes(content)
        ports = Ports(file)
        with ports.bind("http", 0, "--http-port") as bound:
            ports.remember({"http": bound})
            assert json.loads(file.read_bytes()) == {"http": bound.getsockname()[1]}


def limit_files(size: int) -> Any:
    """Return a function that limits the size of a process's files, in bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 2000, 20_000])
def test_a_full_disk_at_the_start_leaves_nothing_half_finished(
    tmp_path: Path, size: int
) -> None:
    program = running.sandbox(tmp_path, before=limit_files(size))
    said = refusal(program)
    assert said.startswith(f"The sandbox cannot use {tmp_path}")
    assert "--data-dir" in said
    assert not (tmp_path / "sandbox.json").exists()
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        assert basic(http, ready).get("/v2/applications").status_code == 200
    assert program.stop() == 0


def test_a_disk_that_fills_up_loses_nothing_and_is_reported(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        app = Application(http, basic(http, ready), key)
        conversation, [alice] = app.chat("alice")
        session = Session(ready["http"], app.token("alice"))
        path = f"/v1/conversations/{conversation}/events"
        event = {"type": "custom:x", "body": {"x": "y" * 4000}}
        limits = (400_000, resource.RLIM_INFINITY)  # part of the log is already used
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, limits)
        stored = 1
        answer = app.admin.post(path, event)
        while answer.status_code == 201:
            stored += 1
            assert answer.json()["id"] == stored
            answer = app.admin.post(path, event)
        assert 3 < stored < 100
        check(  # only the owner sees details
            answer,
            500,
            "system:error:internal-error",
            "Internal server error.",
            "Something went wrong.",
        )
        assert app.admin.post("/v1/users", {"name": "bob"}).status_code == 500
        # The stored ones can still be read, and nothing is left of the refused one.
        assert len(app.events(conversation)) == stored
        now = app.admin.get(f"/v1/conversations/{conversation}").json()
        assert now["sequence_number"] == stored
        assert [session.event()[1]["id"] for _ in range(stored - 1)] == list(
            range(2, stored + 1)
        )
        # Once there's space again, it carries on without a restart.
        limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, limits)
        assert app.say(conversation, "again", alice)["id"] == stored + 1
        name, payload = session.event()
        assert (name, payload["id"]) == ("message", stored + 1), "not the refused one"
        session.close()
    said = program.errors()
    assert said.startswith("The sandbox cannot use its file: ")
    assert "Traceback" not in said
    assert program.stop() == 0
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as file:
        assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    file.close()


def test_a_login_on_a_full_disk_shows_no_traceback(
    tmp_path: Path, key: RSAPrivateKey
) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        app = Application(http, basic(http, ready), key)
        app.user("alice")
        limits = (0, resource.RLIM_INFINITY)
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, limits)
        with pytest.raises(Exception, match=r"no close frame|received 1000"):
            Session(ready["http"], app.token("alice"))
    eventually(lambda: "cannot use its file" in program.errors())
    assert "Traceback" not in program.errors()
    limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, limits)
    assert program.stop() == 0


def test_a_damaged_database_is_reported_and_stops_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "sandbox.sqlite3").write_bytes(b"SQLite format 3\0" + b"junk" * 4096)
    program = running.sandbox(tmp_path)
    assert program.exit_code() == 1
    assert str(tmp_path) in program.errors()
    assert "Traceback" not in program.errors()


def test_there_is_help() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "livechat_helpers.sandbox.server", "--help"],
        cwd=places.ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    for option in ("--http-port", "--tls-port", "--data-dir"):
        assert option in done.stdout
