"""Assignments for nbgrader and otter: solved gets full marks, untouched gets none."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers import places, pristine
from livechat_helpers.classroom.export import main
from livechat_helpers.classroom.export.cells import Graded, cells_of
from livechat_helpers.lessons.content import Lesson
from livechat_helpers.lessons.running import all_lessons, find

Json = dict[str, Any]

NUMBER = 4

SCORES = """
import json, sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    print(json.dumps({one.student.id: [one.score, one.max_score]
                      for one in book.assignment_submissions(sys.argv[1])}))
"""


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.path.stem)
def test_each_exercise_is_one_graded_answer(lesson: Lesson) -> None:
    graded = [one for one in cells_of(lesson) if isinstance(one, Graded)]
    assert [one.name for one in graded] == [one.name for one in lesson.exercises]
    for one in graded:
        assert "..." in one.starter
        assert "lesson.check" not in one.starter
        compile(f"{one.starter}\n{one.solution}\n{one.check}", one.name, "exec")


def test_an_nbgrader_course_has_answers_and_checks_with_points(tmp_path: Path) -> None:
    main(["--nbgrader", str(tmp_path), "--only", str(NUMBER)])
    [path] = (tmp_path / "source").rglob("*.ipynb")
    marks = [
        cell["metadata"]["nbgrader"]
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if "nbgrader" in cell["metadata"]
    ]
    count = len(find(NUMBER).exercises)
    assert sum(mark.get("points", 0) for mark in marks) == count
    assert [mark["solution"] for mark in marks] == [True, False] * count
    assert len({mark["grade_id"] for mark in marks}) == 2 * count


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course folder without git, where the set-up has kept the originals."""
    folder = tmp_path / "course"
    shutil.copytree(places.ROOT / "notebooks", folder / "notebooks")
    monkeypatch.setattr(places, "ROOT", folder)
    monkeypatch.setattr(places, "shipped", lambda: folder)
    pristine.keep(places.notebooks())
    return folder


def solve(cells: list[Json]) -> list[Json]:
    return [
        {**cell, "source": ['answer = 4\n\nlesson.check("4.1")']}
        if "lesson.check" in "".join(cell["source"])
        else cell
        for cell in cells
    ]


def delete(cells: list[Json]) -> list[Json]:
    return [cell for cell in cells if "lesson.check" not in "".join(cell["source"])]


@pytest.mark.parametrize("change", [solve, delete, lambda _: None])
def test_an_instructors_own_answers_arent_exported(
    course: Path, change: Callable[[list[Json]], Any]
) -> None:
    lesson = find(NUMBER)
    expected = cells_of(lesson)
    notebook = json.loads(lesson.path.read_text(encoding="utf-8"))
    notebook["cells"] = change(notebook["cells"])
    lesson.path.write_text(json.dumps(notebook), encoding="utf-8")
    assert cells_of(lesson) == expected


def test_an_instructors_own_text_is_exported_even_without_cell_ids(
    course: Path,
) -> None:
    lesson = find(NUMBER)
    notebook = json.loads(lesson.path.read_text(encoding="utf-8"))
    notebook["cells"][0]["source"] = ["# For our class"]
    for cell in notebook["cells"]:
        del cell["id"]
    lesson.path.write_text(json.dumps(notebook), encoding="utf-8")
    first, *_ = cells_of(lesson)
    assert isinstance(first, dict)
    assert first["source"] == ["# For our class"]


def test_an_export_doesnt_overwrite_what_an_instructor_has_edited(
    tmp_path: Path,
) -> None:
    command = ["--nbgrader", str(tmp_path), "--only", str(NUMBER)]
    main(command)
    (tmp_path / "nbgrader_config.py").write_text("c.mine = 1")
    main(command)
    assert (tmp_path / "nbgrader_config.py").read_text() == "c.mine = 1"
    [path] = (tmp_path / "source").rglob("*.ipynb")
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(FileExistsError, match="name another folder"):
        main(command)
    assert path.read_text(encoding="utf-8") == "{}"


class Graders:
    """An environment with the kit, nbgrader and otter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        given = os.environ.get("LIVECHAT_GRADERS")
        self._bin = Path(given) / "bin" if given else self._install(folder / "venv")

    @staticmethod
    def _install(venv: Path) -> Path:
        uv = shutil.which("uv")
        assert uv, "this test needs uv"
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, venv], check=True)
        # otter still imports pkg_resources, which later ones don't have.
        graders = ("nbgrader", "otter-grader", "setuptools<81")
        packages = ("-e", f"{places.ROOT}[course]", *graders)
        into = ("--python", venv / "bin" / "python")
        pins = ("-c", places.ROOT / "constraints.txt")
        subprocess.run(
            [uv, "pip", "install", "-q", *into, *packages, *pins], check=True
        )
        return venv / "bin"

    def run(self, *command: str, home: str) -> str:
        """Run one of its programs in a fresh home and return what it prints."""
        program, *arguments = command
        variables = {
            **os.environ,
            "LIVECHAT_HOME": str(self.folder / home),
            "PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}",
        }
        (self.folder / home).mkdir(exist_ok=True)
        done = subprocess.run(
            [self._bin / program, *arguments],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def graders(tmp_path_factory: pytest.TempPathFactory) -> Graders:
    return Graders(tmp_path_factory.mktemp("graders"))


@pytest.mark.weekly
@pytest.mark.timeout(1200)
def test_nbgrader_gives_full_marks_to_a_solved_assignment_and_none_to_an_untouched_one(
    graders: Graders,
) -> None:
    lesson = find(NUMBER)
    name, file = lesson.path.stem, lesson.path.name
    main(["--nbgrader", str(graders.folder), "--only", str(NUMBER)])
    graders.run("nbgrader", "generate_assignment", name, "--create", home="making")
    released = graders.folder / "release" / name / file
    assert "BEGIN SOLUTION" not in released.read_text(encoding="utf-8")
    solved = graders.folder / "source" / name / file
    for learner, given in (("untouched", released), ("solved", solved)):
        folder = graders.folder / "submitted" / learner / name
        folder.mkdir(parents=True)
        shutil.copy(given, folder / file)
        graders.run("nbgrader", "autograde", name, "--student", learner, home=learner)
    scores = json.loads(graders.run("python", "-c", SCORES, name, home="making"))
    most = float(len(lesson.exercises))
    assert scores == {"untouched": [0.0, most], "solved": [most, most]}


@pytest.mark.weekly
@pytest.mark.timeout(1200)
def test_otter_gives_full_marks_to_a_solved_assignment_and_none_to_an_untouched_one(
    graders: Graders,
) -> None:
    lesson = find(NUMBER)
    name, file = lesson.path.stem, lesson.path.name
    main(["--otter", str(graders.folder), "--only", str(NUMBER)])
    graders.run("otter", "assign", f"{name}/{file}", "dist", home="otter")
    [autograder] = (graders.folder / "dist" / "autograder").glob("*.zip")
    for kind, share in (("student", 0), ("autograder", 1)):
        given = graders.folder / "dist" / kind / file
        (graders.folder / f"{kind}-out").mkdir()
        graders.run(
            *("otter", "run", str(given), "-a", str(autograder)),
            *("-o", f"{kind}-out"),
            home=f"otter-{kind}",
        )
        results = graders.folder / f"{kind}-out" / "results.json"
        tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
        got = sum(one.get("score", 0) for one in tests)
        assert got == share * len(lesson.exercises), tests
