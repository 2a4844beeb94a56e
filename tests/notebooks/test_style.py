"""The parts that every notebook has, and the limits that keep it readable."""

import ast
import re
import statistics
from itertools import pairwise
from pathlib import Path

import pytest

from livechat_helpers.lessons import pieces
from livechat_helpers.lessons.content import estimate_minutes

from .course import (
    FOLDER,
    LESSONS,
    NOTEBOOKS,
    PAGES,
    TRANSLATIONS,
    Json,
    code_cells,
    lines,
    name,
    parsed,
    prose,
    sections,
    source,
    words,
)

lessons = pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
pages = pytest.mark.parametrize("path", PAGES, ids=name)

FIRST = ["What you will do", "What you need", "Imports"]
LAST = ["Break it", "Check yourself", "Key points", "What's next"]


@lessons
def test_the_title_and_the_sections_follow_the_template(path: Path) -> None:
    lesson = LESSONS[path]
    assert prose(path).startswith(f"# {lesson.title}\n")
    titles = list(sections(path))
    assert titles[:3] == FIRST
    assert [title for title in titles if title in LAST] == LAST
    assert titles[-3:] == LAST[1:]


@lessons
def test_each_objective_has_a_check(path: Path) -> None:
    given = sections(path)["What you will do"]
    objectives = re.findall(
        r"^\d\. ([A-Z]\w+ .+?)\. \(([\d., ]+)\)$", given, re.M | re.S
    )
    assert len(objectives) == len(re.findall(r"^\d\. ", given, re.M))
    assert 3 <= len(objectives) <= 5
    checked = {one.name for one in LESSONS[path].exercises}
    met = {one for _, names in objectives for one in names.split(", ")}
    assert met == checked


@lessons
def test_the_minutes_match_the_formula(path: Path) -> None:
    lesson = LESSONS[path]
    said = re.search(r"\*\*Time to learn\*\*: (\d+) minutes", prose(path))
    assert said
    assert int(said[1]) == lesson.minutes
    expected = estimate_minutes(
        words(prose(path)), len(code_cells(path)), len(lesson.exercises)
    )
    assert 0.7 <= lesson.minutes / expected <= 1.3, expected


@lessons
def test_a_notebook_asks_its_questions_and_has_key_points(path: Path) -> None:
    assert [source(c) for c in code_cells(path)].count("lesson.quiz()") == 1
    points = re.findall(r"^- ", sections(path)["Key points"], re.M)
    assert 3 <= len(points) <= 6


@pages
def test_headings_begin_with_one_title_and_skip_no_level(path: Path) -> None:
    text = re.sub(r"```.*?```", "", prose(path), flags=re.S)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, re.M)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@pages
def test_code_cells_are_short(path: Path) -> None:
    cells = code_cells(path)
    if not cells:
        return
    lengths = [len(lines(cell)) for cell in cells]
    assert statistics.median(lengths) <= 5
    assert sum(length <= 12 for length in lengths) >= 0.9 * len(lengths)
    assert max(lengths) <= 25
    assert all(len(line) <= 88 for cell in cells for line in lines(cell))


@pytest.mark.parametrize("path", [*NOTEBOOKS, *TRANSLATIONS], ids=name)
def test_the_amount_of_text_per_code_cell_is_within_limits(path: Path) -> None:
    assert 40 <= words(prose(path)) / len(code_cells(path)) <= 90


@lessons
def test_imports_are_in_the_first_cell_which_starts_the_lesson(path: Path) -> None:
    first, *others = code_cells(path)
    assert source(first).splitlines()[-1] == f"lesson = start({LESSONS[path].number})"
    imports = [n for n in ast.walk(parsed(first)) if isinstance(n, ast.ImportFrom)]
    assert not [n for n in imports if n.names[0].name == "*"]
    ours = [n for n in imports if (n.module or "").startswith("livechat_helpers")]
    assert sum(len(one.names) for one in ours) <= 4
    for cell in others:
        nodes = [n for n in ast.walk(parsed(cell)) if isinstance(n, ast.ImportFrom)]
        # What the learner has written is imported where it's used.
        assert not [n for n in nodes if not (n.module or "").startswith("my_chat")]
        assert not [n for n in ast.walk(parsed(cell)) if isinstance(n, ast.Import)]


RAW_CALL = r"^(GET|POST|PUT|PATCH|DELETE) /.+^Authorization: (Basic|Bearer) .+^\{"


@pytest.mark.parametrize("path", NOTEBOOKS[1:7], ids=name)
def test_each_notebook_shows_one_call_as_it_is_sent(path: Path) -> None:
    printed = ["".join(one.get("text", [])) for one in outputs(path)]
    assert any(re.search(RAW_CALL, text, re.M | re.S) for text in printed)


