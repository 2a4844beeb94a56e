"""The learner's chat: who wrote its pieces, and that none of it is lost."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from livechat_helpers import places
from livechat_helpers.lessons import pieces
from livechat_helpers.lessons.answer_code import answer_in, unknown_names

EXP_IN = """def exp_in(m):
    # My own words.
    return int(time.time()) + m * 60
"""


def text(name: str) -> str:
    return (places.my_chat_dir() / name).read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def program(home: Path) -> Path:
    """The learner's program, before any changes."""
    pieces.install()
    return places.my_chat_dir()


def test_at_first_every_piece_is_the_kits(program: Path) -> None:
    assert {piece.owner for piece in pieces.pieces()} == {"the kit's"}
    assert "[2.1] calculate when a token expires: the kit's" in text("tokens.py")


def test_a_correct_answer_is_part_of_the_program_as_it_was_written() -> None:
    put = pieces.put("2.1", EXP_IN, {"time": time})
    assert (put.place, put.owner) == ("my_chat/tokens.py", "yours")
    assert EXP_IN in text("tokens.py")
    assert "def read_token" in text("tokens.py")


def test_an_answer_inside_a_function_is_indented_with_it() -> None:
    pieces.put("2.2", "acl_to_chat = {\n    'paths': {}\n}", {})
    assert "    acl_to_chat = {\n        'paths': {}\n    }\n" in text("tokens.py")
    compile(text("tokens.py"), "tokens.py", "exec")


def test_an_answer_brings_the_imports_that_its_file_lacks() -> None:
    answer = "def exp_in(m):\n    return int(clock.time()) + 60 * m * ONE\n"
    with pytest.raises(
        pieces.Unplaced, match="`ONE`, which exists only in this notebook"
    ):
        pieces.put("2.1", answer, {"clock": time, "ONE": 1})
    pieces.put("2.1", answer.replace(" * ONE", ""), {"clock": time})
    assert "import time as clock\n" in text("tokens.py")


def test_an_async_answer_can_be_called_like_any_other() -> None:
    answer = EXP_IN.replace("def exp_in", "async def exp_in")
    pieces.put("2.1", answer, {})
    assert answer in text("tokens.py")
    names: dict[str, Any] = {}
    code = pieces.piece("2.1")
    assert code is not None
    exec(f"import time\n{code.code}", names)
    assert abs(names["exp_in"](1) - time.time() - 60) < 5
    route = (
        "app = FastAPI()\n\n\n@app.post('/')\nasync def new_token():\n    return 1\n"
    )
    assert pieces.put("6.3", route, {}).code == route


def test_a_piece_can_switch_to_the_kits_version_and_back() -> None:
    pieces.put("2.1", EXP_IN, {})
    pieces.use("2.1", "the kit's")
    assert "My own words" not in text("tokens.py")
    pieces.use("2.1", "yours")
    assert EXP_IN in text("tokens.py")


def test_a_piece_without_a_correct_answer_cannot_be_the_learners() -> None:
    with pytest.raises(pieces.Unplaced, match="a correct answer"):
        pieces.use("2.1", "yours")


def test_a_learners_changes_by_hand_stay(program: Path) -> None:
    changed = text("tokens.py") + "\n# My own note.\n"
    (program / "tokens.py").write_text(changed, encoding="utf-8")
    pieces.install()
    pieces.put("2.1", EXP_IN, {})
    pieces.install()
    assert text("tokens.py").endswith("# My own note.\n")
    assert EXP_IN in text("tokens.py")


def test_a_file_that_was_deleted_comes_back_with_the_learners_answer(
    program: Path,
) -> None:
    pieces.put("2.1", EXP_IN, {})
    (program / "tokens.py").unlink()
    assert pieces.piece("2.1") is not None
    pieces.use("2.1", "yours")
    assert EXP_IN in text("tokens.py")


def test_an_answer_is_what_the_cell_defines_not_what_it_calls() -> None:
    cells = [
        "%matplotlib inline",
        f"{EXP_IN}\n\nprint(exp_in(1))\nlesson.check('2.1')\n",
        "exp_in",
    ]
    assert answer_in(cells, ["exp_in"]) == EXP_IN
    assert answer_in(cells, ["read_token"]) is None
    assert answer_in([*cells, f"{EXP_IN}\nawait later()"], ["exp_in"]) == EXP_IN


def test_an_answer_leaves_out_what_else_is_in_its_cell() -> None:
    given = "mixed = lesson.given('mixed')\n"
    helper = "DOTS = '...'\n\n\ndef short(text):\n    return text + DOTS\n"
    mine = "# Mine.\ndef transcript(events):\n    return [short(e) for e in events]\n"
    cell = f"{given}\n\n{helper}\n\n{mine}\n\nprint(mixed)\n"
    assert answer_in([cell], ["transcript"]) == f"{helper}\n\n{mine}"
    app = "app = FastAPI()\n\n\n@app.post('/')\ndef new_chat():\n    return {}\n"
    cell = f"{app}\n\n@first.get('/')\ndef other():\n    return 1\n"
    assert answer_in([cell], ["app"]) == app


def test_an_answer_uses_the_files_values_rather_than_its_cells() -> None:
    mine = "def answer_fast(webhook):\n    todo.put(webhook)\n    return 200\n"
    put = pieces.put("5.1", f"todo, worked = Queue(), []\n\n\n{mine}", {})
    assert put.code == mine
    own = "KNOWN = {}\n\n\ndef answer_fast(webhook):\n    return KNOWN.get(webhook)\n"
    assert pieces.put("5.1", own, {}).code == own


def test_a_program_with_answers_is_kept_when_a_learner_starts_over(
    program: Path,
) -> None:
    pieces.put("2.1", EXP_IN, {})
    kept = pieces.put_aside()
    assert kept is not None
    assert EXP_IN in (kept / "tokens.py").read_text(encoding="utf-8")
    pieces.install()
    assert pieces.put_aside() is None


def test_every_reference_piece_is_in_a_file_that_python_can_parse() -> None:
    for path in pieces.KIT.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        compile(source, path.name, "exec")
        assert not unknown_names(source), path.name


def test_the_program_lists_its_options(program: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "my_chat", "--help"],
        cwd=program.parent,
        env={"PYTHONPATH": str(places.ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.returncode == 0
    assert "--port" in said.stdout
