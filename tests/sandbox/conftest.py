"""What the sandbox's tests share: one running sandbox, and applications on it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import headless
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from playwright.sync_api import Browser

from . import running
from .callers import Application, Caller, basic
from .running import Json

# Only root can create a network, and only on Linux.
_NETWORKS = sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip")
collect_ignore = [] if _NETWORKS else ["test_network.py"]


@pytest.fixture(scope="session")
def sandbox_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sandbox that most tests share."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="session")
def ready(sandbox_dir: Path) -> Iterator[Json]:
    """The shared sandbox's ready line."""
    program = running.sandbox(sandbox_dir)
    yield program.ready()
    assert program.stop() == 0
    assert program.errors() == "", "no request may make the sandbox complain"


@pytest.fixture(scope="session")
def http(ready: Json) -> Iterator[httpx.Client]:
    """A connection to the plain listener."""
    with httpx.Client(base_url=ready["http"], trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def anyone(http: httpx.Client) -> Caller:
    """A caller without credentials."""
    return Caller(http)


@pytest.fixture(scope="session")
def account(http: httpx.Client, ready: Json) -> Caller:
    """The account, which creates applications."""
    return basic(http, ready)


@pytest.fixture(scope="session")
def key() -> RSAPrivateKey:
    """A private key. Making one takes a long time, so the applications share it."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


MakeApplication = Callable[[], Application]


@pytest.fixture(scope="session")
def make_application(
    http: httpx.Client, account: Caller, key: RSAPrivateKey
) -> MakeApplication:
    """Return a function that makes a new application."""
    return lambda: Application(http, account, key)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module. While it runs, asyncio.run doesn't work."""
    with headless.chromium() as launched:
        yield launched


@pytest.fixture
def app(make_application: MakeApplication) -> Application:
    """An empty application that only this test uses."""
    return make_application()


StepClock = Callable[[float], None]


@pytest.fixture
def step_clock(account: Caller) -> Iterator[StepClock]:
    """Return a function that sets the sandbox's clock forward, for this test."""

    def step(seconds: float) -> None:
        answer = account.patch("/_sandbox/clock", {"step": seconds})
        assert answer.status_code == 200, answer.text

    yield step
    account.patch("/_sandbox/clock", {"run": True})
