"""The course at a person's pace, next to another notebook's live pane.

Without pauses, a notebook ends before anything else can interfere: a pane that asks for
news, a website that receives a webhook, a session that reconnects. It takes minutes, so
only ``-m weekly`` plays it.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from livechat_helpers import places, services
from livechat_helpers.notebook_outputs import normalise

from .course import FOLDER, NOTEBOOKS, Json, code_cells, source

PACE = 0.8  # seconds between two cells
LONGEST_CELL = 60

START, *OTHERS = NOTEBOOKS
PARTS = (OTHERS[:4], OTHERS[4:8], OTHERS[8:])
"""A different learner plays each part, all at the same time."""


def client_of(path: Path, pace: float = 0) -> NotebookClient:
    """Return a client that runs a notebook, and waits after each cell."""
    return NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=LONGEST_CELL,
        resources={"metadata": {"path": str(FOLDER)}},
        on_cell_complete=lambda cell, cell_index: time.sleep(pace),
    )


@pytest.fixture
def learners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[dict[str, str]]]:
    """The environments of learners who all have notebook 00 open, with a live pane."""
    with ExitStack() as stack:
        environments = []
        for number, _ in enumerate(PARTS):
            monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path / str(number)))
            stack.enter_context(services.running_on(places.sandbox_dir()))
            environments.append({**os.environ})
            pane = client_of(START)
            stack.enter_context(pane.setup_kernel())
            for at, cell in enumerate(pane.nb.cells):
                pane.execute_cell(cell, at)
        yield environments


def differing(path: Path, environment: dict[str, str]) -> list[str]:
    """Run a notebook; return the cells with outputs that differ from the file."""
    client = client_of(path, PACE)
    client.allow_errors = True  # an error is one more output that differs
    client.execute(env=environment)
    played: Json = normalise(json.loads(nbformat.writes(client.nb)))
    cells = [cell for cell in played["cells"] if cell["cell_type"] == "code"]
    return [
        f"{path.stem}: {source(now)} shows {now['outputs']}"
        for now, committed in zip(cells, code_cells(path), strict=True)
        if now["outputs"] != committed["outputs"]
    ]


def play(part: Sequence[Path], environment: dict[str, str]) -> list[str]:
    """Run some notebooks, one after the other, and return what differs."""
    return [one for path in part for one in differing(path, environment)]


@pytest.mark.weekly
@pytest.mark.timeout(900)
def test_with_a_live_pane_every_output_matches_the_committed_one(
    learners: list[dict[str, str]],
) -> None:
    with ThreadPoolExecutor(len(PARTS)) as threads:
        found = [one for part in threads.map(play, PARTS, learners) for one in part]
    assert not found, "\n\n".join(found)
