"""The README's animation: a first chat on both sides, filmed as it happens.

LIVECHAT_PICTURES=notebooks/images python3 -m livechat_helpers test -m weekly \
    tests/agent_pane/in_jupyterlab/test_film.py
"""

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from ..jupyter import Notebook
from .test_chat import messages, open_chat

LARGEST = 1_500_000
"""The most bytes that somebody who reads the README on a phone should have to load."""


class Film:
    """Screenshots of one part of a page, each with the time it's shown.

    place: what is filmed.
    """

    def __init__(self, place: Locator) -> None:
        self._place = place
        self._frames: list[Image.Image] = []
        self._shown: list[int] = []

    def show(self, milliseconds: int) -> None:
        """Add what's on the screen now, and show it for a while."""
        picture = Image.open(io.BytesIO(self._place.screenshot())).convert("RGB")
        self._frames.append(picture)
        self._shown.append(milliseconds)

    def type(self, box: Locator, text: str) -> None:
        """Type a text and send it, a few letters per frame."""
        for start in range(0, len(text), 4):
            box.press_sequentially(text[start : start + 4], delay=10)
            self.show(110)
        self.show(400)
        box.press("Enter")

    def save(self, path: Path) -> None:
        """Write the film as a GIF that repeats."""
        # With one palette for all frames, parts that don't change take no bytes.
        palette = self._frames[-1].quantize(128)
        drawn = [
            frame.quantize(palette=palette, dither=Image.Dither.NONE)
            for frame in self._frames
        ]
        first, *others = drawn
        first.save(
            path, save_all=True, append_images=others, duration=self._shown, loop=0
        )


@pytest.mark.weekly
def test_a_first_chat_becomes_a_film_small_enough_for_the_readme(
    start_here: Notebook, tmp_path: Path
) -> None:
    # A phone shows it at half this width, and its letters have to stay readable there.
    start_here.python("pane.layout.width = '746px'; pane.layout.height = '500px'")
    film = Film(start_here.page.locator(".lcp-beside"))
    page = start_here.customer()
    box = page.get_by_role("textbox", name="Your message")

    film.show(1200)
    open_chat(page)
    film.show(900)
    film.type(box, "Hello! My lamp hums, what can I do?")
    expect(start_here.row("My lamp hums")).to_be_visible()
    film.show(1300)

    start_here.row("My lamp hums").click()
    expect(start_here.line("My lamp hums")).to_be_visible()
    film.show(900)
    film.type(start_here.box, "Is it on a dimmer? Try it without.")
    expect(messages(page).last).to_have_text("Is it on a dimmer? Try it without.")
    expect(start_here.line("Is it on a dimmer?")).to_contain_text("Delivered")
    film.show(1200)
    box.click()  # the customer looks at the window again
    expect(start_here.line("Is it on a dimmer?")).to_contain_text("Seen")
    film.show(900)

    film.type(box, "That's it, it's quiet now. Thank you!")
    expect(start_here.line("it's quiet now")).to_be_visible()
    film.show(3000)

    made = Path(os.environ.get("LIVECHAT_PICTURES", tmp_path)) / "first-chat.gif"
    film.save(made)
    assert made.stat().st_size <= LARGEST
