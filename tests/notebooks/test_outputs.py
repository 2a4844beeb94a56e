"""Committed notebooks have been run, are always the same, and contain no secrets.

nbval compares every output (`pytest` collects the notebooks for that). So CI only runs
notebook 02 again, on its own, because it's full of tokens. ``-m weekly`` runs them all.
These tests find what nbval misses: a cell that was never run, a magic that failed, an
output that nobody should see.
"""

import ast
import configparser
import re
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers import notebook_outputs, places
from livechat_helpers.applications import current_application
from livechat_helpers.client import account_client
from livechat_helpers.notebook_outputs import normalise, run, to_text
from livechat_helpers.support_desk import SupportDesk

from .conftest import CANARY, Stand
from .course import (
    LESSONS,
    NOTEBOOKS,
    PAGES,
    TRANSLATIONS,
    code_cells,
    in_ci,
    name,
    parsed,
    read,
    source,
    tags,
)
from .play import said_by

SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a token": r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.",
    "an API secret": r"""api_?secret\\?["']?\s*[:=]\s*\\?["'][^"'\\]+""",
}
MACHINE_PATHS = r"(/home/|/Users/|/tmp/|/root/|[A-Z]:\\\\)\w+"
IGNORING = ("nbval-ignore-output", "nbval-skip", "cloud")

pages = pytest.mark.parametrize("path", PAGES, ids=name)


@in_ci(PAGES, "02")
def test_running_a_notebook_alone_changes_no_line_of_it(
    stand: Stand, path: Path
) -> None:
    stand.empty()
    again = to_text(run(read(path)))
    assert again == path.read_text(encoding="utf-8")
    assert not exposed(again, stand)
    lesson = (LESSONS | TRANSLATIONS).get(path)
    for step in lesson.leaves if lesson else ():
        assert step.holds(), f"the notebook doesn't leave {step.what}"


def test_running_notebook_01_again_creates_nothing_new_and_loses_nothing(
    stand: Stand,
) -> None:
    def what_there_is() -> tuple[str, bytes, list[str]]:
        found, _ = account_client().application.list_applications()
        names = sorted(each.name for each in found)
        application = current_application()
        return application.id, application.private_key_file.read_bytes(), names

    stand.empty()
    said_by(NOTEBOOKS[1], "")
    before = what_there_is()
    room = SupportDesk.open().open_chat()["conversation"]["id"]
    said_by(NOTEBOOKS[1], "")
    assert what_there_is() == before
    assert SupportDesk.open().ended(room) is None


@pytest.mark.weekly
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_a_notebook_that_is_run_again_shows_the_same(stand: Stand, path: Path) -> None:
    committed = path.read_text(encoding="utf-8")
    for _ in range(2):
        assert to_text(run(read(path))) == committed


def exposed(text: str, stand: Stand) -> list[str]:
    """Return the secrets of a run that are in a text."""
    return [secret for secret in stand.secrets() if secret in text]


def notebook(*sources: str) -> dict[str, Any]:
    """Return a notebook with code cells that were not run."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": text.splitlines(keepends=True),
        }
        for number, text in enumerate(sources)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def test_a_notebook_that_shows_secrets_is_caught(stand: Stand) -> None:
    leaky = notebook(
        "from livechat_helpers.applications import current_application\n"
        "from livechat_helpers.settings import Settings, running_sandbox\n"
        "application = current_application()\n"
        "print(application.private_key_file.read_text())",
        "print(application.minter().mint())",
        "print(running_sandbox().api_secret.get_secret_value())",
        "print(Settings.load().agent_password.get_secret_value())",
    )
    stand.empty()
    for cell in (run(leaky))["cells"]:
        shown = str(cell["outputs"])
        named = [what for what, pattern in SECRETS.items() if re.search(pattern, shown)]
        assert named or CANARY in exposed(shown, stand)
    key = str(run(leaky)["cells"][0]["outputs"])
    assert len(exposed(key, stand)) > 5  # one for each line of the key


@pages
def test_committed_notebooks_are_normalised(path: Path) -> None:
    assert to_text(normalise(read(path))) == path.read_text(encoding="utf-8")


@pages
def test_every_cell_was_run_in_order(path: Path) -> None:
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))


@pages
def test_a_cell_that_ends_in_a_value_shows_it(path: Path) -> None:
    for cell in code_cells(path):
        last = parsed(cell).body[-1]
        is_call = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
        shows = isinstance(last, ast.Expr) and not is_call
        if shows or source(cell).splitlines()[-1].startswith(("lesson.", "print(")):
            assert cell["outputs"], source(cell)


@pages
def test_only_cells_that_say_so_end_in_an_error(path: Path) -> None:
    for cell in code_cells(path):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        assert failed == ("raises-exception" in tags(cell))


@pages
def test_a_notebook_contains_no_secrets_and_no_local_paths(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for what, pattern in SECRETS.items():
        assert not re.search(pattern, text), what
    assert not re.search(MACHINE_PATHS, text)


@pages
def test_a_notebook_contains_no_widget_that_only_works_on_one_machine(
    path: Path,
) -> None:
    assert "widgets" not in read(path)["metadata"]
    assert "vnd.jupyter.widget" not in path.read_text(encoding="utf-8")


@pages
def test_a_notebook_is_plain_python_without_keyboard_input(
    path: Path,
) -> None:
    for cell in code_cells(path):
        calls = [n for n in ast.walk(parsed(cell)) if isinstance(n, ast.Call)]
        names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        assert not names & {"input", "get_ipython"}


def test_nearly_every_output_is_compared() -> None:
    cells = [cell for path in PAGES for cell in code_cells(path)]
    ignored = [cell for cell in cells if {*tags(cell)} & {*IGNORING}]
    assert len(ignored) <= 0.05 * len(cells)
    with_output = [cell for cell in cells if cell["outputs"] and cell not in ignored]
    assert len(with_output) >= 0.8 * len(cells)


def test_nbval_ignores_exactly_what_the_normaliser_replaces() -> None:
    sanitizers = configparser.RawConfigParser()
    sanitizers.read(places.ROOT / "tests/notebooks/sanitize.cfg")
    found = {name: sanitizers[name]["regex"] for name in sanitizers.sections()}
    assert found == notebook_outputs.PATTERNS
    assert len(found) <= 4
