"""The same pane in Firefox, which has a different engine."""

from pathlib import Path

import pytest
from waiting import eventually
from web.hosts import firefox_tab

from livechat_helpers.visitor import Visitor

from ..jupyter import IMPORTS, Lab
from ..stand import Stand

RUN = "document.querySelector('[data-jp-item-name=run] jp-button')"
ROW = "document.querySelector('.livechat-pane .lcp-row')"
BOX = "document.querySelector('.livechat-pane textarea')"


@pytest.mark.weekly
def test_an_agent_answers_in_firefox(stand: Stand, lab: Lab, tmp_path: Path) -> None:
    path = lab.write("fox.ipynb", f"{IMPORTS}pane = AgentPane()\npane")
    stand.sandbox.restore("empty")
    visitor = Visitor(stand.url)
    visitor.say("Is this Firefox?")
    with firefox_tab(tmp_path) as fox:

        def shows(condition: str) -> None:
            eventually(lambda: fox.run(f"return Boolean({condition})"), seconds=90)

        fox.goto(lab.address(path))
        shows(RUN)
        lab.wait_for_kernel(path)
        shows("document.querySelector('[data-status=idle]')")
        fox.run(f"{RUN}.dispatchEvent(new MouseEvent('mousedown', {{bubbles: true}}))")
        shows(ROW)
        fox.run(f"{ROW}.click()")
        shows(f"document.activeElement === {BOX}")
        fox.press("This is it, ")
        height = fox.run(f"return {BOX}.offsetHeight")
        fox.press("a long answer. " * 20)
        assert fox.run(f"return {BOX}.offsetHeight") > height  # it grows with its text
        fox.press("Enter")
        assert visitor.wait_for("This is it, a long answer.")
        shows("document.querySelector('.lcp-mine .lcp-foot').textContent.match('Sent')")
        cells = "return document.querySelectorAll('.jp-Cell').length"
        before = fox.run(cells)
        fox.run("document.querySelector('.lcp-log').focus()")
        fox.press("bdd")
        assert fox.run(cells) == before
        assert [said for said in fox.said if "livechat" in said or "lcp-" in said] == []
