"""The course as a whole: what a learner has in the end."""

import ast
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import headless
import pytest
from agent_pane.stand import start as start_process
from playwright.sync_api import Browser, Page, expect

from livechat_helpers import places, services
from livechat_helpers.lessons import pieces, start
from livechat_helpers.lessons.content import Exercise
from livechat_helpers.lessons.my_server import MyServer
from livechat_helpers.lessons.solutions import solution_of
from livechat_helpers.notebook_outputs import to_text
from livechat_helpers.settings import Settings
from livechat_helpers.website.passwords import FRONT_DESK, Passwords

from .conftest import Stand
from .course import (
    LESSONS,
    NOTEBOOKS,
    code_cells,
    exercise_of,
    parsed,
    read,
    source,
    tags,
)

LONGEST_NOTEBOOK = 300  # seconds


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A real browser."""
    with headless.chromium() as launched:
        yield launched


def chat_through(server: MyServer, chromium: Browser, text: str) -> None:
    """Let a customer and an agent talk, each in a separate browser."""
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


@pytest.mark.parametrize(
    "mine",
    [
        "every second",
        # test_right_answers has a chat with only the learner's pieces, and lessons/
        # test_my_server has one of the kit's.
        pytest.param("all", marks=pytest.mark.weekly),
        pytest.param("none", marks=pytest.mark.weekly),
    ],
)
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


def test_every_piece_answers_an_exercise() -> None:
    exercises = {one.name for lesson in LESSONS.values() for one in lesson.exercises}
    assert {*pieces.kits_pieces()} <= exercises


def test_the_whole_program_is_short_enough_to_read() -> None:
    kinds = (".py", ".js", ".css", ".html")
    files = [path for path in pieces.KIT.rglob("*") if path.suffix in kinds]
    texts = [path.read_text(encoding="utf-8").splitlines() for path in files]
    assert sum(map(len, texts)) < 1700
    assert max(map(len, texts)) <= 300


@pytest.mark.weekly
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("notebooks", "answers_every"),
    [
        pytest.param(NOTEBOOKS, 1, id="everything answered"),
        pytest.param(NOTEBOOKS, 2, id="half of it left open"),
        pytest.param(NOTEBOOKS[6:], 1, id="begun in the middle"),
    ],
)
def test_the_course_is_played_in_jupyterlab_and_ends_in_a_chat(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chromium: Browser,
    notebooks: list[Path],
    answers_every: int,
) -> None:
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "notebooks"
    folder.mkdir()
    exercises = [one.name for path in notebooks for one in LESSONS[path].exercises]
    answered = {*exercises[::answers_every]}
    for path in notebooks:
        text = to_text(with_answers(path, answered))
        (folder / path.name).write_text(text, encoding="utf-8")
    with services.running_on(places.sandbox_dir()), jupyterlab(tmp_path) as lab:
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        for path in notebooks:
            run_all(page, lab, folder / path.name)
            assert not_right(folder / path.name, answered) == []
        mine = {one.exercise for one in pieces.pieces() if one.owner == "yours"}
        assert mine == answered & {*pieces.kits_pieces()}
        server = MyServer()
        try:
            chat_through(server, chromium, "Is this mine?")
        finally:
            server.close()


def with_answers(path: Path, answered: Set[str]) -> dict[str, Any]:
    """Return a notebook, not run yet, with the reference answer to some exercises."""
    notebook, lesson = read(path), LESSONS[path]
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        name = exercise_of(cell)
        exercise = lesson.exercise(name) if name and name in answered else None
        if exercise is not None:
            cell["source"] = with_answer(cell, exercise).splitlines(keepends=True)
        cell |= {"outputs": [], "execution_count": None}
    return notebook


def with_answer(cell: dict[str, Any], exercise: Exercise) -> str:
    """Return a cell with the reference answer instead of its starter."""
    asked, lines = {*exercise.asks}, source(cell).splitlines()
    starters = [one for one in parsed(cell).body if asked & names_in(one)]
    gone = sorted(line for one in starters for line in lines_of(one))
    lines[gone[0] - 1] = solution_of(exercise.name).in_cell(exercise.asks[0])
    kept = [line for at, line in enumerate(lines, 1) if at not in gone[1:]]
    return "\n".join(kept)


def names_in(node: ast.stmt) -> set[str]:
    """Return the names that a statement defines or uses."""
    used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return used | {getattr(node, "name", "")}


def lines_of(node: ast.stmt) -> range:
    """Return the line numbers of a statement, including its decorators."""
    decorators = getattr(node, "decorator_list", [])
    first = min(one.lineno for one in [node, *decorators])
    return range(first, (node.end_lineno or first) + 1)


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Run JupyterLab on a folder, and yield its address with the token."""
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


def run_all(page: Page, lab: str, path: Path) -> None:
    """Open a notebook, run all its cells, and save it afterwards."""
    page.set_default_timeout(120_000)
    page.goto(lab.format(path.name))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    deadline = time.monotonic() + LONGEST_NOTEBOOK
    while (left := not_run(path)) is not None:
        assert time.monotonic() < deadline, left
        page.wait_for_timeout(1000)
        page.keyboard.press("Control+s")


def not_run(path: Path) -> str | None:
    """Return the first cell that wasn't run when a notebook was saved, or None."""
    try:
        cells = code_cells(path)
    except ValueError:
        return "It's being saved."
    return next((source(one) for one in cells if not one["execution_count"]), None)


def not_right(path: Path, answered: Set[str]) -> list[str]:
    """Return what went wrong in a notebook: errors, and answers that aren't correct."""
    wrong = []
    for cell in code_cells(path):
        failed = [one for one in cell["outputs"] if one["output_type"] == "error"]
        if failed and "raises-exception" not in tags(cell):
            wrong.append(f"{source(cell)}: {failed}")
        name = exercise_of(cell)
        texts = [str(one.get("data", {}).get("text/plain")) for one in cell["outputs"]]
        if name in answered and not any(f"{name} correct: " in text for text in texts):
            wrong.append(f"{name}: {texts}")
    return wrong
