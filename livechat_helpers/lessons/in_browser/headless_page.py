"""A headless Chromium that runs jobs for this process and ends with it."""

import atexit
import subprocess
import sys
import tempfile
from pathlib import Path

_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-quic", "--disable-dev-shm-usage", "--mute-audio"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding"),
    # Chrome would load three pages for its address bar, which nobody sees.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
)


class Headless:
    """A running Chromium.

    program: the path of the browser.
    url: the page to open.
    """

    def __init__(self, program: Path, url: str) -> None:
        # Run this module as a process, which starts the browser. It ends the browser
        # when our end of the pipe closes, even if this process is killed.
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(program), url],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Interrupting a cell mustn't end the browser.
        )
        atexit.register(self.close)

    @property
    def alive(self) -> bool:
        """Whether it's running."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        atexit.unregister(self.close)
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _main(program: str, url: str) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={profile}", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        sys.stdin.buffer.read()
        browser.terminate()
        try:
            browser.wait(3)
        except subprocess.TimeoutExpired:
            browser.kill()
            browser.wait()


if __name__ == "__main__":
    _main(*sys.argv[1:])
