"""Every text of the kit that a person reads, wherever it's written."""

import ast
import io
import json
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from livechat_helpers import places

# Answers are as learners write them, and the seed's page is its authors'.
_NOT_OURS = ("tests/notebooks/answers/", "tests/web/seed_page/")
_OWN_WORDS = ("tests/words/",)  # they name what they look for
_TRANSLATED = re.compile(r"notebooks/[a-z]{2}/")  # style.yml is about English


def files() -> list[Path]:
    """Return the files of the kit, as git lists them."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=places.ROOT, capture_output=True, text=True, check=True
    )
    return [
        places.ROOT / name
        for name in listed.stdout.splitlines()
        if not name.startswith((*_NOT_OURS, *_OWN_WORDS))
        and not _TRANSLATED.match(name)
    ]


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts in a file: prose, comments, docstrings, messages.

    A kind of file without any yields nothing.
    """
    if path.is_file() and (read := _READERS.get(path.suffix)):
        yield from read(path.read_text(encoding="utf-8"))


def _markdown(text: str) -> Iterator[str]:
    yield text


def _notebook(text: str) -> Iterator[str]:
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield source
        else:
            yield from re.findall(r"^ *# (.*)", source, re.M)


def _toml(text: str) -> Iterator[str]:
    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for one in value.values() if isinstance(value, dict) else value:
                yield from strings(one)

    yield from strings(tomllib.loads(text))


def _python(text: str) -> Iterator[str]:
    comments: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments[token.start[0]] = token.string.lstrip("#: ")
    block = ""
    for line, comment in comments.items():
        if line - 1 not in comments and block:
            yield block
            block = ""
        block += comment + "\n"
    yield block
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.split()
            if len(words) > 3:  # fewer are keys and names
                yield " ".join(words)


def _commented(text: str) -> Iterator[str]:
    for comment in re.findall(r"/\*.*?\*/|(?<![:\w])//[^\n]*|<!--.*?-->", text, re.S):
        yield re.sub(r"^[ /*<!-]+", "", comment, flags=re.M)


_READERS = {
    ".md": _markdown,
    ".ipynb": _notebook,
    ".toml": _toml,
    ".py": _python,
    **dict.fromkeys((".js", ".mjs", ".cjs", ".css", ".html"), _commented),
}
