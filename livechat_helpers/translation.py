"""The course in other languages: texts for translators, and translated notebooks.

A notebook's catalogue, such as ``lessons/words/de/00.po``, is a gettext file, which
every translation editor can open. It contains the notebook's Markdown, one entry per
cell; the words in its code that a reader sees; and the lesson's texts from
``lessons/words/en/00.toml``. The translated notebook,
``notebooks/de/00_start_here.ipynb``, is built from the English one and the catalogue,
and then run. Nobody edits it by hand.
"""

import argparse
import ast
import io
import json
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from . import places
from .lessons import catalogues, wording
from .notebook_outputs import Json, fresh_home, run, to_text

MESSAGES = "messages"

# In a puzzle, these are code: its lines, and letters that say which comes first.
_CODE_IN_WORDS = ("lines", "first", "then")
_SAYING = ("answer_to", "print", "say", "send", "send_text", "wait_for")
_LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#]+)")
_FOR_GIT = (
    r'^"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Trans|Language-Team|Gen)'
    r"[\w-]*: .*\n"
)
_Place = tuple[int, int]  # line from 1, character from 0


def texts_of(name: str) -> dict[str, str]:
    """Return each English text of a catalogue, and where it first appears.

    name: a notebook's number, such as ``00``, or ``messages``.
    """
    found: dict[str, str] = {}
    if name != MESSAGES:
        for cell in _read(_english_notebook(name))["cells"]:
            for text in _texts_of_cell(cell):
                found.setdefault(text, f"cell {cell['id']}")
    for where, text in _texts_of_words(wording.english(name)):
        found.setdefault(text, where)
    return found


def _texts_of_cell(cell: Json) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source
    else:
        for _, _, text in _said_in_code(source):
            yield text


def _texts_of_words(found: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        yield where, found
        return
    parts = found.items() if isinstance(found, dict) else enumerate(found, 1)
    for key, one in parts:
        if key not in _CODE_IN_WORDS and not isinstance(one, bool):
            yield from _texts_of_words(one, f"{where} {key}".strip())


def _said_in_code(source: str) -> Iterator[tuple[_Place, _Place, str]]:
    """Yield the texts in a cell's code that a reader sees: start, end and text.

    These are its comments, and strings of several words that it prints or sends.
    """
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start, token.end, token.string.lstrip("# ")
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or _name(node.func) not in _SAYING:
            continue
        for one in node.args:
            if isinstance(one, ast.Constant) and " " in str(one.value).strip():
                at, end = _characters(lines, one)
                yield at, end, str(one.value)


def _name(called: ast.expr) -> str:
    return getattr(called, "attr", "") or getattr(called, "id", "")


def _characters(lines: list[str], node: ast.Constant) -> tuple[_Place, _Place]:
    """Return where a text starts and ends in characters; ``ast`` counts bytes."""

    def at(line: int, byte: int) -> _Place:
        return line, len(lines[line - 1].encode()[:byte].decode())

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset)


def update(language: str, name: str) -> Catalog:
    """Return a catalogue with all current texts.

    A new text has no translation. A changed text keeps its old translation, marked as
    fuzzy, and the earlier English.

    language: a language code, such as ``de``.
    name: as for ``texts_of``.
    """
    today = Catalog(locale=language)
    for text, where in texts_of(name).items():
        today.add(text, auto_comments=[where])
    catalogue = catalogues.read(language, name)
    catalogue.update(today, update_creation_date=False)
    catalogue.obsolete.clear()
    return catalogue


def to_do(catalogue: Catalog) -> Iterator[str]:
    """Yield what's left to translate: where it is, why, and how it begins."""
    for one in catalogue:
        if one.id and (one.fuzzy or not one.string):
            what = "has changed" if one.fuzzy else "is missing"
            yield f"{one.auto_comments[0]} {what}: {str(one.id)[:50]!r}"


