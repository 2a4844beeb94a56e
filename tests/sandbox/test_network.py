"""The sandbox reached from another network, as from another container."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import running
from .running import Json

_ROUTER, _CLIENT = "10.207.43.1", "10.207.43.2"

pytestmark = pytest.mark.root


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """A separate network with one cable to this one. It yields the network's name."""
    name = f"sandbox-{os.getpid()}"
    cable = f"sb{os.getpid()}"
    _run("ip", "netns", "add", name)
    try:
        there = ("ip", "-n", name)
        _run("ip", "link", "add", cable, "type", "veth", "peer", "eth0", "netns", name)
        _run("ip", "addr", "add", f"{_ROUTER}/24", "dev", cable)
        _run("ip", "link", "set", cable, "up")
        _run(*there, "addr", "add", f"{_CLIENT}/24", "dev", "eth0")
        _run(*there, "link", "set", "eth0", "up")
        yield name
    finally:
        _run("ip", "netns", "del", name)  # This removes the cable, too.


@pytest.fixture(scope="module")
def ready(elsewhere: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """The ready line of a sandbox that listens everywhere."""
    program = running.sandbox(
        tmp_path_factory.mktemp("network"),
        *("--bind", "0.0.0.0", "--host", "vonage", "--host", _ROUTER),
    )
    yield program.ready()
    assert program.stop() == 0
    assert program.errors() == ""


def call(elsewhere: str, ready: Json, name: str, *, tls: bool) -> str:
    """Call the sandbox with curl from the other network, under its name there."""
    scheme = "tls" if tls else "http"
    port = ready[scheme].rpartition(":")[2]
    url = f"{'https' if tls else 'http'}://{name}:{port}/_sandbox/health"
    return _run(
        *("ip", "netns", "exec", elsewhere, "curl", "-sS", "--noproxy", "*"),
        *("--resolve", f"{name}:{port}:{_ROUTER}", "--cacert", ready["ca"], url),
    )


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    "name", ["vonage", _ROUTER, "api.nexmo.com", "ws-us-1.nexmo.com"]
)
def test_it_can_be_reached_from_another_network(
    elsewhere: str, ready: Json, name: str, tls: bool
) -> None:
    assert json.loads(call(elsewhere, ready, name, tls=tls))["status"] == "ok"


def test_another_name_is_refused_there_too(elsewhere: str, ready: Json) -> None:
    refused = json.loads(call(elsewhere, ready, "evil.test", tls=False))
    assert refused["title"] == "Forbidden"


def test_without_bind_only_this_machine_can_reach_it(
    elsewhere: str, tmp_path: Path
) -> None:
    program = running.sandbox(tmp_path, "--host", _ROUTER)
    ready = program.ready()
    with pytest.raises(AssertionError, match="onnect"):
        call(elsewhere, ready, _ROUTER, tls=False)
    assert program.stop() == 0


def test_an_address_on_another_machine_is_reported(tmp_path: Path) -> None:
    program = running.sandbox(tmp_path, "--bind", "192.0.2.1")
    assert program.exit_code() == 1
    assert "--bind" in program.errors()
    program.kill()
