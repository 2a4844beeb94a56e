"""What the clients' tests share: a strict sandbox, and Node programs that reach it.

The sandbox refuses every key that it doesn't know, so these tests also show that it
knows everything its clients send.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from sandbox import running
from sandbox.conftest import (
    account,
    app,
    http,
    key,
    make_application,
    step_clock,
)
from sandbox.running import Json

from livechat_helpers.launch.npm_packages import test_clients

__all__ = ["account", "app", "http", "key", "make_application", "step_clock"]

HERE = Path(__file__).parent


class Node:
    """Runs Node programs that reach a sandbox, no matter which host they call.

    ready: the sandbox's ready line. home: the only folder that belongs to a program; it
    starts there.
    """

    def __init__(self, ready: Json, home: Path) -> None:
        self._home = home
        self._variables = {
            **os.environ,
            "NODE_EXTRA_CA_CERTS": ready["ca"],
            "VONAGE_SANDBOX_TLS_PORT": str(urlsplit(ready["tls"]).port),
            "VONAGE_API_HOST": ready["http"],
            "NO_UPDATE_NOTIFIER": "1",
            **dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), str(home)),
        }
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            self._variables.pop(name, None)

    def run(
        self, program: str, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run a program in this folder to its end.

        variables: additional environment variables.
        """
        node = shutil.which("node")
        assert node, "These tests need Node.js 20 or newer."
        return subprocess.run(
            [node, "--require", HERE / "reach_sandbox.cjs", HERE / program, *arguments],
            cwd=self._home,
            env={**self._variables, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )

    def ask(self, program: str, **variables: str) -> Any:
        """Run a program that prints JSON, and return that."""
        done = self.run(program, variables=variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


MakeNode = Callable[[Path], Node]


@pytest.fixture(scope="session", autouse=True)
def clients() -> None:
    """The clients, installed."""
    assert test_clients.installed(), (
        "The clients are not installed: python -m livechat_helpers test does it."
    )


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """The strict sandbox's ready line."""
    program = running.sandbox(tmp_path_factory.mktemp("sandbox"), "--strict")
    yield program.ready()
    assert program.stop() == 0
    assert program.errors() == "", "no client may make the sandbox complain"


@pytest.fixture(scope="session")
def private_key(key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the applications' key."""
    path = tmp_path_factory.mktemp("key") / "private.key"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    return path


@pytest.fixture(scope="session")
def make_node(ready: Json) -> MakeNode:
    """Return a function that gives Node programs a home."""
    return lambda home: Node(ready, home)
