"""A lesson as a learner sees it: in a real JupyterLab."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import headless
import httpx
import pytest
from agent_pane.stand import start
from playwright.sync_api import Page, expect
from waiting import eventually

from livechat_helpers import places
from livechat_helpers.lessons import progress
from livechat_helpers.lessons.running import find

# In ms: JupyterLab loads and a kernel starts, on cores that other programs use, too.
SLOW = 90_000
NOTEBOOK = "01_application_and_key.ipynb"


@dataclass(frozen=True)
class Lab:
    """JupyterLab with an open notebook. api: its address. token: its token."""

    page: Page
    api: str
    token: str

    def open(self) -> None:
        """Open the notebook, as a learner does for the first time that day."""
        address = f"{self.api}lab/tree/notebooks/{NOTEBOOK}"
        self.page.goto(f"{address}?reset&token={self.token}")

    def shut_kernels_down(self) -> None:
        """Do what happens overnight."""
        headers = {"Authorization": f"token {self.token}"}
        with httpx.Client(base_url=self.api, headers=headers) as client:
            for each in client.get("api/sessions").json():
                client.delete(f"api/sessions/{each['id']}")


@pytest.fixture(scope="module")
def lab(_running: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with a notebook, after all its cells have run."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(places.ROOT / "notebooks", folder / "notebooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(_running))
        process, ready = start(
            "livechat_helpers.launch.jupyter",
            "--ServerApp.ip=localhost",
            f"--ServerApp.root_dir={folder}",
            "--ServerApp.open_browser=False",
            "--ServerApp.allow_root=True",
        )
    with headless.chromium() as chromium:
        page = chromium.new_page(viewport={"width": 1200, "height": 6000})
        page.set_default_timeout(SLOW)
        made = Lab(page, ready["url"], ready["token"])
        made.open()
        page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        page.get_by_role("radio").first.wait_for()
        yield made
    process.terminate()
    process.wait()


def test_questions_can_be_answered_with_a_click_and_explain_the_answer(
    running_home: Path, lab: Lab
) -> None:
    page = lab.page
    words = find(1).words
    asked = [*words.questions, *words.predictions.values()]
    options = [option for question in asked for option in question.options]
    expect(page.get_by_role("radio")).to_have_count(len(options))
    page.get_by_label("a) Read the application:").check()
    expect(page.get_by_text("Vonage doesn't keep the private key")).to_be_visible()
    page.get_by_label("b) Make a new pair of keys").check()
    expect(page.get_by_text("those signed with the new one work")).to_be_visible()
    expect(page.get_by_text("Vonage doesn't keep the private key")).to_have_count(0)
    assert progress.done()["question 1.1"] == "correct"
    outcome = page.get_by_text("1.1 not attempted.")
    expect(outcome).to_be_visible()
    # The calls just made, as a picture with a text alternative.
    expect(page.get_by_alt_text("What the sandbox was asked").first).to_be_visible()


def test_a_form_from_the_day_before_says_what_to_do(lab: Lab) -> None:
    lab.page.keyboard.press("Control+s")
    expect(lab.page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)
    lab.shut_kernels_down()
    lab.open()
    dead = lab.page.get_by_text("Error displaying widget: model not found").first
    expect(dead).to_be_attached()
    shown = "one => getComputedStyle(one, '::after').content"
    eventually(lambda: "Run the first cell again" in dead.evaluate(shown))
    expect(dead).to_have_css("font-size", "0px")
