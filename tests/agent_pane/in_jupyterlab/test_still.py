"""A pane in a page without a kernel: its chats are still there."""

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, expect

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.visitor import Visitor

from ..jupyter import IMPORTS
from ..stand import Stand


def test_a_page_made_by_nbconvert_shows_the_chats(
    stand: Stand, chromium: Browser
) -> None:
    stand.sandbox.restore("empty")
    visitor = Visitor(stand.url)
    visitor.say("<b>Will this be seen?</b>")
    with AgentPane() as pane:
        pane.send("Shown in the page", visitor.conversation)
    cell = nbformat.v4.new_code_cell(f"{IMPORTS}AgentPane()")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    assert [one["data"]["text/plain"] for one in notebook.cells[0].outputs] == [
        "AgentPane: run this cell to see the visitors' chats here",
        "The same chats, as a page without a kernel shows them",
    ]
    made, _ = HTMLExporter().from_notebook_node(notebook)
    page = chromium.new_page()
    page.route("**", lambda request: request.abort())  # there is no network either
    page.set_content(made)
    still = page.locator(".livechat-still")
    expect(still).to_contain_text("Visitor: <b>Will this be seen?</b>")
    expect(still).to_contain_text("Support Agent: Shown in the page")
    expect(still).to_be_visible()
    outputs = page.locator(".jp-OutputArea-output:visible")
    expect(outputs).to_have_count(1)  # there's neither an error nor an empty box
    # Where neither styles nor scripts are allowed, as on GitHub, the words remain.
    plain = notebook.cells[0].outputs[-1]["data"]["text/html"]
    page.set_content(plain.partition("</style>")[2])
    expect(still).to_contain_text("Support Agent: Shown in the page")
    assert page.locator("script, iframe, img").count() == 0
    page.close()
