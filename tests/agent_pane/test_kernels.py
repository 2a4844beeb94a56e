"""The pane in several versions of the kernel, without a browser.

``jupyter_client`` plays a view: it sends what JupyterLab sends, and over a subshell
if the kernel has them, as JupyterLab does.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from livechat_helpers import places
from livechat_helpers.visitor import Visitor

from .jupyter import IMPORTS, reply_to
from .stand import Stand

Json = dict[str, Any]

VERSIONS = ("6.31.0", "7.3.0", "newest")
"""``newest`` is this environment's."""


def packages(version: str, cache: Path) -> list[str]:
    """Return the folder with a version of ipykernel; None for this environment's."""
    if version == "newest":
        return []
    folder = cache / f"ipykernel-{version}"
    if not folder.exists():
        half = folder.with_name(f"{folder.name}-{uuid4()}")
        what = [f"ipykernel=={version}", "nest-asyncio"]
        uv = shutil.which("uv")  # an environment that it made has no pip
        pip = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
        quietly = ["install", "--quiet", "--no-deps", "--target", str(half)]
        subprocess.run([*pip, *quietly, *what], check=True)
        half.rename(folder)
    return [str(folder)]


class View:
    """A kernel that runs the pane, and one view of it.

    path: folders of packages that take precedence over this environment's.
    """

    def __init__(self, path: list[str]) -> None:
        self.manager = KernelManager(kernel_name="python3")
        spec = self.manager.kernel_spec
        assert spec is not None
        spec.argv[0] = sys.executable
        spec.env["PYTHONPATH"] = ":".join([*path, str(places.ROOT)])
        self.manager.start_kernel()
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.said: list[Json] = []
        self.headers: list[Json] = []
        self.all_custom: list[Json] = []
        self.idle: set[str] = set()
        self.comm = ""
        self.subshell: str | None = None
        self._id = str(uuid4())
        self._n = 0

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, code: str) -> str:
        """Run a cell and return its name, without waiting for it to end."""
        return self.client.execute(code)

    def hear(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        """Read the kernel's messages until a condition holds."""
        until = time.monotonic() + seconds
        while not holds():
            message = self.client.get_iopub_msg(timeout=until - time.monotonic())
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", "\n".join(content["traceback"])
            view = "application/vnd.jupyter.widget-view+json"
            if kind == "display_data" and view in content["data"]:
                self.comm = content["data"][view]["model_id"]
            elif kind == "comm_msg" and content["data"]["method"] == "custom":
                self.all_custom.append(content)
                if content["comm_id"] == self.comm:
                    self.said.append(content["data"]["content"])
                    self.headers.append(message["parent_header"])
            elif kind == "status" and content["execution_state"] == "idle":
                self.idle.add(message["parent_header"].get("msg_id", ""))

    def wait_for(self, cell: str) -> None:
        """Wait until a cell has ended and the kernel has replied, as JupyterLab does.

        ipykernel 7.0 to 7.3 can lose a request that comes while it writes a reply:
        https://github.com/ipython/ipykernel/issues/1554
        """
        self.hear(lambda: cell in self.idle)
        reply_to(self.client, cell)

    def open(self) -> None:
        """Say hello, over a subshell if the kernel has them."""
        info = reply_to(self.client, self.client.kernel_info())
        if "kernel subshells" in info.get("supported_features", []):
            request = self.client.session.msg("create_subshell_request", {})
            self.client.control_channel.send(request)
            answer = self.client.control_channel.get_msg(timeout=60)
            self.subshell = answer["content"]["subshell_id"]
        self.ask("hello")
        self.hear(lambda: self.last("overview") is not None)

    def ask(self, what: str, **more: Any) -> None:
        """Send what a view sends.

        Like JupyterLab, it uses the subshell as long as the kernel's last message came
        from there.
        """
        self._n += 1
        ask = {"do": what, "view": self._id, "n": self._n, **more}
        data = {"method": "custom", "content": ask}
        content = {"comm_id": self.comm, "data": data}
        message = self.client.session.msg("comm_msg", content)
        if self.subshell and (not self.headers or self.came_from_subshell()):
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)

    def came_from_subshell(self) -> bool:
        """Return whether the kernel's last message answered one from the subshell."""
        return self.headers[-1].get("subshell_id") == self.subshell

    def last(self, kind: str) -> Json | None:
        """Return the kernel's last message of a kind."""
        return next((m for m in reversed(self.said) if m["kind"] == kind), None)

    def heard(self, text: str) -> bool:
        """Return whether a line with a text has been shown."""
        return any(m["kind"] == "line" and m["text"] == text for m in self.said)