def outputs(path: Path) -> list[Json]:
    """Return the outputs of all cells of a notebook."""
    return [one for cell in code_cells(path) for one in cell["outputs"]]


ASKED = {
    (Path(kits.file).stem, asked): exercise.name
    for lesson in LESSONS.values()
    for exercise in lesson.exercises
    for asked in exercise.asks
    if (kits := pieces.kits_pieces().get(exercise.name))
}
"""Which exercise asks for a name in a file of ``my_chat``."""


def imported(path: Path) -> set[tuple[str, str]]:
    """Return what a notebook imports from ``my_chat``: file and name."""
    nodes = [node for cell in code_cells(path) for node in ast.walk(parsed(cell))]
    return {
        (node.module.removeprefix("my_chat."), alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.startswith("my_chat.")
        for alias in node.names
    }


@lessons
def test_a_notebook_says_whose_earlier_pieces_it_uses(path: Path) -> None:
    lesson = LESSONS[path]
    own = {exercise.name for exercise in lesson.exercises}
    used = {ASKED[name] for name in imported(path) if name in ASKED} - own
    assert used <= {*lesson.uses}


def test_a_learners_python_is_used_afterwards() -> None:
    """In a later cell, or by another part of the program."""
    texts = [path.read_text(encoding="utf-8") for path in pieces.KIT.glob("*.py")]
    in_cells = {name for path in NOTEBOOKS for name in imported(path)}
    for (file, asked), exercise in ASKED.items():
        piece = pieces.kits_pieces()[exercise]
        if piece.file.endswith(".py") and (file, asked) not in in_cells:
            elsewhere = "".join(texts).replace(piece.code, "")
            assert re.search(rf"(?<!def )\b{asked}\b", elsewhere), exercise


@lessons
def test_a_notebook_says_how_to_continue_after_a_restart(path: Path) -> None:
    assert "**Back tomorrow, or did the kernel restart?**" in sections(path)["Imports"]


ENTRIES = re.findall(r"^## (.+)$", prose(FOLDER / "glossary.ipynb"), re.M)


def body(path: Path) -> str:
    """Return a notebook's explanations, without headings, tables, diagrams or code."""
    parts = sections(path)
    text = "\n".join(
        what for title, what in parts.items() if title not in [*FIRST[:2], LAST[-1]]
    )
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    text = re.sub(r"`[^`\n]+`", "", text)
    return re.sub(r"^(#|\|).*$", "", text, flags=re.M)


def test_the_glossary_is_in_alphabetical_order() -> None:
    assert sorted(ENTRIES, key=str.casefold) == ENTRIES


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_word_is_linked_to_the_glossary_where_it_first_appears(entry: str) -> None:
    anchor = f"glossary.ipynb#{entry.replace(' ', '-')}"
    word = re.escape(entry).replace(r"\ ", r"\s")
    for path in NOTEBOOKS:
        text = body(path)
        links = [m.span() for m in re.finditer(r"\[[^\]]*\]\([^)]*\)", text)]
        plural = re.sub("y$", "(y|ie)", word)
        found = re.search(rf"\b{plural}s?\b", text, re.I)
        if found is None:
            continue
        around = [text[a:b] for a, b in links if a <= found.start() < b]
        assert around, f"{path.stem}: {text[found.start() - 30 : found.end() + 30]!r}"
        assert f"]({anchor})" in around[0]
        return
    raise AssertionError(f"no notebook speaks of {entry}")


@pages
def test_glossary_links_lead_to_an_entry(path: Path) -> None:
    anchors = {entry.replace(" ", "-") for entry in ENTRIES}
    assert {*re.findall(r"glossary\.ipynb#([\w-]+)", prose(path))} <= anchors


def test_the_handout_fits_on_one_page() -> None:
    text = (FOLDER / "handout.md").read_text(encoding="utf-8")
    assert words(text) <= 450
    assert len(text.splitlines()) <= 70


@pages
def test_links_lead_somewhere_and_pictures_have_words(path: Path) -> None:
    for shown, target in re.findall(r"\[([^\]]*)\]\(([^)]+)\)", prose(path), re.S):
        assert shown.strip(), target
        if not target.startswith("https://"):
            assert (path.parent / target.partition("#")[0]).is_file(), target
    assert "<img" not in prose(path)
    for diagram in re.findall(r"```mermaid(.+?)```", prose(path), re.S):
        assert "accTitle:" in diagram
        assert "accDescr:" in diagram
