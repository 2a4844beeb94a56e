"""Other emulators, installed with pip and npm into a temporary folder and measured."""

import json
import shutil
import socket
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from . import machine
from .emulators import PEERS, NotHereError, Peer
from .load import Plan, Request
from .operations import Cost, cost, cpu, echo
from .report import Figure, say
from .rounds import Measure, in_turn
from .servers import Meter

_STARTING = 60.0  # seconds that a peer has to start
_SECONDS = 1.0
_MOST = 1000  # calls in a round: some peers get slower the more they store


def measure(quick: bool) -> list[Figure]:
    """Return the CPU of each peer's calls, next to the echo's in the same run."""
    rounds = 2 if quick else 5
    figures = []
    folder = Path(tempfile.mkdtemp(prefix="peers-"))
    try:
        with echo(_SECONDS) as floor:
            for peer in PEERS:
                try:
                    figures += _figures(peer, folder / peer.name, rounds, floor)
                except (NotHereError, subprocess.CalledProcessError) as error:
                    say(f"peers: {peer.name} is left out: {error}")
    finally:
        shutil.rmtree(folder)
    return figures


def _figures(
    peer: Peer, folder: Path, rounds: int, floor: Measure[Cost]
) -> list[Figure]:
    say(f"peers: install {peer.package}")
    _install(peer, folder)
    with _running(peer, folder) as (url, meter):
        requests = peer.calls(url)
        say(f"peers: {rounds} rounds of {len(requests)} calls of {peer.name}")
        measures = {
            f"{peer.name}: {name}": (_measure(url, meter, request), floor)
            for name, request in requests.items()
        }
        results = in_turn(rounds, measures)
    return [cpu(*result) for result in results.items()]


def _measure(url: str, meter: Meter, request: Request) -> Measure[Cost]:
    sent = 0

    def measure() -> Cost:
        nonlocal sent
        sent += _MOST
        plan = Plan(url, [request], seconds=_SECONDS, most=_MOST, first=sent)
        return cost(meter, plan)

    return measure


def _install(peer: Peer, folder: Path) -> None:
    folder.mkdir()
    try:
        if peer.is_for_node:
            npm = shutil.which("npm")
            if npm is None:
                raise NotHereError("there is no npm")
            _run(npm, "install", "--prefix", str(folder), "--no-audit", peer.package)
        else:
            venv.create(folder, with_pip=True)
            _run(str(folder / "bin/python"), "-m", "pip", "install", peer.package)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotHereError(f"it cannot be installed ({error})") from error


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=300)


@contextmanager
def _running(peer: Peer, folder: Path) -> Iterator[tuple[str, Meter]]:
    """Yield the address of a running peer and its meter."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    runner = shutil.which("node") if peer.is_for_node else str(folder / "bin/python")
    if runner is None:
        raise NotHereError("there is no node")
    filled = [one.format(port=port) for one in peer.arguments]
    for name, content in peer.files.items():
        (folder / name).write_text(json.dumps(content))
    process = subprocess.Popen(
        [runner, str(folder / peer.program), *filled],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=machine.server_core(),
    )
    with ExitStack() as stack:
        stack.callback(_end, process)
        _await(process, port)
        yield f"http://127.0.0.1:{port}", Meter(process.pid)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _STARTING
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise NotHereError("it does not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    everything = [psutil.Process(process.pid)] if process.poll() is None else []
    for one in [*everything, *(c for p in everything for c in p.children(True))]:
        # It has already ended, together with another one.
        with suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()
