"""``python -m livechat_helpers slides``: a notebook as slides, cut at its headings.

=====================  ==========================================================
``parts``              cuts a notebook's cells into slides
``diagrams``           converts Mermaid diagrams to tables, for use offline
``template``           the design of the slides, for nbconvert
``reveal``             reveal.js 4.6.1, under its own licence
=====================  ==========================================================

The result is a single file that doesn't need a network. The arrow keys change slides,
and S opens the speaker's view with the notebook's full text.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from livechat_helpers import places

from .parts import slides_of

_FOLDER = Path(__file__).parent


def make(notebook: Path) -> str:
    """Return a notebook's slides as one HTML page.

    Raises:
        OSError, ValueError: it can't be read as a notebook.
    """
    import nbformat  # These packages load slowly.
    from nbconvert import SlidesExporter
    from traitlets.config import Config

    found = json.loads(notebook.read_text(encoding="utf-8"))
    cut = nbformat.reads(json.dumps(slides_of(found)), as_version=4)
    config = Config()
    config.SlidesExporter.extra_template_basedirs = [str(_FOLDER)]
    config.SlidesExporter.template_name = "template"
    config.SlidesExporter.embed_images = True
    resources: dict[str, Any] = {
        "metadata": {"name": notebook.stem, "path": str(notebook.parent)},
        "livechat": {
            path.name: path.read_text(encoding="utf-8")
            for path in (*_FOLDER.glob("reveal/*.*s*"), *_FOLDER.glob("template/*.*s"))
        },
    }
    page, _ = SlidesExporter(config=config).from_notebook_node(cut, resources)
    return page


def main(argv: list[str]) -> int:
    """Write a notebook's slides and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers slides",
        description="Make slides from a notebook: one HTML file that works offline.",
    )
    parser.add_argument("notebook", help="a path, or a number such as 02")
    parser.add_argument(
        "--out", type=Path, help="file to write (default: next to the notebook)"
    )
    options = parser.parse_args(argv)
    path = _found(options.notebook)
    if path is None:
        print(f"There's no notebook {options.notebook}.", file=sys.stderr)
        return 1
    out: Path = options.out or path.with_suffix(".slides.html")
    out.write_text(make(path), encoding="utf-8")
    print(f"Open {out} in a browser. Press S for the speaker's view.")
    return 0


def _found(name: str) -> Path | None:
    if name.isdecimal():
        found = sorted((places.shipped() / "notebooks").glob(f"{int(name):02}_*.ipynb"))
        return found[0] if found else None
    return Path(name) if Path(name).is_file() else None
