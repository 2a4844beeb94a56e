"""What axe finds on a page, in every size and colour scheme."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 320, "height": 256}
"""A desktop's window at 400 %."""

_COLOURS: list[dict[str, Any]] = [
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """async ([within, runOnly]) => {
    const options = { runOnly, resultTypes: ['violations'] };
    const { violations } = await axe.run(within ?? document, options);
    return violations.flatMap(({ id, nodes }) => nodes.map(each => id + each.html));
}"""


def violations(page: Page, state: str, within: str | None = None) -> list[str]:
    """Return what's wrong with a page, in any size and colours.

    Nothing on the page may move, or axe reports that, too.

    state: what the page shows, for the message. within: a selector for what to look
        at; the whole page unless given.
    """
    page.evaluate(Axe().axe_script)
    before = page.viewport_size
    found = []
    for size in (DESKTOP, PHONE, ZOOMED):
        page.set_viewport_size(size)  # pyright: ignore[reportArgumentType]
        for colours in _COLOURS:
            page.emulate_media(**colours)
            where = f"{state}, {size['width']} wide, {colours}"
            found += [
                f"{where}: {each}" for each in page.evaluate(_RUN, [within, _RULES])
            ]
    page.emulate_media(**_COLOURS[0])
    if before is not None:
        page.set_viewport_size(before)
    return found
