"""The committed notebooks: run, readable without being run, and holding no secret.

nbval compares every output (`pytest` collects the notebooks for that). These tests
close its holes: a cell that was never run, a magic that failed, an output that nobody
should see.
"""

import configparser
import json
import re
import statistics
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from livechat_helpers import notebook_outputs, places, services
from livechat_helpers.notebook_outputs import normalise, to_text

FOLDER = places.ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token": r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.",
    "an API secret": r"""api_?secret\\?["']?\s*[:=]\s*\\?["'][^"'\\]+""",
}
MACHINE_PATHS = r"(/home/|/Users/|/tmp/|/root/|[A-Z]:\\\\)\w+"

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_running_a_notebook_again_changes_no_line_of_it(path: Path) -> None:
    services.ensure_running()
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    )
    client.execute()
    again = normalise(json.loads(nbformat.writes(notebook)))
    assert to_text(again) == path.read_text(encoding="utf-8")


def test_a_notebook_is_as_the_normaliser_leaves_it(path: Path) -> None:
    assert to_text(normalise(read(path))) == path.read_text(encoding="utf-8")


def test_every_cell_was_run_in_order(path: Path) -> None:
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


def test_a_cell_that_ends_in_a_value_shows_it(path: Path) -> None:
    for cell in code_cells(path):
        last = source(cell).rstrip().splitlines()[-1]
        is_value = re.match(r"^[\w.]+(\(.*\)|\[.*\])?$", last) is not None
        returns_nothing = last.startswith(("print(", "visitor.say"))
        if is_value and not returns_nothing:
            assert cell["outputs"], last


def test_only_cells_that_say_so_end_in_an_error(path: Path) -> None:
    for cell in code_cells(path):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in cell["metadata"].get("tags", []))


def test_a_notebook_holds_no_secret_and_no_path_of_a_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for what, pattern in SECRETS.items():
        assert not re.search(pattern, text), what
    assert not re.search(MACHINE_PATHS, text)


def test_a_notebook_holds_no_magic_and_no_question_to_the_keyboard(path: Path) -> None:
    for cell in code_cells(path):
        assert not re.search(r"^\s*[%!]|\binput\(", source(cell), re.MULTILINE)


def test_cells_are_short_and_imports_stand_in_the_first_one(path: Path) -> None:
    cells = code_cells(path)
    lengths = [len([line for line in source(c).splitlines() if line]) for c in cells]
    assert max(lengths) <= 25
    assert statistics.median(lengths) <= 5
    assert all(len(line) <= 88 for c in cells for line in source(c).splitlines())
    for cell in cells[1:]:
        assert not re.search(r"^(from .+ )?import ", source(cell), re.MULTILINE)
    assert "import *" not in "".join(source(cell) for cell in cells)
    names = re.findall(r"from livechat_helpers\S* import (.+)", source(cells[0]))
    assert len(", ".join(names).split(", ")) <= 4


def test_the_summary_says_what_the_overview_promised(path: Path) -> None:
    text = "\n".join(
        source(cell) for cell in read(path)["cells"] if cell["cell_type"] == "markdown"
    )
    headings = re.findall(r"^(#+) (.+)$", text, re.MULTILINE)
    assert [marks for marks, _ in headings].count("#") == 1
    assert headings[0][0] == "#"
    names = [name for _, name in headings]
    for needed in ("Overview", "Prerequisites", "Summary", "What's next?", "Resources"):
        assert needed in names
    assert "**Time to learn**" in text
    promised, kept = (
        re.findall(r"^\d\. .+", part, re.MULTILINE)
        for part in (text.split("## Summary")[0], text.split("## Summary")[1])
    )
    assert 3 <= len(promised) <= 5
    assert len(promised) == len(kept)


def test_links_lead_somewhere_and_pictures_have_words(path: Path) -> None:
    text = "\n".join(
        source(cell) for cell in read(path)["cells"] if cell["cell_type"] == "markdown"
    )
    for is_picture, words, target in re.findall(
        r"(!?)\[([^\]]*)\]\(([^)]+)\)", text, re.DOTALL
    ):
        assert words.strip(), target
        if not target.startswith("https://"):
            assert (FOLDER / target).is_file(), (is_picture, target)
    for diagram in re.findall(r"```mermaid(.+?)```", text, re.DOTALL):
        assert "accTitle:" in diagram
        assert "accDescr:" in diagram


def test_nbval_overlooks_just_what_the_normaliser_replaces(path: Path) -> None:
    sanitizers = configparser.RawConfigParser()
    sanitizers.read(places.ROOT / "tests/notebooks/sanitize.cfg")
    found = {name: sanitizers[name]["regex"] for name in sanitizers.sections()}
    assert found == notebook_outputs.PATTERNS
    assert len(found) <= 4
