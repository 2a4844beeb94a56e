"""The learner's own chat, ``my_chat``: a small program made of pieces.

Each piece is the answer to an exercise. It's the kit's until the learner's answer is
correct, and the learner's from then on. So the program always runs, wherever in the
course a learner starts.

In a file, a piece is whatever is between two lines like these, in any language::

    # [2.1] calculate when a token expires: the kit's
    # [/2.1]

The kit's program is ``livechat_helpers/my_chat``. The learner's is a copy in
``notebooks/my_chat``, whose folder ``answers`` contains the correct answers. Changes
that a learner makes by hand outside the pieces are kept.
"""

import hashlib
import importlib
import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any, Literal

from livechat_helpers import places
from livechat_helpers.private_files import keep_private

from .answer_code import PACKAGE, OnlyInTheNotebook, fitted
from .wording import message

Owner = Literal["yours", "the kit's"]

KIT = Path(__file__).parent.parent / "my_chat"
"""The kit's own program."""

_COMMENTS = {
    ".py": ("# ", ""),
    ".js": ("// ", ""),
    ".css": ("/* ", " */"),
    ".html": ("<!-- ", " -->"),
}
_BEGIN = r"^(?P<indent>[ \t]*)(?:#|//|/\*|<!--) \[(?P<name>{name})\] (?P<title>.*?)"
_OWNER = r"(?:: (?P<owner>yours|the kit's))?(?: \*/| -->)?\n"
_REST = r"(?P<code>.*?)^[ \t]*(?:#|//|/\*|<!--) \[/(?P=name)\].*?$"


class Unplaced(Exception):
    """A correct answer can't become part of ``my_chat`` yet; the text says why."""


@dataclass(frozen=True)
class Piece:
    """One piece of the program.

    exercise: the exercise that it answers, such as ``2.1``.
    file: its file, such as ``tokens.py`` or ``page/chat.css``.
    title: what it does.
    code: its lines.
    owner: whose it is; in the kit's program, every piece is the kit's.
    """

    exercise: str
    file: str
    title: str
    code: str
    owner: Owner = "the kit's"

    @property
    def place(self) -> str:
        """The piece's location to show people."""
        return f"{PACKAGE}/{self.file}"


@cache
def kits_pieces() -> Mapping[str, Piece]:
    """Return the pieces of the kit's own program, by exercise."""
    return {piece.exercise: piece for piece in _pieces_in(KIT)}


def pieces() -> list[Piece]:
    """Return the pieces of the learner's program, in the order of the exercises.

    Pieces whose lines the learner has deleted by hand are left out.
    """
    install()
    found = {piece.exercise: piece for piece in _pieces_in(places.my_chat_dir())}
    return [found[name] for name in sorted(found, key=_number) if name in kits_pieces()]


def piece(exercise: str) -> Piece | None:
    """Return the learner's piece for an exercise, or None if there isn't one."""
    return next((one for one in pieces() if one.exercise == exercise), None)


def install() -> None:
    """Create the learner's program, or update it to match the kit's.

    Files that the learner has changed by hand stay as they are.

    Raises:
        OSError: the folder isn't writable.
    """
    folder = places.my_chat_dir()
    if str(folder.parent) not in sys.path:
        sys.path.insert(0, str(folder.parent))
    written = _written()
    for source in _files(KIT):
        name = source.relative_to(KIT).as_posix()
        own = folder / name
        text = own.read_text(encoding="utf-8") if own.exists() else None
        if text is not None and _print(text) != written.get(name):
            continue  # The learner has changed it by hand.
        wanted = source.read_text(encoding="utf-8")
        for one in _pieces_in_text(name, wanted):
            answer = _answer_file(one.exercise, own.suffix)
            mine = text is not None and _owner_in(text, one.exercise) == "yours"
            code = answer.read_text(encoding="utf-8") if mine else one.code
            wanted = _replaced(wanted, one, code, "yours" if mine else "the kit's")
        if wanted != text:
            _write(name, wanted)


def put(exercise: str, answer: str, names: Mapping[str, Any]) -> Piece:
    """Insert a learner's answer into the program as it was written.

    exercise: the exercise that it answers.
    answer: its lines.
    names: the notebook's names; those that the answer uses are imported if possible.

    Raises:
        KeyError: the exercise isn't a piece of the program.
        Unplaced: the answer uses names that only the notebook has; the program is
            unchanged.
        OSError: the folder isn't writable.
    """
    kits = kits_pieces()[exercise]
    kept = _answer_file(exercise, Path(kits.file).suffix)
    code = answer.strip("\n") + "\n"
    if kits.file.endswith(".py"):
        install()
        text = (places.my_chat_dir() / kits.file).read_text(encoding="utf-8")
        around = partial(_replaced, text, kits, owner="yours")
        try:
            code = fitted(code, kits.code, around, names)
        except OnlyInTheNotebook as name:
            raise Unplaced(message("only_here", name=name)) from None
    keep_private(kept, code.encode())
    return use(exercise, "yours")


