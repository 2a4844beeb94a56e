"""The notebooks, the guide and the sandbox's pages in one folder, for Sphinx."""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from livechat_helpers import places

from .. import guide

_SANDBOX = Path("livechat_helpers", "sandbox")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")
_MERMAID = "text/vnd.mermaid"


def write(folder: Path) -> None:
    """Write everything that the website shows.

    folder: an empty folder.

    Raises:
        OSError: a file can't be written.
    """
    notebooks = places.ROOT / "notebooks"
    shutil.copytree(notebooks / "images", folder / "images")
    course = [path.name for path in places.notebooks()]
    for name in (*course, "index.ipynb", "glossary.ipynb", "handout.md"):
        shutil.copy(notebooks / name, folder / name)
    guides = [path.name for path in guide.write(folder / "guide")]
    (folder / "sandbox").mkdir()
    for name in ("README.md", "CONFORMANCE.md"):
        shutil.copy(places.ROOT / _SANDBOX / name, folder / "sandbox" / name)
    _add_contents(
        folder / "index.ipynb",
        {
            "The course": course,
            "Look it up": ["glossary.ipynb", "handout.md"],
            "For instructors": [f"guide/{name}" for name in guides],
            "The sandbox": ["sandbox/README.md", "sandbox/CONFORMANCE.md"],
        },
    )
    for path in folder.rglob("*.*"):
        if path.suffix == ".md":
            text = path.read_text(encoding="utf-8")
            path.write_text(_with_links_inside(text, path.parent), encoding="utf-8")
        elif path.suffix == ".ipynb":
            _prepare_notebook(path)


def anchor(title: str) -> str:
    """Return a heading's anchor in JupyterLab's form, which links in notebooks use.

    title: the heading.
    """
    return title.replace(" ", "-")


def _add_contents(index: Path, parts: dict[str, list[str]]) -> None:
    """Add the website's table of contents to its first page.

    parts: the pages, by heading.
    """
    notebook = json.loads(index.read_text(encoding="utf-8"))
    lists = [
        f"```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{_lines(pages)}\n```"
        for heading, pages in parts.items()
    ]
    cell = {"cell_type": "markdown", "id": "contents", "metadata": {}}
    notebook["cells"].append({**cell, "source": "\n\n".join(lists)})
    index.write_text(json.dumps(notebook), encoding="utf-8")


def _lines(pages: Iterable[str]) -> str:
    return "\n".join(page.rpartition(".")[0] for page in pages)


def _prepare_notebook(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            cell["source"] = _with_links_inside(source, path.parent)
        for output in cell.get("outputs", []):
            _draw(output)
            _lead_to_pages(output)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _draw(output: dict[str, Any]) -> None:
    """Turn a diagram in an output into Markdown, so that Sphinx can draw it."""
    if diagram := output.get("data", {}).get(_MERMAID):
        text = "".join(diagram)
        output["data"] = {"text/markdown": f"```{{mermaid}}\n{text}\n```"}


def _lead_to_pages(output: dict[str, Any]) -> None:
    """Make links in an output point to the website's pages."""
    data = output.get("data", {})
    if "text/html" in data:
        html = "".join(data["text/html"])
        data["text/html"] = re.sub(r'(href="[\w/]+)\.ipynb', r"\1.html", html)


def _with_links_inside(text: str, folder: Path) -> str:
    """Return a text without links to files that the website doesn't contain.

    folder: the folder that links are relative to.
    """

    def keep(found: re.Match[str]) -> str:
        target = found[2]
        inside = "://" in target or (folder / target).is_file()
        return found[0] if inside else found[1]

    return _LINK.sub(keep, text)
