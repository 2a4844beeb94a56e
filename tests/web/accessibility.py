"""What axe finds on a page in every size and colour scheme, and faint texts.

The colours are the same in every size, so axe looks at dark and forced colours once.
Axe can't tell the contrast of a dialog's text, so ``faint`` measures that.
"""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from faint import too_faint
from playwright.sync_api import Page, ViewportSize

Sizes = tuple[ViewportSize, ...]

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
ZOOMED: ViewportSize = {"width": 320, "height": 256}
"""A desktop window at 400 % zoom."""

SIZES = (DESKTOP, PHONE, ZOOMED)
_OTHER_COLOURS: list[dict[str, Any]] = [
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async ([within, runOnly]) => {
    const options = { runOnly, resultTypes: ['violations'] };
    const { violations } = await axe.run(within ?? document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map(each => id + each.html));
}"""

_DRAWN = "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
"""Waits until the page shows a new size, or new colours."""


def violations(
    page: Page, state: str, within: str | None = None, sizes: Sizes = SIZES
) -> list[str]:
    """Return what's wrong with a page, in any size and colours.

    Nothing on the page may move, because axe would report that, too.

    state: what the page shows, for the message. within: a selector for the part to
        check; the whole page by default. sizes: the window's sizes.
    """
    page.evaluate(Axe().axe_script)
    before = page.viewport_size
    found = []

    def look(where: str) -> None:
        page.evaluate(_DRAWN)
        wrong = page.evaluate(_RUN, [within, _RULES]) + too_faint(page, within)
        found.extend(f"{state}, {where}: {each}" for each in wrong)

    for size in sizes:
        page.set_viewport_size(size)
        look(f"{size['width']} wide")
    for colours in _OTHER_COLOURS:
        page.emulate_media(**colours)
        look(str(colours))
    page.emulate_media(color_scheme="light", forced_colors="none")
    if before is not None:
        page.set_viewport_size(before)
    return found
