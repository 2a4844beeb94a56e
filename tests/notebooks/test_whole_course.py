"""The course as a whole: at a person's pace, and what a learner has at its end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import headless
import nbformat
import pytest
from agent_pane.stand import start as start_process
from nbclient import NotebookClient
from playwright.sync_api import Browser, Page, expect

from livechat_helpers import places, services
from livechat_helpers.lessons import pieces, start
from livechat_helpers.lessons.my_server import MyServer
from livechat_helpers.lessons.solutions import solution_of
from livechat_helpers.notebook_outputs import normalise, to_text
from livechat_helpers.settings import Settings
from livechat_helpers.website.passwords import FRONT_DESK, Passwords

from .conftest import Stand
from .course import FOLDER, LESSONS, NOTEBOOKS, code_cells, exercise_of, read
from .play import Played

PACE = 0.8  # seconds between two cells
LONGEST_CELL = 60

Play = Callable[[Path], Played]


@pytest.fixture
def pace_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh home in which the pane of notebook 00 is open, live, in a kernel."""
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    with services.running_on(places.sandbox_dir()):
        pane = NotebookClient(
            nbformat.read(FOLDER / "00_start_here.ipynb", as_version=4),
            timeout=LONGEST_CELL,
            resources={"metadata": {"path": str(FOLDER)}},
        )
        with pane.setup_kernel():
            for at, cell in enumerate(pane.nb.cells):
                pane.execute_cell(cell, at)
            yield tmp_path


@pytest.mark.timeout(1200)
def test_at_a_persons_pace_beside_a_live_pane_every_output_is_as_committed(
    pace_home: Path,
) -> None:
    differing = []
    for path in NOTEBOOKS[1:]:
        committed = path.read_text(encoding="utf-8")
        client = NotebookClient(
            nbformat.read(path, as_version=4),
            timeout=LONGEST_CELL,
            resources={"metadata": {"path": str(FOLDER)}},
            on_cell_complete=lambda cell, cell_index: time.sleep(PACE),
        )
        client.execute()
        if to_text(normalise(client.nb)) != committed:
            differing.append(path.stem)
    assert not differing


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with headless.chromium() as launched:
        yield launched


def chat_through(server: MyServer, chromium: Browser, text: str) -> None:
    """Let a customer and an agent, each in a browser of their own, talk."""
    customer = chromium.new_context().new_page()
    agent = chromium.new_context().new_page()
    customer.goto(server.url)
    customer.get_by_role("button", name="Chat with us").click()
    customer.locator("body[data-ready]").wait_for()
    customer.get_by_label("Your message").fill(text)
    customer.get_by_label("Your message").press("Enter")
    expect(customer.locator(".mine", has_text=text)).to_be_visible()
    agent.goto(f"{server.url.rstrip('/')}/agent")
    passwords = Passwords(places.sandbox_dir())
    password = passwords.of(FRONT_DESK, Settings.load())
    agent.get_by_label("Password").fill(password)
    agent.get_by_role("button", name="Sign in").click()
    expect(agent.get_by_text(text)).to_be_visible()
    agent.get_by_label("Your answer").fill(f"Yes: {text}")
    agent.get_by_label("Your answer").press("Enter")
    expect(customer.locator(".theirs", has_text=f"Yes: {text}")).to_be_visible()


@pytest.mark.parametrize("mine", ["all", "every second", "none"])
def test_a_learners_chat_runs_whichever_pieces_are_theirs(
    stand: Stand, chromium: Browser, mine: str
) -> None:
    stand.empty()
    start(12, {})
    for number, (name, kits) in enumerate(pieces.kits_pieces().items()):
        if mine == "all" or (mine == "every second" and number % 2):
            pieces.put(name, kits.code, {})
    owners = {piece.owner for piece in pieces.pieces()}
    assert (
        owners
        == {
            "all": {"yours"},
            "every second": {"yours", "the kit's"},
            "none": {"the kit's"},
        }[mine]
    )
    server = MyServer()
    try:
        chat_through(server, chromium, f"Are {mine} of the pieces mine?")
    finally:
        server.close()


def test_with_every_exercise_answered_every_piece_is_the_learners(
    stand: Stand, played: Play, chromium: Browser
) -> None:
    stand.empty()
    for path in NOTEBOOKS:
        for name, note in played(path).solved.items():
            assert note.state == "correct", name
    placed = {
        name
        for name in pieces.kits_pieces()
        if "part of your chat" in said(played, name)
    }
    assert placed == {*pieces.kits_pieces()}


def said(played: Play, exercise: str) -> str:
    """Return what a right answer to an exercise was told."""
    for path in NOTEBOOKS:
        if note := played(path).solved.get(exercise):
            return note.text
    return ""


def test_the_whole_program_is_short_enough_to_read() -> None:
    kinds = (".py", ".js", ".css", ".html")
    files = [path for path in pieces.KIT.rglob("*") if path.suffix in kinds]
    texts = [path.read_text(encoding="utf-8").splitlines() for path in files]
    assert sum(map(len, texts)) < 1700
    assert max(map(len, texts)) <= 300


@pytest.mark.weekly
@pytest.mark.timeout(1800)
def test_the_course_is_played_in_jupyterlab_and_ends_in_a_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chromium: Browser
) -> None:
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for path in NOTEBOOKS:
        solved = to_text(answered(path))
        (folder / path.name).write_text(solved, encoding="utf-8")
    with services.running_on(places.sandbox_dir()), jupyterlab(tmp_path) as lab:
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        for path in NOTEBOOKS:
            run_all(page, lab, path.name)
            assert not_right(folder / path.name) == []
        assert {piece.owner for piece in pieces.pieces()} == {"yours"}
        server = MyServer()
        try:
            chat_through(server, chromium, "Is all of it mine?")
        finally:
            server.close()


def answered(path: Path) -> dict[str, Any]:
    """Return a notebook with the reference answer in each exercise, not run yet."""
    notebook, lesson = read(path), LESSONS[path]
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        name = exercise_of(cell)
        exercise = lesson.exercise(name) if name else None
        if exercise is not None:
            code = solution_of(exercise.name).in_cell(exercise.asks[0])
            text = f'{code}\nlesson.check("{exercise.name}")'
            cell["source"] = text.splitlines(keepends=True)
        cell |= {"outputs": [], "execution_count": None}
    return notebook


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Run JupyterLab on a folder, and give its address with the token."""
    process, ready = start_process(
        "livechat_helpers.launch.jupyter",
        "--ServerApp.ip=localhost",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
    )
    try:
        yield f"{ready['url']}lab/tree/notebooks/{{}}?reset&token={ready['token']}"
    finally:
        process.terminate()
        process.wait()


def run_all(page: Page, lab: str, name: str) -> None:
    """Open a notebook, run all its cells, and save it."""
    page.set_default_timeout(120_000)
    page.goto(lab.format(name))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.get_by_text("Python 3 (ipykernel) | Busy").wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)


def not_right(path: Path) -> list[str]:
    """Return what checks said in a notebook that was run, unless it was correct."""
    said = []
    for cell in code_cells(path):
        if exercise_of(cell) is not None:
            texts = [
                str(one.get("data", {}).get("text/plain")) for one in cell["outputs"]
            ]
            said += [text for text in texts if " correct: " not in text][:1]
            said += [] if texts else [f"{exercise_of(cell)} was not run"]
    return said
