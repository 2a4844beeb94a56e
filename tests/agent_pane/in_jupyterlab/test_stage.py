"""The stage in JupyterLab: its keys, and its layout for a projector."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, ViewportSize, expect
from waiting import eventually

from ..jupyter import IMPORTS, SLOW, Lab, Notebook
from ..stand import Stand

# 1280 x 720 at 175 %: the size of a page on a small projector when it's zoomed in.
PROJECTOR: ViewportSize = {"width": 731, "height": 411}

SCENE = """\
title: A test
lesson: 0
shows: Nothing.
customers:
  Mia: [{write: Hello}, {pause: 600}]
  Viktor Emmanuel: [{write: "My heating is off, and nobody answers"}, {pause: 600}]
"""


@pytest.fixture(scope="module")
def stage(stand: Stand, lab: Lab) -> Iterator[Notebook]:
    """A notebook with a stage and a pane."""
    stand.sandbox.restore("empty")
    (lab.folder / "test-scene.yaml").write_text(SCENE, encoding="utf-8")
    path = lab.write(
        "stage.ipynb",
        f"{IMPORTS}from livechat_helpers.classroom.stage import Stage\n"
        "stage = Stage('test-scene.yaml')\nstage",
        "pane = AgentPane()\npane",
    )
    other = lab.open(lab.write("other.ipynb", IMPORTS, "pane = AgentPane()\npane"))
    other.run()
    other.close()
    notebook = lab.open(path)  # in the page that has shown the other one
    notebook.run()
    yield notebook
    notebook.close()


def picture(notebook: Notebook, name: str) -> None:
    """Save a picture, if LIVECHAT_PICTURES names a folder."""
    if folder := os.environ.get("LIVECHAT_PICTURES"):
        notebook.page.screenshot(path=Path(folder) / f"{name}.png")


def test_the_keys_play_pause_drill_and_restore(stage: Notebook) -> None:
    box = stage.page.locator(".livechat-stage")
    box.focus()
    stage.page.keyboard.press("s")
    expect(box.get_by_role("status")).to_have_text("Snapshot saved.", timeout=SLOW)
    stage.page.keyboard.press(" ")
    expect(stage.row("Hello")).to_be_visible(timeout=SLOW)
    expect(box.locator(".cast")).to_contain_text("Mia is ")
    stage.page.keyboard.press("1")
    expect(box.get_by_role("status")).to_contain_text("Connections dropped: ")
    stage.page.keyboard.press(" ")
    expect(box.get_by_role("button", name="Continue")).to_be_visible()
    picture(stage, "stage")
    stage.page.keyboard.press("r")
    expect(box.get_by_role("status")).to_have_text("Snapshot restored.")
    expect(stage.row("Hello")).to_have_count(0, timeout=SLOW)


def test_names_log_and_composer_all_fit_on_a_small_projector(stage: Notebook) -> None:
    box = stage.page.locator(".livechat-stage")
    box.focus()
    stage.page.keyboard.press(" ")
    expect(stage.row("heating")).to_be_visible(timeout=SLOW)
    stage.row("heating").click()
    stage.page.set_viewport_size(PROJECTOR)
    box.focus()
    stage.page.keyboard.press("l")
    expect(box).to_have_class("livechat-stage large")
    picture(stage, "stage-on-a-projector")
    for part in (
        stage.row("Hello"),
        stage.row("heating"),
        stage.line("My heating is off"),
        stage.box,
        stage.pane.get_by_role("button", name="Close chat"),
        box.get_by_role("button", name="Pause"),
        box.get_by_role("button", name="Restore"),
    ):
        assert_inside(part)
    title = stage.pane.locator(".lcp-head .lcp-who")
    # It isn't broken letter by letter.
    eventually(lambda: title.evaluate("title => title.offsetWidth") > 100)
    fits = "hint => hint.scrollWidth <= hint.clientWidth"
    hint = stage.pane.locator(".lcp-hint")
    for mode in ("Note", "Reply"):
        stage.mode(mode)
        eventually(lambda: hint.evaluate(fits))
    eventually(lambda: stage.log.evaluate("log => log.offsetHeight") > 90)
    stage.answer("heating", "I'll send somebody.")
    expect(stage.line("send somebody")).to_be_visible()
    stage.page.keyboard.press("Escape")
    expect(box).to_have_class("livechat-stage")


def assert_inside(part: Locator) -> None:
    """Assert that the whole element is in view, and nothing covers it."""
    expect(part).to_be_in_viewport(ratio=1)
    part.click(trial=True)
