"""JupyterLab in a browser: open a notebook, run it, and look at its pane."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_core.paths import jupyter_runtime_dir
from playwright.sync_api import Browser, Error, Frame, Locator, Page, expect
from waiting import eventually

from .stand import start

# They return nothing, because JupyterLab's objects are large and would be copied.
_OPEN = "async path => { await jupyterapp.commands.execute('docmanager:open', {path}) }"
_THEME = "theme => { jupyterapp.commands.execute('apputils:change-theme', { theme }) }"
_CLOSE = (
    "() => { for (const one of [...jupyterapp.shell.widgets('main')]) one.dispose() }"
)
_WAS_RELOADED = "performance.getEntriesByType('navigation')[0].type === 'reload'"

# In ms: JupyterLab loads and a kernel starts, on cores that other programs use, too.
SLOW = 90_000

IMPORTS = """\
import asyncio, time
from pathlib import Path
from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.support_desk import SupportDesk
"""


def reply_to(client: BlockingKernelClient, asked: str) -> dict[str, Any]:
    """Return the content of a kernel's reply. asked: the request's id."""
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == asked:
            return reply["content"]


class Lab:
    """A running JupyterLab.

    folder: where its notebooks are. browser: opens them.
    """

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.folder = folder
        self.asked: set[str] = set()
        """The addresses that its pages have called."""
        self._browser = browser.new_context()
        self._browser.on("request", lambda request: self.asked.add(request.url))
        self._process, self._ready = start(
            "livechat_helpers.launch.jupyter",
            "--ServerApp.ip=localhost",
            # Any free port, because other tests start JupyterLab, too.
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
            "--ServerApp.allow_remote_access=True",  # even under another name
            "--ServerApp.log_level=ERROR",
            "--LabApp.expose_app_in_browser=True",
            # Don't use the layout or theme of the last run, or of the developer.
            f"--LabApp.workspaces_dir={folder / 'workspaces'}",
            f"--LabApp.user_settings_dir={folder / 'settings'}",
        )
        self._pages = 0
        self._spare: list[Page] = []

    def stop(self) -> None:
        """Close every notebook, and stop."""
        self._browser.close()
        self._process.communicate()  # when its input closes, it ends within seconds

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook of code cells and return its path."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(notebook, self.folder / name)
        return name

    def open(
        self,
        path: str,
        *,
        width: int = 1500,
        in_notebook_7: bool = False,
        host: str = "localhost",
        fresh: bool = False,
    ) -> "Notebook":
        """Open a notebook in a page that shows no other.

        Loading JupyterLab takes longest, so a page that was left is used again.

        in_notebook_7: use Notebook 7 instead of JupyterLab; one server has both.
        host: the name that the browser knows this machine by. fresh: whether the
            page may have shown no other notebook before.
        """
        unlike_others = fresh or in_notebook_7 or host != "localhost"
        again = bool(self._spare) and not unlike_others
        page = self._spare.pop() if again else self._browser.new_page()
        page.set_viewport_size({"width": width, "height": 1000})
        page.set_default_timeout(SLOW)
        leave = page.close if unlike_others else lambda: self._leave(page)
        notebook = Notebook(page, lambda: self._kernel(path), leave)
        if again:
            page.bring_to_front()
            page.evaluate(_OPEN, path)
        else:
            self._pages += 1
            workspace = f"lab/workspaces/{self._pages}/tree"
            space = "notebooks" if in_notebook_7 else workspace
            page.goto(self.address(path, space).replace("localhost", host))
        notebook.wait_until_shown()
        self.wait_for_kernel(path)
        notebook.wait_until_idle()
        return notebook

    def _leave(self, page: Page) -> None:
        if page.evaluate(_WAS_RELOADED):
            page.close()  # because JupyterLab may yet open what was in it
        else:
            page.evaluate(_CLOSE)
            page.unroute_all()
            self._spare.append(page)
        for other in self._browser.pages:  # a page behind another one isn't drawn
            if other not in self._spare:
                other.bring_to_front()

    def address(self, path: str, space: str = "lab/tree") -> str:
        """Return a notebook's address. space: the part of JupyterLab that shows it."""
        return f"{self._ready['url']}{space}/{path}?token={self._ready['token']}"

    def wait_for_kernel(self, path: str) -> None:
        """Wait until a notebook's kernel is connected. Before that, it runs nothing."""
        eventually(lambda: self._session(path).get("connections"))

    def _session(self, path: str) -> dict[str, Any]:
        """Return what JupyterLab says about a notebook's kernel."""
        address = f"{self._ready['url']}api/sessions?token={self._ready['token']}"
        with urlopen(address) as answer:
            sessions = json.load(answer)
        return next((one["kernel"] for one in sessions if one["path"] == path), {})

    def _kernel(self, path: str) -> BlockingKernelClient:
        file = Path(jupyter_runtime_dir()) / f"kernel-{self._session(path)['id']}.json"
        client = BlockingKernelClient(connection_file=str(file))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        return client


