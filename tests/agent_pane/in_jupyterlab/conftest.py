"""One browser and one JupyterLab for all tests in this folder.

These tests have their own folder because Playwright keeps an event loop in their thread
while the browser runs.
"""

import shutil
from collections.abc import Iterator

import headless
import pytest
from playwright.sync_api import Browser, expect

from livechat_helpers import places
from livechat_helpers.visitor import Visitor

from ..jupyter import IMPORTS, Lab, Notebook
from ..stand import Stand, name


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A real browser that resolves desk.test to this machine."""
    with headless.chromium("--host-resolver-rules=MAP desk.test 127.0.0.1") as launched:
        yield launched


@pytest.fixture(scope="package")
def lab(
    stand: Stand, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """One JupyterLab for all tests in this folder, with the kit's notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(places.ROOT / "notebooks", folder / "notebooks")
    lab = Lab(folder, chromium)
    yield lab
    lab.stop()


@pytest.fixture(scope="module")
def start_here(stand: Stand, lab: Lab) -> Iterator[Notebook]:
    """The course's first notebook, run, with the customer page next to the pane."""
    notebook = lab.open("notebooks/00_start_here.ipynb", width=1900)
    notebook.run()
    yield notebook
    notebook.close()


@pytest.fixture(scope="package")
def book(stand: Stand, lab: Lab) -> Notebook:
    """A notebook with a pane.

    Its second cell runs until a file ``free`` exists, and its third puts the pane in a
    box.
    """
    pane = f"{IMPORTS}pane = AgentPane()\npane"
    block = "while not Path('free').exists():\n    time.sleep(0.02)"
    boxed = "import ipywidgets as w\nbox = w.HBox([w.Button(), pane])\nbox"
    path = lab.write("book.ipynb", pane, block, boxed)
    notebook = lab.open(path)
    notebook.run(0)
    return notebook


@pytest.fixture
def visitor(stand: Stand, book: Notebook) -> Visitor:
    """A visitor who has said hello, and whose chat is open."""
    visitor = Visitor(stand.url)
    visitor.say("hello")
    book.row(name(visitor)).click()
    expect(book.pane.locator(".lcp-title")).to_have_text(name(visitor))
    expect(book.line("hello")).to_be_visible()
    return visitor