def use(exercise: str, owner: Owner) -> Piece:
    """Switch a piece to the learner's version, or to the kit's.

    Switching to the kit's version doesn't delete the learner's answer.

    Raises:
        KeyError: the exercise isn't a piece of the program.
        Unplaced: the learner has no correct answer yet, or has deleted the piece's
            lines.
        OSError: the folder isn't writable.
    """
    install()
    kits = kits_pieces()[exercise]
    code = kits.code
    if owner == "yours":
        try:
            code = _answer_file(exercise, Path(kits.file).suffix).read_text("utf-8")
        except FileNotFoundError:
            raise Unplaced(message("no_answer_yet", exercise=exercise)) from None
    text = (places.my_chat_dir() / kits.file).read_text(encoding="utf-8")
    changed = _replaced(text, kits, code, owner)
    if changed == text and _owner_in(text, exercise) != owner:
        raise Unplaced(message("lines_gone", place=kits.place, exercise=exercise))
    if changed != text:
        _write(kits.file, changed)
    forget_modules()
    found = piece(exercise)
    assert found is not None
    return found


def put_aside() -> Path | None:
    """Start over; the learner's program is kept under a different name.

    Returns:
        The new path, or None if there was nothing to keep.

    Raises:
        OSError: the folder can't be renamed.
    """
    folder = places.my_chat_dir()
    forget_modules()
    if not folder.exists():
        return None
    if not any(folder.glob("answers/[0-9]*")) and not _changed_by_hand():
        shutil.rmtree(folder)
        return None
    names = (folder.with_name(f"{PACKAGE}-kept-{number}") for number in count(1))
    return folder.rename(next(name for name in names if not name.exists()))


def _changed_by_hand() -> bool:
    written, folder = _written(), places.my_chat_dir()
    names = [path.relative_to(KIT).as_posix() for path in _files(KIT)]
    return any(
        (folder / name).exists()
        and _print((folder / name).read_text(encoding="utf-8")) != written.get(name)
        for name in names
    )


def forget_modules() -> None:
    """Make the next import of the program read its files again."""
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]
    importlib.invalidate_caches()


def _number(exercise: str) -> list[int]:
    return [int(part) for part in exercise.split(".")]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _COMMENTS)


def _pieces_in(folder: Path) -> Iterator[Piece]:
    for path in _files(folder):
        if path.parent.name != "answers":
            name = path.relative_to(folder).as_posix()
            yield from _pieces_in_text(name, path.read_text(encoding="utf-8"))


def _pieces_in_text(file: str, text: str) -> Iterator[Piece]:
    for found in _pattern(r"\d+\.\d+").finditer(text):
        owner: Owner = "yours" if found["owner"] == "yours" else "the kit's"
        code = textwrap.dedent(found["code"]).strip("\n") + "\n"
        yield Piece(found["name"], file, found["title"], code, owner)


def _owner_in(text: str, exercise: str) -> Owner | None:
    found = _pattern(re.escape(exercise)).search(text)
    if found is None:
        return None
    return "yours" if found["owner"] == "yours" else "the kit's"


@cache
def _pattern(name: str) -> re.Pattern[str]:
    begin = _BEGIN.replace("{name}", name)
    return re.compile(begin + _OWNER + _REST, re.MULTILINE | re.DOTALL)


def _replaced(text: str, kits: Piece, code: str, owner: Owner) -> str:
    """Return a file's text with different lines for a piece."""
    opening, closing = _COMMENTS[Path(kits.file).suffix]

    def lines(found: re.Match[str]) -> str:
        indent = found["indent"]
        begin = f"{opening}[{kits.exercise}] {kits.title}: {owner}{closing}"
        end = f"{opening}[/{kits.exercise}]{closing}"
        body = textwrap.indent(code.strip("\n"), indent)
        # Python's formatter wants two blank lines after a function.
        gap = "\n\n" if kits.file.endswith(".py") and not indent else ""
        return f"{indent}{begin}\n{body}\n{gap}{indent}{end}"

    return _pattern(re.escape(kits.exercise)).sub(lines, text)


def _answer_file(exercise: str, suffix: str) -> Path:
    return places.my_chat_dir() / "answers" / f"{exercise}{suffix}"


def _manifest() -> Path:
    return places.my_chat_dir() / "answers" / "written.json"


def _written() -> dict[str, str]:
    """Return the hash of each file as this module last wrote it."""
    try:
        found = json.loads(_manifest().read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(name: str, text: str) -> None:
    path = places.my_chat_dir() / name
    # Write the note first. If we're killed in between, the file counts as changed by
    # hand until the next answer, and none of the learner's work is lost.
    by_hand = path.exists() and _print(path.read_text("utf-8")) != _written().get(name)
    if not by_hand:
        notes = json.dumps({**_written(), name: _print(text)}, indent=1)
        keep_private(_manifest(), notes.encode(), synced=False)
    keep_private(path, text.encode(), synced=False)


def _print(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
