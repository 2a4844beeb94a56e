"""The READMEs are right about files, links and modules."""

import re
from pathlib import Path

import pytest

from livechat_helpers import places

from .texts import files

ROOT = places.ROOT
PAGES = [path for path in files() if path.suffix == ".md"]
CODE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub gives a page's headings."""
    titles = re.findall(r"^#+ (.+)$", CODE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_anchor_leads_somewhere(page: Path) -> None:
    for name, anchor in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        target = page.parent / name if name else page
        assert target.exists(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"


@pytest.mark.parametrize("package", ["livechat_helpers", "livechat_helpers/website"])
def test_each_module_is_described_where_the_readme_says_so(package: str) -> None:
    folder = ROOT / package
    described = (folder / "__init__.py").read_text("utf-8")
    modules = [each.parent for each in folder.glob("*/__init__.py")]
    modules += [each for each in folder.glob("*.py") if each.stem[0] != "_"]
    assert [m.stem for m in modules if f"\n``{m.stem}`` " not in described] == []
