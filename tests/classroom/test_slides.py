"""Slides by heading: no network, no walls of text, nothing beyond the slide's edge."""

import re
from collections.abc import Iterator
from pathlib import Path

import headless
import pytest
from playwright.sync_api import Browser

from livechat_helpers.classroom.slides import main, make
from livechat_helpers.classroom.slides.diagrams import as_table
from livechat_helpers.lessons.running import all_lessons, find

LOOK = """() => {
    const found = [];
    for (let index = 0; index < 300; index++) {
        const { h, v } = Reveal.getIndices(), slide = Reveal.getCurrentSlide();
        found.push({ h, v, title: slide.querySelector("h1, h2")?.textContent ?? "",
            height: slide.scrollHeight, width: slide.scrollWidth,
            size: parseFloat(slide.style.fontSize) });
        if (Reveal.isLastSlide()) break;
        Reveal.next();
    }
    return found;
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with headless.chromium() as launched:
        yield launched


@pytest.mark.parametrize("number", [2, 7])
def test_every_slide_has_a_heading_and_fits(
    tmp_path: Path, chromium: Browser, number: int
) -> None:
    out = tmp_path / "slides.html"
    assert main([f"{number:02}", "--out", str(out)]) == 0
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(out.as_uri())
    page.wait_for_function("window.Reveal?.isReady()")
    slides = page.evaluate(LOOK)
    page.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(slides) > 20
    for slide in slides:
        assert slide["title"], slide
        assert slide["height"] <= 720, slide
        assert slide["size"] >= 0.5, slide


def test_each_section_of_a_notebook_starts_a_slide() -> None:
    lesson = find(2)
    page = make(lesson.path)
    text = lesson.path.read_text(encoding="utf-8")
    titles = re.findall(r'"## (.+?)(?:\\n)?"', text)
    for title in titles:
        is_shown = title not in ("What you need", "Imports", "What's next")
        assert (f">{title}<" in page) == is_shown, title


def test_a_diagram_becomes_a_table() -> None:
    sequence = "sequenceDiagram\n accTitle: A\n participant P as Page\n P->>W: Hi"
    assert as_table(sequence).endswith("| Page | W | Hi |")
    flow = 'flowchart LR\n a["Your cell"] -->|checked| b(A check)\n b --> c'
    assert "| Your cell | A check | checked |" in as_table(flow)
    assert "| A check | c |  |" in as_table(flow)


def test_an_unknown_notebook_has_no_slides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(len(all_lessons()) + 1)]) == 1
    assert "no notebook" in capsys.readouterr().err
