"""Texts that are too faint to read.

Axe can't tell the contrast of the text in a dialog or a widget, so this measures it.
"""

from pathlib import Path

from playwright.sync_api import Page

_FAINT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def too_faint(page: Page, within: str | None = None) -> list[str]:
    """Return a line for each text that's too faint.

    within: a selector for the part to check; the whole page by default.
    """
    return page.evaluate(_FAINT, within)
