"""The same pane in Notebook 7, which is built from parts of JupyterLab."""

import pytest
from playwright.sync_api import expect
from waiting import eventually

from livechat_helpers.visitor import Visitor

from ..jupyter import IMPORTS, SLOW, Lab
from ..stand import Stand


@pytest.mark.weekly
def test_an_agent_answers_in_notebook_7_and_a_reload_keeps_the_chat(
    stand: Stand, lab: Lab
) -> None:
    path = lab.write("classic.ipynb", f"{IMPORTS}pane = AgentPane()\npane")
    book = lab.open(path, in_notebook_7=True)
    expect(book.page.locator(".jp-LabShell")).to_have_count(0)
    book.run(0)
    visitor = Visitor(stand.url)
    visitor.say("Is this the old one?")
    book.answer("the old one", "It is the new old one.")
    expect(book.line("new old one")).to_contain_text("Sent")
    both = [("visitor", "Is this the old one?"), ("agent", "It is the new old one.")]
    eventually(lambda: visitor.messages() == both)
    book.menu("File", "Save Notebook")
    eventually(lambda: '"execution_count": 1' in (lab.folder / path).read_text())
    book.reload()
    book.row("new old one").click(timeout=SLOW)
    expect(book.line("old one")).to_have_count(2)
    book.close()