def translated(notebook: Json, language: str, name: str) -> Json:
    """Return a notebook in another language, not run yet.

    Texts without a translation stay English. Ids and code stay the same. A link leads
    to the page in the same language if there is one.

    notebook: the JSON of the English .ipynb file.
    language, name: as for ``update``.
    """
    known = catalogues.translations(language, name)
    made = json.loads(json.dumps(notebook))
    for cell in made["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = _linked(known.get(source, source), language)
        else:
            source = _start_in(language, _code_in(source, known))
            cell["execution_count"], cell["outputs"] = None, []
        cell["source"] = source.splitlines(keepends=True)
    return made


def _code_in(source: str, known: Any) -> str:
    lines = source.splitlines(keepends=True)
    # Work backwards, so that the positions of earlier texts don't change.
    for (line, at), (_, end), text in sorted(_said_in_code(source), reverse=True):
        if text in known:
            old = lines[line - 1]
            comment = old[at] == "#"
            new = f"# {known[text]}" if comment else _quoted(known[text])
            lines[line - 1] = old[:at] + new + old[end:]
    return "".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _start_in(language: str, source: str) -> str:
    return re.sub(
        r"^lesson = start\((\d+)\)$",
        rf'lesson = start(\1, language="{language}")',
        source,
        flags=re.MULTILINE,
    )


def _linked(text: str, language: str) -> str:
    there = {_english_notebook(name).name for name in names(language)}

    def lead(found: re.Match[str]) -> str:
        return found[0] if found[0] in there else f"../{found[0]}"

    return _LINK.sub(lead, text)


def languages() -> list[str]:
    """Return the languages that have catalogues, such as ``de``."""
    return sorted({path.parent.name for path in catalogues.FOLDER.glob("*/*.po")})


def names(language: str) -> list[str]:
    """Return the notebooks that have a catalogue in a language, such as ``00``."""
    folder = catalogues.path_of(language, "").parent
    return sorted(path.stem for path in folder.glob("[0-9][0-9].po"))


def _english_notebook(name: str) -> Path:
    return next(places.notebook_folder().glob(f"{name}_*.ipynb"))


def notebook_path(language: str, name: str) -> Path:
    """Return the path of a notebook in a language. name: such as ``00``."""
    return places.notebook_folder(language) / _english_notebook(name).name


def build(language: str, name: str) -> Json:
    """Build a notebook in a language, without running it. name: such as ``00``."""
    return translated(_read(_english_notebook(name)), language, name)


def _read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


def as_text(catalogue: Catalog) -> str:
    """Return the text of a catalogue's file."""
    file = io.BytesIO()
    write_po(file, catalogue, width=0, include_previous=True)
    # Leave out who translated it and when, because git records that.
    return re.sub(_FOR_GIT, "", file.getvalue().decode(), flags=re.MULTILINE)


def main(argv: list[str]) -> int:
    """Update catalogues, build notebooks if asked, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers translate",
        description="Bring a language's catalogues up to date with the English course, "
        "and list what has to be translated. Catalogues are in "
        "livechat_helpers/lessons/words/LANGUAGE.",
    )
    parser.add_argument("language", help="language code, such as de")
    parser.add_argument(
        "number",
        nargs="*",
        help="notebooks, such as 04 (default: those in that language)",
    )
    parser.add_argument(
        "--build",
        action="store_true",
        help="also make the notebooks, and run them in a temporary home",
    )
    options = parser.parse_args(argv)
    language, numbers = options.language, options.number or names(options.language)
    left = 0
    for name in [MESSAGES, *numbers]:
        catalogue = update(language, name)
        path = catalogues.path_of(language, name)
        _write(path, as_text(catalogue))
        for one in to_do(catalogue):
            left += 1
            print(f"{path.name}: {one}")
    print(f"Texts to translate: {left}." if left else "Everything is translated.")
    if options.build:
        _build_all(language, numbers, print)
    return 0


def _build_all(language: str, numbers: list[str], say: Callable[[str], None]) -> None:
    catalogues.translations.cache_clear()  # The catalogues have just changed.
    with fresh_home():
        for name in numbers:
            path = notebook_path(language, name)
            _write(path, to_text(run(build(language, name))))
            say(f"{path.relative_to(places.ROOT)} is made.")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text, encoding="utf-8", newline="\n")
