"""A sandbox and a website of these tests' own, which can be killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from livechat_helpers import places


def start(*arguments: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a part of the kit that ends with us; return it and its ready line."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"{arguments[0]} ended with {process.wait()}"
    return process, json.loads(line)


class Stand:
    """A running sandbox and website, on the home of the moment."""

    def __init__(self) -> None:
        self._sandbox, self.ready = self._start_sandbox()
        self._website, ready = start("livechat_helpers.website", "--exit-with-parent")
        self.url: str = ready["url"]
        self.page = self.url.replace("127.0.0.1", "localhost") + "/"

    @staticmethod
    def _start_sandbox() -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
        return start("livechat_helpers.sandbox.server", "--exit-with-parent")

    def kill_sandbox(self) -> None:
        """End the sandbox as a power cut would."""
        self._sandbox.kill()
        self._sandbox.wait()

    def restart_sandbox(self) -> None:
        """Start it again; it takes the ports it had."""
        self._sandbox, ready = self._start_sandbox()
        assert ready == self.ready

    def stop(self) -> None:
        """End both."""
        for process in (self._website, self._sandbox):
            process.terminate()
            process.wait()


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand with a home of its own: no settings, and no application yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(tmp_path_factory.mktemp("home")))
        places.sandbox_dir().mkdir(parents=True)
        stand = Stand()
        yield stand
        stand.stop()
