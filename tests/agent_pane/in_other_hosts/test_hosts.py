"""The pane in other programs that show widgets.

The test downloads each program, so it runs weekly, not on every commit:
``python -m livechat_helpers test -m weekly tests/agent_pane/in_other_hosts``.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect
from sandbox.running import unused_port
from waiting import eventually

from livechat_helpers.visitor import Visitor

from ..jupyter import SLOW
from ..stand import Stand
from .conftest import Environment

pytestmark = pytest.mark.weekly

CODE = "from livechat_helpers.agent_pane import AgentPane\npane = AgentPane()\npane"
MARIMO = """
import marimo
app = marimo.App()

@app.cell
def _():
    from livechat_helpers.agent_pane import AgentPane
    pane = AgentPane()
    pane
    return (pane,)

if __name__ == "__main__":
    app.run()
"""


@contextmanager
def served(folder: Path, *command: str | Path) -> Iterator[str]:
    """Run the host's server in a folder, and yield its address.

    command: ``PORT`` in it becomes a free port.
    """
    port = str(unused_port())
    words = [str(word).replace("PORT", port) for word in command]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    url = f"http://localhost:{port}/"

    def answers() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            urlopen(url).close()
        except URLError as error:
            return getattr(error, "code", 0) > 0  # a refusal shows that it's running
        return True

    try:
        eventually(answers, seconds=60)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook with a pane."""
    path = tmp_path / "book.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3"}
    cells = [nbformat.v4.new_code_cell(CODE)]
    metadata = {"kernelspec": kernel}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A browser page with long timeouts."""
    page = chromium.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(SLOW)
    yield page
    page.close()


def chat(stand: Stand, pane: Locator) -> None:
    """Answer a visitor by hand, and check that both sides have everything."""
    expect(pane).to_have_attribute("data-state", "online", timeout=SLOW)
    visitor = Visitor(stand.url)
    visitor.say("Where are you?")
    pane.locator(".lcp-row", has_text="Where are you?").click()
    pane.get_by_role("textbox", name="Your answer").fill("In another host")
    pane.get_by_role("textbox", name="Your answer").press("Enter")
    line = pane.get_by_role("log").locator(".lcp-line", has_text="In another host")
    expect(line).to_contain_text("Sent")
    assert visitor.wait_for("In another host")
    size = pane.bounding_box()
    assert size is not None
    assert size["width"] > 400
    assert size["height"] > 250
    expect(pane.page.locator(".livechat-still:visible")).to_have_count(0)


def test_the_classic_notebook(
    stand: Stand, environment: Environment, notebook: Path, page: Page
) -> None:
    python = environment("nbclassic")
    options = ("--no-browser", "--allow-root", "--port=PORT", "--ServerApp.token=t")
    with served(notebook.parent, python, "-m", "nbclassic", *options) as url:
        page.goto(f"{url}notebooks/{notebook.name}?token=t")
        page.locator(".kernel_idle_icon").wait_for()
        page.locator(".code_cell").click()
        page.keyboard.press("Shift+Enter")
        pane = page.locator(".livechat-pane")
        chat(stand, pane)
        cells = page.locator(".cell").count()
        for part in (".lcp-title", ".lcp-log"):
            pane.locator(part).click()
            for key in ("b", "d", "d"):
                page.keyboard.press(key)
        assert page.locator(".cell").count() == cells


def test_voila(
    stand: Stand, environment: Environment, notebook: Path, page: Page
) -> None:
    python = environment("voila")
    options = ("--no-browser", "--port=PORT", "--Voila.ip=127.0.0.1")
    with served(notebook.parent, python, "-m", "voila", *options, notebook) as url:
        page.goto(url)
        chat(stand, page.locator(".livechat-pane"))


def test_marimo(
    stand: Stand, environment: Environment, tmp_path: Path, page: Page
) -> None:
    python = environment("marimo")
    (tmp_path / "app.py").write_text(MARIMO)
    options = ("--headless", "--no-token", "--port", "PORT")
    with served(tmp_path, python, "-m", "marimo", "run", "app.py", *options) as url:
        page.goto(url)
        chat(stand, page.locator(".livechat-pane"))


def run_first_cell(page: Page) -> None:
    """Run the first cell. A key that's pressed while the document loads is lost."""
    output = page.locator(".jp-OutputArea-output").first

    def ran() -> bool:
        page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
        page.keyboard.press("Shift+Enter")
        with suppress(TimeoutError):
            output.wait_for(timeout=20_000)
        return output.is_visible()

    eventually(ran, seconds=90)


def test_two_users_of_one_document(
    stand: Stand, environment: Environment, notebook: Path, chromium: Browser
) -> None:
    python = environment("jupyter-collaboration")
    options = ("--no-browser", "--allow-root", "--port=PORT", "--ServerApp.token=t")
    with served(notebook.parent, python, "-m", "jupyterlab", *options) as url:
        panes = []
        for _ in range(2):
            page = chromium.new_context().new_page()
            page.set_default_timeout(SLOW)
            patience = page.get_by_role("dialog", name="taking some time to load")
            wait = patience.get_by_role("button", name="Continue waiting")
            page.add_locator_handler(patience, wait.click)
            page.goto(f"{url}lab/tree/{notebook.name}?token=t")
            idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
            page.locator(idle).first.wait_for()
            pane = page.locator(".jp-Notebook .livechat-pane")
            # JupyterLab only shows somebody else's widget once its notebook has been
            # saved, because that makes it trusted.
            if not panes:
                run_first_cell(page)
                pane.wait_for()
                page.keyboard.press("Control+s")
            panes.append(pane)
        for pane in panes:
            chat(stand, pane)
            expect(
                pane.locator(".lcp-row", has_text="In another host")
            ).not_to_have_count(0)
        for pane in panes:
            pane.page.context.close()
