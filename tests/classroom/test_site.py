"""The website: every link works, diagrams are drawn, no page is left out."""

import json
import re
import subprocess
from pathlib import Path

import headless
import pytest

from livechat_helpers import places
from livechat_helpers.classroom.site import sources


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The input for Sphinx."""
    folder = tmp_path_factory.mktemp("site")
    sources.write(folder)
    return folder


def test_every_page_is_in_the_contents(prepared: Path) -> None:
    index = json.loads((prepared / "index.ipynb").read_text())
    contents = index["cells"][-1]["source"]
    for page in prepared.rglob("*.*"):
        name = page.relative_to(prepared).with_suffix("").as_posix()
        if page.suffix in (".md", ".ipynb") and name != "index":
            assert re.search(rf"^{re.escape(name)}$", contents, re.M), name


def test_diagrams_that_a_cell_shows_are_drawn(prepared: Path) -> None:
    pages = [path.read_text() for path in prepared.glob("*.ipynb")]
    assert any("```{mermaid}" in page for page in pages)
    assert not any("vnd.mermaid" in page for page in pages)


def test_no_link_leads_to_a_file_that_the_website_lacks(prepared: Path) -> None:
    for page in [*prepared.rglob("*.md"), *prepared.rglob("*.ipynb")]:
        for target in re.findall(r"(?<!!)\]\(([^)#\s]+)", page.read_text()):
            assert "://" in target or (page.parent / target).is_file(), page.name


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website, built in a fresh clone without a warning."""
    folder = tmp_path_factory.mktemp("built")
    clone, out = folder / "clone", folder / "out"
    subprocess.run(["git", "clone", "--quiet", places.ROOT, clone], check=True)
    command = ["python3", "-m", "livechat_helpers", "site", out]
    subprocess.run(command, cwd=clone, check=True)
    return out


@pytest.mark.weekly
def test_words_that_a_notebook_explains_are_links_into_the_glossary(
    built: Path,
) -> None:
    glossary = (built / "glossary.html").read_text()
    notebook = (built / "06_backend_for_the_page.html").read_text()
    linked = re.findall(r'href="glossary.html#([^"]+)', notebook)
    assert linked
    for word in linked:
        assert f'id="{word}"' in glossary, word
    assert 'href="00_start_here.html"' in (built / "index.html").read_text()


@pytest.mark.weekly
def test_the_first_page_fits_a_phone(built: Path) -> None:
    with headless.chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.goto((built / "index.html").as_uri())
        widest = page.evaluate(
            "Math.max(...Array.from(document.querySelectorAll('.bd-article table'),"
            " (table) => table.getBoundingClientRect().right))"
        )
    assert widest <= 390
