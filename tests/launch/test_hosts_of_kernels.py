"""The learner's services end with the program that started the kernel, not before."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from waiting import eventually

from livechat_helpers import places, services

from .processes import living

ENSURE = "from livechat_helpers import services; services.ensure_running()"

EDITOR = """
import subprocess, sys
kernel = [sys.executable, "-m", "ipykernel_launcher", "-f", sys.argv[1]]
subprocess.Popen(kernel)
sys.stdin.read()
"""

LINK = """
from pathlib import Path
link = services.agent_link()
assert link.startswith("http://localhost:")
Path("{file}").write_text(link._repr_html_())
"""

ASKED_FOR = [
    "livechat_helpers sandbox",
    "livechat_helpers website",
    "livechat_helpers.services",
]


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of kernels' connection files; nothing in it outlives a test."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("PYTHONPATH", str(places.ROOT))
    return tmp_path / "runtime"


@contextmanager
def kernel(connection_file: Path) -> Iterator[BlockingKernelClient]:
    """Return a client of a running kernel."""
    eventually(connection_file.exists)
    client = BlockingKernelClient(connection_file=str(connection_file))
    client.load_connection_file()
    client.start_channels(hb=False)  # on a busy machine, a late heartbeat is fine
    client.wait_for_ready(timeout=120)
    yield client
    client.stop_channels()


def run(client: BlockingKernelClient, code: str) -> None:
    """Run code that mustn't fail in a kernel."""
    reply = client.execute_interactive(code, timeout=120, output_hook=lambda _: None)
    assert reply["content"]["status"] == "ok", reply["content"]


@contextmanager
def jupyter_server(home: Path, runtime: Path) -> Iterator[httpx.Client]:
    """Run a Jupyter server, yield a client of it, and kill it at the end."""
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "jupyter_server", "--no-browser", "--allow-root"),
            *("--IdentityProvider.token=it", f"--ServerApp.root_dir={home}"),
            "--ServerApp.port=0",
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        [about] = eventually(lambda: [*runtime.glob("jpserver-*.json")])
        [url] = eventually(lambda: re.findall('"url": "(.*?)"', about.read_text()))
        with httpx.Client(base_url=url, params={"token": "it"}, timeout=120) as client:
            yield client
    finally:
        process.kill()
        process.wait()


def test_shutting_down_one_notebook_of_a_server_doesnt_affect_the_services(
    home: Path, runtime: Path
) -> None:
    with jupyter_server(home, runtime) as jupyter:
        first, second = (jupyter.post("api/kernels").json()["id"] for _ in range(2))
        with (
            kernel(runtime / f"kernel-{first}.json") as one,
            kernel(runtime / f"kernel-{second}.json") as other,
        ):
            run(one, ENSURE)
            before = eventually(services.find)
            run(other, ENSURE)
            assert jupyter.delete(f"api/kernels/{first}").status_code == 204
            run(other, "assert services.find() is not None")
            run(other, LINK.format(file=home / "link.html"))
        assert jupyter.delete(f"api/kernels/{second}").status_code == 204
        assert jupyter.get("livechat/").status_code == 200
        [by_jupyter] = re.findall('href="(/.*?)#', (home / "link.html").read_text())
        assert "Sign in" in jupyter.get(by_jupyter).text, "a forwarded port's browser"
        websites = [it for it in living(home).values() if "website --" in it]
        assert len(websites) == 1, "Jupyter shows the one that the notebooks use"
        for words in ASKED_FOR:
            [pid, *_] = [pid for pid, said in living(home).items() if words in said]
            os.kill(pid, signal.SIGKILL)
            eventually(lambda pid=pid: pid not in living(home))
            eventually(lambda: services.find() == before)
        assert jupyter.get("livechat/health").json() == {"status": "ok"}
    eventually(lambda: not living(home))


def test_restarting_an_editors_kernel_doesnt_affect_the_services(
    home: Path, runtime: Path
) -> None:
    runtime.mkdir()
    file = runtime / "kernel-of-an-editor.json"
    with subprocess.Popen(
        [sys.executable, "-c", EDITOR, str(file)], stdin=subprocess.PIPE
    ) as editor:
        with kernel(file) as client:
            run(client, ENSURE)
            client.shutdown()
            eventually(
                lambda: (
                    not any(
                        "ipykernel_launcher -f" in it for it in living(home).values()
                    )
                )
            )
        assert services.find() is not None
        editor.kill()
    eventually(lambda: not living(home))


def test_running_a_notebook_from_a_program_leaves_nothing_behind(
    home: Path, tmp_path: Path
) -> None:
    cell = nbformat.v4.new_code_cell(ENSURE)
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "one.ipynb")
    command = [sys.executable, "-m", "nbclient.cli", str(tmp_path / "one.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    eventually(lambda: not living(home))
