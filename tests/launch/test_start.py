"""The real launcher and the real JupyterLab: it starts, watches and ends everything."""

import http.client
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from waiting import eventually

from livechat_helpers import places, services
from livechat_helpers.launch.npm_packages import browser_sdk

from .processes import command, living, process_of

JUPYTERLAB = "livechat_helpers.launch.jupyter"


@dataclass
class Launcher:
    """A launcher that has started everything.

    process: its process. said: its output so far.
    """

    process: "subprocess.Popen[str]"
    said: str

    def line(self, start: str) -> str:
        """Read until a line that starts with a word, and return that line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if line.startswith(start):
                return line
        raise AssertionError(f"it ended without a line {start!r}:\n{self.said}")

    def link(self, name: str) -> str:
        """Return a link that the launcher has printed."""
        found = re.search(rf"^{name} +(http\S+)$", self.said, re.MULTILINE)
        assert found is not None, self.said
        return found[1]

    def ends(self) -> int:
        """Wait until it ends, and return its exit code."""
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode


def launch(*arguments: str) -> Launcher:
    """Start everything, and wait until it's running."""
    launcher = Launcher(command("--no-browser", *arguments), "")
    launcher.line("Ctrl-C")
    return launcher


def status(url: str) -> int:
    """Return the status that a page answers with."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.fixture(autouse=True)
def nothing_lives_on(home: Path) -> Iterator[None]:
    """Check that nothing is left of what a test started, and end the rest."""
    if not browser_sdk.installed():
        pytest.skip("the browser SDK is not installed")
    yield
    try:
        eventually(lambda: not living(home))
    finally:
        for pid in living(home):
            os.kill(pid, signal.SIGKILL)


def start_kernel(lab: str) -> None:
    """Start a kernel, as JupyterLab does when somebody opens a notebook."""
    parts = urlsplit(lab)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    headers = {"Authorization": f"token {parts.query.removeprefix('token=')}"}
    connection.request("POST", "/api/kernels", "{}", headers)
    assert connection.getresponse().status == 201
    connection.close()


def test_it_starts_everything_and_ctrl_c_ends_it_quietly(home: Path) -> None:
    launcher = launch()
    lab = launcher.link("JupyterLab")
    assert urlsplit(lab).hostname == "localhost"
    assert urlsplit(lab).path == "/lab/tree/notebooks/00_start_here.ipynb"
    assert status(lab) == 200
    # Redirected to the login, because the token is missing.
    assert status(lab.partition("?")[0]) == 302
    assert status(launcher.link("Customer page")) == 200
    assert status(launcher.link("Agent page")) == 200
    eventually(lambda: len(living(home)) == 6)  # JupyterLab runs one or two programs
    start_kernel(lab)
    eventually(lambda: any("ipykernel" in it for it in living(home).values()))
    # As in a terminal, the whole foreground group gets the signal. A second, impatient
    # Ctrl-C must leave nothing running.
    os.killpg(launcher.process.pid, signal.SIGINT)
    launcher.line("Ending")
    os.killpg(launcher.process.pid, signal.SIGINT)
    assert launcher.ends() == 0
    assert "Traceback" not in launcher.said
    assert "Shut" not in launcher.said
    assert launcher.said.rstrip().endswith("Ending ...")
    eventually(lambda: not living(home))


def test_a_signal_while_it_starts_ends_everything(home: Path) -> None:
    process = command("--no-browser")
    eventually(lambda: len(living(home)) >= 4)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert "Traceback" not in said
    # A program that was just starting notices when its pipe closes.
    eventually(lambda: not living(home))


def test_a_second_launcher_uses_the_services_and_its_closed_terminal_keeps_them(
    home: Path,
) -> None:
    first = launch()
    before, alone = services.find(), {*living(home)}
    second = launch()
    ports = {urlsplit(it.link("JupyterLab")).port for it in (first, second)}
    assert len(ports) == 2
    assert "The sandbox and the website are already running" in second.said
    assert second.process.stdout is not None
    second.process.stdout.close()
    second.process.send_signal(signal.SIGHUP)
    assert second.process.wait(timeout=60) == 0
    eventually(lambda: {*living(home)} <= alone)
    assert services.find() == before is not None
    # Nothing is left when the launcher is killed.
    first.process.kill()
    first.process.wait()
    eventually(lambda: not living(home))


def test_the_launcher_says_so_and_ends_when_jupyterlab_ends(home: Path) -> None:
    first = launch()
    lab = process_of(home, JUPYTERLAB)
    second = launch()
    [killed] = {pid for pid, it in living(home).items() if JUPYTERLAB in it} - {lab}
    os.kill(killed, signal.SIGKILL)
    assert second.ends() == 1
    assert "FAIL  JupyterLab: it stopped unexpectedly" in second.said
    assert "jupyter.log" in second.said
    os.kill(lab, signal.SIGTERM)  # as "Shut Down" in its menu does
    assert first.ends() == 0
    assert "JupyterLab was shut down" in first.said


def test_a_requested_port_that_is_busy_is_reported_as_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = command("--no-browser", "--port", port)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 1
        assert f"FAIL  JupyterLab: port {port} is taken" in said
        assert "--port" in said.splitlines()[-1]


def test_a_setting_that_jupyterlab_cant_use_is_shown_along_with_the_fix(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PORT", "abc")
    process = command("--no-browser")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    *_, shown, failed, mend = said.splitlines()
    assert shown.endswith("with base 10: 'abc'")
    assert failed == "FAIL  JupyterLab: it didn't start; its last output is above."
    assert "begins with JUPYTER" in mend
    eventually(lambda: not living(home))


def test_a_corrupt_env_file_stops_the_start_with_one_clear_line(home: Path) -> None:
    places.env_file().write_text("not a setting\n")
    process = command("--no-browser")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    (failed,) = (line for line in said.splitlines() if line.startswith("FAIL"))
    assert failed.startswith("FAIL  Settings in .env: .env, line 1")