class Notebook:
    """One notebook in one browser page.

    page: the page. kernel: connects to its kernel. close: leaves the page to the next
        notebook.
    """

    def __init__(
        self,
        page: Page,
        kernel: Callable[[], BlockingKernelClient],
        close: Callable[[], None],
    ) -> None:
        self.page = page
        self.close = close
        self._kernel = kernel
        self._console: list[str] = []
        page.on("console", lambda said: self._console.append(said.text))
        page.on("pageerror", lambda error: self._console.append(str(error)))

    # What a person does in JupyterLab

    def wait_until_shown(self) -> None:
        """Wait until the notebook is there; if it isn't, say what the page shows."""
        try:
            self.page.locator(".jp-Notebook").wait_for()
        except Error as error:
            says = self.page.locator("body").inner_text()
            console = "\n".join(self._console)
            raise AssertionError(f"No notebook. {says}\n{console}") from error

    def wait_until_idle(self) -> None:
        """Wait until the kernel is there and idle."""
        idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
        self.page.locator(idle).first.wait_for()

    def play(self, cell: int) -> None:
        """Run a cell. cell: its number, from 0."""
        self.page.locator(".jp-CodeCell .jp-InputPrompt").nth(cell).click()
        self.page.keyboard.press("Shift+Enter")

    def run(self, cell: int | None = None) -> None:
        """Run a cell, or all of them, and wait until the pane is online.

        cell: its number, from 0.
        """
        if cell is None:
            self.menu("Run", "Run All Cells")
        else:
            self.play(cell)
        expect(self.pane).to_have_attribute("data-state", "online", timeout=SLOW)
        if cell is None:  # JupyterLab scrolls to each cell that it runs
            self.wait_until_idle()

    def menu(self, name: str, item: str) -> None:
        """Choose from JupyterLab's menus."""
        self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.page.get_by_text(item, exact=True).click()

    def restart_kernel(self) -> None:
        """Restart the kernel and wait until the new one is there."""
        self.menu("Kernel", "Restart Kernel…")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.wait_until_idle()

    def reload(self) -> None:
        """Load the page again."""
        self.page.reload()
        self.find_pane()

    def find_pane(self) -> None:
        """Wait for the pane that a kernel already has.

        On a busy machine, JupyterLab may connect to a kernel twice, and the widgets'
        manager then finds nothing. People reload the page, and so does this:
        https://github.com/jupyter-widgets/ipywidgets/issues/2748
        """
        lost = self.page.get_by_text("Error displaying widget: model not found")
        expect(self.pane.or_(lost).first).to_be_attached(timeout=SLOW)
        while lost.count():  # It may be hidden.
            self.page.reload()
            expect(self.pane.or_(lost).first).to_be_attached(timeout=SLOW)
        expect(self.pane.first).to_be_visible(timeout=SLOW)

    def start_kernel(self) -> None:
        """Start a kernel where there isn't one."""
        self.page.locator(".jp-Toolbar-kernelName").click()
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.wait_until_idle()

    def theme(self, name: str) -> None:
        """Choose JupyterLab's theme: ``Dark`` or ``Light``."""
        self.page.evaluate(_THEME, f"JupyterLab {name}")
        light = "true" if name == "Light" else "false"
        body = self.page.locator(f"body[data-jp-theme-light={light}]")
        body.wait_for(state="attached")

    # What is in it

    @property
    def pane(self) -> Locator:
        """The agent's pane."""
        return self.page.locator(".jp-Notebook .livechat-pane")

    @property
    def status(self) -> Locator:
        """What the pane says about its connection."""
        return self.pane.get_by_role("status").first

    @property
    def log(self) -> Locator:
        """The transcript."""
        return self.pane.get_by_role("log")

    @property
    def box(self) -> Locator:
        """The field for an answer."""
        return self.pane.get_by_role("textbox", name="Your answer")

    def row(self, visitor: str) -> Locator:
        """A visitor in the list, found by name or last message."""
        return self.pane.locator(".lcp-row", has_text=visitor)

    def line(self, text: str) -> Locator:
        """A line of the transcript."""
        return self.log.locator(".lcp-line", has_text=text)

    def answer(self, visitor: str, text: str) -> None:
        """Choose a visitor's chat and answer in it."""
        self.row(visitor).click()
        self.box.fill(text)
        self.box.press("Enter")

    @property
    def note_box(self) -> Locator:
        """The field for a note."""
        return self.pane.get_by_role("textbox", name="Your note")

    @property
    def filter(self) -> Locator:
        """The field that filters the list of chats."""
        return self.pane.get_by_role("searchbox", name="Filter chats")

    @property
    def search_box(self) -> Locator:
        """The field that searches a conversation."""
        return self.pane.get_by_role("searchbox", name="Search this conversation")

    def mode(self, name: str) -> None:
        """Choose whether to write a ``Reply`` or a ``Note``."""
        self.pane.get_by_role("button", name=name, exact=True).click()

    def names_in(self, group: str) -> list[str]:
        """Return the visitors in a part of the list, in the order drawn."""
        return self.pane.locator(".lcp-sizer").evaluate(
            """(list, group) => {
              const names = [];
              let here = false;
              for (const one of list.children) {
                if (one.matches('h3')) here = one.textContent.startsWith(group);
                else if (here) names.push(one.querySelector('.lcp-name').textContent);
              }
              return names;
            }""",
            group,
        )

    def customer(self) -> Frame:
        """The customer's page, in the frame next to the pane."""
        beside = self.page.locator("iframe[title='Customer page']")
        # A frame out of view draws nothing, and its button is fixed to its bottom edge.
        # Scrolling in the frame never shows the button, so show the whole frame.
        beside.evaluate("frame => frame.scrollIntoView({ block: 'center' })")
        frame = beside.element_handle()
        content = frame.content_frame() if frame else None
        assert content is not None
        return content

    # What is in its kernel

    def python(self, code: str, value: str = "None") -> Any:
        """Run code in the notebook's kernel, and return the value of an expression."""
        client = self._kernel()
        try:
            asked = client.execute(code, user_expressions={"value": value})
            content = reply_to(client, asked)
        finally:
            client.stop_channels()
        assert content["status"] == "ok", "\n".join(content["traceback"])
        result = content["user_expressions"]["value"]
        assert result["status"] == "ok", result
        return ast.literal_eval(result["data"]["text/plain"])
