"""Cut a notebook into slides: one per heading, with one below it for each cell.

A slide shows the heading, one short paragraph, and lists, tables and pictures. The rest
of the notebook's text goes into the speaker's notes.
"""

import re
from collections.abc import Iterator
from typing import Any

from .diagrams import as_table

Json = dict[str, Any]

LEFT_OUT = ("What you need", "Imports", "What's next")
"""Sections that don't belong on a screen."""

_LONGEST = 45  # words in a paragraph on a slide
_CHECK = "lesson.check("  # A check's output for an untouched answer isn't useful.
_MERMAID = "text/vnd.mermaid"
_DIAGRAM = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)


def slides_of(notebook: Json) -> Json:
    """Return a notebook whose cells are marked as slides for nbconvert."""
    cells = [
        {**cell, "id": f"part-{number}"}
        for number, cell in enumerate(_marked(notebook["cells"]))
    ]
    return {**notebook, "cells": cells, "nbformat_minor": 5}


def _marked(cells: list[Json]) -> Iterator[Json]:
    """Yield the cells, with the first cell of each slide marked."""
    heading, section, is_shown, kind = "", "", True, "slide"
    waiting: list[str] = []  # the text before the next code
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            for title, rest in _parts(text):
                if title:
                    yield from _slide(heading, waiting, kind, None)
                    waiting = []
                    heading, is_shown = title, title.lstrip("# ") not in LEFT_OUT
                    kind = "subslide" if title.startswith("###") else "slide"
                    if kind == "slide":
                        section = title
                if is_shown and rest:
                    waiting.append(rest)
        elif cell["cell_type"] == "code" and is_shown:
            yield from _slide(heading, waiting, kind, cell)
            waiting, kind = [], "subslide"
            if _CHECK in text:
                heading = section  # The exercise is over, but the section continues.
    yield from _slide(heading, waiting, kind, None)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield each heading in a cell with the text below it."""
    found = re.split(r"^(#{1,4} .+)$", text, flags=re.MULTILINE)
    yield "", found[0].strip()
    for title, rest in zip(found[1::2], found[2::2], strict=True):
        yield title, rest.strip()


def _slide(
    heading: str, texts: list[str], kind: str, code: Json | None
) -> Iterator[Json]:
    is_title = heading.startswith("# ")
    if not heading or not (texts or code or is_title):
        return
    shown, spoken = _shortened("\n\n".join(texts))
    title = heading if is_title else f"## {heading.lstrip('# ')}"
    yield _cell(f"{title}\n\n{shown}", kind)
    if code is not None:
        yield {
            **code,
            "metadata": {"slideshow": {"slide_type": "-"}},
            "outputs": []
            if _CHECK in "".join(code["source"])
            else list(_outputs(code)),
        }
    if spoken:
        yield _cell(spoken, "notes")


def _shortened(text: str) -> tuple[str, str]:
    """Split a text into what's shown and what's only spoken."""
    text = _DIAGRAM.sub(lambda found: as_table(found[1]), text)
    shown: list[str] = []
    spoken: list[str] = []
    paragraphs = 0
    for block in re.split(r"\n{2,}", text):
        if re.match(r"\s*(?:[-*|>!]|\d+\. |```|\*\*)", block):
            shown.append(block)
        elif paragraphs == 0:
            first, rest = _first_words(block)
            shown.append(first)
            paragraphs += 1
            spoken += [rest] if rest else []
        else:
            spoken.append(block)
    return "\n\n".join(shown), "\n\n".join(spoken)


def _first_words(block: str) -> tuple[str, str]:
    """Split a paragraph into its first sentences and the rest."""
    sentences = re.split(r"(?<=[.?!:])\s+(?=[A-Z`*\[])", " ".join(block.split()))
    kept = sentences[:1]
    for sentence in sentences[1:]:
        if len(" ".join([*kept, sentence]).split()) > _LONGEST:
            break
        kept.append(sentence)
    return " ".join(kept), " ".join(sentences[len(kept) :])


def _outputs(code: Json) -> Iterator[Json]:
    for output in code.get("outputs", []):
        data = output.get("data", {})
        if _MERMAID in data and len(data) <= 2:
            continue  # It only contains a diagram, which can't be drawn offline.
        if data:
            data = {kind: what for kind, what in data.items() if kind != _MERMAID}
            output = {**output, "data": data}
        yield output


def _cell(text: str, kind: str) -> Json:
    slide = {"slideshow": {"slide_type": kind}}
    return {"cell_type": "markdown", "metadata": slide, "source": text.strip()}
