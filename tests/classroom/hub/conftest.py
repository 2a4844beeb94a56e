"""A real JupyterHub with its proxy, the kit from a wheel, and the learners' homes."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import headless
import httpx
import pytest
from installed.conftest import install
from installed.conftest import wheel as wheel
from playwright.sync_api import Browser
from sandbox.running import unused_port
from waiting import eventually

from livechat_helpers import places

from .running import ACCOUNTS, LEARNERS, Hub

HERE = Path(__file__).parent


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with headless.chromium() as launched:
        yield launched


@pytest.fixture(scope="package")
def hub(wheel: Path) -> Iterator[Hub]:
    """A hub with three learners who have put the course into their homes."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can run programs for several accounts")
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o755)
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    _install(folder, wheel)
    for name in ACCOUNTS:
        _make_home(folder / "homes" / name, ACCOUNTS[name])
    ports = [unused_port() for _ in range(4)]
    running = Hub(f"http://127.0.0.1:{ports[1]}", folder)
    said = {"folder": str(folder), "accounts": ACCOUNTS, "ports": ports}
    said |= {"token": running.token, "proxy": str(folder / _PROXY)}
    here = f"{folder / 'environment/bin'}:{os.environ['PATH']}"
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(
            [running.program("jupyterhub"), "-f", HERE / "configuration.py"],
            cwd=folder,
            env={**os.environ, "PATH": here, "HUB_OF_THE_TEST": json.dumps(said)},
            stdout=log,
            stderr=log,
        )
    try:
        eventually(lambda: _answers(running.url), seconds=60)
        for name in LEARNERS:
            done = running.run_as(name, "livechat", "init", "course")
            assert done.returncode == 0, done.stderr
        yield running
        for name in ACCOUNTS:
            if running.processes(name):
                running.end_server(name)
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


_PROXY = Path("node_modules/.bin/configurable-http-proxy")


def _install(folder: Path, wheel: Path) -> None:
    """Put the learners' programs and the hub's where every account can run them."""
    # Only root can run a Python in root's home; everybody can run the system's.
    python = next(
        it for it in ("/usr/bin/python3", sys.executable) if Path(it).exists()
    )
    environment = folder / "environment"
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "-q", "--python", python, environment], check=True)
    else:
        subprocess.run([python, "-m", "venv", environment], check=True)
    kit = f"livechat-helpers[course] @ {wheel.as_uri()}"
    # As in the hub's README.
    install(environment, kit, "jsonschema<4.25")
    install(environment, "jupyterhub", "jupyterhub-idle-culler", "nbgitpuller")
    python = environment / "bin" / "python"
    # Learners can't write to the environment, so compile everything now.
    subprocess.run([python, "-m", "compileall", "-q", environment / "lib"], check=False)
    npm = ["npm", "install", "--silent", "--prefix", str(folder)]
    subprocess.run([*npm, "configurable-http-proxy"], check=True)


def _make_home(home: Path, account: int) -> None:
    """Make a home that only its learner can enter, with the browser's SDK in it."""
    sdk = home / ".cache/livechat/browser-sdk/node_modules"
    shutil.copytree(places.ROOT / "web/node_modules", sdk)
    home.chmod(0o700)
    for path in [home, *home.rglob("*")]:
        os.chown(path, account, account, follow_symlinks=False)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/hub/api/", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
