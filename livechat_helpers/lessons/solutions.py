"""The reference answers: pieces of ``my_chat``, or files such as ``solutions/2.4.py``.

An answer that is part of a page is a ``.js``, ``.html`` or ``.css`` file. In the
notebook, it's a string in a variable; the file doesn't have the Python code around it.
"""

from dataclasses import dataclass
from pathlib import Path

from .pieces import kits_pieces

_FOLDER = Path(__file__).with_name("solutions")


@dataclass(frozen=True)
class Source:
    """A piece of code.

    text: the code.
    language: the file's extension, such as ``py``.
    """

    text: str
    language: str

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Return the content of a file."""
        return cls(path.read_text(encoding="utf-8"), path.suffix.removeprefix("."))

    def in_cell(self, name: str) -> str:
        """Return the code as it appears in a cell.

        name: the variable for the text, if the code isn't Python.
        """
        code = self.text.strip("\n")
        return code if self.language == "py" else f'{name} = r"""\n{code}\n"""'


def solution_of(exercise: str) -> Source:
    """Return the reference answer to an exercise, such as ``2.1``.

    Raises:
        LookupError: there isn't one, or there's more than one.
    """
    if piece := kits_pieces().get(exercise):
        return Source(piece.code, Path(piece.file).suffix.removeprefix("."))
    found = [path for path in _FOLDER.glob(f"{exercise}.*") if path.stem == exercise]
    if len(found) != 1:
        raise LookupError(f"{len(found)} files hold the answer to {exercise}, not one.")
    return Source.read(found[0])
