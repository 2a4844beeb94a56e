"""Texts that are too faint to read.

Axe can't tell how strong the text of a dialog or of a widget is; this measures it.
"""

from pathlib import Path

from playwright.sync_api import Page

_FAINT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def too_faint(page: Page, within: str | None = None) -> list[str]:
    """Return a line for each text that's too faint.

    within: a selector for what to look at; the whole page unless given.
    """
    return page.evaluate(_FAINT, within)
