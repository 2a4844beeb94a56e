"""A lesson as a learner sees it: in a real JupyterLab."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import headless
import pytest
from agent_pane.stand import start
from playwright.sync_api import Page, expect

from livechat_helpers import places
from livechat_helpers.lessons import progress
from livechat_helpers.lessons.running import find

SLOW = 90_000  # ms: JupyterLab loads, a kernel starts, on cores that others use too
NOTEBOOK = "01_application_and_key.ipynb"


@pytest.fixture
def lab(running_home: Path, tmp_path: Path) -> Iterator[Page]:
    """JupyterLab with a notebook, all its cells run."""
    shutil.copytree(places.ROOT / "notebooks", tmp_path / "notebooks")
    process, ready = start(
        "livechat_helpers.launch.jupyter",
        "--ServerApp.ip=localhost",
        f"--ServerApp.root_dir={tmp_path}",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
    )
    with headless.chromium() as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 6000})
        page.set_default_timeout(SLOW)
        expect.set_options(timeout=SLOW)
        token = f"token={ready['token']}"
        page.goto(f"{ready['url']}lab/tree/notebooks/{NOTEBOOK}?reset&{token}")
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_role("radio").first.wait_for()
        yield page
    process.terminate()
    process.wait()


def test_questions_are_answered_with_a_click_and_say_why(lab: Page) -> None:
    words = find(1).words
    asked = [*words.questions, *words.predictions.values()]
    options = [option for question in asked for option in question.options]
    expect(lab.get_by_role("radio")).to_have_count(len(options))
    lab.get_by_label("a) Read the application back").check()
    expect(lab.get_by_text("Vonage does not keep the private key")).to_be_visible()
    lab.get_by_label("b) Make a new pair of keys").check()
    expect(lab.get_by_text("those with the new one work")).to_be_visible()
    expect(lab.get_by_text("Vonage does not keep the private key")).to_have_count(0)
    assert progress.done()["question 1.1"] == "correct"
    outcome = lab.get_by_text("1.1 not attempted.")
    expect(outcome).to_be_visible()
    # The calls just made, as a picture with words for who cannot see it.
    expect(lab.get_by_alt_text("What the sandbox was asked").first).to_be_visible()