@pytest.fixture(scope="module", params=VERSIONS)
def view(
    request: pytest.FixtureRequest, stand: Stand, pytestconfig: pytest.Config
) -> Iterator[View]:
    """A pane in a version of the kernel, and its view."""
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("ipykernels")
    view = View(packages(request.param, cache))
    view.wait_for(view.run(f"import ipykernel\n{IMPORTS}pane = AgentPane()\npane"))
    view.open()
    yield view
    view.close()


@pytest.fixture
def visitor(stand: Stand, view: View) -> Visitor:
    """A visitor who has said hello to the pane."""
    visitor = Visitor(stand.url)
    visitor.say("hello")
    view.hear(lambda: number(view, visitor) is not None)
    return visitor


def number(view: View, visitor: Visitor) -> int | None:
    """The number that the view has for a visitor's chat."""
    for message in view.said:
        rows = [message] if message["kind"] == "row" else message.get("rows", [])
        for row in rows:
            if row["id"] == visitor.conversation:
                return row["c"]
    return None


def reply(view: View, visitor: Visitor, text: str) -> None:
    view.ask("send", c=number(view, visitor), key=str(uuid4()), text=text)


def busy(view: View, tmp_path: Path) -> tuple[str, Path]:
    """Run a cell that blocks the kernel until a file exists."""
    free = tmp_path / "free"
    code = f"while not __import__('os').path.exists({str(free)!r}): time.sleep(0.02)"
    started = tmp_path / "started"
    cell = view.run(f"open({str(started)!r}, 'w').close()\n{code}")
    while not started.exists():
        time.sleep(0.01)
    return cell, free


def test_messages_arrive_while_a_cell_blocks(
    view: View, visitor: Visitor, tmp_path: Path
) -> None:
    cell, free = busy(view, tmp_path)
    visitor.say("Is anybody there?")
    view.hear(lambda: view.heard("Is anybody there?"))
    assert cell not in view.idle
    if view.subshell:  # so the agent's next action doesn't have to wait either
        assert view.came_from_subshell()
    free.touch()
    view.wait_for(cell)


def test_replies_go_out_while_a_cell_blocks_or_right_after_in_order(
    view: View, visitor: Visitor, tmp_path: Path
) -> None:
    cell, free = busy(view, tmp_path)
    reply(view, visitor, "first")
    if view.subshell:
        visitor.wait_for("first")  # the cell still waits for us
        visitor.say("a question")
        view.hear(lambda: view.heard("a question"))
        assert view.came_from_subshell()  # so the next reply goes the same way
        reply(view, visitor, "second")
        visitor.wait_for("second")
        view.hear(lambda: view.heard("second"))
        assert cell not in view.idle
        free.touch()
    else:  # ipykernel 6
        reply(view, visitor, "second")
        free.touch()
        view.hear(lambda: view.heard("second"))
    view.wait_for(cell)
    answers = [text for who, text in visitor.messages() if who == "agent"]
    assert answers == ["first", "second"]


def test_settle_and_callbacks_work_on_the_notebooks_loop(
    view: View, visitor: Visitor
) -> None:
    view.wait_for(
        view.run(
            "heard = []\n"
            "end = pane.on_message(lambda message: heard.append(message['text']))"
        )
    )
    visitor.say("Do you hear me?")
    view.wait_for(
        view.run("await pane.settle()\nend()\nassert heard == ['Do you hear me?']")
    )


def test_what_a_click_does_can_be_waited_for(view: View, visitor: Visitor) -> None:
    reply(view, visitor, "typed")
    cell = view.run(
        f"await pane.settle()\n"
        f"said = repr(pane.transcript({visitor.conversation!r}))\n"
        "assert said == 'visitor: hello\\nagent: typed', said"
    )
    view.wait_for(cell)


def test_the_version_is_the_intended_one(
    view: View, request: pytest.FixtureRequest
) -> None:
    wanted = request.node.callspec.params["view"]
    if wanted == "newest":
        wanted = "__import__('importlib.metadata').metadata.version('ipykernel')"
    else:
        wanted = repr(wanted)
    view.wait_for(view.run(f"assert ipykernel.__version__ == {wanted}"))
