"""How long a class waits when a part of the kit crashes during a lesson.

The launcher runs the sandbox and the website, as in class, and a notebook with the
agent's pane is open in a real JupyterLab. One part is killed, as abruptly as by a power
cut, and the instructor's remedy is applied. The clock stops when a customer's new
message is in the pane.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psutil
from playwright.sync_api import Error, expect

from livechat_helpers import places, services
from livechat_helpers.visitor import Visitor
from tests import headless
from tests.agent_pane.jupyter import IMPORTS, Lab, Notebook

from .report import Figure, say, single

_MOST = 30.0  # seconds that a recovery can take
_PATIENCE = 120.0

_texts = (f"Can you hear me? {number}" for number in count(1))


class _Class:
    """A class in the middle of a lesson.

    home: the `LIVECHAT_HOME` of its sandbox and website.
    lab: its JupyterLab.
    notebook: the notebook that is open.
    """

    def __init__(self, home: str, lab: Lab, notebook: Notebook) -> None:
        self._home = home
        self._lab = lab
        self.notebook = notebook

    def kill(self, words: str) -> None:
        """Kill every process of this class whose command line has these words."""
        found = [one for one in psutil.process_iter() if self._is_ours(one, words)]
        assert found, f"nothing runs with {words!r}"
        for process in found:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(found, 5)

    def _is_ours(self, process: psutil.Process, words: str) -> bool:
        try:
            is_called = words in " ".join(process.cmdline())
            return is_called and process.environ()["LIVECHAT_HOME"] == self._home
        except (psutil.Error, KeyError):
            return False

    def hear(self) -> None:
        """Let new customers write until the pane shows one's message."""
        end = time.monotonic() + _PATIENCE
        while True:
            with suppress(Exception):  # Any error means that the kit isn't back yet.
                text = next(_texts)
                website = services.find_website(places.sandbox_dir())
                assert website is not None
                Visitor(website.url).say(text)
                expect(self.notebook.row(text)).to_be_visible(timeout=10_000)
                return
            assert time.monotonic() < end, f"not within {_PATIENCE} s"
            time.sleep(0.1)

    def kill_kernel(self) -> None:
        """Kill the kernel and do what the table of recoveries says."""
        self.kill("ipykernel_launcher")
        page = self.notebook.page
        with suppress(Error):  # JupyterLab shows its dialog only if it notices in time.
            page.locator(".jp-Dialog .jp-mod-accept").click(timeout=10_000)
        self.notebook.wait_until_idle()
        self.notebook.run()

    def close_browser(self) -> None:
        """Close the page before anything is saved, open it again and run its cells."""
        self.notebook.page.close()
        self.notebook = self._lab.open("class.ipynb")
        self.notebook.run()


def _recovery(name: str, taught: _Class, act: Callable[[], None]) -> Figure:
    taught.hear()
    began = time.monotonic()
    act()
    taught.hear()
    seconds = time.monotonic() - began
    say(f"{name}: {seconds:.1f} s")
    return single(f"recovery: {name}", "s", seconds, _MOST)


@contextmanager
def _class() -> Iterator[_Class]:
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        home = os.environ.get("LIVECHAT_HOME")
        os.environ["LIVECHAT_HOME"] = folder
        command = [sys.executable, "-m", "livechat_helpers", "--no-browser"]
        launcher = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + _PATIENCE
            while services.find() is None:
                assert time.monotonic() < end, "the launcher does not start"
                time.sleep(0.2)
            with headless.chromium() as browser:
                lab = Lab(Path(folder), browser)
                try:
                    lab.write("class.ipynb", f"{IMPORTS}pane = AgentPane()\npane")
                    notebook = lab.open("class.ipynb")
                    notebook.run()
                    yield _Class(folder, lab, notebook)
                finally:
                    lab.stop()
        finally:
            launcher.terminate()
            launcher.wait(30)
            os.environ.pop("LIVECHAT_HOME")
            if home is not None:
                os.environ["LIVECHAT_HOME"] = home


def measure(quick: bool) -> list[Figure]:
    """Return the seconds until a class can go on, for each part that can crash."""
    say("recovery: kill sandbox, website, kernel, browser")
    with _class() as taught:
        return [
            _recovery("sandbox killed", taught, lambda: taught.kill("helpers sandbox")),
            _recovery("website killed", taught, lambda: taught.kill("helpers website")),
            _recovery("kernel killed", taught, taught.kill_kernel),
            _recovery("browser closed", taught, taught.close_browser),
        ]
